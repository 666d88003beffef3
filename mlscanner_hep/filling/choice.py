"""Decide which targets are learnt by their number and which by their cuts: whichever predicts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.filling.branches import split
from mlscanner_hep.filling.cuts import common_level, flag_values, learn_cuts
from mlscanner_hep.filling.gauge import Gauge
from mlscanner_hep.filling.learning import learn_targets, trials_among
from mlscanner_hep.filling.memo import memoise
from mlscanner_hep.filling.sample import Sample
from mlscanner_hep.surrogates.base import Rows, Surrogate, held_out

Array = NDArray[np.float64]

MARGIN = 2.0
"""The cuts are learnt if their log loss is smaller by more than so many standard errors."""
EACH, NEAREST = 10, 200
"""Losses are compared on this many points on either side of an interval, those closest to the
region; on fewer than the first number they are not compared."""
SURE = 1e-3
"""No prediction counts as surer than this: a single blunder shall not decide."""


def choose(
    surrogate: Surrogate, sample: Sample, gauge: Gauge, columns: Sequence[int]
) -> dict[int, str]:
    """The targets to learn by their cuts, each with the reason; all others go by number.

    Cuts have to win by a margin, because numbers tell more: how far outside a point is. For the
    same reason all but flags go by number until the region is found.

    Parameters
    ----------
    surrogate : Surrogate
        What learns either.
    sample : Sample
        The points up to a milestone, so that the choice holds until the next one.
    gauge : Gauge
        Intervals and scales of all targets.
    columns : sequence of int
        The targets to decide about.
    """
    flags = {j: flag_values(sample.targets[:, j]) for j in columns}
    reasons = {j: f"{n} value{'s' * (n > 1)}" for j, n in flags.items() if n}
    rest = [j for j in columns if not flags[j] and not split(surrogate, sample, gauge, j).any()]
    latest = np.full(len(sample.u), -1)
    for i, rows in enumerate(sample.trials):
        latest[rows] = i
    losses = _losses(
        surrogate,
        sample.u,
        sample.targets[:, rest],
        sample.violation,
        latest,
        gauge.bounds[rest],
        gauge.scale[rest],
        sample.milestone,
    )
    for j, (number, cuts, error) in zip(rest, losses.tolist(), strict=True):
        if number - cuts > MARGIN * error:
            reasons[j] = f"held-out log loss {cuts:.2g} against {number:.2g}"
    return reasons


@memoise(16)
def _losses(
    surrogate: Surrogate,
    u: Array,
    targets: Array,
    violation: Array,
    latest: Rows,
    bounds: Array,
    scale: Array,
    seed: int,
) -> Array:
    """Log loss of whether each target is in its interval, by number and by its cuts, and the
    standard error of the difference, (m, 3).

    Mean over held-out points on both sides of it; NaN where there is too little to compare.
    """
    result = np.full((len(bounds), 3), np.nan)
    if common_level(violation) > 0:
        return result
    trials = [np.flatnonzero(latest == i) for i in range(latest.max(initial=-1) + 1)]
    sample = Sample(u, targets, violation, trials, np.ones(len(u), dtype=bool), seed)
    gauge = Gauge(bounds, scale)
    log_p = np.full((2, *targets.shape), np.nan)
    for number, rows in learn_targets(surrogate, sample, gauge, range(len(bounds)), seed):
        mean, std = held_out(number.model, trials_among(sample, rows))
        each = number.log_each(mean, std * number.calibration, 0.0)
        log_p[0][np.ix_(rows, np.array(number.columns))] = each
    for j in range(len(bounds)):
        for cut, rows in learn_cuts(surrogate, sample, gauge, j, seed).values():
            mean, std = held_out(cut.model, trials_among(sample, rows))
            known = log_p[1, rows, j]
            log_p[1, rows, j] = np.where(np.isnan(known), 0.0, known) + cut.log_yes(
                mean[:, 0], std[:, 0]
            )
    for j, (low, high) in enumerate(bounds):
        passes = (targets[:, j] >= low) & (targets[:, j] <= high)
        known = np.isfinite(targets[:, j]) & np.isfinite(log_p[:, :, j]).all(axis=0)
        ranked = np.argsort(violation, kind="stable")
        sides = [ranked[(known & side)[ranked]][:NEAREST] for side in (passes, ~passes)]
        if min(map(len, sides)) >= EACH:
            rows = np.concatenate(sides)
            p = np.clip(np.exp(log_p[:, rows, j]), SURE, 1 - SURE)
            by_number, by_cuts = -np.log(np.where(passes[rows], p, 1 - p))
            error = (by_number - by_cuts).std() / np.sqrt(len(rows))
            result[j] = by_number.mean(), by_cuts.mean(), error
    return result
