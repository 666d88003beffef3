"""Learn targets from the points so far: choice of scale and kernel, fit, calibration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.filling.gauge import Gauge
from mlscanner_hep.filling.memo import memoise
from mlscanner_hep.filling.region import Measured
from mlscanner_hep.filling.sample import Sample, boundary, thin
from mlscanner_hep.filling.transform import Transform
from mlscanner_hep.surrogates.base import Model, Rows, Surrogate

Array = NDArray[np.float64]

FEWEST = 5
"""A target with fewer values than this is not learnt."""
COMPARED = 600
"""At most so many points decide between transforms and kernels."""
TAILS = 4.0
"""Degrees of freedom of the predictive density (Student's t) that the comparison goes by: with a
normal one a few points that are far off would have all others predicted with large errors."""


def learn_targets(
    surrogate: Surrogate, sample: Sample, gauge: Gauge, columns: Sequence[int], seed: int
) -> list[tuple[Measured, Rows]]:
    """One factor for each target that can be learnt, with the rows that it was learnt from.

    Parameters
    ----------
    surrogate : Surrogate
        What to fit.
    sample : Sample
        The points.
    gauge : Gauge
        Intervals and scales of all targets.
    columns : sequence of int
        The targets to learn; those with too few values are left out.
    seed : int
        For the thinning of large samples and the fits.
    """
    have = np.isfinite(sample.targets)
    able = [j for j in columns if have[:, j].sum() >= FEWEST and have[sample.early, j].any()]
    return [learn_target(surrogate, sample, gauge, j, seed) for j in able]


def learn_target(
    surrogate: Surrogate, sample: Sample, gauge: Gauge, column: int, seed: int
) -> tuple[Measured, Rows]:
    target = sample.targets[:, column]
    have = np.isfinite(target)
    past = sample.early & have
    transform, tuned = choose_surrogate(
        surrogate,
        sample.u[past],
        target[past],
        sample.violation[past],
        gauge.bounds[column],
        sample.milestone,
    )
    rows = thin(sample, have, tuned.max_points, np.random.default_rng(seed))
    z = transform(target[rows])[:, None]
    model = tuned.fit(sample.u[rows], z, seed)
    calibration = _calibrate(model, z, trials_among(sample, rows))
    part = Gauge(gauge.bounds[[column]], gauge.scale[[column]])
    return Measured(model, [transform], part, calibration, columns=[column]), rows


@memoise(256)
def choose_surrogate(
    surrogate: Surrogate, u: Array, y: Array, violation: Array, bounds: Array, seed: int
) -> tuple[Transform, Surrogate]:
    """Tune every variant on every transform, and train what predicts held-out points best.

    Judged by the mean logarithm of the predictive density of y near the region.
    """
    near = y[np.argsort(violation, kind="stable")[: max(100, min(len(u) // 4, 400))]]
    rows, judged = compared(violation, seed)
    tried: list[tuple[Transform, Surrogate]] = []
    for tuned in surrogate.variants():
        for stretch in surrogate.stretches:
            transform = Transform.around((bounds[0], bounds[1]), near, stretch)
            tuned = tuned.tune(u[rows], transform(y[rows])[:, None], seed)
            tried.append((transform, tuned))

    def density(pair: tuple[Transform, Surrogate]) -> float:
        each = log_density(*pair, u[rows], y[rows], seed)[:judged]
        return float(each[np.isfinite(each)].mean())

    transform, tuned = tried[0] if len(tried) == 1 else max(tried, key=density)
    return transform, tuned.train(u[rows], transform(y[rows])[:, None], seed)


def compared(violation: Array, seed: int) -> tuple[Rows, int]:
    """Rows that decide between surrogates, and how many, the first, are judged: near the region."""
    n = len(violation)
    judged = boundary(violation, max(60, min(n // 3, 400)), seed)
    others = np.random.default_rng(seed).permutation(np.setdiff1d(np.arange(n), judged))
    return np.concatenate([judged, others[: COMPARED - len(judged)]]), len(judged)


def log_density(transform: Transform, tuned: Surrogate, u: Array, y: Array, seed: int) -> Array:
    """Log predictive density (n,) of each y, held out."""
    z = transform(y)
    mean, std = (table[:, 0] for table in tuned.fit(u, z[:, None], seed).leave_one_out())
    tail = (TAILS + 1) / 2 * np.log1p(((z - mean) / std) ** 2 / TAILS)
    return np.asarray(transform.log_slope(y) - tail - np.log(std))


def trials_among(sample: Sample, rows: Rows) -> list[Rows]:
    """The latest rounds' chosen points, as places among the training points `rows`."""
    place = np.full(len(sample.u), -1)
    place[rows] = np.arange(len(rows))
    blocks = [place[block] for block in sample.trials]
    return [at[at >= 0] for at in blocks if (at >= 0).any()]


def _calibrate(model: Model, z: Array, trials: Sequence[Rows]) -> Array:
    """Factor (1,) on the standard deviations from how far off the latest predictions were.

    Each of the latest rounds is predicted by what was learnt without it, so the factor follows
    from the points alone.
    """
    squares = [np.zeros(0)]
    for at in trials:
        mean, std = model.held_out(at)
        squares.append(np.minimum(((z[at] - mean) / std) ** 2, 16.0)[:, 0])
    square = np.concatenate(squares)
    # ten imagined points that were predicted as well as stated keep small samples from swinging it
    variance = (square.sum() + 10) / (len(square) + 10)
    return np.clip(np.sqrt([variance]), 0.3, 3.0)
