"""Gaussian process for labels: a smooth function whose sign is the answer, seen through a probit.

A process that is fitted to labels as if they were numbers has to take a step for noise, and blurs
the edge. Here the function behind the labels may grow on either side of it.

Formulae: C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006),
section 3.4 (Laplace's approximation: algorithms 3.1, 3.2 and 5.1) and eq. 3.16 (the likelihood).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from typing import ClassVar, NamedTuple

import numpy as np
from scipy.linalg import cho_solve, cholesky
from scipy.linalg.lapack import dtrttp
from scipy.special import log_ndtr

from mlscanner_hep.surrogates.base import (
    Array,
    Arrays,
    Link,
    Rows,
    State,
    Surrogate,
    check_arrays,
)
from mlscanner_hep.surrogates.evidence import (
    GUESSES,
    LENGTHS,
    TYPICAL_LENGTH,
    check_hyper,
    climb,
    inverse,
    squares,
    unpacked,
)
from mlscanner_hep.surrogates.kernels import Correlation, squared_norms, with_slope
from mlscanner_hep.surrogates.links import PROBIT
from mlscanner_hep.tools.options import number, word

Hyper = tuple[float, ...]
"""Length scale of each parameter, and standard deviation of the function."""

TYPICAL_AMPLITUDE = 20.0
"""Centre of the log-normal prior on the amplitude; its width is 1. Labels have no noise."""
JITTER = 1e-6
"""Added to the diagonal, relative to the variance of the function."""
CLUSTERS = 3
"""The hyperparameters are found from so many clusters of points."""


@dataclass(frozen=True)
class Probit(Surrogate):
    """Gaussian process for labels -1 and 1; what `Gp` stands for where labels are learnt."""

    stretches: ClassVar[tuple[float, ...]] = (1.0,)
    picks: ClassVar[bool] = True

    kernel: str = word("rbf", ("matern", "rbf"), "Matern-5/2 or squared exponential.")
    max_points: int = number(1200, 50, 5000, "Points to fit; more are thinned out.")
    tune_points: int = number(250, 20, 2000, "Points from which the hyperparameters are found.")
    hyper: Hyper | None = None

    def tune(self, u: Array, z: Array, seed: int) -> Probit:
        """Maximise the marginal likelihood of a few clusters of points."""
        rows = _clusters(u, z[:, 0], self.tune_points, np.random.default_rng(seed))
        return replace(self, hyper=_maximise(self, u[rows], z[rows, 0]))

    def fit(self, u: Array, z: Array, seed: int) -> Latent:
        """Condition on the points; tunes first if that was not done."""
        if (np.abs(z) != 1).any():
            raise ValueError("probit learns labels -1 and 1 only; for numbers take gp")
        return Latent(self if self.hyper else self.tune(u, z, seed), u, z[:, 0])

    def restore(self, arrays: Arrays) -> Latent:
        """Condition on the same points with the same hyperparameters, which is exact."""
        sizes = check_arrays(self, arrays, {"hyper": ("hyper",)})
        hyper = np.asarray(arrays["hyper"], float)
        check_hyper(hyper, _bounds(sizes["d"]))
        return replace(self, hyper=tuple(hyper.tolist())).fit(arrays["u"], arrays["z"], 0)


class Latent:
    """A tuned process that has seen points u (n, d) with labels y (n,) of -1 and 1.

    It predicts the function f behind the labels. A new label is 1 with the probability
    Phi(mean / sqrt(1 + std^2)).
    """

    link: ClassVar[Link] = PROBIT

    def __init__(self, probit: Probit, u: Array, y: Array) -> None:
        assert probit.hyper is not None
        *scales, amplitude = probit.hyper
        self._state = State(probit, {"u": u, "z": y[:, None], "hyper": np.array(probit.hyper)})
        self._signal = amplitude**2
        self._correlation = Correlation(probit.kernel, np.array(scales), u)
        self._covariance = self._signal * (1 + self._correlation(u))
        self._covariance[np.diag_indices(len(u))] += JITTER * self._signal
        self._mode = _find_mode(self._covariance, y)
        self._weights = self._signal * self._mode.alpha

    def mean(self, u: Array) -> Array:
        f = self._correlation.each(lambda rows: rows @ self._weights, u)
        return np.asarray((f + self._weights.sum())[:, None])

    def predict(self, u: Array) -> tuple[Array, Array]:
        def both(rows: Array) -> Array:
            f = rows @ self._weights
            rows += 1.0
            return np.stack([f, squared_norms(self._whiten, rows)], axis=1)

        f, explained = self._correlation.each(both, u).T
        variance = self._signal * np.maximum(2 - self._signal * explained, 2e-12)
        return (f + self._weights.sum())[:, None], np.sqrt(variance)[:, None]

    def held_out(self, rows: Rows) -> tuple[Array, Array]:
        """Leave all `rows` out at once, at the curvatures that they and the others have."""
        mode, whitened = self._mode, self._whiten @ self._covariance[:, rows]
        inner = self._covariance[np.ix_(rows, rows)] - whitened.T @ whitened
        outer = np.linalg.solve(np.eye(len(rows)) - inner * mode.curvature[rows], inner)
        mean = mode.f[rows] - outer @ mode.slope[rows]
        return mean[:, None], np.sqrt(np.maximum(np.diag(outer), 0.0))[:, None]

    def leave_one_out(self) -> tuple[Array, Array]:
        """Leave each point out in turn; mean and standard deviation, each (n, 1)."""
        mode = self._mode
        explained = ((self._whiten @ self._covariance) ** 2).sum(axis=0)
        inner = np.maximum(np.diag(self._covariance) - explained, 0.0)
        outer = inner / (1 - inner * mode.curvature)
        return (mode.f - outer * mode.slope)[:, None], np.sqrt(outer)[:, None]

    def state(self) -> State:
        return self._state

    @cached_property
    def _whiten(self) -> Array:
        """What makes of covariances (n, k) with the training points what is explained of them."""
        return np.asarray(inverse(self._mode.chol) * np.sqrt(self._mode.curvature))


class _Mode(NamedTuple):
    """Most probable function at the training points (n,), and what is needed around it.

    `alpha` (n,) is the inverse covariance times `f`; `slope` and `curvature` (n,) are the first
    derivative of the log likelihood and minus the second; `chol` (n, n) is the Cholesky factor of
    the `B` of the book; `evidence` is the log marginal likelihood.
    """

    f: Array
    alpha: Array
    slope: Array
    curvature: Array
    chol: Array
    evidence: float


def _likelihood(y: Array, f: Array) -> tuple[Array, Array, Array]:
    """Logarithm, slope and minus curvature (n,) of the probability of labels y (n,)."""
    log_p = log_ndtr(y * f)
    ratio = np.exp(-0.5 * f * f - 0.5 * np.log(2 * np.pi) - log_p)
    return log_p, y * ratio, np.maximum(ratio * (ratio + y * f), 1e-10)


def _find_mode(covariance: Array, y: Array) -> _Mode:
    """Newton's method, with steps halved as long as they lead downhill."""
    alpha, f = np.zeros(len(y)), np.zeros(len(y))
    best = float(log_ndtr(f).sum())
    for _ in range(50):
        _, slope, curvature = _likelihood(y, f)
        root, chol = _factorise(covariance, curvature)
        b = curvature * f + slope
        step = b - root * cho_solve((chol, True), root * (covariance @ b), check_finite=False)
        step -= alpha
        size = 1.0
        while True:
            tried = alpha + size * step
            there = covariance @ tried
            value = float(log_ndtr(y * there).sum() - 0.5 * tried @ there)
            if value >= best or size < 1e-3:
                break
            size /= 2
        gain, best = value - best, value
        alpha, f = tried, there
        if gain < 1e-4:
            break
    _, slope, curvature = _likelihood(y, f)
    _, chol = _factorise(covariance, curvature)
    return _Mode(f, alpha, slope, curvature, chol, best - float(np.log(np.diag(chol)).sum()))


