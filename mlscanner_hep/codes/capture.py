"""What is kept of a stream that may be endless."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import IO

_CHUNK = 1 << 16  # the capacity of a pipe: one read empties it


class Capture:
    """The first and the last half of a stream, whatever its length.

    Parameters
    ----------
    cap
        Bytes that are kept; a marker line stands where the middle was cut.
    """

    def __init__(self, cap: int) -> None:
        self._first = (cap + 1) // 2
        self._last = cap // 2
        self._head = bytearray()
        self._tail = bytearray()
        self._total = 0

    @property
    def truncated(self) -> bool:
        """True if the cap cut the stream."""
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

    def drain(self, pipe: IO[bytes]) -> None:
        """Read what stands in the pipe now; a stranger that still writes is not waited for."""
        os.set_blocking(pipe.fileno(), False)
        with suppress(BlockingIOError):
            for _ in range(16):  # a pipe that the command enlarged holds up to 1 MiB
                if not self.read(pipe.fileno()):
                    break

    def kept(self) -> bytes:
        """What was kept."""
        if not self.truncated:
            return bytes(self._head + self._tail)
        left_out = self._total - self._first - self._last
        marker = b"\n[... %d bytes left out ...]\n" % left_out
        return bytes(self._head + marker + self._tail[len(self._tail) - self._last :])
