"""Gaussian process with automatic relevance determination, for one target.

Formulae: C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006),
eqs. 2.25-2.26 (prediction), 5.9 (gradient of the marginal likelihood) and 5.12 (leave-one-out).
scikit-learn's regressor needs 4 to 6 times longer for the same steps, has no prior on the length
scales and no leave-one-out prediction, hence this module.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from typing import ClassVar

import numpy as np
from scipy.linalg import cho_solve, cholesky
from scipy.linalg.blas import dsyr
from scipy.linalg.lapack import dlauum, dpotrf, dtpttr, dtrttp

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
    standardised,
)
from mlscanner_hep.surrogates.kernels import Correlation, squared_norms, with_slope
from mlscanner_hep.surrogates.links import LOGISTIC
from mlscanner_hep.surrogates.probit import Probit
from mlscanner_hep.tools.options import number, word


@dataclass(frozen=True)
class Hyper:
    """Hyperparameters in units of the standardised target.

    Parameters
    ----------
    lengths : tuple of float
        Length scale of each parameter.
    amplitude, noise : float
        Standard deviations of the signal and of the noise.
    """

    lengths: tuple[float, ...]
    amplitude: float
    noise: float

    @property
    def log(self) -> Array:
        """Their logarithms, shape (d + 2,)."""
        return np.log([*self.lengths, self.amplitude, self.noise])

    @classmethod
    def exp(cls, log: Array) -> Hyper:
        """From their logarithms, shape (d + 2,)."""
        *lengths, amplitude, noise = np.exp(log).tolist()
        return cls(tuple(lengths), amplitude, noise)


@dataclass(frozen=True)
class Gp(Surrogate):
    """Gaussian process: the best choice up to a few thousand calls."""

    stretches: ClassVar[tuple[float, ...]] = (1000.0, 10.0, 1.0)

    kernel: str = word(
        "auto",
        ("auto", "matern", "rbf"),
        "Matern-5/2, squared exponential, or whichever predicts held-out points better.",
    )
    max_points: int = number(1200, 50, 5000, "Points to fit; more are thinned out.")
    tune_points: int = number(250, 20, 2000, "Points from which the hyperparameters are found.")
    noise: float = number(1e-3, 1e-5, 1.0, "Smallest noise, relative to the target's spread.")
    hyper: Hyper | None = None

    def for_labels(self) -> Probit:
        """A process behind a probit; the smoother kernel is the better one behind a step."""
        kernel = "rbf" if self.kernel == "auto" else self.kernel
        return Probit(kernel, self.max_points, self.tune_points)

    def variants(self) -> tuple[Gp, ...]:
        """One process for each kernel that may be chosen."""
        kernels = ("matern", "rbf") if self.kernel == "auto" else (self.kernel,)
        return tuple(replace(self, kernel=kernel) for kernel in kernels)

    def tune(self, u: Array, z: Array, seed: int) -> Gp:
        """Maximise the marginal likelihood of a random subset."""
        rng = np.random.default_rng(seed)
        rows = rng.permutation(len(u))[: self.tune_points]
        return replace(self, hyper=_maximise(self, u[rows], standardised(z[rows, 0])))

    def fit(self, u: Array, z: Array, seed: int) -> Posterior:
        """Condition on the points; tunes first if that was not done."""
        return Posterior(self if self.hyper else self.tune(u, z, seed), u, z[:, 0])

    def restore(self, arrays: Arrays) -> Posterior:
        """Condition on the same points with the same hyperparameters, which is exact."""
        sizes = check_arrays(self, arrays, {"hyper": ("hyper",)})
        check_hyper(arrays["hyper"], _bounds(self, sizes["d"]))
        *lengths, amplitude, noise = arrays["hyper"].tolist()
        tuned = replace(self, hyper=Hyper(tuple(lengths), amplitude, noise))
        return Posterior(tuned, arrays["u"], arrays["z"][:, 0])


class Posterior:
    """A tuned Gaussian process that has seen points u (n, d) with targets z (n,)."""

    link: ClassVar[Link] = LOGISTIC

    def __init__(self, gp: Gp, u: Array, z: Array) -> None:
        hyper = gp.hyper
        assert hyper is not None
        numbers = np.array([*hyper.lengths, hyper.amplitude, hyper.noise])
        self._state = State(gp, {"u": u, "z": z[:, None], "hyper": numbers})
        self._signal, self._noise = hyper.amplitude**2, hyper.noise**2
        self._spread = float(z.std()) or 1.0
        self._correlation = Correlation(gp.kernel, np.array(hyper.lengths), u)
        self._chol = _factorise(self._signal * self._correlation(u), self._noise)
        standard = (z - z.mean()) / self._spread
        ones, alpha = self._solve(np.ones(len(z))), self._solve(standard)
        mean = _mean(alpha.sum(), ones.sum())
        self._offset = float(z.mean() + self._spread * mean)
        self._z, self._alpha = standard - mean, alpha - mean * ones
        self._weights = self._signal * self._alpha

    def _solve(self, z: Array) -> Array:
        return np.asarray(cho_solve((self._chol, True), z, check_finite=False))

    @cached_property
    def _root(self) -> Array:
        """Inverse of the Cholesky factor."""
        return inverse(self._chol)

    def mean(self, u: Array) -> Array:
        z = self._correlation.each(lambda rows: rows @ self._weights, u)
        return np.asarray((self._offset + self._spread * z)[:, None])

    def predict(self, u: Array) -> tuple[Array, Array]:
        """Mean and standard deviation of a new measurement, noise included."""

        def both(rows: Array) -> Array:
            return np.stack([rows @ self._weights, squared_norms(self._root, rows)], axis=1)

        z, explained = self._correlation.each(both, u).T
        left = np.maximum(1 - self._signal * explained, 1e-12)
        std = np.sqrt(self._signal * left + self._noise)
        return (self._offset + self._spread * z)[:, None], (self._spread * std)[:, None]

    def held_out(self, rows: Rows) -> tuple[Array, Array]:
        """Leave all `rows` out at once."""
        root = self._root[:, rows]
        precision = root.T @ root
        covariance = np.linalg.inv(precision)
        z = self._z[rows] - covariance @ self._alpha[rows]
        std = np.sqrt(np.diag(covariance))
        return (self._offset + self._spread * z)[:, None], (self._spread * std)[:, None]

    def state(self) -> State:
        return self._state

    def leave_one_out(self) -> tuple[Array, Array]:
        """Leave each point out in turn; mean and standard deviation, each (n, 1)."""
        precision = (self._root**2).sum(axis=0)
        z, std = self._z - self._alpha / precision, 1 / np.sqrt(precision)
        return (self._offset + self._spread * z)[:, None], (self._spread * std)[:, None]


def _factorise(gram: Array, noise: float) -> Array:
    """Cholesky factor, with as little jitter as it takes."""
    jitter = 1e-10 * float(gram[0, 0])
    while True:
        try:
            loaded = np.array(gram.T, order="F")
            loaded[np.diag_indices(len(gram))] += noise + jitter
            return np.asarray(cholesky(loaded, lower=True, overwrite_a=True, check_finite=False))
        except np.linalg.LinAlgError:
            jitter *= 10


def _mean(weighted: float, ones: float) -> float:
    """Generalised least-squares mean of a standardised target, with a standard normal prior.

    The plain mean would be that of the crowd inside the region, and the process would return to it
    everywhere far from data: here points that say the same count once (ibid., section 2.7).
    """
    return float(weighted / (ones + 1.0))


def _maximise(gp: Gp, u: Array, z: Array) -> Hyper:
    """Climb from what is set already, or from the guess that rose best in a few steps."""
    if gp.hyper:
        return _climb(gp, u, z, gp.hyper, steps=12)[1]
    guesses = [Hyper((length,) * u.shape[1], 1.0, 0.1) for length in GUESSES]
    best = min((_climb(gp, u, z, guess, steps=6) for guess in guesses), key=itemgetter(0))
    return _climb(gp, u, z, best[1], steps=25)[1]


def _climb(gp: Gp, u: Array, z: Array, start: Hyper, steps: int) -> tuple[float, Hyper]:
    """Loss and hyperparameters after a few steps of a quasi-Newton search."""
    bounds = _bounds(gp, u.shape[1])
    loss, log = climb(_loss, start.log, (squares(u), z, gp.kernel), bounds, steps)
    return loss, Hyper.exp(log)


def _bounds(gp: Gp, dim: int) -> list[tuple[float, float]]:
    """The ends of the range of each logarithm of a hyperparameter."""
    return [*[LENGTHS] * dim, (-4.0, 4.0), (np.log(gp.noise), 0.0)]


def _loss(log: Array, square: Array, z: Array, kernel: str) -> tuple[float, Array]:
    """Negative log marginal likelihood with priors, and its gradient."""
    dim, n = len(square), len(z)
    relevance, signal, noise = np.exp(-2 * log[:dim]), np.exp(2 * log[dim]), np.exp(2 * log[-1])
    shape, slope = with_slope(kernel, relevance @ square)
    gram = dtpttr(n, signal * shape, uplo="L")[0]
    gram[np.diag_indices(n)] += noise + 1e-8
    chol, failed = dpotrf(gram, lower=1, overwrite_a=1)
    if failed:
        return 1e10, np.zeros_like(log)
    root = inverse(chol)
    ones, alpha = root.T @ root.sum(axis=1), root.T @ (root @ z)
    mean = _mean(alpha.sum(), ones.sum())
    z, alpha = z - mean, alpha - mean * ones
    # the inverse of the matrix less the square of alpha, below the diagonal
    excess = dsyr(-1.0, alpha, lower=1, a=dlauum(root, lower=1, overwrite_c=1)[0], overwrite_a=1)
    trace = np.trace(excess)
    excess = dtrttp(excess, uplo="L")[0]
    # at the best mean its derivative vanishes, so it does not enter those of the others
    prior = np.concatenate([log[:dim] - np.log(TYPICAL_LENGTH), [log[dim] / 2, 0.0]])
    loss = 0.5 * (z @ alpha + mean**2) + np.log(np.diag(chol)).sum() + 0.5 * (prior**2).sum()
    gradient = prior * np.array([*[1.0] * dim, 0.5, 0.0])
    gradient[:dim] += 2 * signal * relevance * (square @ (excess * slope))
    gradient[dim] += signal * (2 * excess @ shape - trace)
    gradient[-1] += noise * trace
    return float(loss), gradient