def _factorise(covariance: Array, curvature: Array) -> tuple[Array, Array]:
    root = np.sqrt(curvature)
    b = covariance * root[:, None]
    b *= root
    b[np.diag_indices(len(b))] += 1.0
    return root, np.asarray(cholesky(b, lower=True, overwrite_a=True, check_finite=False))


def _clusters(u: Array, y: Array, n: int, rng: np.random.Generator) -> Rows:
    """About n rows: around a few points of the rarer label, as many neighbours with either; others.

    Points far from each other say nothing of the length scales if the labels change in between,
    and those close to each other say nothing of the rest of the box.
    """
    if n >= len(u):
        return np.arange(len(u))
    each = max(n // (4 * CLUSTERS), 1)
    rare = rng.permutation(np.flatnonzero(y == (1.0 if (y > 0).mean() < 0.5 else -1.0)))
    taken = np.zeros(len(u), dtype=bool)
    for centre in u[rare[:CLUSTERS]]:
        order = np.argsort(((u - centre) ** 2).sum(axis=1), kind="stable")
        for side in (y > 0, y < 0):
            taken[order[side[order]][:each]] = True
    others = rng.permutation(np.flatnonzero(~taken))
    taken[others[: n - taken.sum()]] = True
    return np.flatnonzero(taken)


def _maximise(probit: Probit, u: Array, y: Array) -> Hyper:
    """Climb from the guess that rose best in a few steps."""
    args, bounds = (squares(u), y, probit.kernel), _bounds(u.shape[1])
    guesses = [np.log([*[length] * u.shape[1], 10.0]) for length in GUESSES]
    best = min((climb(_loss, at, args, bounds, 6) for at in guesses), key=itemgetter(0))[1]
    return tuple(np.exp(climb(_loss, best, args, bounds, 25)[1]).tolist())


def _bounds(dim: int) -> list[tuple[float, float]]:
    """The ends of the range of each logarithm of a hyperparameter."""
    return [*[LENGTHS] * dim, (-2.0, 5.0)]


def _loss(log: Array, square: Array, y: Array, kernel: str) -> tuple[float, Array]:
    """Negative log marginal likelihood with priors, and its gradient."""
    dim = len(square)
    relevance, signal = np.exp(-2 * log[:dim]), np.exp(2 * log[dim])
    shape, falling = with_slope(kernel, relevance @ square)
    shape += 1.0  # the mean is as uncertain as what varies around it
    covariance = unpacked(signal * shape, len(y))
    covariance[np.diag_indices(len(y))] += JITTER * signal
    mode = _find_mode(covariance, y)
    whiten = inverse(mode.chol) * np.sqrt(mode.curvature)
    precision = whiten.T @ whiten
    # how the determinant changes as the mode moves: minus the third derivative of the likelihood
    ratio = y * mode.slope
    at = y * mode.f
    third = y * ratio * ((at * at - 1) + ratio * (3 * at + 2 * ratio))
    variance = np.diag(covariance) - ((whiten @ covariance) ** 2).sum(axis=0)
    moved = 0.5 * variance * third
    # a' dK a / 2 - tr(R dK) / 2 + moved' (1 - K R) dK slope, as one matrix that multiplies dK
    pull = moved - precision @ (covariance @ moved)
    weight = 0.5 * (np.outer(mode.alpha, mode.alpha) - precision) + np.outer(pull, mode.slope)
    prior = log - np.log([*[TYPICAL_LENGTH] * dim, TYPICAL_AMPLITUDE])
    loss = -mode.evidence + 0.5 * (prior**2).sum()
    gradient = prior
    both = dtrttp(weight + weight.T, uplo="L")[0]
    gradient[:dim] -= 2 * signal * relevance * (square @ (both * falling))
    gradient[dim] -= 2 * signal * (both @ shape - 2 * np.trace(weight))
    return float(loss), gradient
