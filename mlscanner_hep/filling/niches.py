"""Look for islands: basins of small violation that the walk on the known region does not reach.

Basins are found by nearest-better clustering (M. Preuss, Multimodal Optimization by Means of
Evolutionary Algorithms, 2015): a point whose nearest better point is far away heads a basin.
"""

from __future__ import annotations

from itertools import chain, zip_longest

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from mlscanner_hep.filling.neighbours import distance, spacing
from mlscanner_hep.filling.region import Region
from mlscanner_hep.filling.walk import reflect

Array = NDArray[np.float64]

INSIDE, OUTSIDE = 300, 900
"""At most so many points inside, and best points outside, are compared."""
BASINS = 24
STEPS, SAMPLES, ELITE = 14, 24, 5
APART = 0.01
"""Ends closer than this part of a basin's radius are the same."""
HOPELESS = 12.0
"""A basin whose end is this much less probable (in logarithm) than the best is not worth a call."""


def niches(
    region: Region,
    u: Array,
    violation: Array,
    avoid: Array,
    n: int,
    rng: np.random.Generator,
) -> Array:
    """Propose up to n points, each the most promising end of a basin.

    Half of them are the ends that are most probably inside, the others those of the basins whose
    heads are closest to the region: a probability favours what is unknown, yet a basin that is
    known to fall needs a few more calls to be followed to its bottom.

    Parameters
    ----------
    region : Region
        The belief to descend on.
    u, violation : ndarray, shapes (k, d) and (k,)
        Evaluated points; those with an infinite violation are ignored.
    avoid : ndarray, shape (m, d)
        Positions that are being evaluated.
    n : int
        How many points are wanted.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (at most n, d)
    """
    heads = basins(region, u, violation, rng) if n > 0 else u[:0]
    if not len(heads):
        return u[:0]
    ends, reach = _descend(region, heads, u[violation == 0], rng)
    log_p = region.log_inside(ends)
    likely = [i for i in np.argsort(-log_p, kind="stable") if log_p[i] > log_p.max() - HOPELESS]
    nearest = range(len(heads))
    apart = APART * float(np.median(reach))
    taken = avoid
    chosen: list[int] = []
    for i in chain.from_iterable(zip_longest(likely, nearest)):
        if len(chosen) < n and i is not None and distance(ends[[i]], taken)[0] > apart:
            chosen.append(int(i))
            taken = np.concatenate([taken, ends[[i]]])
    return ends[chosen]


def basins(region: Region, u: Array, violation: Array, rng: np.random.Generator) -> Array:
    """Heads (k, d) of basins outside of the known region: at most 24, the better ones preferred."""
    inside = np.flatnonzero(violation == 0)
    known = u[inside]
    if len(inside) > INSIDE:
        inside = rng.choice(inside, INSIDE, replace=False)
    outside = np.flatnonzero((violation > 0) & np.isfinite(violation))
    if not len(outside) or len(inside) + len(outside) < 2:
        return u[:0]
    outside = outside[np.argsort(violation[outside], kind="stable")[:OUTSIDE]]
    ranked = u[np.concatenate([inside, outside])]
    better, step, gap = _nearest_better(ranked)
    candidate = np.arange(len(ranked)) >= len(inside)
    heads = np.flatnonzero(candidate & (step > 1.3 * np.median(gap[candidate])))
    if len(known) > 3:
        heads = heads[distance(ranked[heads], known) > 2 * spacing(known)]
    heads = heads[_behind_barrier(region, ranked[heads], ranked[better[heads]])]
    if len(heads) > BASINS:
        weight = 0.85 ** np.arange(len(heads))
        heads = np.sort(rng.choice(heads, BASINS, replace=False, p=weight / weight.sum()))
    return np.asarray(ranked[heads])


def _nearest_better(ranked: Array) -> tuple[NDArray[np.int64], Array, Array]:
    """For points in falling order of quality: row of the nearest better one, distance to it
    (infinite for the best), and distance to the nearest of all."""
    apart = np.asarray(cdist(ranked, ranked))
    np.fill_diagonal(apart, np.inf)
    gap = apart.min(axis=1)
    apart[np.triu_indices(len(ranked))] = np.inf
    better = apart.argmin(axis=1)
    return better, apart[np.arange(len(ranked)), better], gap


def _behind_barrier(region: Region, heads: Array, better: Array) -> NDArray[np.bool_]:
    """Whether the predicted probability dips on the way from each head to its better point."""
    along = np.linspace(0.15, 0.85, 6)
    path = heads[:, None] + along[:, None] * (better - heads)[:, None]
    on_path = region.log_inside(path.reshape(-1, heads.shape[1]), rough=True)
    at_head = region.log_inside(heads, rough=True)
    lowest = on_path.reshape(-1, len(along)).min(axis=1)
    return np.asarray(lowest < at_head - 0.5 - 0.05 * np.abs(at_head))


def _descend(
    region: Region, heads: Array, inside: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Cross-entropy search from each head, confined to a ball that stays off the known region.

    Returns the best end of each basin and then a second one (2 k, d), and the radii (k,).
    """
    k, dim = heads.shape
    region = region.around(heads)
    reach = 0.8 * distance(heads, inside) if len(inside) else np.full(k, 0.5 * np.sqrt(dim))
    width = np.minimum(reach / 2, 0.12)
    centre, best = heads, heads
    for _ in range(STEPS):
        moves = rng.normal(size=(k, SAMPLES, dim)) * (rng.random((k, SAMPLES, dim)) < 0.7)
        tried, _ = reflect(centre[:, None] + width[:, None, None] * moves)
        tried = np.concatenate([tried, best[:, None]], axis=1)
        log_p = region.log_inside(tried.reshape(-1, dim), rough=True).reshape(k, -1)
        away = np.linalg.norm(tried - heads[:, None], axis=2) > reach[:, None] + 1e-9
        order = np.argsort(np.where(away, -np.inf, log_p), axis=1)[:, ::-1]
        elite = np.take_along_axis(tried, order[:, :ELITE, None], axis=1)
        centre, best, width = elite.mean(axis=1), elite[:, 0], 0.8 * width
    return np.concatenate([best, elite[:, -1]]), reach
