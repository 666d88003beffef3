"""What came of running one stage, and of running the whole chain, on one point."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mlscanner_hep.points import Status

_DECIMAL = re.compile(r"[-+]?\d*\.\d+(?:[eEdD][-+]?\d+)?|[-+]?\d+[eE][-+]?\d+")


@dataclass(frozen=True)
class Answer:
    """What one stage said about one point.

    Parameters
    ----------
    stage : str
        Name of the stage.
    status : Status
        ``OK``, ``UNPHYSICAL`` or ``FAILED``.
    values : mapping of str to float
        Observables that were read.
    missing : mapping of str to str
        Observables that were not, each with the reason.
    reason : str
        Why the status is not ``OK``.
    exit_code : int or None
        Exit code of the program; negative is the signal that ended it.
    command : tuple of str
        What was run.
    seconds : float
        Wall time.
    files : mapping of str to bytes
        Inputs, outputs and ``stdout``/``stderr`` by name.
    """

    stage: str
    status: Status
    values: Mapping[str, float] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    exit_code: int | None = None
    command: tuple[str, ...] = ()
    seconds: float = 0.0
    files: Mapping[str, bytes] = field(default_factory=dict)

    def log_tail(self, lines: int = 15, width: int = 300) -> str:
        """The last lines that the program printed, stderr after stdout."""
        tail: list[str] = []
        for name in ("stdout", "stderr"):
            text = self.files.get(name, b"")[-lines * width :].decode("utf-8", errors="replace")
            tail += [line.rstrip()[:width] for line in text.splitlines() if line.strip()][-lines:]
        return "\n".join(tail[-lines:])


@dataclass(frozen=True)
class Outcome:
    """What the chain said about one point. A failed point is data, never an exception.

    Parameters
    ----------
    status : Status
        ``OK``, ``UNPHYSICAL`` or ``FAILED``.
    values : mapping of str to float
        Every observable that was read, also those of the stages before the one that ended it.
    stage : str
        The stage that ended the chain early; empty if none did.
    reason : str
        Why it did, or which observables are missing and why.
    exit_code : int or None
        Exit code of that stage.
    log_tail : str
        The last lines that it printed.
    answers : tuple of Answer
        What each stage said, in order.
    """

    status: Status
    values: Mapping[str, float] = field(default_factory=dict)
    stage: str = ""
    reason: str = ""
    exit_code: int | None = None
    log_tail: str = ""
    answers: tuple[Answer, ...] = ()

    @property
    def seconds(self) -> dict[str, float]:
        """Wall time of each stage that ran."""
        return {answer.stage: answer.seconds for answer in self.answers}


def headline(reason: str) -> str:
    """What reasons of one kind have in common: the first of several texts, dots for its decimals.

    Reasons often quote a number of the point, and a code that complains of several things does so
    in any combination.
    """
    return _DECIMAL.sub("\N{HORIZONTAL ELLIPSIS}", reason.partition("; ")[0])
