"""Kernels of Gaussian processes, as functions of squared distances in units of the length scales.

C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006), eqs. 4.9 and
4.17.
"""

from __future__ import annotations

import numpy as np

from mlscanner_hep.surrogates.base import Array


def rbf(square: Array) -> Array:
    """Squared exponential; overwrites its argument."""
    square *= -0.5
    return np.asarray(np.exp(square, out=square))


def matern(square: Array) -> Array:
    """Matern-5/2; overwrites its argument."""
    square *= 5.0
    root = np.sqrt(square)
    square /= 3.0
    square += root
    square += 1.0
    return np.asarray(square * np.exp(-root))


KERNELS = {"matern": matern, "rbf": rbf}
"""The kernels by name."""


def with_slope(kernel: str, square: Array) -> tuple[Array, Array]:
    """The kernel, and its derivative with respect to minus the squared distance."""
    if kernel == "rbf":
        shape = np.exp(-0.5 * square)
        return shape, 0.5 * shape
    root = np.sqrt(5 * square)
    decay = np.exp(-root)
    return (1 + root + root * root / 3) * decay, 5 / 6 * (1 + root) * decay


def squared_distances(a: Array, b: Array) -> Array:
    """Between the rows of a (n, d) and b (k, d), shape (n, k)."""
    square: Array = a @ (-2.0 * b.T)
    square += (a * a).sum(axis=1)[:, None]
    square += (b * b).sum(axis=1)
    return np.asarray(np.maximum(square, 0.0, out=square))
