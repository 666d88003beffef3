"""Points in bins: the least chi2, shares by weight, and what excludes a bin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.plots.axes import Axis

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Counts = NDArray[np.int64]

FEWEST, MOST = 8, 40


def many(count: int, dim: int) -> int:
    """How many bins along each axis so many points fill: some five points to a bin."""
    return int(np.clip((count / 5) ** (1 / dim), FEWEST, MOST))


@dataclass(frozen=True)
class Grid:
    """Bins in a plane.

    Parameters
    ----------
    x, y : ndarray, shape (k + 1,) and (l + 1,)
        Their edges, increasing.
    """

    x: Array
    y: Array

    @classmethod
    def of(cls, x: Axis, y: Axis, count: int) -> Grid:
        """Bins that are equally wide as two axes show them; one for each discrete choice."""
        return cls(x.edges(count), y.edges(count))

    @property
    def shape(self) -> tuple[int, int]:
        """Number of bins along x and y."""
        return len(self.x) - 1, len(self.y) - 1

    def bins(self, x: Array, y: Array) -> tuple[Counts, Mask]:
        """The bin (n,) of each point as one number, and whether it lies in any."""
        i, j = index(x, self.x), index(y, self.y)
        there = (i >= 0) & (j >= 0)
        return np.where(there, i * self.shape[1] + j, 0), there

    def count(self, x: Array, y: Array, rows: Mask) -> Counts:
        """How many of the chosen points are in each bin, shape (k, l)."""
        bins, there = self.bins(x, y)
        flat = np.bincount(bins[there & rows], minlength=int(np.prod(self.shape)))
        return flat.reshape(self.shape)

    def least(self, x: Array, y: Array, z: Array) -> Array:
        """The smallest finite z (n,) in each bin, shape (k, l); NaN where there is none.

        With a chi2 it is the profile likelihood: -2 ln L at its best over all else.
        """
        bins, there = self.bins(x, y)
        there &= np.isfinite(z)
        lowest = np.full(int(np.prod(self.shape)), np.inf)
        np.minimum.at(lowest, bins[there], z[there])
        return np.where(np.isinf(lowest), np.nan, lowest).reshape(self.shape)


def index(x: Array, edges: Array) -> Counts:
    """The bin (n,) that each value is in, the last edge included; -1 outside and for NaN."""
    place = np.searchsorted(edges, x, side="right") - 1
    place[x == edges[-1]] = len(edges) - 2
    return np.where((x >= edges[0]) & (x <= edges[-1]), place, -1)


def shares(x: Array, weights: Array, edges: Array) -> Array:
    """The share by weight (k,) of all values x (n,) that is in each bin; zeros for no points."""
    bins = index(x, edges)
    total = weights.sum()
    there = bins >= 0
    found = np.bincount(bins[there], weights=weights[there], minlength=len(edges) - 1)
    return np.asarray(found / (total if total > 0 else 1.0), dtype=np.float64)


def reasons(passed: Counts, enough: Mask) -> Counts:
    """Which condition alone excludes each bin.

    Parameters
    ----------
    passed : ndarray of int, shape (c, k, l)
        How many points of a bin fulfil each of c conditions.
    enough : ndarray of bool, shape (k, l)
        The bins that are to be explained.

    Returns
    -------
    ndarray of int, shape (k, l)
        A condition that no point of the bin fulfils, of several the one that excludes the most
        bins; -1 if each is fulfilled somewhere in it, or it is not to be explained.
    """
    none = (passed == 0) & enough
    result = np.full(enough.shape, -1, np.int64)
    sizes = none.reshape(len(none), -1).sum(axis=1)
    for condition in np.argsort(sizes, kind="stable"):
        result[none[condition]] = condition
    return result
