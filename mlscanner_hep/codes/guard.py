"""The process that clears up after another one that has ended, however it ended.

Stand-alone: ``python guard.py MARK [PID LEADER]`` is started by `lifeline`, and reads lines from
its standard input. ``group N`` and ``folder PATH`` name what has to go with the process that writes
them, ``ended N`` and ``removed PATH`` what has gone. The end of the input is the end of that
process: only then this one acts. Its groups are killed, on Linux also the processes that have left
them, which are known by the environment variable that they inherited, and then its folders are
removed. LEADER is the descriptor of a pipe that breaks when that process, PID, has to end: it is
killed.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

_PATIENCE = 5.0  # seconds in which killed processes have to go, so that none writes in a folder
_CHUNK = 1 << 16
_REST = 0.05  # seconds without a look at the lines: many points of a fast code are told meanwhile


def main(mark: str, pid: int = 0, leader: int | None = None) -> int:
    """Listen until the input ends, then clear up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # what ends the scan must not end this one before it
    groups: set[int] = set()
    folders: set[str] = set()
    changes = {
        "group": lambda what: groups.add(int(what)),
        "ended": lambda what: groups.discard(int(what)),
        "folder": folders.add,
        "removed": folders.discard,
    }
    for line in _lines(pid, leader):
        word, _, what = os.fsdecode(line).partition(" ")
        changes[word](what)
    for group in groups:
        with suppress(OSError):
            os.killpg(group, signal.SIGKILL)
    until = time.monotonic() + _PATIENCE
    while (left := _marked(mark)) and time.monotonic() < until:
        for pid in left:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    if folders:
        from shutil import rmtree  # not at the start, which every worker waits for

        for folder in folders:
            rmtree(folder, ignore_errors=True)
    return 0


def _lines(pid: int, leader: int | None) -> Iterator[bytes]:
    """The lines of the input until it ends; kills who writes it when its leader is gone."""
    pipes = [sys.stdin.fileno()] + [leader] * (leader is not None)
    broken = select.poll()
    broken.register(sys.stdin, 0)  # not for lines
    rest = b""
    while True:
        ready = select.select(pipes, [], [])[0]
        if leader in ready:
            pipes.remove(leader)
            if os.getppid() == pid:  # else it is gone, and its number may be that of another
                os.kill(pid, signal.SIGKILL)
        if sys.stdin.fileno() in ready:
            data = os.read(sys.stdin.fileno(), _CHUNK)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            yield from lines
            broken.poll(1000 * _REST)


def _marked(mark: str) -> list[int]:
    """Processes that run with the mark in their environment; none where there is no /proc."""
    found = []
    with suppress(OSError):
        for pid in filter(str.isdigit, os.listdir("/proc")):
            # It may belong to somebody else, or end meanwhile.
            with suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
                if mark.encode() in file.read():
                    found.append(int(pid))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:])))
