"""A lock file that names its owner: it needs nothing of the file system but exclusive creation."""

from __future__ import annotations

import json
import math
import os
import socket
import time
from contextlib import suppress
from pathlib import Path

from mlscanner_hep.errors import LedgerError

FILE = "ledger.lock"
"""Name of the lock in a run folder."""

_WRITING = 10.0
"""Seconds within which who has made a lock file has written its name into it."""


class Lock:
    """Exclusive right to write in a folder, held by one process.

    Exclusive creation works on NFS and on cluster file systems where ``flock`` does not. A lock
    whose owner on this host has died is taken over; one of another host is respected.

    Parameters
    ----------
    path : Path
        The lock file.

    Raises
    ------
    LedgerError
        If another process holds it, with host, process and what to do.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._owner = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "started": _started(os.getpid()),
            "since": time.strftime("%Y-%m-%d %H:%M:%S"),
        }
        for _ in range(2):
            try:
                handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
            except FileExistsError:
                self._yield_or_take_over()
                continue
            except OSError as error:
                raise LedgerError(f"cannot write in {path.parent}: {error.strerror}") from error
            try:
                with os.fdopen(handle, "w") as file:
                    json.dump(self._owner, file)
            except OSError as error:  # a full disk still makes empty files
                path.unlink(missing_ok=True)
                raise LedgerError(f"cannot write {path}: {error.strerror}") from error
            return
        raise LedgerError(f"{path} comes back as soon as it is removed: another scan is starting")

    def release(self) -> None:
        """Give the lock back, unless somebody else has taken it meanwhile.

        Where the folder has become read-only it stays, and is taken over once this process is gone.
        """
        if _read(self.path) == self._owner:
            with suppress(OSError):
                self.path.unlink()

    def _age(self) -> float:
        try:
            return time.time() - self.path.stat().st_mtime
        except FileNotFoundError:
            return math.inf

    def _yield_or_take_over(self) -> None:
        owner = _read(self.path)
        if not owner:
            # Created a moment ago and not written yet, or cut short by a crash.
            if 0 <= self._age() < _WRITING:  # below 0 if the clock was set back
                raise LedgerError(f"another scan is starting in {self.path.parent}")
        elif _may_live(owner):
            raise LedgerError(
                f"process {owner.get('pid')} on {owner.get('host')} has been writing here since "
                f"{owner.get('since')}. Wait for it or stop it; if it is surely dead, remove "
                f"{self.path}"
            )
        self._remove(owner)

    def _remove(self, owner: dict[str, object]) -> None:
        """Remove the lock of a dead owner, but not one that somebody else has made meanwhile."""
        aside = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            self.path.rename(aside)
        except FileNotFoundError:
            return
        except OSError as error:
            raise LedgerError(f"cannot remove {self.path}: {error.strerror}") from error
        try:
            if _read(aside) != owner:
                with suppress(OSError):
                    os.link(aside, self.path)
                raise LedgerError(f"another scan is starting in {self.path.parent}")
        finally:
            aside.unlink(missing_ok=True)


def holder(path: Path) -> dict[str, object]:
    """Who holds a lock, as ``host``, ``pid`` and ``since``; empty if nobody does any more.

    Of a process on another host nothing is known but that it has not given the lock back.
    """
    owner = _read(path)
    pid, here = owner.get("pid"), owner.get("host") == socket.gethostname()
    alive = isinstance(pid, int) and _started(pid) == owner.get("started") != ""
    return {} if here and not alive else owner


def held(path: Path) -> bool:
    """Whether somebody who may still live holds the lock."""
    owner = _read(path)
    return bool(owner) and _may_live(owner)


def _may_live(owner: dict[str, object]) -> bool:
    pid = owner.get("pid")
    if owner.get("host") != socket.gethostname():
        return True
    return isinstance(pid, int) and _started(pid) == owner.get("started") != ""


def _read(path: Path) -> dict[str, object]:
    """The owner that a lock file names; empty if there is none or it is not written yet."""
    try:
        owner = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) else {}


def _started(pid: int) -> str:
    """When a process started, so that a reused number is not mistaken; empty if there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        return stat[stat.rindex(")") + 2 :].split()[19]
    except (OSError, ValueError, IndexError):
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        pass
    return "alive" if not Path("/proc/self").exists() else ""
