"""What a learnt region says of any point, in numbers that a person asks for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.filling.region import Branched, Labelled, Measured, Region
from mlscanner_hep.filling.transform import Transform

Array = NDArray[np.float64]

CHUNK = 2000
"""So many points at a time, because the covariances with all training points are held."""


def predict(region: Region, names: Sequence[str], u: Array) -> dict[str, Array]:
    """Predict points.

    Parameters
    ----------
    region : Region
        What was learnt.
    names : sequence of str
        The name of each target.
    u : ndarray, shape (n, d)
        Positions, at least one, finite; those outside of the unit cube are extrapolated to.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        For each learnt target its median under its name and half the width of the central 68.27 %
        interval under ``<name>_sd``, of the likelier branch where it has two; for each learnt label
        its probability under ``p_<name>``; and ``p_inside``, which is missing (NaN) as long as a
        constraint could not be learnt. Median and width are missing where they say nothing of the
        target, see `_telling`.
    """
    parts = [_predict(region, names, u[i : i + CHUNK]) for i in range(0, len(u), CHUNK)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _predict(region: Region, names: Sequence[str], u: Array) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    u = region.space.snap(u)
    for factor in region.factors:
        if isinstance(factor, Measured):
            columns |= _numbers(factor, names, u)
        elif isinstance(factor, Branched):
            second = factor.side.log(u, 0.0, rough=False) > np.log(0.5)
            first, other = (_numbers(part, names, u) for part in (factor.first, factor.second))
            columns |= {name: np.where(second, other[name], first[name]) for name in first}
        elif isinstance(factor, Labelled) and factor.name:
            columns[f"p_{factor.name}"] = np.exp(factor.log(u, 0.0, rough=False))
    inside = np.exp(region.log_inside(u)) if region.complete else np.full(len(u), np.nan)
    return columns | {"p_inside": inside}


def _numbers(factor: Measured, names: Sequence[str], u: Array) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    mean, std = factor.model.predict(u)
    std = std * factor.calibration
    learnt = factor.model.state().arrays["z"]
    for i, (j, transform) in enumerate(zip(factor.columns, factor.transforms, strict=True)):
        z, dz = mean[:, i], std[:, i]
        median = transform.inverse(z)
        with np.errstate(invalid="ignore"):  # both ends may be infinite
            half = (transform.inverse(z + dz) - transform.inverse(z - dz)) / 2
        told = _telling(transform, learnt[:, i], median, half)
        columns[names[j]] = np.where(told, median, np.nan)
        columns[f"{names[j]}_sd"] = np.where(told, half, np.nan)
    return columns


def _telling(transform: Transform, learnt: Array, median: Array, half: Array) -> NDArray[np.bool_]:
    """Where a prediction (n,) says something of the target.

    The inverse transform is exponential far from the interval: it makes a huge number of a small
    extrapolation. Such a number is left out rather than cut off, which would look like a result.
    A median has to lie in the range of the values `learnt` (k,), widened by half of it to either
    side, and half the 68 % interval must not be wider than this range.
    """
    low, high = np.nanmin(learnt), np.nanmax(learnt)
    least, most = transform.inverse(np.array([low, high]))
    # values that are all alike have no range; the scale of the transform stands in for it
    spread = max(most - least, transform.width)
    near = (median >= least - spread / 2) & (median <= most + spread / 2)
    return np.asarray(near & (half <= spread))
