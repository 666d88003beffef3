from __future__ import annotations

import numpy as np
import pytest

from mlscanner_hep.constraints import Gaussian, Limit
from mlscanner_hep.expressions import Expression
from mlscanner_hep.points import Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.space import Parameter, Space


@pytest.fixture
def problem() -> Problem:
    space = Space((Parameter("a", 0, 10),), {"c": 2.0}, {"twice": Expression.parse("c * a")})
    return Problem(space, ("mh", "oh2"), (Gaussian("mh", 125, 1), Limit("twice", max=10.0)))


@pytest.fixture
def points(problem: Problem) -> Points:
    x = np.array([[1.0], [2.0], [8.0], [3.0], [4.0]])
    y = np.array([[125.5, 0.1], [130.0, 0.1], [125.0, 0.1], [np.nan, 0.1], [125.0, 0.1]])
    status = np.full(5, Status.OK, np.int8)
    status[4] = Status.FAILED
    return Points.of(problem.space.to_unit(x), x, y, status=status)


def test_inside_needs_every_constraint_and_an_answer(problem: Problem, points: Points) -> None:
    assert problem.inside(points).tolist() == [True, False, False, False, False]


def test_targets_and_bounds(problem: Problem, points: Points) -> None:
    assert problem.bounds.tolist() == [[123, 127], [-np.inf, 10]]
    assert problem.targets(points)[:3].tolist() == [[125.5, 2], [130, 4], [125, 16]]
    assert np.isnan(problem.targets(points)[3, 0])


def test_what_follows_from_the_parameters_is_known_everywhere(problem: Problem) -> None:
    assert problem.known.tolist() == [False, True]
    targets = problem.known_targets(np.array([[0.5]]))
    assert np.isnan(targets[0, 0])
    assert targets[0, 1] == 10


def test_what_is_computed_from_the_parameters_is_known(problem: Problem, points: Points) -> None:
    """It needs no code, so points that the codes did not answer have it too."""
    computed = {"oh2": Expression.parse("log(a - 2)")}
    limited = Problem(problem.space, problem.observables, (Limit("oh2", max=1.0),), computed)
    assert limited.known.tolist() == [True]
    values = limited.targets(points)[:, 0]
    assert values[2:] == pytest.approx(np.log([6.0, 1.0, 2.0]))
    assert np.isnan(values[:2]).all(), "neither -inf nor the stored number"
    assert limited.known_targets(np.array([[0.8]])) == pytest.approx(np.log(6))


def test_chi2(problem: Problem, points: Points) -> None:
    chi2 = problem.chi2(points)
    assert chi2[:3].tolist() == [0.25, 25, np.inf]
    assert np.isnan(chi2[3:]).all()


def test_without_constraints_every_answer_is_inside(problem: Problem, points: Points) -> None:
    free = Problem(problem.space, problem.observables, ())
    assert free.inside(points).tolist() == [True, True, True, True, False]
    assert free.targets(points).shape == (5, 0)
    assert free.bounds.shape == (0, 2)
