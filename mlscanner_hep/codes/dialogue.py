"""A process that is told lines and answers each of them by one line, within limits."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from mlscanner_hep.codes import lifeline
from mlscanner_hep.codes.capture import Capture
from mlscanner_hep.codes.groups import Group, died_of, pidfd, why
from mlscanner_hep.codes.limits import NO_LIMITS, Limits

MAX_LINE_BYTES = 1 << 20
"""A longer line is no answer."""

_LOG_BYTES = 1 << 20
_CHUNK = 1 << 16
_POLL = 0.005  # seconds between looks at the process where the kernel has no pidfd
_GRACE = 2.0  # seconds between SIGTERM and SIGKILL
_LAST_WORDS = 1.0  # seconds in which a process that has closed a pipe may end


class Broken(Exception):
    """There is no talking to the process any more.

    Parameters
    ----------
    reason : str
        Why.
    code : int, optional
        Its exit code, ``-n`` for signal n, if it ended by itself.
    """

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason)
        self.code = code


class Dialogue:
    """One process from its start to its end, in a folder of its own that goes with it.

    `close` has to follow, whatever happens.
    """

    def __init__(self) -> None:
        self._group = Group()
        self._folder: Path | None = None
        self._log = Capture(_LOG_BYTES)

    @property
    def log(self) -> bytes:
        """What was printed on stderr since the last `exchange` began."""
        return self._log.kept()

    @property
    def alive(self) -> bool:
        """True while the process runs."""
        return self._group.started and not self._group.ended()

    def start(
        self,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        limits: Limits = NO_LIMITS,
        scratch: Path | None = None,
    ) -> None:
        """Start the process, see `Group.start`, in a folder that is made in `scratch`.

        Raises
        ------
        Broken
            If it cannot be started.
        """
        try:
            self._folder = lifeline.make_folder("service-", scratch)
            env = {"TMPDIR": str(self._folder), **(env or {})}
            self._group.start(command, self._folder, stdin=subprocess.PIPE, env=env, limits=limits)
        except (OSError, ValueError) as error:
            raise Broken(why(error, command, self._folder or Path())) from error
        for pipe in (self._group.stdin, self._group.stdout):
            os.set_blocking(pipe.fileno(), False)

    def exchange(self, line: bytes, seconds: float) -> bytes:
        """Tell a line, with its end of line, and wait for the answer.

        Raises
        ------
        Broken
            If anything but one line comes, or nothing within `seconds`.
        """
        self._log = Capture(_LOG_BYTES)
        self._untold, self._heard = memoryview(line), bytearray()
        self._give_up(seconds, f"no answer within {seconds:g} s, killed")
        group = self._group
        with selectors.PollSelector() as selector, pidfd(group.child.pid) as descriptor:
            selector.register(group.stdin, selectors.EVENT_WRITE, self._tell)
            selector.register(group.stdout, selectors.EVENT_READ, self._hear)
            selector.register(group.stderr, selectors.EVENT_READ, self._log.read)
            if descriptor is not None:
                selector.register(descriptor, selectors.EVENT_READ)
            ended = False
            while not ended and b"\n" not in self._heard:
                left = self._deadline - time.monotonic()
                if left <= 0:
                    raise Broken(self._fault)
                for key, _ in selector.select(min(left, _POLL if descriptor is None else 3600.0)):
                    if key.data is None:
                        ended = True
                    elif not key.data(key.fd):
                        selector.unregister(key.fileobj)
                ended = ended or (descriptor is None and group.ended())
        with suppress(BlockingIOError):
            while self._hear(group.stdout.fileno()):
                pass
        self._log.drain(group.stderr)
        group.collect()
        answer, complete, rest = bytes(self._heard).partition(b"\n")
        if not complete:
            raise self._death()
        if rest or self._untold:
            raise Broken(f"printed {_quoted(rest or answer)} out of turn")
        return answer

    def _tell(self, descriptor: int) -> bool:
        try:
            self._untold = self._untold[os.write(descriptor, self._untold) :]
        except BrokenPipeError:
            self._give_up(_LAST_WORDS, "closed its standard input, killed")
            return False
        return bool(self._untold)

    def _hear(self, descriptor: int) -> bool:
        data = os.read(descriptor, _CHUNK)
        self._heard += data
        if len(self._heard) > MAX_LINE_BYTES:
            raise Broken(f"printed {_quoted(self._heard)} and more than {MAX_LINE_BYTES} bytes")
        if not data:
            self._give_up(_LAST_WORDS, "closed its standard output, killed")
        return bool(data)

    def _give_up(self, seconds: float, reason: str) -> None:
        self._deadline, self._fault = time.monotonic() + seconds, reason

    def _death(self) -> Broken:
        self._group.end()
        code = self._group.child.returncode
        if code is not None and code < 0:
            return Broken(died_of(-code), code)
        return Broken(f"ended with exit code {code} instead of an answer", code)

    def close(self) -> None:
        """End the process with all its children: SIGTERM, and SIGKILL two seconds later."""
        group, self._group = self._group, Group()
        try:
            if group.started:
                if not group.ended():
                    group.signal(signal.SIGTERM)
                    group.ended(wait=_GRACE)
                group.end()
                self._log.drain(group.stderr)
        finally:
            group.close()
            if self._folder is not None:
                lifeline.remove_folder(self._folder)


def _quoted(data: bytes | bytearray) -> str:
    return repr(data[:200].decode("utf-8", errors="replace").strip())
