"""The pieces of the region, and how much of it each point inside stands for.

All of it follows from distances between the points inside, in the unit cube.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from mlscanner_hep.filling.memo import memoise
from mlscanner_hep.filling.neighbours import nearest
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

NEIGHBOURS = 10
"""The volume that a point stands for is that of the ball to this neighbour."""
CLIP = 8.0
"""No point stands for more than so many times the median volume, or less than its inverse."""
ENOUGH = 10
"""Fewer points than this say nothing of the volume of their island."""
MARGIN = 1.5
"""Safety on the gap that separates islands."""
DENSE, SPARSE = 0.9, 0.75
"""Quantiles of the distances to neighbours that give the gap: of all points, of sparse ones. Of the
latter a quarter may lead to another island."""
TINY = 1e-12
"""Smallest distance, so that repeated points keep a logarithm."""


@dataclass(frozen=True)
class Island:
    """A connected group of points inside.

    Parameters
    ----------
    rows : ndarray of int, shape (k,)
        Its points, as rows of `Points`.
    low, high : ndarray, shape (d,)
        Smallest and largest parameter values among them.
    """

    rows: Rows
    low: Array
    high: Array

    def __len__(self) -> int:
        return len(self.rows)


def islands(problem: Problem, points: Points) -> list[Island]:
    """The connected groups of points inside, the largest first.

    Two points are connected if a chain of points leads from one to the other with no step longer
    than the `gap`. Where points are much sparser than most, their own distances count. Fewer than
    `ENOUGH` points are not told apart.
    """
    rows = np.flatnonzero(problem.inside(points))
    u = points.u[rows]
    labels = _linked(u)[1]
    groups = [rows[labels == label] for label in range(labels.max(initial=-1) + 1)]
    return [
        Island(group, points.x[group].min(axis=0), points.x[group].max(axis=0))
        for group in sorted(groups, key=len, reverse=True)
    ]


def weights(problem: Problem, points: Points) -> Array:
    """Weights (n,) with which points inside stand for a uniform sample of the found region.

    A weight is proportional to the volume that a point stands for: its distance to the tenth
    neighbour of its island to the power of the island's dimension, clipped to a factor of 8 from
    the median. Weights are 0 outside and sum to the number of points inside.

    It is assumed that the density changes little over ten neighbours and that all islands have
    the same dimension. What the box cuts off a ball does not count; points at another edge of the
    region are weighted up, by at most a factor of two on a straight one. A point of an island of
    fewer than ten counts as a median one. Uniform means uniform in the unit cube, hence on the
    scales of the parameters.
    """
    inside = problem.inside(points)
    u = points.u[inside]
    result = np.zeros(len(points))
    if len(u):
        volume = Pieces.of(u).volume
        result[inside] = volume * len(u) / volume.sum()
    return result


def gap(u: Array) -> float:
    """The distance beyond which neighbours among points (n, d) count as separate.

    It is the distance that the neighbours of a uniform sample of this size and dimension would
    show once in twenty samples, with a margin; 0 for fewer than `ENOUGH` points.
    """
    return _gap(_linked(u)[0], u.shape[1], DENSE)


@dataclass(frozen=True)
class Pieces:
    """Islands of points (n, d), and the volume that each point stands for.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
        The island of each point, from 0.
    dim : float
        Dimension of the islands.
    volume : ndarray, shape (n,)
        Of each point, in a unit of its own; meaningful relative to each other.
    volumes : ndarray, shape (g,)
        Of each island.
    """

    labels: Rows
    dim: float
    volume: Array
    volumes: Array

    @classmethod
    def of(cls, u: Array) -> Pieces:
        """Find the islands and volumes of points (n, d)."""
        apart, labels = _linked(u)
        sizes = np.bincount(labels)
        large = np.flatnonzero(sizes >= ENOUGH)
        if not len(large):
            return cls(labels, float(u.shape[1]), np.ones(len(u)), sizes.astype(float))
        own = {
            label: _neighbours(u[labels == label])[0] if len(sizes) > 1 else apart
            for label in large.tolist()
        }
        dims = [_dimension(distances, u.shape[1]) for distances in own.values()]
        dim = float(np.average(dims, weights=sizes[large]))
        volume, volumes = np.full(len(u), np.nan), np.full(len(sizes), np.nan)
        for label, distances in own.items():
            ball = np.maximum(distances[:, -1], TINY) ** dim
            middle = np.median(ball)
            ball = np.clip(ball, middle / CLIP, middle * CLIP) / distances.shape[1]
            ball *= _in_box(u[labels == label], distances[:, -1])
            volume[labels == label], volumes[label] = ball, ball.sum()
        volume[np.isnan(volume)] = np.nanmedian(volume)
        volumes[np.isnan(volumes)] = np.nanmean(volumes)
        return cls(labels, dim, volume, volumes)

    def limited(self, u: Array, tried: Array) -> Pieces:
        """The same, with small islands no larger than the points tried around them leave room for.

        Fewer than `ENOUGH` points do not say how large their island is. It might be as large as the
        others, but hardly if all around it has been tried: each of its points then stands for the
        ball to the tenth neighbour among the tried ones.

        Parameters
        ----------
        u : ndarray, shape (n, d)
            The points inside.
        tried : ndarray, shape (k, d)
            All points that the codes answered, with these.
        """
        sizes = np.bincount(self.labels)
        if len(tried) <= NEIGHBOURS or (sizes < ENOUGH).all():
            return self
        volumes = self.volumes.copy()
        for label in np.flatnonzero(sizes < ENOUGH):
            apart = cdist(u[self.labels == label], tried)
            ball = np.partition(apart, NEIGHBOURS, axis=1)[:, NEIGHBOURS] ** self.dim
            volumes[label] = min(volumes[label], ball.sum() / NEIGHBOURS)
        return replace(self, volumes=volumes)


def _in_box(u: Array, radius: Array) -> Array:
    """Share (n,) of the cube of this half width (n,) around each point that is in the unit cube."""
    half = np.maximum(radius, TINY)[:, None]
    sides = np.clip(u + half, 0, 1) - np.clip(u - half, 0, 1)
    return np.asarray(np.prod(sides / (2 * half), axis=1))


@memoise(2)  # a report asks for islands, weights, and what may be missed, all of the same points
def _linked(u: Array) -> tuple[Array, Rows]:
    """Distances (n, k) of the nearest others, see `_neighbours`, and the island (n,) of each."""
    apart, row = _neighbours(u)
    return apart, _labels(u, apart, row)


def _neighbours(u: Array) -> tuple[Array, Rows]:
    """Distances and rows (n, k) of the nearest others, k = `NEIGHBOURS` if there are as many."""
    if len(u) < 2:
        return np.empty((len(u), 0)), np.empty((len(u), 0), np.int64)
    distance, row = nearest(u, u, NEIGHBOURS + 1)
    return distance[:, 1:], row[:, 1:]


def _dimension(apart: Array, most: int) -> float:
    """Dimension, 1 ... `most`, that at least ten points fill on the scale of their neighbours.

    Maximum likelihood of Levina and Bickel (NIPS 2004), with the inverse averaged over the points.
    """
    apart = np.maximum(apart, TINY)
    logs = np.log(apart[:, -1:] / apart[:, :-1]).sum()
    if logs <= 0:
        return 1.0
    return float(np.clip((apart.shape[1] - 2) * len(apart) / logs, 1.0, most))


def _gap(apart: Array, most: int, quantile: float) -> float:
    n = len(apart)
    different = apart[:, 0][apart[:, 0] > 0] if n > 1 else np.empty(0)
    if n < ENOUGH or not len(different):
        return 0.0
    typical = np.quantile(different, quantile)
    return float(MARGIN * typical * (np.log(20 * n) / np.log(10)) ** (1 / _dimension(apart, most)))


def _labels(u: Array, apart: Array, row: Rows) -> Rows:
    """The island (n,) of each point, from 0; apart and row (n, k) as of `_neighbours`."""
    n, dim = u.shape
    if n < ENOUGH:
        return np.zeros(n, np.int64)
    labels = _chained(u, apart, row, max(_gap(apart, dim, DENSE), TINY))
    loose = np.flatnonzero(np.bincount(labels)[labels] < ENOUGH)
    if len(loose) >= ENOUGH:  # sparse points are linked by their own distances
        length = _gap(apart[loose], dim, SPARSE)
        near = cKDTree(u).query_ball_point(u[loose], length)
        first = np.repeat(labels[loose], [len(rows) for rows in near])
        second = labels[np.concatenate(near).astype(int)]
        labels = _components(first, second, labels.max() + 1)[labels]
    return labels


def _chained(u: Array, apart: Array, row: Rows, length: float) -> Rows:
    """A label (n,) for the points that steps of at most a length connect.

    Nothing beyond their neighbours can be near to a group of fewer points than these. Larger
    groups are compared with each other.
    """
    first, column = np.nonzero(apart <= length)
    labels = _components(first, row[first, column], len(u))
    large = np.flatnonzero(np.bincount(labels) >= NEIGHBOURS)
    groups = [u[labels == label] for label in large]
    trees = [cKDTree(group) for group in groups]
    touching = []
    for i, j in combinations(range(len(large)), 2):
        between = np.maximum(trees[i].mins - trees[j].maxes, trees[j].mins - trees[i].maxes)
        if np.linalg.norm(np.maximum(between, 0)) <= length:
            distance = trees[i].query(groups[j], distance_upper_bound=length)[0]
            if np.isfinite(distance).any():
                touching.append((large[i], large[j]))
    pairs = np.array(touching, np.int64).reshape(-1, 2)
    return _components(pairs[:, 0], pairs[:, 1], labels.max() + 1)[labels]


def _components(first: Rows, second: Rows, count: int) -> Rows:
    """A label for each of so many nodes, given pairs of connected ones."""
    links = coo_matrix((np.ones(len(first)), (first, second)), (count, count))
    return np.asarray(connected_components(links, directed=False)[1], np.int64)
