"""How complete a scan is: how much of the region is covered, and how much may be missing.

Coverage follows from distances between the points inside, the limit on what is missing from the
uniform points. Neither asks a surrogate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from scipy.special import betainc, betaincinv

from mlscanner_hep.filling.memo import memoise
from mlscanner_hep.filling.neighbours import nearest
from mlscanner_hep.findings.islands import ENOUGH, TINY, Pieces, gap
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

IDEAL, UNCOVERED = 500, 0.1
"""Coverage is measured with the radius at which so many uniform points leave this share."""
BALL = -np.log(UNCOVERED) / IDEAL
"""Share of the region in the ball of this radius around a point."""
SHARPNESS = 8
"""How sharply coverage bends from one point, one ball, to saturation."""
CLOUD = 3000
"""Size of the smoothed sample that gives the radius."""
PARTNERS = 400
"""At most so many points of an island have their overlaps with all others summed."""
MOST = 3000
"""Of more points inside, coverage looks at so many, evenly taken in the order of the calls."""
MANY, GROWTH = 2000, 1.05
"""Of more points altogether it looks at the first ones only, as many as there were when they had
last become so much more: it hardly changes, and is asked for after each round."""


@dataclass(frozen=True)
class Missed:
    """What uniform points say of the volume that is not found yet.

    Parameters
    ----------
    drawn : int
        Uniform points that the codes answered.
    inside : int
        How many of them were inside.
    surprises : int
        How many of these were farther than `length` from every point inside before them.
    length : float
        In the unit cube.
    limit : float
        Upper limit on the share of the volume, of the box or of the part that the known
        constraints leave, that is inside and farther than `length` from all points inside.
    """

    drawn: int
    inside: int
    surprises: int
    length: float
    limit: float


def coverage(problem: Problem, points: Points) -> float:
    """Estimated share of the region, as far as it is known, that lies near a point inside.

    Near means within the radius at which 500 uniform points would leave a tenth of the region
    uncovered. So n uniform points cover ``1 - 10**(-n / 500)``, evenly spaced ones more, crowded
    ones less, and none more than ``n log(10) / 500``.

    Notes
    -----
    The ball around a point holds the share ``log(10) / 500`` of the region. Where m other balls
    reach into it, each with an overlap that is known from their distance (S. Li, Asian J. Math.
    Stat. 4 (2011) 66), a point counts as ``(1 - exp(-m)) / m``. The sum over the points of an
    island, over its share of the volume and bent to stay below 1, is the coverage of the island;
    a uniform sample of the same local densities would cover less and is a lower limit. The radius
    is that of 500 points of a sample smoothed by differences of neighbours. Volumes are those of
    `weights`; an island of fewer than ten points is taken to be as large as the others are on
    average, or as the points tried around it leave room for.

    It is blind to islands without any point, and to parts of the known ones that all points have
    avoided so far: `missed` limits these. A region that is still being explored from one side
    looks better covered than it is. Beyond `MOST` points inside it is a lower estimate.
    """
    points = points[: counted(len(points))]
    answered = points.ok | points.unphysical
    return covered(points.u[problem.inside(points)], points.u[answered])


def counted(n: int) -> int:
    """How many of n points coverage looks at: the first ones, all up to `MANY`."""
    if n <= MANY:
        return n
    return int(MANY * GROWTH ** int(np.log(n / MANY) / np.log(GROWTH)))


def covered(u: Array, tried: Array) -> float:
    """The `coverage` by points inside (n, d), in the order of the calls, of all tried (k, d)."""
    if len(u) > MOST:
        u = u[np.linspace(0, len(u) - 1, MOST).astype(int)]
    u = np.unique(u, axis=0)
    if len(u) < ENOUGH:
        return float(BALL * len(u))
    pieces = _pieces(u)
    return _covered(u, pieces.limited(u, tried).volumes)


@memoise(4)  # the loop asks after each round, and the proposer of the next one once more
def _pieces(u: Array) -> Pieces:
    return Pieces.of(u)


@memoise(4)
def _covered(u: Array, volumes: Array) -> float:
    """Coverage by different points inside (n, d) of pieces with volumes (g,)."""
    pieces = replace(_pieces(u), volumes=volumes)
    radius = _radius(u, pieces)
    covered = 0.0
    for label, share in enumerate(pieces.volumes / pieces.volumes.sum()):
        rows = np.flatnonzero(pieces.labels == label)
        alone = BALL * _alone(u, rows, radius, pieces.dim) / share
        part = alone / (1 + alone**SHARPNESS) ** (1 / SHARPNESS)
        if len(rows) >= ENOUGH:
            own = pieces.volume[rows] / pieces.volume[rows].sum()
            part = max(part, float(np.sum(own * -np.expm1(-BALL / (own * share)))))
        covered += part * share
    return float(min(1.0, covered))


def missed(problem: Problem, points: Points, level: float = 0.95) -> Missed:
    """Upper limit on the volume inside that is still not found.

    Not yet found is what is inside and farther from every point inside than the `gap` that
    separates islands. Each uniform point was a fair draw at its time: a surprise if it fell into
    the volume not found by then. That volume only shrinks, so the exact binomial limit (Clopper,
    Pearson, Biometrika 26 (1934) 404) on the rate of surprises holds for what is left now; it is
    conservative if much has been found meanwhile. Points without an answer do not count. With
    known constraints the shares are those of the part of the box they leave.

    Parameters
    ----------
    problem : Problem
        Space and constraints.
    points : Points
        All points, in the order in which they were proposed.
    level : float
        Confidence level.
    """
    inside = problem.inside(points)
    drawn = points.uniform & (points.ok | points.unphysical)
    found, rows = np.flatnonzero(inside), np.flatnonzero(drawn & inside)
    length = gap(points.u[found])
    near = cKDTree(points.u[found]).query_ball_point(points.u[rows], length) if len(rows) else []
    n = int(drawn.sum())
    k = sum(bool(found[min(close)] == row) for row, close in zip(rows, near, strict=True))
    limit = 1.0 if k == n else float(betaincinv(k + 1, n - k, level))
    return Missed(n, len(rows), k, length, limit)


def _radius(u: Array, pieces: Pieces) -> float:
    """Radius at which `IDEAL` uniform points would leave `UNCOVERED` of the islands."""
    rng = np.random.default_rng(0)  # a fixed sample: the estimate is a function of the points
    large = np.flatnonzero(np.bincount(pieces.labels) >= ENOUGH)
    if not len(large):
        return 0.0
    known = pieces.volumes[large].sum()
    clouds = []
    for label in large:
        group = u[pieces.labels == label]
        own = pieces.volume[pieces.labels == label]
        n = int(np.ceil(CLOUD * own.sum() / known))
        chosen = group[rng.choice(len(group), n, p=own / own.sum())]
        row = nearest(chosen, group, int(np.ceil(pieces.dim)) + 3)[1]
        pick = rng.integers(0, row.shape[1], (2, n))
        step = group[row[np.arange(n), pick[0]]] - group[row[np.arange(n), pick[1]]]
        clouds.append(chosen + step / 2)
    cloud = rng.permutation(np.concatenate(clouds))
    apart = cKDTree(cloud[:IDEAL]).query(cloud[IDEAL:])[0]
    larger = (pieces.volumes.sum() / known) ** (1 / pieces.dim)
    return float(np.quantile(apart, 1 - UNCOVERED) * larger)


def _alone(u: Array, rows: Rows, radius: float, dim: float) -> float:
    """How many balls that do not overlap the balls around these rows are worth."""
    some = rows[:: max(1, len(rows) // PARTNERS)]
    grid = np.linspace(0, 1, 257)  # distance over two radii
    overlap = betainc((dim + 1) / 2, 0.5, 1 - grid**2)
    apart = cdist(u[some], u) / max(2 * radius, TINY)
    reach = np.interp(apart, grid, overlap, right=0.0).sum(axis=1) - 1  # 1: with itself
    reach = np.maximum(reach, TINY)
    return float(np.mean(-np.expm1(-reach) / reach) * len(rows))
