"""Which round comes next, and from what: proposed in a thread of its own, beside the codes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future, wait
from functools import partial

import numpy as np

from mlscanner_hep.findings.completeness import counted, coverage
from mlscanner_hep.problem import Problem
from mlscanner_hep.progress import reached
from mlscanner_hep.proposers.base import Proposer
from mlscanner_hep.record.store import Store
from mlscanner_hep.rounds import Basis, Draft, ahead, learnt_rows, propose
from mlscanner_hep.setup.config import ModelFile

_MOMENT = 0.2  # seconds: a signal that another thread got is noticed only in between


class Planner:
    """Proposes rounds as soon as all that they learn from is there, until a stop rule.

    A round does without the results of the last ``lag`` ones, or of fewer if they are not few (see
    `rounds.ahead`). The stop rules look at what a round learns from. So which rounds there
    are, and their points, follow from the ledger alone.

    Parameters
    ----------
    model : ModelFile
        Seed, batch size, lag and stop rules.
    problem, proposer : Problem, Proposer
        The question, and what proposes points.
    store : Store
        All points of the scan.

    Attributes
    ----------
    ended_by : str
        The stop rule that was reached, or nothing.
    """

    def __init__(
        self, model: ModelFile, problem: Problem, proposer: Proposer, store: Store
    ) -> None:
        self._model, self._problem, self._proposer = model, problem, proposer
        self._store = store
        self._lag = model.proposer.lag
        points = store.points
        called = ~points.imported
        self._calls = int(called.sum())
        self._called: list[int] = np.unique(points.round[called]).tolist()
        self._thought: Future[Draft] | None = None
        self._in_vain: tuple[object, ...] = ()  # what there was when no round could be proposed
        self._covered = -1, 0.0  # how many of the first points cover how much
        self.ended_by = ""

    def standing(self, hidden: Collection[int]) -> tuple[int, float]:
        """Number of points inside without those of hidden rounds, and the `coverage` by them."""
        points = self._store.points
        rows = learnt_rows(points, hidden)
        inside = self._store.inside[rows]
        looked_at = counted(len(inside)) if isinstance(rows, slice) else -1
        if self._covered[0] != looked_at or looked_at < 0:
            self._covered = looked_at, coverage(self._problem, points[rows])
        return int(inside.sum()), self._covered[1]

    def next(self, running: Collection[int], seconds: float) -> Draft | None:
        """The next round if it has been proposed; starts to propose it if that is possible.

        Parameters
        ----------
        running : collection of int
            Rounds that are not complete.
        seconds : float
            For which the scan has been running.
        """
        if self._thought is not None and self._thought.done():
            draft, self._thought = self._thought.result(), None
            return draft
        if self._thought is None and not self.ended_by and len(running) <= self._lag:
            self._think(running, seconds)
        return None

    def taken(self, draft: Draft) -> None:
        """Take note that a round has been added to the store."""
        self._called.append(draft.round)
        self._calls += len(draft.proposal.u)

    def wait(self) -> bool:
        """Wait a moment for a round that is being proposed; return whether one is."""
        if self._thought is None:
            return False
        wait([self._thought], _MOMENT)
        return True

    def _think(self, running: Collection[int], seconds: float) -> None:
        there = (*running, len(self._called))
        if there == self._in_vain:
            return
        hidden, basis = self._basis()
        if not set(running) <= set(hidden):
            self._in_vain = there
            return
        stop, most = self._model.scan.stop, self._model.proposer.batch
        inside, coverage = self.standing(hidden)
        self.ended_by = reached(stop, inside, self._calls, coverage, seconds)
        if self.ended_by:
            return
        if stop.calls is not None:
            most = min(most, stop.calls - self._calls)
        seed = self._model.scan.seed
        self._thought = _beside(partial(propose, self._problem, self._proposer, basis, seed, most))

    def _basis(self) -> tuple[list[int], Basis]:
        """The rounds that the next one does without, and what it is proposed from."""
        for lag in range(self._lag, -1, -1):
            hidden = self._called[max(len(self._called) - lag, 0) :]
            basis = Basis.of(self._store.points, hidden)
            if ahead(basis):
                break
        return hidden, basis


def _beside(work: Callable[[], Draft]) -> Future[Draft]:
    """Do some work in a thread that nobody waits for when the scan ends before."""
    future: Future[Draft] = Future()

    def do() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=do, name="proposer", daemon=True).start()
    return future
