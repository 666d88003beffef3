"""Points in memory against the ledger that they are written to."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np

from mlscanner_hep.constraints import Gaussian, Limit
from mlscanner_hep.expressions import Expression
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.points import Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.record.store import FIRST, Store
from mlscanner_hep.record.writer import Writer
from mlscanner_hep.space import Choice, Parameter, Space

SPACE = Space(
    (
        Parameter("flat", -3.0, 7.0),
        Parameter("mass", 1e-3, 1e5, "log"),
        Parameter("symlog", -1e4, 1e4, "symlog", threshold=3.0),
        Parameter("normal", 0.0, 10.0, "normal", mean=4.0, sigma=1.3),
        Choice("choice", (1, 2, 5)),
    ),
    derived={"ratio": Expression.parse("exp(-normal) * mass / (2 + flat ** 2)")},
)
LIMITS = (Gaussian("a", 0.0, 1.0, within=1), Limit("b", max=0.9), Limit("ratio", max=100.0))
PROBLEM = Problem(SPACE, ("a", "b"), LIMITS)


def same(first: Points, second: Points) -> bool:
    pairs = ((getattr(first, f.name), getattr(second, f.name)) for f in fields(Points))
    return all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in pairs)


def test_it_is_bit_for_bit_what_a_re_read_gives(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    with Writer(tmp_path, SPACE.names, PROBLEM.observables) as ledger:
        store = Store(PROBLEM, ledger.points(SPACE, PROBLEM.observables))
        for number, size in enumerate((1, 3, 17, 100, FIRST, 1)):
            x = SPACE.from_unit(rng.random((size, SPACE.dim)))
            origin = np.full(size, ("main", "initial", "a longer origin")[number % 3])
            predicted = np.where(rng.random(size) < 0.5, np.nan, rng.random(size))
            ids = ledger.propose(
                x, round=number, proposer="p", seconds=0, origin=origin, predicted=predicted
            )
            start = store.add(x, number, origin, predicted)
            for i in rng.permutation(size)[: size - number // 5].tolist():
                values = {"a": float(rng.normal()), "b": float(rng.random()), "c": 1.0}
                status = Status(int(rng.integers(1, 4)))
                outcome = Outcome(status, values if status == Status.OK else {"b": values["b"]})
                store.record(start + i, outcome)
                ledger.record(ids[i], outcome)
            read = ledger.points(SPACE, PROBLEM.observables)
            assert same(store.points, read)
            assert (store.inside == PROBLEM.inside(read)).all()
            assert same(Store(PROBLEM, read).points, read)
    assert 0 < store.inside.sum() < len(store)
    assert (store.points.status == Status.PENDING).sum() == 1


def test_tables_that_were_taken_stay_right_while_it_grows() -> None:
    rng = np.random.default_rng(2)
    store = Store(PROBLEM, Points.of(*(np.empty((0, k)) for k in (5, 5, 2))))
    taken: list[tuple[Points, Points]] = []
    for number in range(12):
        x = SPACE.from_unit(rng.random((FIRST // 5, SPACE.dim)))
        start = store.add(x, number, np.full(len(x), "main"), np.full(len(x), 0.5))
        for row in range(start, len(store)):
            store.record(row, Outcome(Status.OK, {"a": float(row), "b": 0.0}))
        rows = slice(0, len(store))
        copy = store.points[np.arange(len(store))]
        taken.append((store.points[rows], copy))
    assert all(same(view, copy) for view, copy in taken)
