"""Processes that left their group (``setsid``, daemons): found all the same, on Linux.

There a process can be made the one that inherits the orphans among its descendants. When the group
of a command is gone, those of its descendants that are not are therefore children of this process,
and have in their environment the mark that the command was started with.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import cache
from pathlib import Path

_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>

Known = Callable[[], Collection[int]]
"""Gives the children that are no orphans, as far as they are known."""


@cache
def inherit(pid: int) -> None:
    """Make this process, of this number, inherit its orphans, where the system knows of that."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def sweep(mark: tuple[str, str], known: Known, seconds: float) -> None:
    """Kill and collect the orphans with a mark.

    Parameters
    ----------
    mark
        Name and value of the environment variable.
    known
        Nobody looks at these. It is asked after each look at the children that there are, for
        another thread may start some.
    seconds
        How long killed processes are waited for.
    """
    until = time.monotonic() + seconds
    variable = f"{mark[0]}={mark[1]}".encode()
    killed: set[int] = set()
    # Once more after each one: its own children come to this process when it is gone.
    while _end(variable, known, killed) and time.monotonic() < until:
        time.sleep(0.001)


def collect(known: Known) -> None:
    """Collect the orphans that have ended.

    Parameters
    ----------
    known
        See `sweep`.
    """
    for pid in _children(known):
        _collected(pid)


def _end(variable: bytes, known: Known, killed: set[int]) -> bool:
    """Whether any orphan was collected, had to be killed, or is not gone yet."""
    found = False
    for pid in _children(known):
        if _collected(pid) or pid in killed:
            found = True
            continue
        with suppress(OSError):
            if variable in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
                found = True
    return found


def _collected(pid: int) -> bool:
    """Whether a child was an orphan that has ended; it is collected then."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        # What this process has started itself is in its session, or known.
        if words[0] == "Z" and int(words[3]) != os.getsid(0):
            os.waitpid(pid, os.WNOHANG)
            return True
    return False


def _children(known: Known) -> list[int]:
    """The children that are not known."""
    # Orphans go to the first thread; what it has not in its list was started by another one.
    try:
        pid = os.getpid()
        with open(f"/proc/{pid}/task/{pid}/children", "rb", 0) as file:
            children = [int(child) for child in file.read().split()]
    except OSError:
        return []
    own = known() if children else ()
    return [child for child in children if child not in own]
