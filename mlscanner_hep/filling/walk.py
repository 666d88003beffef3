"""Ensemble Metropolis walk on the predicted probability: candidates where the region is believed.

The moves are differential evolution as in C. J. F. ter Braak, Stat. Comput. 16 (2006) 239: a
walker steps along the difference of two others, so that steps take the region's own shape.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.filling.neighbours import nearest
from mlscanner_hep.filling.region import Region

Array = NDArray[np.float64]

JITTER = 0.004
"""Standard deviation of the noise on every step."""
NEIGHBOURS = 10
ARCHIVE = 1000
"""At most so many known points give the steps their shape."""


def walk(
    region: Region, starts: Array, archive: Array, levels: Sequence[float], rng: np.random.Generator
) -> Array:
    """Walk through a falling sequence of levels and collect the states of the last one.

    Parameters
    ----------
    region : Region
        What the walkers sample, cut at each level.
    starts : ndarray, shape (w, d)
        Where they start.
    archive : ndarray, shape (k, d)
        Known points of the region: differences between neighbours serve as steps.
    levels : sequence of float
        One for each step.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (m, d)
        Distinct states from six moments in the second half of the steps at the last level, discrete
        choices at their positions.
    """
    steps = _Steps(archive, rng)
    region = region.ordered(starts, levels[-1])
    last = sum(level == levels[-1] for level in levels)
    moments = {len(levels) - 1 - i * max(last // 12, 1) for i in range(6)}
    state, kept = starts, []
    for i, level in enumerate(levels):
        if i == 0 or level != levels[i - 1]:
            log_p = region.log_wanted(state, level, rough=True)
            if i > 0:
                rows = _resample(log_p, rng)
                state, log_p = state[rows], log_p[rows]
        proposed, outside = reflect(steps.propose(state))
        threshold = log_p + np.log(rng.random(len(state)))
        threshold[outside] = np.inf
        new = region.log_wanted_above(proposed, threshold, level)
        accepted = new >= threshold
        state = np.where(accepted[:, None], proposed, state)
        log_p = np.where(accepted, new, log_p)
        if i in moments:
            kept.append(state)
    return np.unique(region.space.snap(np.concatenate(kept)), axis=0)


def spread(points: Array, n: int, rng: np.random.Generator) -> Array:
    """Draw n of the points, those in sparse places more often, so that all parts get some."""
    third = nearest(points, points, 4)[0][:, -1]
    typical = float(np.median(third))
    if typical == 0.0:
        return np.asarray(points[rng.choice(len(points), n)])
    weight = np.minimum(third / typical, 4.0) ** min(points.shape[1], 4)
    return np.asarray(points[rng.choice(len(points), n, p=weight / weight.sum())])


class _Steps:
    def __init__(self, archive: Array, rng: np.random.Generator) -> None:
        self._rng = rng
        if len(archive) > ARCHIVE:
            archive = archive[rng.choice(len(archive), ARCHIVE, replace=False)]
        self._archive = archive if len(archive) > 2 * NEIGHBOURS else None
        if self._archive is not None:
            self._near = nearest(archive, archive, NEIGHBOURS + 1)[1]

    def propose(self, state: Array) -> Array:
        rng, (n, dim) = self._rng, state.shape
        pairs = self._pairs(state)
        sizes = rng.choice([0.1, 0.3, 0.6, 1.0], size=(n, 1), p=[0.2, 0.3, 0.3, 0.2])
        moves = rng.random((n, dim)) < rng.choice([0.3, 1.0], size=(n, 1))
        moves[np.arange(n), rng.integers(dim, size=n)] = True
        noise = rng.normal(0.0, JITTER, (n, dim))
        return np.asarray(state + moves * (sizes * 2.38 / np.sqrt(2 * dim) * pairs + noise))

    def _pairs(self, state: Array) -> Array:
        """Differences of two walkers, or of two known points, most of them neighbours."""
        rng, n = self._rng, len(state)
        if self._archive is None or rng.random() < 0.5:
            first, second = rng.integers(n, size=(2, n))
            return np.asarray(state[first] - state[second])
        first, second = rng.integers(len(self._archive), size=(2, n))
        near = self._near[first, rng.integers(1, NEIGHBOURS + 1, size=n)]
        second = np.where(rng.random(n) < 0.6, near, second)
        sign = rng.choice([-1.0, 1.0], size=(n, 1))  # a neighbour relation is not symmetric
        return np.asarray(sign * (self._archive[first] - self._archive[second]))


def _resample(log_p: Array, rng: np.random.Generator) -> NDArray[np.int64]:
    """Rows by weight, if few of them carry most of it."""
    n = len(log_p)
    weight = np.exp(log_p - log_p.max())
    weight /= weight.sum()
    if 1 / (weight**2).sum() > n / 2:
        return np.arange(n)
    comb = (rng.random() + np.arange(n)) / n
    rows = np.searchsorted(np.cumsum(weight), comb)
    return np.asarray(np.minimum(rows, n - 1), np.int64)


def reflect(u: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Fold into the box; what is still outside after one reflection is marked."""
    u = np.abs(u)
    u = np.where(u > 1, 2 - u, u)
    outside = np.asarray(((u < 0) | (u > 1)).any(axis=-1))
    return np.clip(u, 0.0, 1.0), outside
