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
from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

_SET_CHILD_SUBREAPER = 36  # <linux/prctl.h>


@cache
def inherit(pid: int) -> None:
    """Make this process, of this number, inherit its orphans, where the system knows of that."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def sweep(mark: tuple[str, str], groups: Collection[int], seconds: float) -> None:
    """Kill and collect the orphans with a mark.

    Parameters
    ----------
    mark
        Name and value of the environment variable.
    groups
        Groups whose first processes are not collected.
    seconds
        How long killed processes are waited for.
    """
    until = time.monotonic() + seconds
    variable = f"{mark[0]}={mark[1]}".encode()
    killed: set[int] = set()
    # Once more after each one: its own children come to this process when it is gone.
    while collect(groups) | _kill(variable, groups, killed) and time.monotonic() < until:
        time.sleep(0.001)


def collect(groups: Collection[int]) -> bool:
    """Collect the orphans that have ended; return whether there were any.

    Parameters
    ----------
    groups
        Groups whose first processes are not collected.
    """
    found = False
    for pid in _children():
        with suppress(OSError):
            words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            state, session = words[0], int(words[3])
            # What this process has started itself is in its session, or the first of a group.
            if pid not in groups and state == "Z" and session != os.getsid(0):
                os.waitpid(pid, os.WNOHANG)
                found = True
    return found


def _kill(variable: bytes, groups: Collection[int], killed: set[int]) -> bool:
    """Whether any orphan with this variable had to be killed, or is not gone yet."""
    found = False
    for pid in _children():
        with suppress(OSError):
            if pid in killed:
                found = True
            elif pid not in groups and variable in _environment(pid):
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
                found = True
    return found


def _environment(pid: int) -> list[bytes]:
    return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")


def _children() -> Iterator[int]:
    # Orphans go to the first thread; what it has not in its list was started by another one.
    with suppress(OSError):
        pid = os.getpid()
        yield from map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
