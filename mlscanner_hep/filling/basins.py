"""Find basins of small violation away from the known region.

They are found by nearest-better clustering (M. Preuss, Multimodal Optimization by Means of
Evolutionary Algorithms, 2015): a point whose nearest better point is far away heads a basin,
unless the surrogates see a way from one to the other on which the violation does not rise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from mlscanner_hep.filling.neighbours import distance, spacing
from mlscanner_hep.filling.region import Region

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

INSIDE, OUTSIDE = 300, 900
"""At most so many points inside, and best points outside, are compared."""
FAR = 1.3
"""A nearest better point is far away beyond so many typical distances between neighbours."""
REACH = 0.8
"""A basin reaches so far from its head towards the known region."""
AS_GOOD = 1.25
"""A point is about as good as the head of its basin up to so many times its violation."""
PATIENCE = 20
"""So many calls without getting clearly closer to the region make a basin half as promising."""
RISE = 0.3
"""A way leads over a barrier if somewhere on it the head's violation is kept with less than this
probability."""


@dataclass(frozen=True)
class Tried:
    """The points so far, in the order of the calls.

    Parameters
    ----------
    u : ndarray, shape (n, d)
        Positions.
    violation : ndarray, shape (n,)
        See `Gauge.violation`; where it is infinite a point does not count.
    explored : ndarray of bool, shape (n,)
        Which of them exploration has asked for.
    typical : float
        Violation of a typical point of the box; infinite if that is not known.
    """

    u: Array
    violation: Array
    explored: Mask
    typical: float = np.inf


@dataclass(frozen=True)
class Basin:
    """A part of the box that may hold an island.

    Parameters
    ----------
    head : ndarray, shape (d,)
        Its best point so far.
    violation : float
        Of the head.
    reach : float
        Radius around the head that belongs to the basin.
    spent : int
        Calls that exploration has spent there since the head's violation was about reached.
    """

    head: Array
    violation: float
    reach: float
    spent: int


def basins(region: Region, tried: Tried, rng: np.random.Generator) -> Iterator[Basin]:
    """The basins outside of the known region, the most promising first.

    To see whether a head is one asks the surrogates, so it is only done for those that are wanted.

    Parameters
    ----------
    region : Region
        What is believed of the violation between the points.
    tried : Tried
        The points so far.
    rng : numpy.random.Generator
        Thins out large numbers of points inside.
    """
    u, violation = tried.u, tried.violation
    inside = np.flatnonzero(violation == 0)
    outside = np.flatnonzero((violation > 0) & np.isfinite(violation))
    known = u[inside]
    if len(inside) > INSIDE:
        inside = rng.choice(inside, INSIDE, replace=False)
    if not len(outside) or len(inside) + len(outside) < 2:
        return iter(())
    outside = outside[np.argsort(violation[outside], kind="stable")[:OUTSIDE]]
    rows = np.concatenate([inside, outside])
    better, step, gap = _nearest_better(u[rows])
    place = np.flatnonzero(step > FAR * np.median(gap[len(inside) :]))
    place = place[place >= len(inside)]
    if len(known) > 3:
        place = place[distance(u[rows[place]], known) > 2 * spacing(known)]
    diagonal = np.sqrt(u.shape[1])
    found = []
    for row, beyond in zip(rows[place], rows[better[place]], strict=True):
        height = float(violation[row])
        reach = REACH * distance(u[[row]], known)[0] if len(known) else diagonal / 2
        near = np.linalg.norm(u - u[row], axis=1) < reach
        first = int(np.argmax(near & (violation <= AS_GOOD * height)))
        spent = int((near & tried.explored)[first + 1 :].sum())
        found.append((Basin(u[row], height, float(reach), spent), u[beyond]))
    found.sort(key=lambda pair: pair[0].violation * (1 + pair[0].spent / PATIENCE))
    return (basin for basin, end in found if _rises(region, basin.head, end, basin.violation))


def _rises(region: Region, start: Array, end: Array, level: float) -> bool:
    """Whether the violation is believed to exceed `level` somewhere between two points (d,)."""
    along = np.linspace(0.05, 0.95, 19)[:, None]
    log_p = region.log_inside(start + along * (end - start), level, rough=True)
    return bool(log_p.min() < np.log(RISE))


def _nearest_better(ranked: Array) -> tuple[NDArray[np.int64], Array, Array]:
    """For points in falling order of quality: row of the nearest better one, distance to it
    (infinite for the best), and distance to the nearest of all."""
    apart = np.asarray(cdist(ranked, ranked))
    np.fill_diagonal(apart, np.inf)
    gap = apart.min(axis=1)
    apart[np.triu_indices(len(ranked))] = np.inf
    better = apart.argmin(axis=1)
    return better, apart[np.arange(len(ranked)), better], gap
