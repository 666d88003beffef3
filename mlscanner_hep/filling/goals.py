"""What a scan is after: the whole region, its edge, or its best point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mlscanner_hep.constraints import TotalChi2
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem

FILL, EDGE, BEST = GOALS = "fill", "edge", "best"


def aim(goal: str, problem: Problem, points: Points) -> Problem:
    """The problem whose region is what the next points should be in.

    For the best point it is what has no larger chi2 than the best one so far. One point is inside
    then, and the intervals are widened to those that follow it, as in any search for a region.

    Parameters
    ----------
    goal : str
        One of `GOALS`.
    problem : Problem
        The question of the scan.
    points : Points
        What is known.

    Raises
    ------
    ConfigError
        If the best point is wanted and no constraint tells better points from worse.
    """
    if goal != BEST:
        return problem
    parts = [c for c in problem.constraints if not isinstance(c, TotalChi2)]
    total = TotalChi2(parts, np.inf, name="chi2_best")
    if not total.smooth:
        raise ConfigError(
            'proposer.goal = "best" looks for the lowest chi2, but no constraint has one: give a '
            "measurement (value, sigma), a limit with a theory uncertainty, or chi2_max"
        )
    inside = problem.inside(points)
    if not inside.any():
        return problem
    best = float(total.target(problem.values(points))[inside].min())
    return replace(problem, constraints=(*problem.constraints, replace(total, max=best)))
