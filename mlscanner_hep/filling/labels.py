"""Learn yes-or-no questions: does a point have a spectrum, does it pass a cut."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_expit, log_ndtr

from mlscanner_hep.filling.learning import held_out
from mlscanner_hep.filling.memo import memoise
from mlscanner_hep.filling.region import Labelled
from mlscanner_hep.surrogates.base import Model, Rows, Surrogate
from mlscanner_hep.surrogates.probit import Latent, Probit

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

IMAGINED = 10
"""Weight of what is expected of the link before the latest rounds are looked at, in points."""
OF_EACH = 200
"""At most so many points with each label decide about what is expensive."""


def learn_label(
    surrogate: Surrogate, u: Array, label: Mask, weight: Array, trials: Sequence[Rows], seed: int
) -> Labelled:
    """Learn -1 (no) and 1 (yes), and turn the result into a probability.

    The link is fitted to held-out predictions so that it is not fooled by how well the training
    points are reproduced. Points that were chosen because they look good are predicted too well
    by all that was learnt so far, so the latest rounds, each left out as a whole, count most.

    Parameters
    ----------
    surrogate : Surrogate
        What to fit, tuned already.
    u : ndarray, shape (n, d)
        Positions.
    label : ndarray of bool, shape (n,)
        The answers; both occur.
    weight : ndarray, shape (n,)
        Of each point in the calibration of the link.
    trials : sequence of ndarray of int
        Rows of the latest rounds' chosen points.
    seed : int
        For the fit.
    """
    model = surrogate.fit(u, np.where(label, 1.0, -1.0)[:, None], seed)
    rows = np.concatenate([np.empty(0, np.int64), *trials])
    if isinstance(model, Latent):
        tables = [model.held_out(at) for at in trials]
        score = np.concatenate([np.empty(0), *[(m / np.sqrt(1 + s**2))[:, 0] for m, s in tables]])
        return Labelled(model, *probit_link(score, label[rows]))
    score = held_out(model, trials)[0][:, 0]
    if len(rows):
        weight = weight * (IMAGINED / weight.sum())
        weight[rows] = 1.0
    return Labelled(model, *platt(score, label, weight))


def probit_link(score: Array, label: Mask) -> tuple[float, float]:
    """Slope and offset of a probit fit of labels (n,) on scores (n,).

    They are drawn to 1 and 0 by the weight of ten points.
    """
    sign = np.where(label, 1.0, -1.0)

    def loss(link: Array) -> float:
        log_p = log_ndtr(sign * (np.exp(link[0]) * score + link[1]))
        return float(0.5 * IMAGINED * (link @ link) - log_p.sum())

    fit = minimize(loss, np.zeros(2), method="L-BFGS-B", bounds=[(-2, 2), (-3, 3)])
    return float(np.exp(fit.x[0])), float(fit.x[1])


@memoise(256)
def tuned(surrogate: Surrogate, u: Array, label: Mask, seed: int) -> Surrogate:
    """The surrogate's best variant, with its expensive settings made, if both labels occur.

    At most 200 of each are used: where one label is rare, most points of the other tell nothing.
    """
    if label.all() or not label.any():
        return surrogate.variants()[0]
    if isinstance(surrogate, Probit):
        return surrogate.tune(u, np.where(label, 1.0, -1.0)[:, None], seed)
    order = np.random.default_rng(seed).permutation(len(u))
    rows = np.concatenate([order[label[order]][:OF_EACH], order[~label[order]][:OF_EACH]])
    u, label = u[rows], label[rows]
    score = np.where(label, 1.0, -1.0)[:, None]
    tried = [variant.tune(u, score, seed) for variant in surrogate.variants()]
    if len(tried) == 1:
        return tried[0]
    return min(tried, key=lambda variant: _log_loss(variant.fit(u, score, seed), label))


def _log_loss(model: Model, label: Mask) -> float:
    """Mean negative log-probability of the labels, held out."""
    held = model.leave_one_out()[0][:, 0]
    slope, offset = platt(held, label, np.ones(len(label)))
    sign = np.where(label, 1.0, -1.0)
    return float(-log_expit(sign * (slope * held + offset)).mean())


def platt(score: Array, label: Mask, weight: Array) -> tuple[float, float]:
    """Slope and offset of a weighted logistic fit of labels (n,) on scores (n,)."""

    def loss(link: Array) -> tuple[float, Array]:
        logit = link[0] * score + link[1]
        miss = weight * (expit(logit) - label)
        value = weight @ (np.logaddexp(0.0, logit) - label * logit) + 0.01 * (link[0] - 3) ** 2
        return float(value), np.array([miss @ score + 0.02 * (link[0] - 3), miss.sum()])

    start = np.array([3.0, 0.0])
    fit = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.1, 30), (-10, 10)])
    return float(fit.x[0]), float(fit.x[1])
