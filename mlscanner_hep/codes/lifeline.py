"""What has to go when this Python process goes, even if that is killed.

Nothing that a process does can follow its own SIGKILL. So it holds the end of a pipe, and `guard`,
a small process at the other end, is told of every process group and folder as it comes and goes.
When the pipe breaks, what is left is killed and removed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from multiprocessing import util
from pathlib import Path
from uuid import uuid4

from mlscanner_hep.codes import guard

MARK = "MLSCANNER_HEP_PROCESS"
"""The environment variable by which a process is known that has left its group."""

_GONE = {"group": "ended", "folder": "removed"}

_lock = threading.RLock()  # re-entrant: a signal handler may come here
_guard: subprocess.Popen[bytes] | None = None
_id = uuid4().hex
_leader: tuple[int, ...] = ()
_told: set[tuple[str, str]] = set()


def mark(name: object = "") -> tuple[str, str]:
    """The environment variable and its value for what belongs to this process.

    Parameters
    ----------
    name
        Tells apart what belongs to this process.

    Raises
    ------
    OSError
        If the guard cannot be started.
    """
    with _lock:
        if _guard is None:
            _start()
        return MARK, f"{_id}.{name}"


def follow(leader: int) -> None:
    """End this process when a pipe breaks, whatever it does by then.

    A thread of its own could not: a function that holds the interpreter lets no thread run.

    Parameters
    ----------
    leader
        Descriptor that is readable once the pipe has broken.

    Raises
    ------
    OSError
        If the guard cannot be started.
    """
    global _leader
    with _lock:
        _leader = (leader,)
        _start()


def hold(kind: str, what: object) -> None:
    """Say that a ``group`` or a ``folder`` has to go with this process."""
    with _lock:
        _told.add((kind, str(what)))
        if not _tell(f"{kind} {what}"):
            _start()


def release(kind: str, what: object) -> None:
    """Say that a ``group`` or a ``folder`` has gone."""
    with _lock:
        _told.discard((kind, str(what)))
        _tell(f"{_GONE[kind]} {what}")


def make_folder(prefix: str, place: Path | None = None) -> Path:
    """Make a folder that goes with this process, or earlier by `remove_folder`.

    Parameters
    ----------
    prefix
        How its name begins.
    place
        Where it is made; the system's place for temporary files by default.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place)).absolute()
    hold("folder", folder)
    return folder


def remove_folder(folder: Path) -> None:
    """Remove a folder that `make_folder` has made, also where a code has taken away the rights."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for path, _, _ in os.walk(folder):
            with suppress(OSError):
                os.chmod(path, 0o700)
        shutil.rmtree(folder, ignore_errors=True)
    release("folder", folder)


def _tell(line: str) -> bool:
    """Whether the guard could be told."""
    if _guard is None or _guard.stdin is None:
        return False
    try:
        os.write(_guard.stdin.fileno(), os.fsencode(f"{line}\n"))  # at once, as it is short
    except (BrokenPipeError, BlockingIOError):  # it was killed, or stopped until the pipe was full
        return False
    return True


def _start() -> None:
    """Start a guard and tell it all; the one before, if any, is of no use any more."""
    global _guard
    if _guard is not None:
        _guard.kill()
        leave()
    followed = [os.getpid(), *_leader] if _leader else []
    _guard = subprocess.Popen(
        [sys.executable, "-I", "-S", guard.__file__, f"{MARK}={_id}.", *map(str, followed)],
        pass_fds=_leader,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        start_new_session=True,
        cwd="/",
    )
    assert _guard.stdin is not None
    os.set_blocking(_guard.stdin.fileno(), False)
    # Unlike atexit this is also done at the end of a worker process, and after the services.
    util.Finalize(None, leave, exitpriority=-10)
    for kind, what in _told:
        _tell(f"{kind} {what}")


def guards() -> set[int]:
    """The number of the guard, if there is one."""
    return set() if _guard is None else {_guard.pid}


def leave() -> None:
    """Let go of the guard, which then clears up and ends."""
    global _guard
    with _lock:
        if _guard is not None and _guard.stdin is not None:
            _guard.stdin.close()
            _guard.wait()
        _guard = None


def _forget() -> None:
    """In a fork: what its parent has told stays with the parent."""
    global _guard, _id, _leader, _lock
    if _guard is not None and _guard.stdin is not None:
        _guard.stdin.close()
        _guard.returncode = 0  # not a child of this process
    _guard, _id, _leader, _lock = None, uuid4().hex, (), threading.RLock()
    _told.clear()


os.register_at_fork(after_in_child=_forget)
