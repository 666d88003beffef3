"""Tuning a Gaussian process by its evidence: what does not depend on the likelihood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.linalg.blas import dtrmm
from scipy.linalg.lapack import dtpttr, dtrtri
from scipy.optimize import minimize

from mlscanner_hep.surrogates.base import Array

TYPICAL_LENGTH = 0.7
"""Centre of the log-normal prior on the length scales, in units of the box; its width is 1."""
GUESSES = (0.12, 0.4, 1.5)
"""Length scales to start from."""
LENGTHS = (np.log(5e-3), np.log(20.0))
"""The ends of the range of the logarithm of a length scale."""

BLOCK = 64
"""Triangles up to this size are inverted by LAPACK."""

Bounds = Sequence[tuple[float, float]]


def standardised(z: Array) -> Array:
    """A target (n,) with mean 0 and variance 1, unless it is constant."""
    return np.asarray((z - z.mean()) / (z.std() or 1.0))


def squares(u: Array) -> Array:
    """Squared distances (d, n (n + 1) / 2) of points u (n, d), for each parameter.

    Of each pair once, in the order in which LAPACK packs the lower triangle of a matrix.
    """
    first, second = np.triu_indices(len(u))
    return np.ascontiguousarray(((u[first] - u[second]) ** 2).T)


def unpacked(triangle: Array, n: int) -> Array:
    """Symmetric matrix (n, n) of a lower triangle in the order of LAPACK."""
    lower = dtpttr(n, triangle, uplo="L")[0]
    return np.asarray(lower + np.tril(lower, -1).T)


def climb(
    loss: Callable[..., tuple[float, Array]],
    start: Array,
    args: tuple[Any, ...],
    bounds: Bounds,
    steps: int,
) -> tuple[float, Array]:
    """Loss and logarithms of the hyperparameters after a few steps of a quasi-Newton search."""
    fit = minimize(
        loss,
        start,
        args=args,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": steps},
    )
    return float(fit.fun), fit.x


def inverse(triangle: Array) -> Array:
    """Inverse of a lower triangle (n, n).

    By halves: LAPACK does it column by column, which takes twice as long.
    """
    n = len(triangle)
    if n <= BLOCK:
        return np.asarray(dtrtri(triangle, lower=1)[0])
    first, rest = slice(n // 2), slice(n // 2, n)
    result = np.zeros((n, n), order="F")
    result[first, first] = above = inverse(triangle[first, first])
    result[rest, rest] = below = inverse(triangle[rest, rest])
    corner = dtrmm(-1.0, above, triangle[rest, first], side=1, lower=1)
    result[rest, first] = dtrmm(1.0, below, corner, lower=1, overwrite_b=1)
    return result


def check_hyper(hyper: Array, bounds: Bounds) -> None:
    """Refuse stored hyperparameters that `climb` cannot have given.

    Raises
    ------
    ValueError
        If there are more or fewer of them than bounds of logarithms, or they are beyond those.
    """
    if len(hyper) != len(bounds):
        raise ValueError(f"hyper has {len(hyper)} numbers instead of {len(bounds)}")
    low, high = np.exp(bounds).T
    if not ((hyper > 0.999 * low) & (hyper < 1.001 * high)).all():
        raise ValueError("hyper has numbers that no fit can give")
