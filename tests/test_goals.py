"""What a scan is after, other than an evenly filled region."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mlscanner_hep.constraints import Constraint, Gaussian, Limit
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.filling.goals import aim
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers.regressor import Regressor
from mlscanner_hep.space import Parameter, Space

RADIUS, WIDTH = 0.3, 0.05
RING = Limit("r", min=RADIUS - WIDTH, max=RADIUS + WIDTH)
MIDDLE = Gaussian("r", RADIUS, WIDTH / 2)


def problem_of(*constraints: Constraint) -> Problem:
    parameters = (Parameter("a", 0.0, 1.0), Parameter("b", 0.0, 1.0))
    return Problem(Space(parameters), ("r",), constraints)


def run(u: np.ndarray, round: int = 0) -> Points:
    r = np.linalg.norm(u - 0.5, axis=1, keepdims=True)
    return Points.of(u, u, r, round=np.full(len(u), round))


def random(n: int) -> Points:
    return run(np.random.default_rng(0).random((n, 2)))


def chosen(goal: str, problem: Problem) -> np.ndarray:
    """Radii of the main points of a round after 200 random points."""
    points = random(200)
    proposer = Regressor(goal=goal, audit=0.0)
    batch = proposer.propose(problem, points, points.u[:0], 50, np.random.default_rng(1))
    return run(batch.u[batch.origin == "main"]).y[:, 0]


def test_to_fill_the_region_nothing_is_changed() -> None:
    problem = problem_of(RING)
    assert aim("fill", problem, random(50)) is problem
    assert aim("edge", problem, random(50)) is problem


def test_the_best_point_so_far_is_the_limit() -> None:
    points = random(200)
    problem = problem_of(MIDDLE)
    aimed = aim("best", problem, points)
    assert [c.name for c in aimed.constraints] == ["r", "chi2_best"]
    assert np.flatnonzero(aimed.inside(points)) == [np.argmin(np.abs(points.y[:, 0] - RADIUS))]


def test_until_a_point_is_inside_any_will_do() -> None:
    problem = problem_of(replace(MIDDLE, value=5.0))
    assert aim("best", problem, random(50)) is problem


def test_sharp_limits_have_no_best_point() -> None:
    with pytest.raises(ConfigError, match=r'goal = "best".*no constraint has one: give a meas'):
        aim("best", problem_of(RING), random(50))


def test_points_gather_at_the_edge() -> None:
    def apart(goal: str) -> float:
        radii = chosen(goal, problem_of(RING))
        return float(np.median(np.abs(WIDTH - np.abs(radii - RADIUS))))

    assert apart("edge") < 0.01 * WIDTH < 0.1 * WIDTH < apart("fill")


def test_points_gather_at_the_lowest_chi2() -> None:
    def typical(goal: str) -> float:
        return float(np.median(np.abs(chosen(goal, problem_of(MIDDLE)) - RADIUS)))

    assert typical("best") < 0.2 * typical("fill")


def test_no_probability_is_stated_of_being_inside_when_the_best_is_wanted() -> None:
    points = random(200)
    batch = Regressor(goal="best").propose(
        problem_of(MIDDLE), points, points.u[:0], 20, np.random.default_rng(1)
    )
    assert len(batch.u) == 20
    assert np.isnan(batch.predicted).all()
