"""Kernels of Gaussian processes, with distances in units of the length scales.

C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006), eqs. 4.9 and
4.17.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg.blas import dtrmm

from mlscanner_hep.surrogates.base import Array

ROWS = 128
"""So many positions at a time: their correlations with all known points stay in the cache."""


def rbf(square: Array) -> Array:
    """Squared exponential of squared distances; overwrites its argument."""
    square *= -0.5
    return np.asarray(np.exp(square, out=square))


def matern(square: Array) -> Array:
    """Matern-5/2 of squared distances; overwrites its argument."""
    square *= 5.0
    root = np.sqrt(np.maximum(square, 0.0, out=square))
    square /= 3.0
    square += root
    square += 1.0
    np.negative(root, out=root)
    square *= np.exp(root, out=root)
    return square


KERNELS = {"matern": matern, "rbf": rbf}
"""The kernels by name."""


def with_slope(kernel: str, square: Array) -> tuple[Array, Array]:
    """The kernel, and its derivative with respect to minus the squared distance.

    Overwrites its argument.
    """
    if kernel == "rbf":
        shape = rbf(square)
        return shape, 0.5 * shape
    square *= 5.0
    root = np.sqrt(square)
    decay = np.exp(-root)
    square /= 3.0
    root += 1.0
    square += root
    square *= decay
    decay *= root
    decay *= 5 / 6
    return square, decay


class Correlation:
    """Kernel between any positions and those of known points.

    Parameters
    ----------
    kernel : str
        A key of `KERNELS`.
    lengths : ndarray, shape (d,)
        Length scale of each parameter.
    u : ndarray, shape (n, d)
        The known points.
    """

    def __init__(self, kernel: str, lengths: Array, u: Array) -> None:
        self._shape, self._lengths = KERNELS[kernel], lengths
        self._centre = (u / lengths).mean(axis=0)
        at, square = self._scaled(u)
        # a squared distance is one product of matrices: a^2 * 1 + 1 * b^2 + a * (-2 b)
        self._known = np.concatenate([np.ones((1, len(u))), square.T, -2.0 * at.T])

    def __call__(self, u: Array) -> Array:
        """Of positions (k, d), shape (k, n)."""
        at, square = self._scaled(u)
        return self._shape(np.concatenate([square, np.ones_like(square), at], axis=1) @ self._known)

    def each(self, use: Callable[[Array], Array], u: Array) -> Array:
        """What `use` makes of the correlations (k, n) of some positions at a time, joined."""
        parts = range(0, max(len(u), 1), ROWS)
        return np.concatenate([use(self(u[start : start + ROWS])) for start in parts])

    def _scaled(self, u: Array) -> tuple[Array, Array]:
        at = u / self._lengths - self._centre
        return at, (at * at).sum(axis=1, keepdims=True)


def squared_norms(triangle: Array, rows: Array) -> Array:
    """Squared norms (k,) of ``triangle @ row``, for a lower triangle (n, n) and rows (k, n).

    Overwrites the rows.
    """
    turned = dtrmm(1.0, triangle, rows.T, lower=1, overwrite_b=1).T
    return np.asarray(np.einsum("ij,ij->i", turned, turned))
