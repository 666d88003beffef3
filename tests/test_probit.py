"""Gaussian process for labels, and the link from what it predicts to a probability."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import norm

from mlscanner_hep import surrogates
from mlscanner_hep.filling.labels import learn_label, tuned
from mlscanner_hep.surrogates import probit
from mlscanner_hep.surrogates.evidence import squares
from mlscanner_hep.surrogates.gp import Gp
from mlscanner_hep.surrogates.probit import Probit


def points(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((n, 2))


def height(u: np.ndarray) -> np.ndarray:
    """Positive in a bent band."""
    return np.asarray(0.15 - np.abs(u[:, 1] - 0.5 - 0.2 * np.sin(6 * u[:, 0])))


def labels(u: np.ndarray) -> np.ndarray:
    return np.where(height(u) > 0, 1.0, -1.0)[:, None]


@pytest.mark.parametrize("kernel", ["rbf", "matern"])
def test_gradient_of_the_evidence(kernel: str) -> None:
    u = points(40)
    square = squares(u)
    log = np.array([-1.0, -0.5, 1.5])
    y = labels(u)[:, 0]
    numeric = approx_fprime(log, lambda at: probit._loss(at, square, y, kernel)[0], 1e-5)
    # the mode is found to 1e-4 of the likelihood
    assert probit._loss(log, square, y, kernel)[1] == pytest.approx(numeric, rel=1e-2, abs=2e-2)


def test_what_is_held_out_has_hardly_been_seen() -> None:
    """Only the curvatures of the others know of it."""
    u = points(80)
    surrogate = Probit(hyper=(0.3, 0.3, 5.0))
    model, rows = surrogate.fit(u, labels(u), 0), np.arange(0, 80, 9)
    rest = np.setdiff1d(np.arange(80), rows)
    without = surrogate.fit(u[rest], labels(u[rest]), 0)
    (mean, std), (expected, spread) = model.held_out(rows), without.predict(u[rows])
    assert mean == pytest.approx(expected, rel=0.05, abs=0.1)
    assert std == pytest.approx(spread, rel=0.15)
    one = model.held_out(np.array([9]))
    assert [part[9, 0] for part in model.leave_one_out()] == pytest.approx(np.ravel(one), rel=1e-6)


def test_an_edge_is_sharper_than_that_of_a_process_for_numbers() -> None:
    """Among points that crowd there, as those of a scan do."""
    near = points(20_000, seed=7)
    near = near[np.abs(height(near)) < 0.05]
    u, at = np.concatenate([points(150), near[:200]]), near[200:1000]
    yes, truth = height(u) > 0, height(at) > 0
    loss, wrong = [], []
    for surrogate in (Probit(), Gp()):
        factor = learn_label(tuned(surrogate, u, yes, 0), u, yes, np.ones(len(u)), (), 0)
        p = np.exp(factor.log(at, 0.0, rough=False))
        loss.append(-np.log(np.where(truth, p, 1 - p).clip(1e-3)).mean())
        wrong.append(((p > 0.5) != truth).mean())
    # measured: 0.13 and 0.18, 0.05 and 0.09
    assert loss[0] < 0.85 * loss[1]
    assert wrong[0] < 0.75 * wrong[1]


def test_length_scales_are_found_in_a_fine_pattern() -> None:
    """A tenth of the points, drawn at random, would be too far from each other to see it."""
    u = points(1500)
    y = np.where(np.sin(25 * u[:, 0]) * np.sin(25 * u[:, 1]) > 0, 1.0, -1.0)[:, None]
    rows = np.random.default_rng(0).permutation(1500)[:120]
    surrogate = Probit(tune_points=120)
    among, apart = surrogate.tune(u, y, 0).hyper, surrogate.tune(u[rows], y[rows], 0).hyper
    assert among
    assert apart
    assert max(among[:2]) < 0.08  # measured: 0.048
    assert max(apart[:2]) > 0.5  # measured: 1.6


def test_far_from_everything_the_more_common_answer_is_expected() -> None:
    u = points(200, seed=3) * [1.0, 0.5]
    y = np.where(((u - [0.3, 0.25]) ** 2).sum(axis=1) < 0.01, 1.0, -1.0)[:, None]
    assert (y > 0).sum() == 16
    model = Probit(hyper=(0.1, 0.1, 5.0)).fit(u, y, 0)
    mean, std = model.predict(np.array([[0.95, 0.98]]))
    assert 0.1 < norm.cdf(mean / np.sqrt(1 + std**2))[0, 0] < 0.35  # measured: 0.27


def test_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="labels -1 and 1 only"):
        Probit().fit(points(20), height(points(20))[:, None], 0)


def test_a_process_for_labels_is_that_for_numbers_with_its_options() -> None:
    assert Gp(max_points=300, tune_points=90).for_labels() == Probit("rbf", 300, 90)
    assert Gp(kernel="matern").for_labels().kernel == "matern"


def test_a_model_is_restored_from_its_arrays() -> None:
    u, at = points(60), points(20, seed=2)
    model = Probit(tune_points=40).fit(u, labels(u), 0)
    state = model.state()
    again: Any = surrogates.from_table(surrogates.to_table(state.surrogate))
    assert (again.restore(state.arrays).predict(at)[1] == model.predict(at)[1]).all()
    for hyper in ([0.5, 1.0], [0.5, -0.5, 1.0], [0.5, 0.5, 1e9]):
        with pytest.raises(ValueError, match="hyper has"):
            again.restore({**state.arrays, "hyper": np.array(hyper)})


@pytest.mark.parametrize(
    "surrogate", [Probit(), surrogates.make("forest", {"trees": 20})], ids=["probit", "forest"]
)
def test_rounds_that_failed_lower_the_probability(surrogate: Any) -> None:
    """Points that were chosen because they looked good say more than the crowd does."""
    u = points(300)
    yes = height(u) > 0
    chosen = np.flatnonzero(np.abs(height(u)) < 0.06)[:40]
    yes[chosen] = np.arange(40) % 4 == 0
    stated = []
    for trials in ((), (chosen,)):
        factor = learn_label(tuned(surrogate, u, yes, 0), u, yes, np.ones(300), trials, 0)
        mean, std = factor.model.held_out(chosen)
        stated.append(np.exp(factor.log_yes(mean[:, 0], std[:, 0])).mean())
    # a quarter is inside
    # measured: 0.60 and 0.35 (probit), 0.39 and 0.26 (forest)
    assert stated[1] - 0.25 < 0.6 * (stated[0] - 0.25)


def test_a_rough_answer_takes_a_typical_uncertainty() -> None:
    u = points(200)
    yes = height(u) > 0
    factor = learn_label(tuned(Probit(), u, yes, 0), u, yes, np.ones(200), (), 0)
    near = factor.around(u[yes])
    exact, rough = (near.log(points(50, seed=4), 0.0, rough=r) for r in (False, True))
    assert (
        exact == factor.log(points(50, seed=4), 0.0, rough=True)
    ).all()  # nothing is typical yet
    assert (exact != rough).all()
    assert np.corrcoef(np.exp(exact), np.exp(rough))[0, 1] > 0.9  # measured: 0.97
