"""A lock file that names its owner: it needs nothing of the file system but exclusive creation."""

from __future__ import annotations

import json
import math
import os
import socket
import time
from pathlib import Path

from mlscanner_hep.errors import LedgerError


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
            with os.fdopen(handle, "w") as file:
                json.dump(self._owner, file)
            return
        raise LedgerError(f"{path} comes back as soon as it is removed: another scan is starting")

    def release(self) -> None:
        """Give the lock back, unless somebody else has taken it meanwhile."""
        if self._read() == self._owner:
            self.path.unlink(missing_ok=True)

    def _read(self) -> dict[str, object]:
        try:
            owner = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return {}
        return owner if isinstance(owner, dict) else {}

    def _age(self) -> float:
        try:
            return time.time() - self.path.stat().st_mtime
        except FileNotFoundError:
            return math.inf

    def _yield_or_take_over(self) -> None:
        owner = self._read()
        pid = owner.get("pid")
        here = owner.get("host") == self._owner["host"]
        if not owner:
            # Created a moment ago and not written yet, or cut short by a crash.
            if self._age() < 10:
                raise LedgerError(f"another scan is starting in {self.path.parent}")
        elif not here or (isinstance(pid, int) and _started(pid) == owner.get("started") != ""):
            raise LedgerError(
                f"process {pid} on {owner.get('host')} has been writing here since "
                f"{owner.get('since')}. Wait for it or stop it; if it is surely dead, remove "
                f"{self.path}"
            )
        self.path.unlink(missing_ok=True)


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
