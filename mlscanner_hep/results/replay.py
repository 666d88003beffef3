"""A recorded point run once more, with exactly the inputs that the ledger has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.errors import LedgerError
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.points import Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.record.ledger import Ledger


class Difference(NamedTuple):
    """What is not as it was.

    Parameters
    ----------
    name : str
        An observable, ``status`` or ``stage``.
    recorded, now : float or str or None
        None for a missing observable.
    """

    name: str
    recorded: float | str | None
    now: float | str | None


@dataclass(frozen=True)
class Replay:
    """A point, as it was and as it is now.

    Parameters
    ----------
    point : int
        Its id.
    inputs : mapping
        Parameters, constants and derived values by name, as recorded.
    recorded, outcome : Outcome
        What the ledger says, pending if it is not evaluated, and what the codes say now.
    """

    point: int
    inputs: Mapping[str, float | int | str]
    recorded: Outcome
    outcome: Outcome

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Everything that is not the same, numbers to the last bit; nothing for a pending point."""
        return () if self.recorded.status == Status.PENDING else tuple(self._compare())

    def _compare(self) -> Iterator[Difference]:
        old, new = self.recorded, self.outcome
        pairs: dict[str, tuple[float | str | None, float | str | None]] = {
            "status": (old.status.name.lower(), new.status.name.lower()),
            "stage": (old.stage, new.stage),
        }
        pairs |= {n: (old.values.get(n), new.values.get(n)) for n in {**old.values, **new.values}}
        for name, (recorded, now) in pairs.items():
            if recorded != now:
                yield Difference(name, recorded, now)


def replay(
    problem: Problem, pipeline: Pipeline, ledger: Ledger, point: int, folder: Path | None = None
) -> Replay:
    """Run a recorded point once more; nothing is written to the ledger.

    Parameters
    ----------
    problem, pipeline : Problem, Pipeline
        As they were when the point was recorded.
    ledger : Ledger
        Where it stands.
    point : int
        Its id.
    folder : Path, optional
        A fresh folder in which the files of the point are left.

    Raises
    ------
    LedgerError
        If there is no such point.
    """
    points = ledger.points(problem.space, problem.observables, f"id = {int(point)}")
    if not len(points):
        last = max(ledger.ids(), default=0)
        raise LedgerError(f"{ledger.path} has no point {point}; the last one is {last}")
    inputs = problem.space.row(points.x[0])
    values = dict(zip(problem.observables, points.y[0].tolist(), strict=True))
    (stage, reason, exit_code) = ledger.end(point)
    recorded = Outcome(
        Status(int(points.status[0])),
        {name: value for name, value in values.items() if np.isfinite(value)},
        stage,
        reason,
        exit_code,
        ledger.log(point),
    )
    return Replay(point, inputs, recorded, pipeline.one(inputs, folder))
