"""How far outside a point is, and how probably inside."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from mlscanner_hep.constraints import Limit
from mlscanner_hep.expressions import Expression
from mlscanner_hep.filling.gauge import MISSING, Gauge, annealing_level, violations
from mlscanner_hep.filling.region import (
    Known,
    Labelled,
    Measured,
    Region,
    log_between,
)
from mlscanner_hep.filling.transform import Transform
from mlscanner_hep.points import Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.space import Choice, Parameter, Space
from mlscanner_hep.surrogates.links import LOGISTIC

BOUNDS = np.array([[0.0, 1.0], [-np.inf, 2.0], [5.0, np.inf]])


WIDE = 1e3
"""Width of a transform that is linear for all that matters here."""


class Linear:
    """Model of one target: the sum of the coordinates, known to 0.2."""

    link = LOGISTIC

    def mean(self, u: np.ndarray) -> np.ndarray:
        return u.sum(axis=1, keepdims=True) / WIDE

    def predict(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.mean(u), np.full((len(u), 1), 0.2 / WIDE)


def space(dim: int = 2) -> Space:
    return Space(tuple(Parameter(f"p{j}", 0.0, 1.0) for j in range(dim)))


def measured(low: float, high: float) -> Measured:
    gauge = Gauge(np.array([[low, high]]), np.ones(1))
    return Measured(Linear(), [Transform(0.0, WIDE)], gauge, np.array([0.5]))


def test_violation_is_zero_inside_only() -> None:
    gauge = Gauge(BOUNDS, np.array([1.0, 2.0, 4.0]))
    targets = np.array([[0.5, 2.0, 5.0], [0.5, 4.0, 5.0], [3.0, 4.0, 1.0]])
    assert gauge.violation(targets).tolist() == [0.0, 1.0, 2.0]


def test_a_missing_target_is_never_inside() -> None:
    gauge = Gauge(BOUNDS, np.ones(3))
    targets = np.array([[0.5, np.nan, 6.0], [0.5, np.nan, -6.0], [np.nan] * 3])
    assert gauge.violation(targets).tolist() == [MISSING, 11.0, np.inf]


def test_scales_are_typical_distances() -> None:
    targets = np.array([[0.5, 9.0, 6.0], [3.0, 9.0, 6.0], [5.0, 9.0, 6.0]])
    scale = Gauge.of(BOUNDS, targets).scale
    assert scale.tolist() == [
        3.0,
        7.0,
        1.0,
    ]  # medians of 2 and 4, of 7; nothing is outside the third


def test_widened_intervals_hold_what_has_that_violation() -> None:
    gauge = Gauge(BOUNDS, np.array([1.0, 2.0, 4.0]))
    targets = np.random.default_rng(0).normal(0, 10, (200, 3))
    for level in (0.0, 0.3, 2.0):
        low, high = gauge.widened(level).T
        within = ((targets >= low - 1e-12) & (targets <= high + 1e-12)).all(axis=1)
        assert (within == (gauge.violation(targets) <= level + 1e-12)).all()


def test_points_without_an_answer_violate_infinitely_and_set_no_scale() -> None:
    problem = Problem(space(1), ["y"], [Limit("y", max=0.0)])
    y = np.array([[1.0], [100.0], [50.0], [-1.0]])
    status = np.array([Status.OK, Status.UNPHYSICAL, Status.FAILED, Status.OK], np.int8)
    points = Points.of(np.zeros((4, 1)), np.zeros((4, 1)), y, status=status)
    gauge, violation = violations(problem, points)
    assert gauge.scale.tolist() == [1.0]
    assert violation.tolist() == [1.0, np.inf, np.inf, 0.0]
    assert ((violation == 0) == problem.inside(points)).all()


def test_annealing_level_ends_once_enough_are_inside() -> None:
    assert annealing_level(np.arange(100.0)) == 10.0
    assert annealing_level(np.zeros(11)) == 0.0
    assert annealing_level(np.array([3.0, 1.0])) == 3.0
    assert annealing_level(np.array([np.inf])) == 0.0


@pytest.mark.parametrize(
    ("interval", "centre"), [((2.0, 6.0), 4.0), ((2.0, np.inf), 2.0), ((-np.inf, 6.0), 6.0)]
)
def test_transform_is_centred_and_monotonic(interval: tuple[float, float], centre: float) -> None:
    transform = Transform.around(interval, np.array([centre + 3.0]), 10.0)
    assert transform(np.array([centre])) == 0.0
    assert transform.width == 30.0
    assert (np.diff(transform(np.linspace(-1e6, 1e6, 50))) > 0).all()


def test_transform_of_points_that_all_hit_the_edge_is_finite() -> None:
    transform = Transform.around((0.0, np.inf), np.zeros(5), 10.0)
    assert np.isfinite(transform(np.array([0.0, 1.0]))).all()


def test_log_slope_is_the_derivative() -> None:
    transform = Transform(1.0, 3.0)
    y = np.array([-5.0, 1.0, 20.0])
    slope = (transform(y + 1e-6) - transform(y - 1e-6)) / 2e-6
    assert np.exp(transform.log_slope(y)) == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize(("low", "high"), [(-1.0, 2.0), (3.0, 3.5), (-9.0, -8.5), (-np.inf, 0.3)])
def test_log_between(low: float, high: float) -> None:
    # the survival function on the far side keeps the reference precise
    exact = norm.cdf(high) - norm.cdf(low) if low < 0 else norm.sf(low) - norm.sf(high)
    assert log_between(np.array([low]), np.array([high]))[0] == pytest.approx(np.log(exact))


def test_log_between_is_finite_and_ordered_far_away() -> None:
    distance = np.array([1e1, 1e3, 1e5, 1e9])
    log_p = log_between(distance, distance + 1)
    assert np.isfinite(log_p).all()
    assert (np.diff(log_p) < 0).all()


def test_measured_is_the_probability_of_the_interval() -> None:
    u = np.array([[0.5, 0.5], [0.4, 0.5], [0.1, 0.1]])
    log_p = measured(0.9, 1.1).log(u, 0.0, rough=False)
    expected = norm.cdf((1.1 - u.sum(axis=1)) / 0.1) - norm.cdf((0.9 - u.sum(axis=1)) / 0.1)
    assert np.exp(log_p) == pytest.approx(expected, rel=1e-3, abs=1e-9)


def test_region_multiplies_and_drops_early() -> None:
    label = Labelled(Linear(), slope=2.0 * WIDE, offset=-1.0)
    region = Region(space(), (label, measured(0.9, 1.1)))
    u = np.random.default_rng(0).random((200, 2))
    log_p = region.log_inside(u, rough=True)
    assert log_p == pytest.approx(label.log(u, 0.0, True) + measured(0.9, 1.1).log(u, 0.0, True))
    threshold = np.full(200, np.median(log_p))
    above = region.ordered(u, 0.0).log_wanted_above(u, threshold, 0.0)
    kept = above >= threshold
    assert 50 < kept.sum() < 150
    assert above[kept] == pytest.approx(log_p[kept])
    assert (log_p[~kept] < threshold[~kept]).all()


def test_known_constraints_grade_what_they_forbid() -> None:
    edge = {"edge": Expression.parse("p0 - p1")}
    problem = Problem(Space(space().parameters, derived=edge), [], [Limit("edge", min=0.0)])
    factor = Known(problem, Gauge(problem.bounds, np.array([0.5])))
    log_p = factor.log(np.array([[0.9, 0.1], [0.4, 0.5], [0.1, 0.9]]), 0.0, rough=True)
    assert log_p[0] == 0.0
    assert -np.inf < log_p[2] < log_p[1] < -1000
    assert factor.log(np.array([[0.4, 0.5]]), 1.0, rough=True)[0] == log_p[1]  # never widened


def test_choices_are_rounded_and_nothing_else_is() -> None:
    mixed = Space((Parameter("a", 0.0, 1.0), Choice("b", (1, 2, 5))))
    u = np.array([[0.123, 0.2], [0.456, 0.4], [1.0, 1.0]])
    snapped = mixed.snap(u)
    assert (snapped[:, 0] == u[:, 0]).all()
    assert snapped[:, 1] == pytest.approx([1 / 6, 1 / 2, 5 / 6])
    assert u[0, 1] == 0.2  # the argument is left alone
