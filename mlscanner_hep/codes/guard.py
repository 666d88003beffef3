"""The process that clears up after another one that has ended, however it ended.

Stand-alone: ``python guard.py MARK`` is started by `lifeline`, and reads lines from its standard
input. ``group N`` and ``folder PATH`` name what has to go with the process that writes them,
``ended N`` and ``removed PATH`` what has gone. The end of the input is the end of that process:
only then this one acts. Its groups are killed, on Linux also the processes that have left them,
which are known by the environment variable that they inherited, and then its folders are removed.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress

_PATIENCE = 5.0  # seconds in which killed processes have to go, so that none writes in a folder


def main(mark: str) -> int:
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
    for line in sys.stdin.buffer:
        word, _, what = os.fsdecode(line).rstrip("\n").partition(" ")
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
    sys.exit(main(sys.argv[1]))
