"""One external command in a process group of its own, with limits, and a kill that kills."""

from __future__ import annotations

import os
import resource
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_CHUNK = 1 << 16  # the capacity of a pipe: one read empties it
_POLL = 0.005  # seconds between looks at the child where the kernel has no pidfd
_LAST_WAIT = 5.0  # seconds that a killed process may take to die (a dead file server can hold it)
_SWEEP_WAIT = 1.0  # seconds for killed descendants to go (longer: nobody collects orphans here)

_live: set[int] = set()  # groups that run now; a group's number is the pid of its first process
_lock = threading.RLock()  # re-entrant: kill_all may be called by a signal handler


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended.

    Attributes
    ----------
    exit_code
        The exit code; ``-n`` if signal n ended the process; None if it could not be started or ran
        out of time.
    timed_out
        True if the time limit ended it.
    seconds
        Wall time from before the start to the end of the process.
    stdout, stderr
        What was printed: at most `cap` bytes of each, and a marker line where the middle was cut.
    truncated
        True if the cap cut `stdout` or `stderr`.
    error
        Why the command could not be started, or the empty string.
    """

    exit_code: int | None
    timed_out: bool
    seconds: float
    stdout: bytes
    stderr: bytes
    truncated: bool
    error: str = ""


def run(
    argv: Sequence[str],
    cwd: Path,
    *,
    timeout: float,
    env: Mapping[str, str] | None = None,
    stdin: bytes | Path | None = None,
    memory: int | None = None,
    cap: int = 1 << 20,
    grace: float = 2.0,
) -> Finished:
    """Run a command and wait for it; no process of its group is left when this returns or raises.

    When the time is over the whole group gets SIGTERM and, `grace` seconds later or as soon as its
    first process has ended, SIGKILL. Processes that a command leaves behind are killed as well. One
    that left the group on purpose (``setsid``) is out of reach, but cannot make this function wait.

    Parameters
    ----------
    argv
        Program and arguments; no shell is involved. A relative program path is taken from `cwd`.
    cwd
        Working directory of the command.
    timeout
        Time limit in seconds; may be infinite.
    env
        Environment variables in addition to those of this process.
    stdin
        Bytes, or a file (a relative path is taken from `cwd`); by default there is nothing to read.
    memory
        Address space in bytes that each process of the command may use. Needs Linux; elsewhere the
        command counts as not started. It is set just after the start, so what the program does in
        its first fraction of a millisecond is not covered.
    cap
        Bytes kept of stdout and of stderr: the first and the last half.
    grace
        Seconds between SIGTERM and SIGKILL.

    Returns
    -------
    Finished
        Also for a command that could not be started (see `Finished.error`).
    """
    begin = time.monotonic()
    child: subprocess.Popen[bytes] | None = None
    try:
        try:
            # A handler that raises after the fork would leave a child that nobody knows.
            with _signals_held(), _lock:
                child = _start(argv, cwd, env, stdin)
                _live.add(child.pid)
            if memory is not None:
                _limit_memory(child.pid, memory)
        except (OSError, ValueError) as error:
            seconds = time.monotonic() - begin
            return Finished(None, False, seconds, b"", b"", False, _reason(error, argv, cwd))
        out, err = _Capture(cap), _Capture(cap)
        timed_out = _watch(child, begin + timeout, grace, out, err)
        seconds = time.monotonic() - begin
        _end(child)
        out.drain(child.stdout)
        err.drain(child.stderr)
    finally:
        if child is not None:
            with _signals_held():
                _end(child)
                for pipe in (child.stdout, child.stderr):
                    if pipe is not None:
                        pipe.close()
    return Finished(
        exit_code=None if timed_out else child.returncode,
        timed_out=timed_out,
        seconds=seconds,
        stdout=out.kept(),
        stderr=err.kept(),
        truncated=out.truncated or err.truncated,
    )


def kill_all() -> int:
    """Kill every command that `run` is waiting for in this Python process, from any thread.

    Their `run` calls return with exit code -9. Commands started later are not affected, so stop
    handing out work first. Safe in a signal handler.

    Returns
    -------
    int
        Number of commands that were killed.
    """
    with _lock:
        groups = tuple(_live)
        for group in groups:
            _signal_group(group, signal.SIGKILL)
    return len(groups)


def _start(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None, stdin: bytes | Path | None
) -> subprocess.Popen[bytes]:
    with ExitStack() as files:
        source: IO[bytes] | int = subprocess.DEVNULL
        if isinstance(stdin, Path):
            source = files.enter_context((cwd / stdin).open("rb"))
        elif stdin is not None:
            # A file, not a pipe: nobody has to feed it, whether the command reads it or not.
            source = files.enter_context(tempfile.TemporaryFile(buffering=0))
            source.write(stdin)
            source.seek(0)
        return subprocess.Popen(
            argv,
            cwd=cwd,
            env={**os.environ, **env} if env else None,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )


def _watch(
    child: subprocess.Popen[bytes], deadline: float, grace: float, out: _Capture, err: _Capture
) -> bool:
    """Read the pipes until the first process ends or is given up; return whether time ran out."""
    assert child.stdout is not None
    assert child.stderr is not None
    timed_out = False
    with selectors.DefaultSelector() as selector, _pidfd(child.pid) as pidfd:
        selector.register(child.stdout, selectors.EVENT_READ, out)
        selector.register(child.stderr, selectors.EVENT_READ, err)
        if pidfd is not None:
            selector.register(pidfd, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 and timed_out:
                return True
            if left <= 0:
                timed_out = True
                _signal_group(child.pid, signal.SIGTERM)
                deadline = time.monotonic() + grace
                continue
            ended = False
            for key, _ in selector.select(min(left, 3600.0 if pidfd is not None else _POLL)):
                if key.data is None:
                    ended = True
                elif not key.data.read(key.fd):
                    selector.unregister(key.fileobj)
            if ended or (pidfd is None and child.poll() is not None):
                return timed_out


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the group, collect the first process, wait until the group is gone."""
    group = child.pid
    if group not in _live:
        return
    until = time.monotonic() + _LAST_WAIT
    while True:
        with _lock:
            # Collected only after the kill: until then the number cannot be given to another group.
            _signal_group(group, signal.SIGKILL)
            if child.poll() is not None or time.monotonic() > until:
                _live.discard(group)
                break
        time.sleep(0.001)
    until = time.monotonic() + _SWEEP_WAIT
    while _signal_group(group, 0) and time.monotonic() < until:
        time.sleep(0.001)


