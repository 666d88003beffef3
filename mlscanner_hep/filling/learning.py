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
DROPPED = 0.03
"""Share of the worst held-out predictions that the comparison ignores."""


def learn_targets(
    surrogate: Surrogate, sample: Sample, gauge: Gauge, columns: Sequence[int], seed: int
) -> list[tuple[Measured, Rows]]:
    """One factor for each target (or one for all, if the surrogate is joint) that can be learnt.

    With each factor come the rows of the sample that it was learnt from.

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
    groups = [able] if surrogate.joint and able else [[j] for j in able]
    return [_learn(surrogate, sample, gauge, group, seed) for group in groups]


def _learn(
    surrogate: Surrogate, sample: Sample, gauge: Gauge, group: list[int], seed: int
) -> tuple[Measured, Rows]:
    have = np.asarray(np.isfinite(sample.targets[:, group]).any(axis=1))
    early = sample.early & have
    part = Gauge(gauge.bounds[group], gauge.scale[group])
    transforms, tuned = _choose(
        surrogate,
        sample.u[early],
        sample.targets[early][:, group],
        sample.violation[early],
        part.bounds,
        sample.milestone,
    )
    z = np.stack([t(sample.targets[:, j]) for t, j in zip(transforms, group, strict=True)], axis=1)
    rows = thin(sample, have, tuned.max_points, np.random.default_rng(seed))
    model = tuned.fit(sample.u[rows], z[rows], seed)
    calibration = _calibrate(model, z[rows], trials_among(sample, rows))
    return Measured(model, transforms, part, calibration, columns=group), rows


@memoise(256)
def _choose(
    surrogate: Surrogate, u: Array, y: Array, violation: Array, bounds: Array, seed: int
) -> tuple[list[Transform], Surrogate]:
    """Tune every variant on every transform, keep what predicts held-out points best.

    Judged by the mean logarithm of the predictive density of y near the region.
    """
    n = len(u)
    near = y[np.argsort(violation, kind="stable")[: max(100, min(n // 4, 400))]]
    judged = boundary(violation, max(60, min(n // 3, 400)), seed)
    others = np.random.default_rng(seed).permutation(np.setdiff1d(np.arange(n), judged))
    rows = np.concatenate([judged, others[: COMPARED - len(judged)]])
    u, y, judged = u[rows], y[rows], np.arange(len(judged))
    best: tuple[float, list[Transform], Surrogate] | None = None
    for variant in surrogate.variants():
        tuned = variant
        for stretch in surrogate.stretches:
            transforms = [
                Transform.around((low, high), column[np.isfinite(column)], stretch)
                for (low, high), column in zip(bounds, near.T, strict=True)
            ]
            z = np.stack([t(column) for t, column in zip(transforms, y.T, strict=True)], axis=1)
            tuned = tuned.tune(u, z, seed)
            if len(surrogate.stretches) * len(surrogate.variants()) == 1:
                return transforms, tuned
            score = _density(tuned.fit(u, z, seed), z, y, transforms, judged)
            if best is None or score > best[0]:
                best = score, transforms, tuned
    assert best is not None
    return best[1:]


def _density(
    model: Model, z: Array, y: Array, transforms: Sequence[Transform], judged: Rows
) -> float:
    """Mean log predictive density of y at the judged rows, the worst few left out."""
    mean, std = (table[judged] for table in model.leave_one_out())
    slope = np.stack(
        [t.log_slope(column) for t, column in zip(transforms, y.T, strict=True)], axis=1
    )
    log_density = -0.5 * ((z[judged] - mean) / std) ** 2 - np.log(std) + slope[judged]
    ranked = np.sort(log_density[np.isfinite(log_density)])
    return float(ranked[int(DROPPED * len(ranked)) :].mean())


def trials_among(sample: Sample, rows: Rows) -> list[Rows]:
    """The latest rounds' chosen points, as places among the training points `rows`."""
    place = np.full(len(sample.u), -1)
    place[rows] = np.arange(len(rows))
    blocks = [place[block] for block in sample.trials]
    return [at[at >= 0] for at in blocks if (at >= 0).any()]


def _calibrate(model: Model, z: Array, trials: Sequence[Rows]) -> Array:
    """Factor (m,) on the standard deviations from how far off the latest predictions were.

    Each of the latest rounds is predicted by what was learnt without it, so the factor follows
    from the points alone.
    """
    squares = []
    for at in trials:
        mean, std = model.held_out(at)
        squares.append(np.minimum(((z[at] - mean) / std) ** 2, 16.0))
    if not squares:
        return np.ones(z.shape[1])
    square = np.concatenate(squares)
    known = np.isfinite(square)
    # ten imagined points that were predicted as well as stated keep small samples from swinging it
    variance = (np.where(known, square, 0.0).sum(axis=0) + 10) / (known.sum(axis=0) + 10)
    return np.asarray(np.clip(np.sqrt(variance), 0.3, 3.0))
