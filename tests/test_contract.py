"""The contract of `Proposer` for every proposer with every surrogate, in awkward states."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from test_proposers import (
    LEARNING,
    PLAIN,
    RING,
    STATES,
    box,
    check,
    nothing,
    problem_of,
    random_points,
    ring,
    with_status,
)

from mlscanner_hep import proposers, surrogates
from mlscanner_hep.points import Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers.base import Proposer
from mlscanner_hep.space import Choice

State = tuple[Problem, Points]

CHEAP: dict[str, dict[str, Any]] = {
    "gp": {"kernel": "rbf", "tune_points": 20},
    "dnn": {"nodes": 4, "layers": 1, "epochs": 2, "members": 2},
    "forest": {"trees": 2},
    "extra-trees": {"trees": 2},
    "boosting": {"iterations": 5, "depth": 2},
    "svr-rbf": {"gamma": 1.0},
    "svr-poly": {"degree": 2},
}
LOOP = {"initial": 10, "candidates": 200, "epochs": 2, "nodes": 4, "layers": 1}
COMBINATIONS = ["uniform"]
COMBINATIONS += [f"{kind} {model}" for kind in LEARNING for model in sorted(surrogates.KINDS)]
COMBINATIONS += ["mlscanner-regressor RFR", "mlscanner-regressor DNNR"]
COMBINATIONS += ["mlscanner-classifier RFC", "mlscanner-classifier DNNC"]


def made(combination: str) -> Proposer:
    kind, _, model = combination.partition(" ")
    if kind.startswith("mlscanner"):
        return proposers.make(kind, {**LOOP, "model": model})
    if not model:
        return proposers.make(kind, {})
    return proposers.make(kind, {"initial": 8, "model": {"kind": model, **CHEAP[model]}})


def gaps(every: bool) -> State:
    """A second target that is missing in some of the points with an answer, or in all."""
    problem = problem_of(box(2), RING | {"a": (0.0, 0.5)})

    def code(x: np.ndarray) -> np.ndarray:
        missing = every | (ring(x)[:, 0] > 0.4)
        return np.stack([ring(x)[:, 0], np.where(missing, np.nan, x[:, 0])], axis=1)

    return problem, random_points(problem, 30, code)


def mixed() -> State:
    """A continuous parameter and one that is discrete."""
    problem = problem_of((*box(1), Choice("type", (1, 2, 4))), {"y": (0.0, 0.4)})
    return problem, random_points(problem, 30, lambda x: np.abs(x[:, :1] - x[:, 1:] / 5))


def wide(dim: int) -> State:
    problem = problem_of(box(dim), {"r": (0.0, 0.3 * dim**0.5)})
    return problem, random_points(problem, 30)


def alone(name: str) -> Callable[[], State]:
    return lambda: (PLAIN, STATES[name]()[np.arange(len(STATES[name]())) < 30])


CASES: dict[str, Callable[[], State]] = {
    **{name: alone(name) for name in STATES if name not in ("few points", "some infinite")},
    "some unphysical": lambda: (
        PLAIN,
        join(random_points(PLAIN, 20), with_status(random_points(PLAIN, 10), Status.UNPHYSICAL)),
    ),
    "missing in some": lambda: gaps(every=False),
    "missing in all": lambda: gaps(every=True),
    "one dimension": lambda: wide(1),
    "thirty dimensions": lambda: wide(30),
    "choices": mixed,
}


def join(*parts: Points) -> Points:
    names = vars(parts[0])
    return Points(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})


def cells() -> Iterator[Any]:
    for combination in COMBINATIONS:
        # svr-poly shares its code with svr-rbf, and auto learns like the two that it chooses from
        costly = combination.endswith(("dnn", "DNNR", "DNNC", "svr-poly")) or (
            combination.startswith("auto") and not combination.endswith(("gp", "forest"))
        )
        for case in CASES:
            slow = costly and case != "missing in some"
            marks = [pytest.mark.slow] if slow else []
            yield pytest.param(combination, case, marks=marks, id=f"{combination}-{case}")


@pytest.mark.parametrize(("combination", "case"), [*cells()])
def test_the_contract(combination: str, case: str) -> None:
    """Shape, bounds, size, choices where they stand, no repeats, and the same twice."""
    problem, points = CASES[case]()
    proposer, pending = made(combination), points.u[:3]
    for n in (1, 12, 1000):
        assert 1 <= proposer.size(problem, points, n) <= n
    first, second = (
        proposer.propose(problem, points, pending, 12, np.random.default_rng([2, 7]))
        for _ in range(2)
    )
    check(first, problem, 12)
    assert first.u == pytest.approx(problem.space.snap(first.u))
    if case != "choices":
        assert len(np.unique(first.u, axis=0)) == 12
    np.testing.assert_array_equal(first.u, second.u)
    np.testing.assert_array_equal(first.predicted, second.predicted)
    assert (first.origin == second.origin).all()
    assert first.note == second.note


@pytest.mark.parametrize("combination", [c for c in COMBINATIONS if "mlscanner" not in c])
def test_pending_points_are_not_proposed_again(combination: str) -> None:
    """The same generator, so whoever ignores what is pending repeats it (as the paper's loops)."""
    problem, points = PLAIN, random_points(PLAIN, 30)
    proposer = made(combination)
    pending = proposer.propose(problem, points, nothing(problem), 12, np.random.default_rng(8)).u
    again = proposer.propose(problem, points, pending, 12, np.random.default_rng(8))
    new = again.u[again.origin != "audit"]  # which depend on nothing but the generator
    assert len(new) > 8
    assert not (new[:, None] == pending).all(axis=2).any()
