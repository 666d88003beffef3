"""Distances between points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Array = NDArray[np.float64]


MANY = 10
"""From so many dimensions on a tree has to look at nearly all points, and matrices are faster."""
ROWS = 256
"""So many points at a time are compared with all others in this way."""


def nearest(points: Array, reference: Array, count: int) -> tuple[Array, NDArray[np.int64]]:
    """The nearest reference points.

    Parameters
    ----------
    points, reference : ndarray, shapes (n, d) and (k, d)
        Positions; at least one reference point.
    count : int
        How many are wanted.

    Returns
    -------
    distance, row : ndarray, shape (n, min(count, k))
        The nearest first.
    """
    count = min(count, len(reference))
    distance, row = cKDTree(reference).query(points, count)
    shape = len(points), count
    return np.asarray(distance, float).reshape(shape), np.asarray(row, np.int64).reshape(shape)


def distance(points: Array, reference: Array) -> Array:
    """Distance (n,) of points (n, d) to the nearest reference point (k, d).

    Without a reference it is the diagonal of the unit cube for all of them.
    """
    if not len(reference):
        return np.full(len(points), np.sqrt(points.shape[1]))
    if points.shape[1] < MANY:
        return nearest(points, reference, 1)[0][:, 0]
    square = (reference**2).sum(axis=1)
    row = np.empty(len(points), np.int64)
    for start in range(0, len(points), ROWS):
        some = slice(start, start + ROWS)
        row[some] = np.argmin(square - 2.0 * points[some] @ reference.T, axis=1)
    return np.asarray(np.linalg.norm(points - reference[row], axis=1))


def spacing(points: Array) -> float:
    """Typical largest gap between neighbours, of at least two points: a 90 % quantile."""
    return float(np.quantile(nearest(points, points, 2)[0][:, 1], 0.9))
