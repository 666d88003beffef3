"""How far outside a point is: one number from all constraints, for annealing and ranking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem

Array = NDArray[np.float64]

ENOUGH = 10
"""The region counts as found once about so many points are inside."""
MISSING = 1.0
"""Violation of a target that an otherwise good point lacks: typical for outside, never inside."""


@dataclass(frozen=True)
class Gauge:
    """The accepted intervals and a typical distance to each of them.

    Parameters
    ----------
    bounds : ndarray, shape (c, 2)
        Accepted interval of each target.
    scale : ndarray, shape (c,)
        Distance to the interval that is typical of points outside.
    """

    bounds: Array
    scale: Array

    @classmethod
    def of(cls, bounds: Array, targets: Array) -> Gauge:
        """Gauge from the targets (n, c) of a space-filling sample: medians over those outside."""
        distance = _distance(bounds, targets)
        scale = np.ones(len(bounds))
        for j, (low, high) in enumerate(bounds):
            outside = distance[:, j][distance[:, j] > 0]
            if outside.size:
                scale[j] = np.median(outside)
            elif np.isfinite(high - low) and high > low:
                scale[j] = (high - low) / 2
        return cls(bounds, scale)

    def violation(self, targets: Array) -> Array:
        """Largest distance to an interval over its scale, (n,): 0 inside, infinite if all lack."""
        distance = _distance(self.bounds, targets) / self.scale
        missing = np.isnan(distance)
        worst = np.where(missing, MISSING, distance).max(axis=1, initial=0.0)
        return np.where(missing.all(axis=1) & (len(self.bounds) > 0), np.inf, worst)

    def widened(self, level: float) -> Array:
        """The intervals (c, 2) of the points with a violation up to `level`."""
        slack = level * self.scale
        return np.stack([self.bounds[:, 0] - slack, self.bounds[:, 1] + slack], axis=1)


def violations(problem: Problem, points: Points) -> tuple[Gauge, Array]:
    """The gauge of the first points, and the violation (n,) of all; infinite if not ok.

    The scales come from the first ``max(200, 20 d)`` points, so that they stay what they are once
    a scan is under way.
    """
    targets = problem.targets(points)
    first = points.ok & (np.arange(len(points)) < max(200, 20 * problem.space.dim))
    gauge = Gauge.of(problem.bounds, targets[first])
    return gauge, np.where(points.ok, gauge.violation(targets), np.inf)


def annealing_level(violation: Array, enough: int = ENOUGH) -> float:
    """The violation that `enough` points stay below: 0 once more than that are inside."""
    ranked = np.sort(violation[np.isfinite(violation)])
    return float(ranked[min(enough, len(ranked) - 1)]) if len(ranked) else 0.0


def _distance(bounds: Array, targets: Array) -> Array:
    return np.maximum(0.0, np.maximum(bounds[:, 0] - targets, targets - bounds[:, 1]))
