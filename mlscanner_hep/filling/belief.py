"""From the points to a region: each target by its number or by its cuts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.filling.branches import learn_branches
from mlscanner_hep.filling.cuts import cut_level, learn_cuts
from mlscanner_hep.filling.gauge import Gauge
from mlscanner_hep.filling.learning import learn_targets
from mlscanner_hep.filling.region import Factor, Known, Region
from mlscanner_hep.filling.sample import Sample
from mlscanner_hep.filling.validity import learn_validity
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.surrogates.base import Surrogate

Array = NDArray[np.float64]


def unknown(problem: Problem) -> list[int]:
    """The constraints that have to be learnt: those with a limit that the codes decide."""
    limited = np.isfinite(problem.bounds).any(axis=1)
    return [int(j) for j in np.flatnonzero(~problem.known & limited)]


def learn_region(
    surrogate: Surrogate,
    problem: Problem,
    points: Points,
    gauge: Gauge,
    violation: Array,
    seed: int,
    by_cuts: Collection[int] = (),
) -> Region:
    """Learn the targets that are not known, and where there is a spectrum at all.

    Parameters
    ----------
    surrogate : Surrogate
        What to fit.
    problem, points : Problem, Points
        Constraints, and what is known of them.
    gauge : Gauge
        Intervals and scales of all targets.
    violation : ndarray, shape (n,)
        Of each point.
    seed : int
        For the thinning of large samples and the fits.
    by_cuts : collection of int
        The constraints whose cuts are learnt; of the others it is the number.
    """
    sample = Sample.of(problem, points, violation)
    factors: list[Factor] = [*learn_validity(points, sample.milestone, seed)]
    by_number = [j for j in unknown(problem) if j not in by_cuts]
    tried = {j: learn_branches(surrogate, sample, gauge, j, seed) for j in by_number}
    branched = {j: factor for j, factor in tried.items() if factor}
    factors += branched.values()
    by_number = [j for j in by_number if j not in branched]
    measured = learn_targets(surrogate, sample, gauge, by_number, seed)
    factors += [factor for factor, _ in measured]
    complete = len(measured) == len(by_number)
    for j in by_cuts:
        exact = cut_level(sample, gauge, j) == 0
        for end, (cut, _) in learn_cuts(surrogate, sample, gauge, j, seed).items():
            name = f"{problem.constraints[j].name}_{end}"
            factors.append(replace(cut, name=name) if exact else cut)
        complete &= exact
    if problem.known.any():
        factors.insert(0, Known(problem, gauge))
    note = "; ".join(f"{problem.constraints[j].name}: on two branches" for j in branched)
    return Region(problem.space, tuple(factors), complete, note)
