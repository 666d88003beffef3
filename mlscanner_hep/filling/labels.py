"""Learn yes-or-no questions: does a point have a spectrum, does it pass a cut."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit

from mlscanner_hep.filling.memo import memoise
from mlscanner_hep.filling.region import Labelled
from mlscanner_hep.surrogates.base import Model, Rows, Surrogate
from mlscanner_hep.surrogates.links import fit_logistic

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

OF_EACH = 200
"""At most so many points with each label decide about what is expensive."""


def learn_label(
    surrogate: Surrogate, u: Array, label: Mask, weight: Array, trials: Sequence[Rows], seed: int
) -> Labelled:
    """Learn -1 (no) and 1 (yes), and turn the result into a probability by the model's `Link`.

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
    return Labelled(model, *model.link.calibrate(model, label, weight, trials))


@memoise(256)
def tuned(surrogate: Surrogate, u: Array, label: Mask, seed: int) -> Surrogate:
    """The surrogate's best variant, with its expensive settings made, if both labels occur.

    At most 200 of each are used, unless it picks them itself: where one label is rare, most points
    of the other tell nothing.
    """
    if label.all() or not label.any():
        return surrogate.variants()[0]
    if surrogate.picks:
        return surrogate.tune(u, np.where(label, 1.0, -1.0)[:, None], seed)
    order = np.random.default_rng(seed).permutation(len(u))
    rows = np.concatenate([order[label[order]][:OF_EACH], order[~label[order]][:OF_EACH]])
    u, label = u[rows], label[rows]
    score = np.where(label, 1.0, -1.0)[:, None]
    tried = [variant.tune(u, score, seed) for variant in surrogate.variants()]

    def loss(variant: Surrogate) -> float:
        return _log_loss(variant.fit(u, score, seed), label)

    best = tried[0] if len(tried) == 1 else min(tried, key=loss)
    return best.train(u, score, seed)


def _log_loss(model: Model, label: Mask) -> float:
    """Mean negative log-probability of the labels, held out."""
    held = model.leave_one_out()[0][:, 0]
    slope, offset = fit_logistic(held, label, np.ones(len(label)))
    sign = np.where(label, 1.0, -1.0)
    return float(-log_expit(sign * (slope * held + offset)).mean())
