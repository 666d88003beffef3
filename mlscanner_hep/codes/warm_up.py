"""Codes that compile at their first call: one such call at a time, and time for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlscanner_hep.codes.slots import slot


@contextmanager
def cold(program: Path, mark: Path | None, *, shared: bool) -> Iterator[bool]:
    """Tell whether a program is cold; as long as one caller has that answer, no other one gets it.

    Two calls at once would compile into the same place. Who finds it warm waits for nobody.

    Parameters
    ----------
    program
        The program.
    mark
        A file that is there as soon as a call has got through; None if nobody would look for it.
    shared
        Whether others on this machine run the very same program.

    Raises
    ------
    OSError
        See `slot`.
    """
    if not _warm(mark):
        with slot(program, 1 if shared else None, "cold"):
            if not _warm(mark):  # it may have become so meanwhile
                yield True
                return
    yield False


def _warm(mark: Path | None) -> bool:
    return mark is not None and mark.exists()
