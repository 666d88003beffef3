"""Fill the region by predicting each target."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mlscanner_hep.filling.gauge import Gauge
from mlscanner_hep.filling.learning import learn_targets
from mlscanner_hep.filling.region import Factor, Known, Region
from mlscanner_hep.filling.sample import Sample
from mlscanner_hep.filling.validity import learn_validity
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers.base import Array
from mlscanner_hep.proposers.filling import Filling
from mlscanner_hep.surrogates.base import Surrogate
from mlscanner_hep.surrogates.gp import Gp


@dataclass(frozen=True)
class Regressor(Filling):
    """Learns every constrained number; the choice wherever the codes give numbers."""

    model: Surrogate = field(default=Gp(), metadata={"text": "The surrogate that learns them."})

    def learn(
        self, problem: Problem, points: Points, gauge: Gauge, violation: Array, seed: int
    ) -> Region:
        """Learn the targets that are not known, and where there is a spectrum at all."""
        limited = np.isfinite(problem.bounds).any(axis=1)
        columns = np.flatnonzero(~problem.known & limited)
        sample = Sample.of(problem, points, violation)
        measured = learn_targets(self.model, sample, gauge, columns.tolist(), seed)
        learnt = sum(len(factor.transforms) for factor in measured)
        factors: list[Factor] = [*learn_validity(points, sample.milestone, seed), *measured]
        if problem.known.any():
            factors.insert(0, Known(problem, gauge))
        return Region(problem.space, tuple(factors), complete=learnt == len(columns))
