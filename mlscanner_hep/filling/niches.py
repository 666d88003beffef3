"""Look for islands: in the basins that the walk on the known region does not reach, in the void."""

from __future__ import annotations

from itertools import islice

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.filling.basins import PATIENCE, Basin, Tried, basins
from mlscanner_hep.filling.neighbours import distance
from mlscanner_hep.filling.region import Region
from mlscanner_hep.filling.selection import farthest_first
from mlscanner_hep.filling.walk import reflect

Array = NDArray[np.float64]

DESCENTS = 24
"""At most so many basins are looked at in a round."""
STEPS, SAMPLES, ELITE, WIDTH = 14, 24, 5, 0.12
"""Of the search for the bottom of a basin, and the width that it starts with."""
LEVEL = 0.5
"""A descent aims at this part of the violation of a basin's head."""
FEWEST, MOST = 5, 15
"""Calls that a basin gets in a round."""
CLOSE, HOPELESS = 0.3, 1.25
"""A basin is a long shot once `PATIENCE` is at its end, or if its head has more than this part of a
typical violation. Beyond so many of them it is not looked at."""
DIVERSITY = 0.1
"""This part of the positions that a descent has looked at are about equally worth a call."""
VOID, DOUBT = 4000, -20.0
"""The emptiest places are looked for among so many; no smaller log-probability is believed."""
APART = 0.3
"""Ends closer than this part of a basin's reach are the same."""


def niches(
    region: Region,
    tried: Tried,
    avoid: Array,
    n: int,
    long_shots: float,
    rng: np.random.Generator,
) -> Array:
    """Propose up to n points where there may be islands; none if nothing points to any.

    From the head of each basin the surrogates are followed downhill. Where that leads to the known
    region there is no island. The others get the most promising position and some that differ from
    it: a surrogate that has seen a basin from afar is rarely right about where its bottom is.
    Labels say nothing of where a basin leads; there, the surroundings of its head are searched.

    Parameters
    ----------
    region : Region
        The belief to descend on.
    tried : Tried
        The points so far.
    avoid : ndarray, shape (m, d)
        Positions that are being evaluated.
    n : int
        How many points are wanted.
    long_shots : float
        How many of them may, on average, go to basins that are far from the region or were tried in
        vain.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (at most n, d)
    """
    if n == 0:
        return tried.u[:0]
    found = basins(region, tried, rng)
    doubtful = int(long_shots / FEWEST + rng.random())
    inside, ends = tried.u[tried.violation == 0], tried.u[:0]
    served = []
    for basin in islice(found, DESCENTS):
        distant = basin.spent >= PATIENCE or basin.violation > CLOSE * tried.typical
        if (distant and doubtful == 0) or basin.violation > HOPELESS * tried.typical:
            continue
        level = LEVEL * basin.violation
        seen = _descend(region, basin, level, rng) if region.graded else _scatter(basin, rng)
        log_p = region.log_inside(seen, level)
        end = seen[[np.argmax(log_p)]]
        if len(ends) and distance(end, ends)[0] < APART * basin.reach:
            continue
        if len(inside) and not _separate(region, end[0], inside, level):
            continue
        ends = np.concatenate([ends, end])
        served.append((seen, _worth(log_p)))
        doubtful -= distant
        if len(served) * FEWEST >= n:
            break
    return _share_out(served, np.concatenate([avoid, tried.u]), n)


def emptiest(region: Region, tried: Tried, avoid: Array, n: int, rng: np.random.Generator) -> Array:
    """Propose up to n points, and never many, far from all others: without them no new heads.

    Where the violation is believed to be typical they are less wanted, unless that is not known.

    Parameters
    ----------
    region, tried, avoid, n, rng
        As of `niches`.

    Returns
    -------
    ndarray, shape (at most n, d)
    """
    if n == 0:
        return tried.u[:0]
    u = rng.random((VOID, tried.u.shape[1]))
    weight = np.ones(VOID)
    if region.graded and np.isfinite(tried.typical):
        log_p = region.log_inside(u, LEVEL * tried.typical, rough=True)
        weight = np.exp(np.maximum(log_p - log_p.max(), DOUBT))
    return u[farthest_first(u, weight, min(n, FEWEST), np.concatenate([avoid, tried.u]))]


def _worth(log_p: Array) -> Array:
    """Weights (k,) by rank: differences mean little where the surrogates are not calibrated."""
    rank = np.argsort(np.argsort(-log_p, kind="stable"), kind="stable")
    return np.asarray(np.exp(-rank / (DIVERSITY * len(log_p))))


def _share_out(served: list[tuple[Array, Array]], taken: Array, n: int) -> Array:
    """About equally many of the positions seen in each basin, away from what is taken."""
    chosen = [taken[:0]]
    for seen, worth in served:
        fresh = distance(seen, taken) > 0
        seen, worth = seen[fresh], worth[fresh]
        end = seen[[np.argmax(worth)]]
        taken = np.concatenate([taken, end])
        more = min(max(FEWEST, n // len(served)), MOST) - 1
        others = seen[farthest_first(seen, worth, more, taken)]
        taken = np.concatenate([taken, others])
        chosen += [end, others]
    return np.concatenate(chosen)[:n]


def _scatter(basin: Basin, rng: np.random.Generator) -> Array:
    """Positions (k, d) around a basin's head, the closer the longer nothing better was found."""
    width = WIDTH / 2 * 0.5 ** (basin.spent / PATIENCE)
    moves = rng.normal(size=(SAMPLES, len(basin.head)))
    return np.unique(reflect(basin.head + width * moves)[0], axis=0)


def _separate(region: Region, end: Array, inside: Array, level: float) -> bool:
    """Whether the way from an end (d,) to the nearest point inside is believed to lead uphill.

    If nothing is known of heights, whether the end is believed to be outside.
    """
    if not region.graded:
        return bool(region.log_inside(end[None])[0] < np.log(0.5))
    nearest = inside[np.argmin(np.linalg.norm(inside - end, axis=1))]
    path = end + np.linspace(0.0, 0.95, 20)[:, None] * (nearest - end)
    for at in (level, 0.0):
        log_p = region.log_inside(path, at, rough=True)
        if log_p.min() < log_p[0] - 1 - 0.05 * abs(log_p[0]):
            return True
    return False


def _descend(region: Region, basin: Basin, level: float, rng: np.random.Generator) -> Array:
    """Positions (k, d) that a cross-entropy search within a basin's reach has looked at."""
    head = basin.head
    region = region.around(head[None])
    width = min(basin.reach / 2, WIDTH)
    centre, best = head, head
    seen = []
    for _ in range(STEPS):
        moves = rng.normal(size=(SAMPLES, len(head))) * (rng.random((SAMPLES, len(head))) < 0.7)
        tried, _ = reflect(centre + width * moves)
        tried = np.concatenate([tried, best[None]])
        tried = tried[np.linalg.norm(tried - head, axis=1) <= basin.reach + 1e-9]
        log_p = region.log_inside(tried, level, rough=True)
        elite = tried[np.argsort(-log_p, kind="stable")[:ELITE]]
        seen.append(tried)
        centre, best, width = elite.mean(axis=0), elite[0], 0.8 * width
    return np.unique(np.concatenate(seen), axis=0)
