"""From predicted labels to probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from mlscanner_hep.surrogates.links import LOGISTIC, PROBIT, fit_logistic, fit_probit


def test_a_logistic_fit_is_calibrated() -> None:
    rng = np.random.default_rng(0)
    score = rng.normal(size=4000)
    label = rng.random(4000) < 1 / (1 + np.exp(1 - 4 * score))
    slope, offset = fit_logistic(score, label, np.ones(4000))
    assert slope == pytest.approx(4, rel=0.2)
    assert offset == pytest.approx(-1, abs=0.3)


def test_a_probit_follows_many_points_and_few_hardly() -> None:
    rng = np.random.default_rng(0)
    score = rng.normal(size=3000)
    label = rng.random(3000) < norm.cdf(0.5 * score - 1)
    slope, offset = fit_probit(score, label)
    assert slope == pytest.approx(0.5, rel=0.1)
    assert offset == pytest.approx(-1, abs=0.1)
    assert fit_probit(score[:0], label[:0]) == (1.0, 0.0)
    slope, offset = fit_probit(np.full(3, 2.0), np.zeros(3, dtype=bool))
    assert -1 < offset < -0.2
    assert slope > 0.4


def test_only_a_probit_is_drawn_to_one_half_by_uncertainty() -> None:
    mean, std = np.array([2.0, 2.0, 0.0]), np.array([0.0, 3.0, 0.0])
    sure, unsure, even = np.exp(PROBIT.log_yes(mean, std, 1.0, 0.0))
    assert sure == pytest.approx(norm.cdf(2.0))
    assert unsure == pytest.approx(norm.cdf(2.0 / np.sqrt(10.0)))
    assert even == pytest.approx(0.5)
    sure, unsure, even = np.exp(LOGISTIC.log_yes(mean, std, 1.0, 0.0))
    assert sure == unsure == pytest.approx(1 / (1 + np.exp(-2.0)))
    assert even == pytest.approx(0.5)
    assert (PROBIT.uncertain, LOGISTIC.uncertain) == (True, False)
