"""The exception tree: every error a user can meet is a `ScannerError` and has an exit code."""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar


class ScannerError(Exception):
    """Base of all errors that mlscanner-hep raises on purpose."""

    exit_code: ClassVar[int] = 1


class ConfigError(ScannerError):
    """A configuration file says something that cannot be meant.

    Parameters
    ----------
    message : str
        What is wrong, what is allowed, and the nearest name where there is one.
    file : Path, optional
        The file that says it.
    key : str, optional
        Dotted path of the key inside the file, e.g. ``parameters.tanb.scale``.
    """

    exit_code = 2

    def __init__(self, message: str, file: Path | None = None, key: str = "") -> None:
        self.file = file
        self.key = key
        self.message = message
        where = ": ".join(part for part in (str(file) if file else "", key) if part)
        super().__init__(f"{where}: {message}" if where else message)


class PreflightError(ScannerError):
    """The scan cannot start; `problems` lists everything that was found, not only the first."""

    exit_code = 3

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        lines = "\n".join(f"  {i}. {text}" for i, text in enumerate(self.problems, 1))
        super().__init__(f"{count} problem{'s' * (count != 1)} found before the scan:\n{lines}")


class LedgerError(ScannerError):
    """The ledger is locked, damaged, or its points mean something else."""

    exit_code = 4


class ScanStalled(ScannerError):
    """The first points all failed, or a hundred in a row: something is broken, the scan stops."""

    exit_code = 5


class ClusterError(ScannerError):
    """The cluster cannot be started, or is gone; the points that it had are pending."""

    exit_code = 6


class MachineError(ScannerError):
    """The machine refuses what every program needs: room on the disk, memory, open files."""

    exit_code = 7

    @classmethod
    def of(cls, error: OSError) -> MachineError | None:
        """What a fault of the machine means and what to do; None if it is something else."""
        advice = _ADVICE.get(error.errno or 0)
        return None if advice is None else cls(f"{error}: {advice}, then run again")


_ADVICE = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room within your quota",
    errno.EROFS: "make it writable",
    errno.EIO: "look after the disk",
    errno.ESTALE: "look after the network file system",
    errno.EMFILE: "allow more open files (ulimit -n)",
    errno.ENFILE: "the whole machine has too many open files; end something else",
    errno.ENOMEM: "free memory, or take fewer workers",
    errno.EAGAIN: "allow more processes (ulimit -u), or take fewer workers",
}


class Unphysical(Exception):
    """To be raised by a Python stage: there is no spectrum at this point, and that is physics."""


class PointError(ScannerError):
    """A fault of one point. It never leaves the pipeline: it becomes an `Outcome`."""


@contextmanager
def located(file: Path, key: str) -> Iterator[None]:
    """Turn a complaint about a value (ValueError, OSError) into a `ConfigError` with its place."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise ConfigError(str(error), file, key) from error


def nearest(word: str, allowed: Iterable[str]) -> str:
    """A hint for a misspelt word: ``did you mean 'scale'?``, or the list of what is allowed.

    Parameters
    ----------
    word : str
        What was written.
    allowed : iterable of str
        What could have been written.

    Returns
    -------
    str
        A sentence to append to an error message, empty if nothing is allowed.
    """
    names = sorted(set(allowed))
    if close := closest(word, names):
        return f"did you mean '{close}'?"
    return f"allowed: {', '.join(names)}" if names else ""


def closest(word: str, names: Iterable[str]) -> str | None:
    """The name that is most like a misspelt word; None if none is."""
    names = sorted(set(names))
    if close := difflib.get_close_matches(word, names, n=1, cutoff=0.6):
        return close[0]
    return next((name for name in names if name.casefold() == word.casefold()), None)
