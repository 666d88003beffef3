"""One round: which points are asked for, which are still open, what an outcome means."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.ledger import Ledger
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.points import Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers.base import Proposal, Proposer

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Batch:
    """Points to be evaluated.

    Parameters
    ----------
    round : int
        The round that they belong to.
    ids : list of int
        Their numbers in the ledger.
    x : ndarray, shape (n, d)
        Parameter values.
    inputs : list of dict
        The same by name, with constants and derived values.
    """

    round: int
    ids: list[int]
    x: Array
    inputs: list[dict[str, float | int | str]]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Draft:
    """A proposed round that is not written yet."""

    round: int
    proposal: Proposal
    seconds: float


def propose(
    problem: Problem,
    proposer: Proposer,
    ledger: Ledger,
    seed: int,
    most: int,
    n: int | None = None,
) -> Draft:
    """Propose the next round, of n points or else as many up to `most` as the proposer wants.

    Nothing is written.

    Round r draws from ``default_rng([seed, r])`` and learns from complete rounds only; of the open
    ones it knows the positions. So the points do not depend on the number of workers, nor on when
    a scan was interrupted.
    """
    started = time.perf_counter()
    points = ledger.points(problem.space, problem.observables)
    number = int(points.round.max(initial=-1)) + 1
    open_rounds = np.unique(points.round[points.status == Status.PENDING])
    running = np.isin(points.round, open_rounds)
    rng = np.random.default_rng([seed, number])
    learnt = points[~running]
    size = n or proposer.size(problem, learnt, most)
    proposal = proposer.propose(problem, learnt, points.u[running], size, rng)
    return Draft(number, proposal, time.perf_counter() - started)


def write(problem: Problem, draft: Draft, kind: str, ledger: Ledger) -> Batch:
    """Write a proposed round to the ledger as pending, before any of its points is run."""
    x = problem.space.from_unit(draft.proposal.u)
    ids = ledger.propose(
        x,
        round=draft.round,
        proposer=kind,
        seconds=draft.seconds,
        origin=draft.proposal.origin,
        predicted=draft.proposal.predicted,
        note=draft.proposal.note,
    )
    return Batch(draft.round, ids, x, [problem.space.row(row) for row in x])


def pending(problem: Problem, ledger: Ledger) -> Batch:
    """The open points of the first unfinished round; an empty batch if all are finished."""
    where = (
        "status = 'pending' AND round = (SELECT min(round) FROM points WHERE status = 'pending')"
    )
    points = ledger.points(problem.space, (), where)
    number = int(points.round[0]) if len(points) else -1
    rows = [problem.space.row(row) for row in points.x]
    return Batch(number, ledger.ids(where), points.x, rows)


def judge(problem: Problem, x: Array, outcome: Outcome) -> Points:
    """An outcome at parameter values x (d,) as a table of one point, for `Problem` to judge."""
    x = np.atleast_2d(x)
    y = np.array([[outcome.values.get(name, np.nan) for name in problem.observables]])
    return Points.of(problem.space.to_unit(x), x, y, status=np.array([outcome.status], np.int8))
