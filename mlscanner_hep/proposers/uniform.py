"""Space-filling points: the baseline, and the start of everything else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlscanner_hep.filling.sequence import sequence
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers.base import Array, Proposal
from mlscanner_hep.tools.options import Options


@dataclass(frozen=True)
class Uniform(Options):
    """A shifted Sobol sequence through the allowed part of the box; learns nothing."""

    def size(self, problem: Problem, points: Points, n: int) -> int:
        """All of them: nothing is learnt in between."""
        return n

    def propose(
        self, problem: Problem, points: Points, pending: Array, n: int, rng: np.random.Generator
    ) -> Proposal:
        """Propose the next n points of the sequence."""
        earlier = np.concatenate([points.u[points.origin == "initial"], pending])
        return Proposal.of(sequence(problem, earlier, n, rng), "initial")
