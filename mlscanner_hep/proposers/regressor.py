"""Fill the region by predicting each target."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlscanner_hep.filling.belief import learn_region
from mlscanner_hep.filling.gauge import Gauge
from mlscanner_hep.filling.region import Region
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
        return learn_region(self.model, problem, points, gauge, violation, seed)
