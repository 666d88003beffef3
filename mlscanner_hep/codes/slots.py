"""How many runs of a program there may be at once on this machine, over all processes."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_POLL = 0.02  # seconds between two tries

_given_up = 0  # how often all that waited at the time were told not to


@contextmanager
def slot(program: Path, number: int | None, kind: str = "run") -> Iterator[None]:
    """Wait for one of the slots of a program, and hold it.

    A slot is a locked file. The kernel gives the lock back when its holder ends, however that
    ends. The files are in the system's place for temporary files, which is a local disk, so
    ``flock`` can be relied on; they are the same ones for all scans of a user.

    Parameters
    ----------
    program
        The program; links to it are the same one.
    number
        How many slots there are; None if nothing has to be waited for.
    kind
        What they are for; each kind has its own.

    Raises
    ------
    OSError
        If a file cannot be made or locked there, or `give_up` ends the waiting.
    """
    if number is None:
        yield
        return
    place = Path(tempfile.gettempdir()) / f"mlscanner-hep-slots-{os.getuid()}"
    place.mkdir(mode=0o700, exist_ok=True)
    word = hashlib.sha256(os.fsencode(program.resolve())).hexdigest()[:16]
    names = [f"{word}-{kind}-{n}" for n in range(number)]
    files = [os.open(place / name, os.O_RDWR | os.O_CREAT, 0o600) for name in names]
    before = _given_up
    try:
        while not any(map(_locked, files)):
            if _given_up != before:
                raise OSError(f"told to end while it waited for others that run {program}")
            time.sleep(_POLL)
        yield
    finally:
        for file in files:
            os.close(file)


def give_up() -> None:
    """End all waiting in this process, from any thread; safe in a signal handler."""
    global _given_up
    _given_up += 1


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    os.utime(file)  # who tidies up that place takes it for old otherwise
    return True
