from __future__ import annotations

import numpy as np
import pytest

from mlscanner_hep.findings.profiles import BINS, best, middle, profile, within
from mlscanner_hep.space import Choice, Parameter

X = Parameter("x", -5, 5)


@pytest.fixture
def parabola() -> tuple[np.ndarray, np.ndarray]:
    """Points whose chi2 is 2 + (x - 1)**2 at best, and up to 3 more."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-5, 5, 20_000)
    return x, 2 + (x - 1) ** 2 + 3 * rng.uniform(size=len(x))


def test_the_profile_follows_the_least_chi2(parabola: tuple[np.ndarray, np.ndarray]) -> None:
    x, chi2 = parabola
    shown = profile(X, x, chi2)
    assert len(shown.x) == BINS
    assert (np.diff(shown.x) > 0).all()
    assert shown.delta.min() == 0
    assert shown.delta == pytest.approx((shown.x - 1) ** 2, abs=0.5)
    assert set(shown.x) <= set(x), "only points that were found"


def test_ranges_are_those_of_the_points_near_the_best(
    parabola: tuple[np.ndarray, np.ndarray],
) -> None:
    x, chi2 = parabola
    near = x[chi2 - chi2.min() <= 4]
    assert within(x, chi2, 4.0) == (near.min(), near.max())
    assert within(x, chi2, 1.0) == pytest.approx((0, 2), abs=0.1)


def test_each_choice_has_its_best_point() -> None:
    chi2 = np.array([5.0, 3.0, 7.0, 6.5, np.inf])
    shown = profile(Choice("kind", (2, 1, 3)), np.array([1.0, 1.0, 2.0, 2.0, 3.0]), chi2)
    assert shown.x.tolist() == [1, 2]
    assert shown.delta.tolist() == [0, 3.5]


def test_a_logarithmic_parameter_has_bins_equally_wide_in_its_logarithm() -> None:
    parameter = Parameter("m", 1, 1e4, "log")
    x = np.geomspace(1, 1e4, 4001)
    shown = profile(parameter, x, np.zeros(len(x)))
    steps = np.diff(np.log(shown.x))
    assert steps == pytest.approx(steps[0], rel=0.05)


@pytest.mark.parametrize("chi2", [[], [np.nan], [np.inf, np.nan]])
def test_without_chi2_there_is_nothing(chi2: list[float]) -> None:
    values, x = np.array(chi2), np.zeros(len(chi2))
    assert best(values) is None
    assert within(x, values, 1.0) is None
    assert len(profile(X, x, values).x) == 0


def test_the_best_point_is_better_than_all_others() -> None:
    assert best(np.array([np.nan, 3.0, 1.0, np.inf])) == 2
    assert best(np.array([0.0, 0.0, 1.0])) is None


def test_one_point_has_a_profile() -> None:
    shown = profile(X, np.array([2.0]), np.array([7.0]))
    assert (shown.x.tolist(), shown.delta.tolist()) == ([2], [0])


def test_the_middle_counts_weights() -> None:
    values = np.array([5.0, 1.0, 2.0, 3.0, np.nan])
    assert middle(values, np.array([0.0, 1.0, 1.0, 1.0, 9.0]), 0.95) == (1, 3)
    assert middle(values, np.array([1.0, 0.01, 1.0, 0.01, 1.0]), 0.9) == (2, 5)
    assert middle(values, np.zeros(5), 0.95) is None
    uniform = np.random.default_rng(1).uniform(size=50_000)
    assert middle(uniform, np.ones(50_000), 0.95) == pytest.approx((0.025, 0.975), abs=0.005)
