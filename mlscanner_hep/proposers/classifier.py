"""Fill the region by predicting which cuts a point passes."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlscanner_hep.filling.belief import learn_region, unknown
from mlscanner_hep.filling.gauge import Gauge
from mlscanner_hep.filling.region import Region
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers.base import Array
from mlscanner_hep.proposers.filling import Filling
from mlscanner_hep.surrogates.base import Surrogate
from mlscanner_hep.surrogates.gp import Gp


@dataclass(frozen=True)
class Classifier(Filling):
    """Learns pass or fail for each end of an interval; the choice for jumps and yes-or-no codes."""

    model: Surrogate = field(default=Gp(), metadata={"text": "The surrogate that learns labels."})

    def learn(
        self, problem: Problem, points: Points, gauge: Gauge, violation: Array, seed: int
    ) -> Region:
        """Learn the cuts that do not follow from the parameters, and where there is a spectrum."""
        cuts = unknown(problem)
        return learn_region(self.model, problem, points, gauge, violation, seed, cuts)
