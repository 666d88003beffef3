"""One round: what it is proposed from, which points are asked for, what an outcome means."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.outcome import Outcome
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers.base import Proposal, Proposer
from mlscanner_hep.record.ledger import Ledger
from mlscanner_hep.record.writer import Writer
from mlscanner_hep.space import Space

Array = NDArray[np.float64]
Inputs = dict[str, float | int | str]
Which = Callable[[NDArray[np.int64]], NDArray[np.bool_]]

FEW = 0.1
"""A round does without the results of the last ones only if they are at most this part of all the
others."""


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
    space : Space
        Names the parameters, and what follows from them.
    """

    round: int
    ids: list[int]
    x: Array
    space: Space

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def inputs(self) -> list[Inputs]:
        """Parameters, constants and derived values by name, of each point."""
        return [inputs for _, inputs in self.tasks()]

    def tasks(self) -> Iterator[tuple[int, Inputs]]:
        """Id and inputs of one point after the other."""
        for point, x in zip(self.ids, self.x, strict=True):
            yield point, self.space.row(x)


@dataclass(frozen=True)
class Basis:
    """What a round is proposed from.

    Parameters
    ----------
    round : int
        Its number.
    learnt : Points
        The points whose results are used.
    pending : ndarray, shape (k, d)
        Positions in the unit cube of those whose results are not, whether they are known or not.
    """

    round: int
    learnt: Points
    pending: Array

    @classmethod
    def of(cls, points: Points, hidden: Collection[int]) -> Basis:
        """The basis of the next round: all points but the results of hidden rounds.

        The table is not copied if the hidden rounds are its last ones.
        """
        number = int(points.round[-1]) + 1 if len(points) else 0
        rows = learnt_rows(points, hidden)
        others = slice(rows.stop, None) if isinstance(rows, slice) else ~rows
        return cls(number, points[rows], points.u[others])


def learnt_rows(points: Points, hidden: Collection[int]) -> slice | NDArray[np.bool_]:
    """The rows of all but hidden rounds, in a table whose rounds are in order.

    A slice, which copies nothing, if the hidden rounds are the last ones; else a mask (n,).
    """
    start = int(np.searchsorted(points.round, min(hidden, default=np.inf)))
    running = np.isin(points.round[start:], list(hidden))
    return slice(0, start) if running.all() else np.append(np.ones(start, bool), ~running)


@dataclass(frozen=True)
class Draft:
    """A proposed round that is not written yet."""

    round: int
    proposal: Proposal
    seconds: float


def propose(
    problem: Problem, proposer: Proposer, basis: Basis, seed: int, most: int, n: int | None = None
) -> Draft:
    """Propose a round of n points, or else of as many up to `most` as the proposer wants.

    Nothing is written.

    Round r draws from ``default_rng([seed, r])`` and learns from complete rounds only; of the open
    ones it knows the positions. So the points do not depend on the number of workers, nor on when
    a scan was interrupted.
    """
    started = time.perf_counter()
    rng = np.random.default_rng([seed, basis.round])
    size = n or proposer.size(problem, basis.learnt, most)
    proposal = proposer.propose(problem, basis.learnt, basis.pending, size, rng)
    return Draft(basis.round, proposal, time.perf_counter() - started)


def ahead(basis: Basis) -> bool:
    """Whether a round may do without the results that its basis hides: they are few among all.

    At the beginning, and in a search that is kept to small rounds, each result counts.
    """
    return len(basis.pending) <= FEW * len(basis.learnt)


def write(problem: Problem, draft: Draft, kind: str, ledger: Writer) -> Batch:
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
    return Batch(draft.round, ids, x, problem.space)


def unfinished(problem: Problem, ledger: Ledger, wanted: Which | None = None) -> list[Batch]:
    """The points without an outcome, one batch for each round that has such points.

    Only those that are wanted, if that is given: a function of ids (n,).
    """
    where = "status = 'pending'"
    points, ids = ledger.points(problem.space, (), where), np.array(ledger.ids(where), np.int64)
    if wanted is not None:
        mine = wanted(ids)
        points, ids = points[mine], ids[mine]
    found = []
    for number in np.unique(points.round).tolist():
        rows = slice(*np.searchsorted(points.round, [number, number + 1]))
        found.append(Batch(number, ids[rows].tolist(), points.x[rows], problem.space))
    return found


def judge(problem: Problem, x: Array, outcome: Outcome) -> Points:
    """An outcome at parameter values x (d,) as a table of one point, for `Problem` to judge."""
    x = np.atleast_2d(x)
    y = np.array([[outcome.values.get(name, np.nan) for name in problem.observables]])
    return Points.of(problem.space.to_unit(x), x, y, status=np.array([outcome.status], np.int8))
