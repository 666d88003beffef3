"""From what a model predicts of a label, -1 (no) or 1 (yes), to the probability of a yes.

The link is fitted to held-out predictions, so that it is not fooled by how well the training points
are reproduced.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_expit, log_ndtr

from mlscanner_hep.surrogates.base import Array, Link, Model, Rows, held_out

Mask = NDArray[np.bool_]

IMAGINED = 10
"""Weight of what is expected of the link before the latest rounds are looked at, in points."""


class _Logistic:
    """For labels that were learnt as numbers."""

    uncertain: ClassVar[bool] = False

    def calibrate(
        self, model: Model, label: Mask, weight: Array, trials: Sequence[Rows]
    ) -> tuple[float, float]:
        """All points count by their weight, and those of the latest rounds in full."""
        score = held_out(model, trials)[0][:, 0]
        if trials:
            weight = weight * (IMAGINED / weight.sum())
            weight[np.concatenate(trials)] = 1.0
        return fit_logistic(score, label, weight)

    def log_yes(self, mean: Array, std: Array, slope: float, offset: float) -> Array:
        return np.asarray(log_expit(slope * mean + offset))


class _Probit:
    """For a function behind the labels, whose sign is the answer."""

    uncertain: ClassVar[bool] = True

    def calibrate(
        self, model: Model, label: Mask, weight: Array, trials: Sequence[Rows]
    ) -> tuple[float, float]:
        """Only the latest rounds count: elsewhere the process knows its own probability."""
        rows = np.concatenate([np.empty(0, np.int64), *trials])
        tables = [model.held_out(at) for at in trials]
        score = np.concatenate([np.empty(0), *[(m / np.sqrt(1 + s**2))[:, 0] for m, s in tables]])
        return fit_probit(score, label[rows])

    def log_yes(self, mean: Array, std: Array, slope: float, offset: float) -> Array:
        return np.asarray(log_ndtr(slope * mean / np.sqrt(1 + std**2) + offset))


LOGISTIC: Link = _Logistic()
PROBIT: Link = _Probit()


def fit_logistic(score: Array, label: Mask, weight: Array) -> tuple[float, float]:
    """Slope and offset of a weighted logistic fit (Platt scaling) of labels (n,) on scores (n,)."""

    def loss(link: Array) -> tuple[float, Array]:
        logit = link[0] * score + link[1]
        miss = weight * (expit(logit) - label)
        value = weight @ (np.logaddexp(0.0, logit) - label * logit) + 0.01 * (link[0] - 3) ** 2
        return float(value), np.array([miss @ score + 0.02 * (link[0] - 3), miss.sum()])

    start = np.array([3.0, 0.0])
    fit = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.1, 30), (-10, 10)])
    return float(fit.x[0]), float(fit.x[1])


def fit_probit(score: Array, label: Mask) -> tuple[float, float]:
    """Slope and offset of a probit fit of labels (n,) on scores (n,).

    They are drawn to 1 and 0 by the weight of ten points.
    """
    sign = np.where(label, 1.0, -1.0)

    def loss(link: Array) -> float:
        log_p = log_ndtr(sign * (np.exp(link[0]) * score + link[1]))
        return float(0.5 * IMAGINED * (link @ link) - log_p.sum())

    fit = minimize(loss, np.zeros(2), method="L-BFGS-B", bounds=[(-2, 2), (-3, 3)])
    return float(np.exp(fit.x[0])), float(fit.x[1])
