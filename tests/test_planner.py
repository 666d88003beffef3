"""Which rounds are proposed, from what, and when none is any more."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import numpy as np
import pytest

from mlscanner_hep.constraints import Limit
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.planner import Planner
from mlscanner_hep.points import IMPORT, Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers.base import Array, Proposal
from mlscanner_hep.record.store import Store
from mlscanner_hep.rounds import Basis, Draft
from mlscanner_hep.setup.config import ModelFile
from mlscanner_hep.space import Parameter, Space

PROBLEM = Problem(Space((Parameter("x", 0.0, 1.0),)), ("y",), (Limit("y", min=0.5),))


@dataclass
class Fake:
    """Notes what it is given; each point is drawn from the generator of its round."""

    seen: list[tuple[list[int], int, int]] = field(default_factory=list)
    error: Exception | None = None
    go: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.go.set()

    def size(self, problem: Problem, points: Points, n: int) -> int:
        return n

    def propose(
        self, problem: Problem, points: Points, pending: Array, n: int, rng: np.random.Generator
    ) -> Proposal:
        self.go.wait()
        if self.error is not None:
            raise self.error
        assert (points.status != Status.PENDING).all()
        self.seen.append((np.unique(points.round).tolist(), len(pending), n))
        return Proposal.of(rng.random((n, 1)), "main")


def model(lag: int, batch: int = 10, **stop: float) -> ModelFile:
    return ModelFile.model_validate(
        {
            "scan": {"name": "plan", "seed": 4, "stop": stop or {"calls": 10_000}},
            "parameters": {"x": {"min": 0, "max": 1}},
            "proposer": {"batch": batch, "lag": lag},
        }
    )


class Run:
    """A scan without codes: rounds are answered when the test says so."""

    def __init__(self, model: ModelFile, points: Points | None = None) -> None:
        nothing = Points.of(*(np.empty((0, 1)) for _ in range(3)))
        self.proposer = Fake()
        self.store = Store(PROBLEM, nothing if points is None else points)
        self.planner = Planner(model, PROBLEM, self.proposer, self.store)
        self.open: list[int] = []

    def next(self) -> Draft | None:
        """The next round, once it has been proposed, if it may be."""
        draft = self.planner.next(self.open, 0.0)
        while draft is None and self.planner.wait():
            draft = self.planner.next(self.open, 0.0)
        if draft is None:
            return None
        self.store.add(
            draft.proposal.u, draft.round, draft.proposal.origin, draft.proposal.predicted
        )
        self.planner.taken(draft)
        self.open.append(draft.round)
        return draft

    def answer(self, number: int, y: float = 0.0) -> None:
        for row in np.flatnonzero(self.store.points.round == number).tolist():
            self.store.record(row, Outcome(Status.OK, {"y": y}))
        self.open.remove(number)


def test_without_lag_each_round_waits_for_all_results() -> None:
    run = Run(model(0))
    for number in range(8):
        assert run.next() is not None
        assert run.next() is None
        run.answer(number)
    assert run.proposer.seen == [(list(range(r)), 0, 10) for r in range(8)]


def full(rounds: int, lag: int, **stop: float) -> Run:
    """A scan with so many complete rounds of ten points."""
    run = Run(model(lag, **stop))
    for number in range(rounds):
        assert run.next() is not None
        run.answer(number)
    return run


def test_with_lag_a_round_is_proposed_while_the_last_one_runs() -> None:
    """Once its points are a tenth of those that are known."""
    run = Run(model(1))
    for number in range(10):
        assert run.next() is not None
        assert run.next() is None
        run.answer(number)
    assert run.next() is not None
    for number in range(10, 14):
        assert run.next() is not None, "the last one is still open"
        assert run.next() is None, "two are"
        run.answer(number)
    first = [(list(range(r)), 0, 10) for r in range(11)]
    assert run.proposer.seen == first + [(list(range(r - 1)), 10, 10) for r in range(11, 15)]


def test_what_was_in_vain_is_not_tried_again_at_each_outcome(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = full(3, lag=1)
    assert run.next() is not None
    tried: list[Basis] = []
    monkeypatch.setattr(Planner, "_basis", lambda _: tried.append(basis) or ([], basis))
    basis = Basis.of(run.store.points, [])
    for _ in range(5):
        assert run.planner.next(run.open, 0.0) is None
    assert len(tried) <= 1


def test_more_rounds_run_at_a_time_as_far_as_they_are_few() -> None:
    run = full(25, lag=3)
    hidden = [pending for _, pending, _ in run.proposer.seen]
    assert hidden == [0] * 11 + [10] * 11 + [20] * 3
    for _ in range(3):
        assert run.next() is not None
    assert run.next() is None


def test_a_round_that_ends_before_an_earlier_one_is_not_learnt_from() -> None:
    run = full(12, lag=1)
    run.next(), run.next()
    run.answer(13)
    assert run.next() is None
    run.answer(12)
    assert run.next() is not None
    assert run.proposer.seen[-1] == (list(range(13)), 10, 10)


@pytest.mark.parametrize("lag", [0, 1, 2])
def test_a_resumed_scan_proposes_the_same(lag: int) -> None:
    """Also if rounds were complete by then that ran when the next one was proposed at first."""
    whole = full(24, lag)
    points = whole.store.points
    for rounds in (1, 10, 11, 12, 13, 22, 23):
        resumed = Run(model(lag), points[points.round < rounds])
        draft = resumed.next()
        assert draft is not None
        assert (draft.proposal.u == points.u[points.round == rounds]).all()
        assert resumed.proposer.seen == whole.proposer.seen[rounds : rounds + 1]


def test_imported_points_are_learnt_from_at_once() -> None:
    u = np.linspace(0, 1, 100)[:, None]
    run = Run(model(1), Points.of(u, u, u, origin=np.full(100, IMPORT)))
    run.next(), run.next()
    assert run.proposer.seen == [([0], 0, 10), ([0], 10, 10)]


def test_the_last_round_stays_within_the_allowed_calls() -> None:
    run = full(11, lag=1, calls=126)
    run.next()
    draft = run.next()
    assert draft is not None
    assert len(draft.proposal.u) == 6
    run.answer(11)
    assert run.next() is None
    assert run.planner.ended_by == "126 calls (stop.calls = 126)"


@pytest.mark.parametrize("lag", [0, 1])
def test_stop_rules_look_at_what_a_round_would_learn_from(lag: int) -> None:
    run = full(12, lag, inside=10)
    run.next()
    run.answer(12, y=1.0)
    assert (run.next() is None) == (lag == 0), "with lag it does not know of them"
    if lag:
        assert run.next() is None
        run.answer(13, y=1.0)
        assert run.next() is None
    assert run.planner.ended_by == "10 points inside (stop.inside = 10)"


def test_the_scan_goes_on_while_a_round_is_proposed() -> None:
    run = Run(model(0))
    run.proposer.go.clear()
    start = time.monotonic()
    for _ in range(3):
        assert run.planner.next([], 0.0) is None
    assert time.monotonic() - start < 5
    run.proposer.go.set()
    assert run.next() is not None


def test_an_error_of_the_proposer_is_raised_where_it_is_asked() -> None:
    run = Run(model(0))
    run.proposer.error = ZeroDivisionError("no points")
    with pytest.raises(ZeroDivisionError, match="no points"):
        run.next()


def test_hidden_rounds_need_not_be_the_last_ones() -> None:
    u = np.arange(6.0)[:, None]
    points = Points.of(u, u, u, round=np.array([0, 1, 1, 2, 3, 3]))
    basis = Basis.of(points, [1, 3])
    assert basis.round == 4
    assert basis.learnt.round.tolist() == [0, 2]
    assert basis.pending[:, 0].tolist() == [1, 2, 4, 5]
    tail = Basis.of(points, [3])
    assert tail.learnt.u.base is not None, "no copy"
    assert tail.pending[:, 0].tolist() == [4, 5]
