"""Fill the region by predicting which cuts a point passes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.filling.gauge import Gauge, annealing_level
from mlscanner_hep.filling.labels import learn_label, tuned
from mlscanner_hep.filling.learning import FEWEST
from mlscanner_hep.filling.region import Factor, Known, Labelled, Region
from mlscanner_hep.filling.sample import Sample, thin
from mlscanner_hep.filling.validity import learn_validity
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers.base import Array
from mlscanner_hep.proposers.filling import ENOUGH, Filling
from mlscanner_hep.surrogates.base import Surrogate
from mlscanner_hep.surrogates.gp import Gp

Mask = NDArray[np.bool_]

SIDES = "min", "max"
POSITIVE = 25
"""While the region is being found, cuts are widened so that more points than this pass them all."""
FAR = 0.2
"""Weight of the worse half of the points in the calibration of probabilities."""


@dataclass(frozen=True)
class Classifier(Filling):
    """Learns pass or fail for each end of an interval; the choice for jumps and yes-or-no codes."""

    model: Surrogate = field(default=Gp(), metadata={"text": "The surrogate that learns labels."})

    def learn(
        self, problem: Problem, points: Points, gauge: Gauge, violation: Array, seed: int
    ) -> Region:
        """Learn the cuts that do not follow from the parameters, and where there is a spectrum."""
        sample = Sample.of(problem, points, violation)
        level = _level(sample.violation)
        factors: list[Factor] = [*learn_validity(points, sample.milestone, seed)]
        complete = level == 0
        for j in np.flatnonzero(~problem.known):
            for side in np.flatnonzero(np.isfinite(gauge.bounds[j])):
                cut = self._cut(sample, gauge, int(j), int(side), level, seed)
                if cut:
                    name = f"{problem.constraints[int(j)].name}_{SIDES[side]}"
                    factors.append(replace(cut, name=name) if complete else cut)
        if problem.known.any():
            factors.insert(0, Known(problem, gauge))
        return Region(problem.space, tuple(factors), complete)

    def _cut(
        self, sample: Sample, gauge: Gauge, column: int, side: int, level: float, seed: int
    ) -> Labelled | None:
        """The factor of one end of an interval; none if all points are on the same side of it."""
        target = sample.targets[:, column]
        have = np.isfinite(target)
        label = _passes(target, gauge, column, side, level)
        if have.sum() < FEWEST or len(set(label[have].tolist())) < 2:
            return None
        early = have & sample.early
        before = _passes(target[early], gauge, column, side, _level(sample.violation[sample.early]))
        surrogate = tuned(self.model, sample.u[early], before, sample.milestone)
        rows = thin(sample, have, surrogate.max_points, np.random.default_rng(seed))
        weight = np.full(len(rows), FAR)
        weight[np.argsort(sample.violation[rows], kind="stable")[: max(100, len(rows) // 2)]] = 1.0
        return learn_label(surrogate, sample.u[rows], label[rows], weight, seed)


def _level(violation: Array) -> float:
    """Zero once enough points are inside to learn the cuts themselves."""
    return 0.0 if (violation == 0).sum() >= ENOUGH else annealing_level(violation, POSITIVE)


def _passes(target: Array, gauge: Gauge, column: int, side: int, level: float) -> Mask:
    edge = gauge.widened(level)[column, side]
    return np.asarray(target >= edge if side == 0 else target <= edge)
