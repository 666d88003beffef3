"""One external command in a process group of its own, with limits, and a kill that kills."""

from __future__ import annotations

import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mlscanner_hep.codes.capture import Capture
from mlscanner_hep.codes.groups import Group, died_of, pidfd, why
from mlscanner_hep.codes.limits import NO_LIMITS, Limits

_POLL = 0.005  # seconds between looks at the child where the kernel has no pidfd


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
    limits: Limits = NO_LIMITS,
    cap: int = 1 << 20,
    grace: float = 2.0,
) -> Finished:
    """Run a command and wait for it; none of its processes is left when this returns or raises.

    When the time is over the whole group gets SIGTERM and, `grace` seconds later or as soon as its
    first process has ended, SIGKILL. Processes that a command leaves behind are killed as well, on
    Linux also those that left the group on purpose (``setsid``); elsewhere these are out of reach,
    but cannot make this function wait.

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
    limits
        What each process of the command may use.
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
    group = Group()
    try:
        try:
            with _opened(stdin, cwd) as source:
                group.start(argv, cwd, stdin=source, env=env, limits=limits)
        except (OSError, ValueError) as error:
            seconds = time.monotonic() - begin
            return Finished(None, False, seconds, b"", b"", False, why(error, argv, cwd))
        out, err = Capture(cap), Capture(cap)
        timed_out = _watch(group, begin + timeout, grace, out, err)
        seconds = time.monotonic() - begin
        group.end()
        out.drain(group.stdout)
        err.drain(group.stderr)
    finally:
        group.close()
    return Finished(
        exit_code=None if timed_out else group.child.returncode,
        timed_out=timed_out,
        seconds=seconds,
        stdout=out.kept(),
        stderr=err.kept(),
        truncated=out.truncated or err.truncated,
    )


def exit_text(code: int | None) -> str:
    """What to say of an exit code that is not accepted; ``-n`` stands for signal n."""
    if code is not None and code < 0:
        return died_of(-code)
    hint = ""
    if code == 127:
        hint = " (the program, or what its #! line names, was not found)"
    elif code is not None and code > 128:
        hint = f" (what shells say if a program {died_of(code - 128)})"
    return f"exit code {code}{hint}"


@contextmanager
def _opened(stdin: bytes | Path | None, cwd: Path) -> Iterator[IO[bytes] | int]:
    if stdin is None:
        yield subprocess.DEVNULL
    elif isinstance(stdin, Path):
        with (cwd / stdin).open("rb") as file:
            yield file
    else:
        # A file, not a pipe: nobody has to feed it, whether the command reads it or not.
        with tempfile.TemporaryFile(buffering=0) as file:
            file.write(stdin)
            file.seek(0)
            yield file


def _watch(group: Group, deadline: float, grace: float, out: Capture, err: Capture) -> bool:
    """Read the pipes until the first process ends or is given up; return whether time ran out."""
    timed_out = False
    with selectors.PollSelector() as selector, pidfd(group.child.pid) as descriptor:
        selector.register(group.stdout, selectors.EVENT_READ, out)
        selector.register(group.stderr, selectors.EVENT_READ, err)
        if descriptor is not None:
            selector.register(descriptor, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 and timed_out:
                return True
            if left <= 0:
                timed_out = True
                group.signal(signal.SIGTERM)
                deadline = time.monotonic() + grace
                continue
            ended = False
            for key, _ in selector.select(min(left, 3600.0 if descriptor is not None else _POLL)):
                if key.data is None:
                    ended = True
                elif not key.data.read(key.fd):
                    selector.unregister(key.fileobj)
            if ended or (descriptor is None and group.ended()):
                return timed_out
