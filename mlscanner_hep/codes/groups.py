"""Process groups: started as one, signalled as one, and no process of them left behind.

They end with this Python process even if that is killed (`lifeline`).
"""

from __future__ import annotations

import itertools
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from mlscanner_hep.codes import lifeline, orphans
from mlscanner_hep.codes.limits import NO_LIMITS, Limits

_LAST_WAIT = 5.0  # seconds that a killed process may take to die (a dead file server can hold it)
_SWEEP_WAIT = 1.0  # seconds for killed descendants to go (longer: nobody collects orphans here)


_live: set[int] = set()  # groups that run now; a group's number is the pid of its first process
_numbers = itertools.count()
_lock = threading.RLock()  # re-entrant: kill_all may be called by a signal handler


class Group:
    """A command in a process group and a session of its own.

    An object is made first and started second, so that whoever calls `close` in a ``finally`` ends
    the command also if a signal handler raises between its start and the next line.
    """

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._mark = ("", "")

    def start(
        self,
        argv: Sequence[str],
        cwd: Path,
        *,
        stdin: IO[bytes] | int = subprocess.DEVNULL,
        env: Mapping[str, str] | None = None,
        limits: Limits = NO_LIMITS,
    ) -> None:
        """Start the command; its stdout and stderr are pipes.

        On Linux it leaves no core dump, and is what the kernel ends first when memory runs out.

        Parameters
        ----------
        argv
            Program and arguments; no shell is involved. A relative program is taken from `cwd`.
        cwd
            Working directory of the command.
        stdin
            An open file, ``subprocess.DEVNULL`` or ``subprocess.PIPE``.
        env
            Environment variables in addition to those of this process.
        limits
            What each of its processes may use.

        Raises
        ------
        OSError, ValueError
            If it cannot be started; `why` makes a sentence of it.
        """
        # A handler that raises after the fork would leave a child that nobody knows.
        with _signals_held(), _lock:
            orphans.inherit(os.getpid())  # not handed down by a fork
            self._mark = lifeline.mark(next(_numbers))
            self._child = subprocess.Popen(
                argv,
                cwd=cwd,
                env={**os.environ, **(env or {}), self._mark[0]: self._mark[1]},
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
            _live.add(self._child.pid)
            lifeline.hold("group", self._child.pid)
        limits.apply(self._child.pid)

    @property
    def started(self) -> bool:
        """True if there was a start."""
        return self._child is not None

    @property
    def child(self) -> subprocess.Popen[bytes]:
        """The first process."""
        assert self._child is not None, "not started"
        return self._child

    @property
    def stdin(self) -> IO[bytes]:
        """The pipe to its standard input, if one was asked for."""
        assert self.child.stdin is not None
        return self.child.stdin

    @property
    def stdout(self) -> IO[bytes]:
        """The pipe from its standard output."""
        assert self.child.stdout is not None
        return self.child.stdout

    @property
    def stderr(self) -> IO[bytes]:
        """The pipe from its standard error."""
        assert self.child.stderr is not None
        return self.child.stderr

    def signal(self, number: int) -> None:
        """Send a signal to every process of the group."""
        _signal_group(self.child.pid, number)

    def ended(self, wait: float = 0.0) -> bool:
        """Tell whether the first process has ended, or does so within `wait` seconds."""
        with pidfd(self.child.pid) as descriptor:
            if descriptor is None:
                with suppress(subprocess.TimeoutExpired):
                    self.child.wait(wait)
                return self.child.returncode is not None
            # Not collected: its number has to stay taken until the whole group is killed.
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            return bool(poll.poll(1000 * wait))

    def end(self) -> None:
        """Kill what is left, collect the first process, wait until all are gone."""
        group = self.child.pid
        if group not in _live:
            return
        until = time.monotonic() + _LAST_WAIT
        while True:
            with _lock:
                # Collected only after the kill: until then nobody else can get the number.
                _signal_group(group, signal.SIGKILL)
                if self.child.poll() is not None or time.monotonic() > until:
                    _live.discard(group)
                    lifeline.release("group", group)
                    break
            time.sleep(0.001)
        until = time.monotonic() + _SWEEP_WAIT
        while _signal_group(group, 0) and time.monotonic() < until:
            with suppress(ChildProcessError):
                while os.waitpid(-group, os.WNOHANG)[0]:  # orphans that came to us
                    pass
            time.sleep(0.001)
        orphans.sweep(self._mark, _known, _SWEEP_WAIT)

    def collect(self) -> None:
        """Collect the orphans that it has left so far: one that stays would heap them up."""
        orphans.collect(_known)

    def close(self) -> None:
        """End the command if it was started, and close the pipes."""
        if self._child is not None:
            if self._child.pid in _live:
                with _signals_held():
                    self.end()
            for pipe in (self._child.stdin, self._child.stdout, self._child.stderr):
                if pipe is not None:
                    pipe.close()


def _known() -> set[int]:
    """Children of this process that it has started itself."""
    with _lock:  # not between the start of one and its entry
        return _live | lifeline.guards()


def kill_all() -> int:
    """Kill every group that runs in this Python process, from any thread.

    Groups started later are not affected, so stop handing out work first. Safe in a signal handler.

    Returns
    -------
    int
        Number of groups that were killed.
    """
    with _lock:
        groups = tuple(_live)
        for group in groups:
            _signal_group(group, signal.SIGKILL)
    return len(groups)


def died_of(number: int) -> str:
    """What to say of a process that a signal has ended."""
    try:
        known = signal.Signals(number)
    except ValueError:
        return f"died of signal {number} (unknown)"
    return f"died of signal {number} ({known.name}){_HINTS.get(known, '')}"


_HINTS = {
    signal.SIGKILL: ": killed by somebody, or by the kernel as memory ran out",
    signal.SIGXFSZ: ": a file became larger than file_size allows",
}


def why(error: OSError | ValueError, argv: Sequence[str], cwd: Path) -> str:
    """Why a command could not be started."""
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    name = str(error.filename or argv[0])
    text = f"{error.strerror}: {name}"
    if isinstance(error, FileNotFoundError) and os.sep in name and (cwd / name).is_file():
        text += " (the file is there, but the interpreter or loader that it asks for is not)"
    return text


@contextmanager
def pidfd(pid: int) -> Iterator[int | None]:
    """Give a descriptor that becomes readable when the process ends; None where there is none."""
    descriptor: int | None = None
    if sys.platform == "linux":
        with suppress(OSError):  # kernel older than 5.3, or a sandbox
            descriptor = os.pidfd_open(pid)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _signal_group(group: int, number: int) -> bool:
    """Send a signal to a group; return False if nobody is there to receive it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS: no permission if all are zombies
        return False
    return True


@contextmanager
def _signals_held() -> Iterator[None]:
    """Put off Python's handlers of SIGINT and SIGTERM, which run in the main thread only.

    Blocking the signals in the kernel instead would hand the blocked mask down to the command.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []
    handlers = {
        number: signal.signal(number, lambda number, _: arrived.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
        if callable(signal.getsignal(number))
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for received in arrived:
            signal.raise_signal(received)
