"""Linear regression in closed form: what it learns, how sure it is, and what it says held out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import multivariate_normal

from mlscanner_hep.surrogates import bayesian
from mlscanner_hep.surrogates.bayesian import Regression

GROUPS = (2, 3)
HYPER = np.array([0.5, 2.0, 30.0])


def features(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 5))


def targets(x: np.ndarray, noise: float = 0.1) -> np.ndarray:
    """Of the features only the first group matters."""
    return x @ [0.7, -0.6, 0, 0, 0] + np.random.default_rng(len(x)).normal(size=len(x)) * noise


def covariance(x: np.ndarray) -> np.ndarray:
    """Of the targets, with the weights integrated out."""
    return (x / np.repeat(HYPER[:-1], GROUPS)) @ x.T + np.eye(len(x)) / HYPER[-1]


def test_the_evidence_is_that_of_the_targets() -> None:
    x = features(20)
    z = targets(x)
    log, groups = np.log(HYPER), np.array(GROUPS)
    value, gradient, slopes = bayesian.loss(log, x, z, groups)
    prior = 0.5 * ((log[:-1] / bayesian.WIDTH) ** 2).sum()
    evidence = multivariate_normal(np.zeros(20), covariance(x)).logpdf(z)
    assert value - prior == pytest.approx(-evidence - 10 * np.log(2 * np.pi))
    numeric = approx_fprime(log, lambda at: bayesian.loss(at, x, z, groups)[0], 1e-6)
    assert gradient == pytest.approx(numeric, rel=1e-4, abs=1e-4)
    numeric = approx_fprime(
        x.ravel(), lambda at: bayesian.loss(log, at.reshape(x.shape), z, groups)[0], 1e-6
    )
    assert slopes == pytest.approx(numeric.reshape(x.shape)[:, -3:], rel=1e-4, abs=1e-4)


def test_predictions_are_those_of_the_process_with_the_same_covariance() -> None:
    x, new = features(20), features(7, seed=1)
    z = targets(x)
    mean, variance = Regression(x, z, GROUPS, HYPER).predict(new)
    cross = (new / np.repeat(HYPER[:-1], GROUPS)) @ x.T
    assert mean == pytest.approx(cross @ np.linalg.solve(covariance(x), z))
    explained = np.einsum("ij,ji->i", cross, np.linalg.solve(covariance(x), cross.T))
    assert variance == pytest.approx(np.diag(covariance(new)) - explained)


def test_points_are_left_out_exactly() -> None:
    x = features(20)
    z = targets(x)
    full = Regression(x, z, GROUPS, HYPER)
    rows = np.array([3, 8, 9])
    rest = np.delete(np.arange(20), rows)
    without = Regression(x[rest], z[rest], GROUPS, HYPER).predict(x[rows])
    assert np.stack(full.held_out(x[rows], z[rows])) == pytest.approx(np.stack(without), rel=1e-6)
    single = Regression(x[1:], z[1:], GROUPS, HYPER).predict(x[:1])
    mean, variance = full.leave_one_out(x, z)
    assert (mean[0], variance[0]) == pytest.approx((single[0][0], single[1][0]))


def test_features_that_tell_nothing_are_not_trusted() -> None:
    x = features(100)
    line = Regression(x, targets(x), GROUPS)
    useful, useless, noise = line.hyper
    assert useless > 10 * useful  # measured: 200
    assert 0.08 < noise**-0.5 < 0.12
    assert np.abs(line.weights[2:]).max() < 0.03


def test_more_features_than_points_and_copies_of_them() -> None:
    x = np.tile(features(4), (1, 10))
    x[2] = x[1]
    for z in (x[:, 0], np.zeros(4)):
        line = Regression(x, z, (20, 30))
        for mean, variance in (line.predict(10 * x), line.leave_one_out(x, z)):
            assert np.isfinite(mean).all()
            assert (variance > 0).all()
