"""Why nothing is inside."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mlscanner_hep.constraints import Limit
from mlscanner_hep.findings.conflicts import Conflict, conflicts
from mlscanner_hep.findings.diagnosis import Diagnosis, diagnose
from mlscanner_hep.points import Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.space import Parameter, Space

Observables = Callable[[np.ndarray], np.ndarray]


def scan(
    dim: int, n: int, observables: Observables, *limits: tuple[float, float], seed: int = 0
) -> tuple[Problem, Points]:
    names = "abcd"[: len(limits)]
    space = Space(tuple(Parameter(f"p{j}", 0.0, 1.0) for j in range(dim)))
    constraints = [Limit(k, min=a, max=b) for k, (a, b) in zip(names, limits, strict=True)]
    u = np.random.default_rng(seed).random((n, dim))
    y = observables(u)
    points = Points.of(u, u, y, origin=np.full(n, "initial"))
    return Problem(space, list(names), constraints), points


def contradictory(diagnosis: Diagnosis) -> list[Conflict]:
    return [pair for pair in diagnosis.conflicts if pair.contradictory]


def told(diagnosis: Diagnosis) -> str:
    return "\n".join(diagnosis.sentences())


def opposite(u: np.ndarray) -> np.ndarray:
    return u[:, [0, 0]]


def test_contradiction_is_recognised() -> None:
    found = diagnose(*scan(3, 800, opposite, (0.6, np.inf), (-np.inf, 0.4)))
    (pair,) = found.conflicts
    assert pair.contradictory
    assert pair.names == ("a", "b")
    assert pair.correlation < -0.99
    assert min(pair.met) > 200
    assert "contradict each other" in told(found)
    assert "may just be rare" not in told(found)


@pytest.mark.parametrize("seed", range(5))
def test_mass_sum_rule(seed: int) -> None:
    """mA^2 + mH^2 is bounded by the couplings: one heavy, one light, never far apart."""

    def masses(u: np.ndarray) -> np.ndarray:
        scale = 1000 * u[:, 0]
        split = 200**2 * (u[:, 1:].mean(axis=1) - 0.5)
        light, heavy = scale**2 + split, scale**2 - split
        return np.sqrt(np.maximum(np.stack([light, heavy], axis=1), 0))

    found = diagnose(*scan(5, 1500, masses, (0.0, 300.0), (600.0, np.inf), seed=seed))
    assert len(contradictory(found)) == 1


def test_contradiction_among_points_that_were_not_drawn_uniformly() -> None:
    problem, points = scan(3, 800, opposite, (0.6, np.inf), (-np.inf, 0.4))
    points = Points.of(points.u, points.x, points.y)
    assert len(contradictory(diagnose(problem, points))) == 1


@pytest.mark.parametrize("dim", [2, 4, 8])
@pytest.mark.parametrize("seed", range(8))
def test_a_rare_region_is_no_contradiction(dim: int, seed: int) -> None:
    def shells(u: np.ndarray) -> np.ndarray:
        radius = np.linalg.norm(u - 0.5, axis=1)
        return np.stack([radius, u[:, 0] + 0.3 * u[:, 1] ** 2], axis=1)

    middle = {2: 0.35, 4: 0.55, 8: 0.8}[dim]
    problem, points = scan(dim, 600, shells, (middle, middle + 0.01), (0.4, 0.404), seed=seed)
    outside = ~problem.inside(points)
    found = diagnose(problem, points[outside])
    assert not contradictory(found)
    assert found.inside == 0


def test_strips_that_a_search_has_filled_separately_are_no_contradiction() -> None:
    """Many points in each strip, chosen by a model, none in the crossing."""
    problem, _ = scan(2, 1, lambda u: u, (0.5, 0.51), (0.5, 0.51))
    rng = np.random.default_rng(0)
    u = rng.random((400, 2))
    u[:200, 0] = rng.uniform(0.5, 0.51, 200)
    u[200:, 1] = rng.uniform(0.5, 0.51, 200)
    u = u[~((np.abs(u - 0.505) < 0.005).all(axis=1))]
    found = diagnose(problem, Points.of(u, u, u, origin=np.full(len(u), "main")))
    assert not contradictory(found)
    assert "may just be rare" in told(found)


def test_opposed_but_still_coming_closer() -> None:
    """A small corner fulfils both, and it has not been met."""

    def corner(u: np.ndarray) -> np.ndarray:
        return np.stack([u[:, 0], u[:, 0] - 0.21 * u[:, 1]], axis=1)

    problem, points = scan(2, 400, corner, (0.6, np.inf), (-np.inf, 0.4))
    points = points[~problem.inside(points)]
    (pair,) = diagnose(problem, points).conflicts
    assert not pair.contradictory
    assert "still come closer" in pair.sentence()


def corner(u: np.ndarray) -> np.ndarray:
    """Two coordinates and, as the last one, the sum of all."""
    return np.column_stack([u[:, :2], u.sum(axis=1)])


def test_three_that_exclude_each_other_only_together() -> None:
    limits = (0.5, np.inf), (0.5, np.inf), (-np.inf, 0.7)
    found = diagnose(*scan(2, 800, corner, *limits))
    (triple,) = found.conflicts
    assert triple.contradictory
    assert triple.names == ("a", "b", "c")
    assert triple.correlation < -0.5
    assert "all by none: as far as these points show they contradict each other" in told(found)
    assert "may just be rare" not in told(found)


def test_the_smallest_contradiction_is_told() -> None:
    """Of four constraints two exclude each other, so larger subsets are not looked at."""

    def sums(u: np.ndarray) -> np.ndarray:
        return np.column_stack([corner(u), u[:, 0]])

    limits = (0.5, np.inf), (0.5, np.inf), (-np.inf, 0.7), (-np.inf, 0.3)
    found = diagnose(*scan(2, 800, sums, *limits))
    assert [c.names for c in contradictory(found)] == [("a", "d")]


def test_all_that_exclude_each_other_only_together() -> None:
    """As a search leaves them: many points where the four come closest to each other."""

    def simplex(u: np.ndarray) -> np.ndarray:
        return np.column_stack([u, u.sum(axis=1)])

    problem, points = scan(3, 500, simplex, *[(0.3, np.inf)] * 3, (-np.inf, 0.7))
    u = np.concatenate([points.u, np.random.default_rng(1).normal(0.27, 0.03, (200, 3))])
    found = diagnose(problem, Points.of(u, u, simplex(u), origin=np.full(700, "main")))
    assert [c.names for c in contradictory(found)] == [("a", "b", "c", "d")]


@pytest.mark.parametrize("dim", [3, 6])
@pytest.mark.parametrize("seed", range(4))
def test_three_with_a_rare_region_are_no_contradiction(dim: int, seed: int) -> None:
    """As above, but a region of 3e-4 of the box or less fulfils all and has not been met."""
    limits = (0.5, np.inf), (0.5, np.inf), (-np.inf, 1.02 + (dim - 2) * 0.1)
    problem, points = scan(dim, 600, corner, *limits, seed=seed)
    found = diagnose(problem, points[~problem.inside(points)])
    assert not contradictory(found)
    assert found.inside == 0


def test_closest_point_and_its_violations() -> None:
    problem, points = scan(1, 300, lambda u: np.hstack([u, 2 * u]), (1.2, np.inf), (-np.inf, 1.9))
    found = diagnose(problem, points)
    best = int(np.argmin(np.maximum(1.2 - points.y[:, 0], 0)))
    assert found.closest is not None
    row = found.closest.row
    assert abs(points.u[row, 0] - points.u[best, 0]) < 0.06
    assert found.closest.parameters == {"p0": points.x[row, 0]}
    assert {m.name for m in found.closest.misses} <= {"a", "b"}
    assert found.closest.misses[0].bound in (1.2, 1.9)
    assert "'a' is fulfilled by no point at all." in told(found)
    assert "Closest is a point (" in told(found)
    # in a ledger that was recovered some numbers are missing
    assert f"Closest is point {7 * row} (" in "\n".join(found.sentences(range(0, 7 * 300, 7)))


def test_the_constraint_to_blame() -> None:
    problem, points = scan(2, 300, lambda u: np.hstack([u, u[:, :1]]), (0, 0.5), (0, 0.5), (2, 3))
    found = diagnose(problem, points)
    assert found.alone[2].others == int((points.u < 0.5).all(axis=1).sum())
    assert f"Without 'c', {found.alone[2].others} points would be inside." in told(found)
    one = replace(found, alone=(*found.alone[:2], replace(found.alone[2], others=1)))
    assert "Without 'c', 1 point would be inside." in told(one)


def test_unphysical_everywhere() -> None:
    problem, points = scan(2, 50, lambda u: np.full((len(u), 2), np.nan), (0, 1), (0, 1))
    status = np.full(50, Status.UNPHYSICAL, np.int8)
    status[0] = Status.FAILED
    found = diagnose(problem, Points.of(points.u, points.x, points.y, status=status))
    assert found.closest is None
    assert not contradictory(found)
    assert "49 are unphysical, 1 failed" in told(found)


def test_missing_observable() -> None:
    problem, points = scan(2, 50, lambda u: u * [1, np.nan], (0.2, 1), (0, 1))
    found = diagnose(problem, points)
    assert found.alone[1].missing == 50
    assert not contradictory(found)
    assert "'b' is missing in all of them: no point can be inside." in told(found)
    assert "b missing" in told(found)
    assert "'b' is fulfilled by no point" not in told(found)


def test_targets_that_are_never_known_together_are_not_judged() -> None:
    problem, points = scan(1, 400, opposite, (0.6, np.inf), (-np.inf, 0.4))
    y = points.y.copy()
    y[points.u[:, 0] > 0.5, 1] = np.nan
    y[points.u[:, 0] <= 0.5, 0] = np.nan
    found = diagnose(problem, Points.of(points.u, points.x, y, origin=points.origin))
    assert not contradictory(found)


def test_nothing_to_say() -> None:
    problem, points = scan(2, 50, lambda u: u, (0.2, 1), (0, 1))
    assert diagnose(problem, points).sentences() == []
    assert "No point has been evaluated" in told(diagnose(problem, points[:0]))
    assert diagnose(Problem(problem.space, [], []), points).sentences() == []


def test_a_conflict_of_three_in_words() -> None:
    said = Conflict(("a", "b", "c"), (5, 4, 3), 1.0, 1.05, -0.9).sentence()
    assert said.startswith("'a' is fulfilled by 5 points, 'b' by 4, 'c' by 3, all by none: as far")
    assert "near all, approaching one worsens the others" in said


def test_points_come_closer_to_more_constraints_more_slowly() -> None:
    """Four times the points bring the best one closer by 4**(1/k)."""
    names = tuple("abcdef")
    ratio = {k: Conflict(names[:k], (5,) * k, 1.0, 1.05, -0.9).contradictory for k in (2, 3, 6)}
    assert ratio == {2: True, 3: True, 6: False}


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((1.0, 1.05, np.nan), "contradict each other. The closest point misses by 1 of"),
        ((1.0, 2.0, np.nan), "they pull against each other. Points still come closer"),
        ((1.0, 2.0, -0.9), "near both, approaching one worsens the other (rank correlation -0.90)"),
    ],
)
def test_a_conflict_in_words(numbers: tuple[float, float, float], said: str) -> None:
    assert said in Conflict(("a", "b"), (50, 40), *numbers).sentence()


def test_no_conflict_without_enough_points() -> None:
    """Three points for each constraint, and five expected for both."""

    def pairs(met: int, drawn: int) -> int:
        distance = np.ones((200, 2))
        distance[:met, 0] = distance[100:, 1] = 0
        return len(conflicts(["a", "b"], distance, np.ones(200, bool), drawn))

    assert pairs(3, 60) == 1
    assert pairs(2, 40) == 0
    assert pairs(3, 61) == 0
    assert pairs(3, 0) == 0


def test_many_points_and_constraints_are_diagnosed_quickly() -> None:
    rng = np.random.default_rng(0)
    u = rng.random((100_000, 2))
    sides = np.concatenate([np.full(15, 1.0), np.full(15, -1.0)])
    y = sides * (u[:, :1] - 0.5) + 0.01 * rng.random((100_000, 30))
    names = [f"o{j}" for j in range(30)]
    space = Space((Parameter("p0", 0.0, 1.0), Parameter("p1", 0.0, 1.0)))
    problem = Problem(space, names, [Limit(name, min=0.1) for name in names])
    points = Points.of(u, u, y, origin=np.full(len(u), "initial"))
    start = time.process_time()
    found = diagnose(problem, points)
    assert time.process_time() - start < 6  # 1.6 s on an idle machine
    assert len(contradictory(found)) == 225
    assert "220 more such conflicts." in found.sentences()
