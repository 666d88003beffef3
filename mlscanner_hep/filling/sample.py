"""What there is to learn from, and which part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.filling.milestones import milestone, round_ends
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.surrogates.base import Rows

Array = NDArray[np.float64]

RECENT = 100
"""The uncertainties are calibrated on about so many of the latest proposed points."""


@dataclass(frozen=True)
class Sample:
    """What there is to learn from: the points that the codes answered.

    Parameters
    ----------
    u, targets : ndarray, shapes (n, d) and (n, c)
        Positions and targets, NaN where missing.
    violation : ndarray, shape (n,)
        Of each point, finite.
    trials : sequence of ndarray of int
        Rows of the latest rounds' points that were chosen for their predictions.
    early : ndarray of bool, shape (n,)
        The points up to the last milestone.
    milestone : int
        Number of points then, answered or not: a seed for what is expensive.
    """

    u: Array
    targets: Array
    violation: Array
    trials: Sequence[Rows]
    early: NDArray[np.bool_]
    milestone: int

    @classmethod
    def of(cls, problem: Problem, points: Points, violation: Array) -> Sample:
        """Collect the points with a finite violation."""
        usable = np.isfinite(violation)
        last = milestone(points, violation == 0)
        order = np.cumsum(usable) - 1
        ends = round_ends(points)
        trials = []
        for start, end in zip([0, *ends[:-1]][::-1], ends[::-1], strict=True):
            rows = np.arange(start, end)
            trials.append(order[rows[usable[rows] & (points.origin[rows] == "main")]])
            if sum(map(len, trials)) >= RECENT or len(trials) == 5:
                break
        return cls(
            points.u[usable],
            problem.targets(points[usable]),
            violation[usable],
            trials,
            (np.arange(len(points)) < last)[usable],
            last,
        )

    @property
    def past(self) -> Sample:
        """The points up to the last milestone, without trials."""
        return replace(self.take(self.early), trials=())

    def take(self, mask: NDArray[np.bool_]) -> Sample:
        """Some of the points."""
        place = np.cumsum(mask) - 1
        trials = [place[rows[mask[rows]]] for rows in self.trials]
        return Sample(
            self.u[mask],
            self.targets[mask],
            self.violation[mask],
            trials,
            self.early[mask],
            self.milestone,
        )


def thin(sample: Sample, have: NDArray[np.bool_], limit: int, rng: np.random.Generator) -> Rows:
    """Rows to train on: all, or the latest, a third inside, the nearest outside and some more."""
    rows = np.flatnonzero(have)
    if len(rows) <= limit:
        return rows
    latest = [row for block in sample.trials for row in block if have[row]][: limit // 4]
    taken = np.zeros(len(have), dtype=bool)
    taken[latest] = True
    inside = rng.permutation(np.flatnonzero(have & (sample.violation == 0)))
    taken[inside[: limit // 3]] = True
    outside = np.flatnonzero(have & ~taken & (sample.violation > 0))
    outside = outside[np.argsort(sample.violation[outside], kind="stable")]
    taken[outside[: (limit - taken.sum()) // 2]] = True
    rest = rng.permutation(np.flatnonzero(have & ~taken))
    taken[rest[: limit - taken.sum()]] = True
    return np.flatnonzero(taken)


def boundary(violation: Array, count: int, seed: int) -> Rows:
    """Rows on both sides of the region's boundary: half inside, half the nearest outside.

    A model that is good inside only would claim too much: its errors outside attract the walk.
    """
    inside = np.random.default_rng(seed).permutation(np.flatnonzero(violation == 0))
    outside = np.flatnonzero(violation > 0)
    outside = outside[np.argsort(violation[outside], kind="stable")]
    inside = inside[: max(count // 2, count - len(outside))]
    return np.concatenate([inside, outside[: count - len(inside)]])
