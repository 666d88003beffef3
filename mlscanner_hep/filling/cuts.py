"""Learn a target by its cuts: whether a point passes each end of the accepted interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.filling.gauge import Gauge, annealing_level
from mlscanner_hep.filling.labels import learn_label, tuned
from mlscanner_hep.filling.learning import FEWEST, trials_among
from mlscanner_hep.filling.region import Labelled
from mlscanner_hep.filling.sample import Sample, thin
from mlscanner_hep.surrogates.base import Rows, Surrogate

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

SIDES = "min", "max"
POSITIVE = 25
"""While the region is being found, cuts are widened so that more points than this pass them all."""
FAR = 0.2
"""Weight of the worse half of the points in the calibration of probabilities."""
FLAG, OFTEN = 5, 10
"""A target with at most so many values, each seen so often on average, is a flag, not a number."""


def learn_cuts(
    surrogate: Surrogate, sample: Sample, gauge: Gauge, column: int, seed: int
) -> dict[str, tuple[Labelled, Rows]]:
    """For each end (``min``, ``max``) of one target's interval its label, and the rows learnt from.

    The interval is widened to `cut_level`. An end that all points are on the same side of has
    nothing to learn and is left out.

    Parameters
    ----------
    surrogate : Surrogate
        What to fit.
    sample : Sample
        The points; those without the target teach nothing.
    gauge : Gauge
        Intervals and scales of all targets.
    column : int
        The target.
    seed : int
        For the thinning of large samples and the fits.
    """
    cuts = {}
    for side in np.flatnonzero(np.isfinite(gauge.bounds[column])).tolist():
        cut = _learn(surrogate, sample, gauge, column, side, seed)
        if cut:
            cuts[SIDES[side]] = cut
    return cuts


def cut_level(sample: Sample, gauge: Gauge, column: int) -> float:
    """How far the cuts of a target are widened, until enough points are inside to learn the limits.

    A flag has no values in between, so its cuts are what they are once a point passes them.
    """
    target = sample.targets[:, column]
    low, high = gauge.bounds[column]
    if flag_values(target) and ((target >= low) & (target <= high)).any():
        return 0.0
    return common_level(sample.violation)


def common_level(violation: Array) -> float:
    """The same for the targets that are numbers, from the violation (n,) of all points."""
    return annealing_level(violation, POSITIVE)


def flag_values(target: Array) -> int:
    """How many values a target (n,) takes if it is a flag; 0 if it is a number, or unknown."""
    seen = target[np.isfinite(target)]
    values = len(np.unique(seen))
    return values if values <= min(FLAG, len(seen) / OFTEN) else 0


def _learn(
    surrogate: Surrogate, sample: Sample, gauge: Gauge, column: int, side: int, seed: int
) -> tuple[Labelled, Rows] | None:
    target = sample.targets[:, column]
    have = np.isfinite(target)
    level = cut_level(sample, gauge, column)
    label = _passes(target, gauge, column, side, level)
    if have.sum() < FEWEST or len(set(label[have].tolist())) < 2:
        return None
    early = have & sample.early
    before = _passes(target[early], gauge, column, side, cut_level(sample.past, gauge, column))
    chosen = tuned(surrogate.for_labels(), sample.u[early], before, sample.milestone)
    rows = thin(sample, have, chosen.max_points, np.random.default_rng(seed))
    weight = np.full(len(rows), FAR)
    weight[np.argsort(sample.violation[rows], kind="stable")[: max(100, len(rows) // 2)]] = 1.0
    trials = trials_among(sample, rows)
    return learn_label(chosen, sample.u[rows], label[rows], weight, trials, seed), rows


def _passes(target: Array, gauge: Gauge, column: int, side: int, level: float) -> Mask:
    edge = gauge.widened(level)[column, side]
    return np.asarray(target >= edge if side == 0 else target <= edge)
