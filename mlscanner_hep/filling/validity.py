"""Learn where there is a spectrum at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mlscanner_hep.filling.labels import learn_label, tuned
from mlscanner_hep.filling.region import Labelled
from mlscanner_hep.points import Points, Status
from mlscanner_hep.surrogates.gp import Gp

SPECTRUM = "spectrum"
"""What is learnt, by name."""
FEWEST = 5
"""Fewer unphysical (or ok) points than this teach nothing."""
OK, UNPHYSICAL = 400, 300
"""At most so many of each are fitted."""


def learn_validity(points: Points, milestone: int, seed: int) -> list[Labelled]:
    """The probability of an answer of the codes, as a list of one factor or none.

    Failed points say nothing about physics and are left out.

    Parameters
    ----------
    points : Points
        All points so far.
    milestone : int
        How many of them may decide the hyperparameters.
    seed : int
        For the thinning of large samples.
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
    early = points[:milestone]
    early = early[early.status != Status.FAILED]
    surrogate = tuned(Gp(kernel="matern", noise=0.1), early.u, early.ok, milestone)
    label = learn_label(surrogate, points.u[rows], points.ok[rows], np.ones(len(rows)), (), seed)
    return [replace(label, name=SPECTRUM)]
