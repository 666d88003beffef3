"""Linear regression in closed form, with as much trust in each group of features as they earn.

The prior on the weights is Gaussian, with one precision for each group; these and the noise
maximise the evidence: C. M. Bishop, Pattern Recognition and Machine Learning (2006), section 3.5,
after D. J. C. MacKay, Neural Computation 4 (1992) 415.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import cho_solve, cholesky

from mlscanner_hep.surrogates.base import Array, Rows
from mlscanner_hep.surrogates.evidence import Bounds, climb, inverse

NOISE = 1e-3
"""Smallest standard deviation of the noise; targets have one of about 1."""
WIDTH = 2.0
"""Of the log-normal prior on the precision of a group, which is centred at 1."""


class Regression:
    """Weights of features, from features (n, p) and targets (n,) of about unit variance.

    Parameters
    ----------
    features, z : ndarray, shapes (n, p) and (n,)
        What is known.
    groups : sequence of int
        How many features each group has, in their order.
    hyper : ndarray, shape (g + 1,), optional
        Precision of the weights of each group, and that of the noise. Default: the most evident.
    """

    def __init__(
        self,
        features: Array,
        z: Array,
        groups: Sequence[int],
        hyper: Array | None = None,
    ) -> None:
        gram, moment = features.T @ features, features.T @ z
        if hyper is None:
            args = gram, moment, float(z @ z), len(z), np.array(groups)
            _, log = climb(_loss, guess(len(groups)), args, bounds(len(groups)), 40)
            hyper = np.exp(log)
        self.hyper = hyper
        precision = np.repeat(hyper[:-1], groups)
        chol = _factorise(hyper[-1] * gram, precision)
        self.weights = hyper[-1] * cho_solve((chol, True), moment, check_finite=False)
        self._root = inverse(chol).T

    def predict(self, features: Array) -> tuple[Array, Array]:
        """Mean and variance (k,) of new measurements, noise included, from features (k, p)."""
        variance = ((features @ self._root) ** 2).sum(axis=1)
        return features @ self.weights, variance + 1 / self.hyper[-1]

    def leave_one_out(self, features: Array, z: Array) -> tuple[Array, Array]:
        """Mean and variance (n,) of each known point as if it alone were not known."""
        left = 1 - self.hyper[-1] * ((features @ self._root) ** 2).sum(axis=1)
        left = np.maximum(left, 1e-10)
        return z - (z - features @ self.weights) / left, 1 / (self.hyper[-1] * left)

    def held_out(self, features: Array, z: Array) -> tuple[Array, Array]:
        """Mean and variance (k,) of k of the known points as if none of them were known."""
        half = features @ self._root
        left = np.eye(len(z)) - self.hyper[-1] * half @ half.T
        left[np.diag_indices(len(z))] += 1e-10
        covariance = np.linalg.inv(left)
        residual = covariance @ (z - features @ self.weights)
        return z - residual, np.diag(covariance) / self.hyper[-1]


def guess(groups: int) -> Array:
    """The logarithm of each precision to start from."""
    return np.log([*[1.0] * groups, 100.0])


def bounds(groups: int) -> Bounds:
    """The ends of the range of the logarithm of each precision."""
    return [(-8.0, 12.0)] * groups + [(0.0, -2 * np.log(NOISE))]


def _factorise(gram: Array, precision: Array) -> Array:
    """Cholesky factor of the precision of the weights, with as little jitter as it takes."""
    jitter = 0.0
    while True:
        try:
            loaded = gram + np.diag(precision + jitter)
            return np.asarray(cholesky(loaded, lower=True, check_finite=False))
        except np.linalg.LinAlgError:
            jitter = max(10 * jitter, 1e-12 * float(np.trace(gram)))


def loss(log: Array, features: Array, z: Array, groups: Rows) -> tuple[float, Array, Array]:
    """Negative log evidence with priors on the precisions.

    Parameters
    ----------
    log : ndarray, shape (g + 1,)
        Logarithms of the precisions.
    features, z : ndarray, shapes (n, p) and (n,)
        What is known.
    groups : ndarray of int, shape (g,)
        How many features each group has.

    Returns
    -------
    float
        Itself.
    ndarray, shape (g + 1,)
        Its gradient with respect to `log`.
    ndarray, shape (n, k)
        Its gradient with respect to the k features of the last group.
    """
    gram, moment = features.T @ features, features.T @ z
    value, gradient, weights, root = _evidence(log, gram, moment, float(z @ z), len(z), groups)
    last = root[-groups[-1] :]
    covariance = last.T @ last[:, -groups[-1] :]
    residual = z - features @ weights
    pull = features @ covariance - np.outer(residual, weights[-groups[-1] :])
    return value, gradient, np.exp(log[-1]) * pull


def _loss(
    log: Array, gram: Array, moment: Array, square: float, n: int, groups: Rows
) -> tuple[float, Array]:
    return _evidence(log, gram, moment, square, n, groups)[:2]


def _evidence(
    log: Array, gram: Array, moment: Array, square: float, n: int, groups: Rows
) -> tuple[float, Array, Array, Array]:
    """Loss, its gradient with respect to `log`, and mean and precision of the weights.

    Of the precision it is the inverse of its lower Cholesky factor.
    """
    precision, noise = np.repeat(np.exp(log[:-1]), groups), np.exp(log[-1])
    try:
        chol = cholesky(noise * gram + np.diag(precision), lower=True, check_finite=False)
    except np.linalg.LinAlgError:
        return 1e10, np.zeros_like(log), np.zeros_like(moment), np.zeros_like(gram)
    root = inverse(chol)
    weights = noise * (root.T @ (root @ moment))
    residual = max(square - 2 * weights @ moment + weights @ gram @ weights, 0.0)
    starts = np.cumsum([0, *groups[:-1]])
    size = np.add.reduceat(precision * weights**2, starts)
    free = groups - np.add.reduceat(precision * (root**2).sum(axis=0), starts)
    prior = np.append(log[:-1], 0.0) / WIDTH**2
    value = 0.5 * (noise * residual + size.sum() - groups @ log[:-1] - n * log[-1] + prior @ log)
    gradient = 0.5 * np.append(size - free, noise * residual - n + free.sum()) + prior
    return float(value + np.log(np.diag(chol)).sum()), gradient, weights, root