def _signal_group(group: int, number: int) -> bool:
    """Send a signal to a group; return False if nobody is there to receive it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS: no permission if all are zombies
        return False
    return True


@contextmanager
def _pidfd(pid: int) -> Iterator[int | None]:
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


def _limit_memory(pid: int, limit: int) -> None:
    if sys.platform != "linux":
        raise OSError("a memory limit needs Linux; remove it from the configuration")
    with suppress(ProcessLookupError):  # it has ended already
        _, hard = resource.prlimit(pid, resource.RLIMIT_AS)
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.prlimit(pid, resource.RLIMIT_AS, (limit, limit))


def _reason(error: OSError | ValueError, argv: Sequence[str], cwd: Path) -> str:
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    name = str(error.filename or argv[0])
    text = f"{error.strerror}: {name}"
    if isinstance(error, FileNotFoundError) and os.sep in name and (cwd / name).is_file():
        text += " (the file is there, but the interpreter or loader that it asks for is not)"
    return text


class _Capture:
    """The first and the last half of a stream, whatever its length."""

    def __init__(self, cap: int) -> None:
        self._first = (cap + 1) // 2
        self._last = cap // 2
        self._head = bytearray()
        self._tail = bytearray()
        self._total = 0

    @property
    def truncated(self) -> bool:
        return self._total > self._first + self._last

    def read(self, descriptor: int) -> int:
        """Read once; return the number of bytes, 0 at the end of the stream."""
        data = os.read(descriptor, _CHUNK)
        self._total += len(data)
        room = self._first - len(self._head)
        if room > 0:
            self._head += data[:room]
            self._tail += data[room:]
        else:
            self._tail += data
        if len(self._tail) > 2 * self._last + _CHUNK:  # not at each read: moving bytes costs
            self._tail = self._tail[len(self._tail) - self._last :]
        return len(data)

    def drain(self, pipe: IO[bytes] | None) -> None:
        """Read what stands in the pipe now; a stranger that still writes is not waited for."""
        assert pipe is not None
        os.set_blocking(pipe.fileno(), False)
        with suppress(BlockingIOError):
            for _ in range(16):  # a pipe that the command enlarged holds up to 1 MiB
                if not self.read(pipe.fileno()):
                    break

    def kept(self) -> bytes:
        if not self.truncated:
            return bytes(self._head + self._tail)
        left_out = self._total - self._first - self._last
        marker = b"\n[... %d bytes left out ...]\n" % left_out
        return bytes(self._head + marker + self._tail[len(self._tail) - self._last :])
