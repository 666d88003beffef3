"""Learn where there is a spectrum at all."""

from __future__ import annotations

import numpy as np

from mlscanner_hep.labels import learn_label, tuned
from mlscanner_hep.milestones import milestone
from mlscanner_hep.points import Points, Status
from mlscanner_hep.region import Labelled
from mlscanner_hep.surrogates.base import Surrogate
from mlscanner_hep.surrogates.gp import Gp

FEWEST = 5
"""Fewer unphysical (or ok) points than this teach nothing."""
OK, UNPHYSICAL = 400, 300
"""At most so many of each are fitted."""


def learn_validity(points: Points, seed: int) -> list[Labelled]:
    """The probability of an answer of the codes, as a list of one factor or none.

    Failed points say nothing about physics and are left out.
    """
    if min(points.ok.sum(), points.unphysical.sum()) < FEWEST:
        return []
    rng = np.random.default_rng(seed)
    rows = np.concatenate(
        [
            rng.permutation(np.flatnonzero(points.ok))[:OK],
            rng.permutation(np.flatnonzero(points.unphysical))[:UNPHYSICAL],
        ]
    )
    last = milestone(points)
    early = points[:last][points.status[:last] != Status.FAILED]
    surrogate: Surrogate = Gp(kernel="matern", tune_points=250, noise=0.1)
    if 0 < early.ok.sum() < len(early):
        surrogate = tuned(surrogate, early.u, early.ok, last)
    return [learn_label(surrogate, points.u[rows], points.ok[rows], np.ones(len(rows)), seed)]
