"""How many of the answered points fulfil each constraint."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mlscanner_hep import constraints
from mlscanner_hep.constraints import Constraint
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem


class Verdict(NamedTuple):
    """What a constraint says of the points that the codes answered.

    Parameters
    ----------
    constraint : Constraint
        Which one.
    answered, fulfilled, missing : int
        How many points there are, how many of them fulfil it, and how many lack what it needs,
        which fulfil nothing.
    """

    constraint: Constraint
    answered: int
    fulfilled: int
    missing: int

    @property
    def share(self) -> float | None:
        """Of the answered points those that fulfil it; None if there are none."""
        return self.fulfilled / self.answered if self.answered else None


def verdicts(problem: Problem, points: Points) -> list[Verdict]:
    """The verdict of each constraint."""
    points = points[points.ok]
    values = problem.values(points)
    return [
        Verdict(
            constraint,
            len(points),
            int(constraints.inside(constraint, values).sum()),
            int(np.isnan(constraint.target(values)).sum()),
        )
        for constraint in problem.constraints
    ]


def undecided(problem: Problem, points: Points) -> int:
    """Answered points that pass what is known of them, but lack a constrained number."""
    points = points[points.ok]
    values = problem.values(points)
    passes = ~problem.inside(points)
    for constraint in problem.constraints:
        passes &= constraints.inside(constraint, values) | np.isnan(constraint.target(values))
    return int(passes.sum())
