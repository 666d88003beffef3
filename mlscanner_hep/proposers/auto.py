"""Fill the region by predicting each target, or its cuts where that works better."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mlscanner_hep.filling.belief import learn_region, unknown
from mlscanner_hep.filling.choice import choose
from mlscanner_hep.filling.gauge import Gauge
from mlscanner_hep.filling.milestones import milestone
from mlscanner_hep.filling.region import Measured, Region
from mlscanner_hep.filling.sample import Sample
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers.base import Array
from mlscanner_hep.proposers.filling import Filling
from mlscanner_hep.surrogates.base import Surrogate
from mlscanner_hep.surrogates.gp import Gp


@dataclass(frozen=True)
class Auto(Filling):
    """Learns each number, or pass or fail where that predicts held-out points clearly better."""

    model: Surrogate = field(default=Gp(), metadata={"text": "The surrogate that learns either."})

    def learn(
        self, problem: Problem, points: Points, gauge: Gauge, violation: Array, seed: int
    ) -> Region:
        """Choose for each target from the points up to the last milestone, then learn from all."""
        columns = unknown(problem)
        last = milestone(points, violation == 0)
        past = Sample.of(problem, points[:last], violation[:last])
        reasons = choose(self.model, past, gauge, columns)
        by_cuts = [j for j in columns if j in reasons]
        region = learn_region(self.model, problem, points, gauge, violation, seed, by_cuts)
        said = [region.note] if region.note else []
        said += [f"{problem.constraints[j].name}: by its cuts ({reasons[j]})" for j in by_cuts]
        if any(isinstance(factor, Measured) for factor in region.factors):
            said.append("the others by number" if said else "all by number")
        return replace(region, note="; ".join(said))
