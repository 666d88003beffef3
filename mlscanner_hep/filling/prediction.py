"""What a learnt region says of any point, in numbers that a person asks for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.filling.region import Labelled, Measured, Region, snap_choices

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
        interval under ``<name>_sd``; for each learnt label its probability under ``p_<name>``; and
        ``p_inside``, which is missing (NaN) as long as a constraint could not be learnt.
    """
    parts = [_predict(region, names, u[i : i + CHUNK]) for i in range(0, len(u), CHUNK)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _predict(region: Region, names: Sequence[str], u: Array) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    u = snap_choices(region.space, u)
    for factor in region.factors:
        if isinstance(factor, Measured):
            mean, std = factor.model.predict(u)
            std = std * factor.calibration
            for i, (j, transform) in enumerate(zip(factor.columns, factor.transforms, strict=True)):
                z, dz = mean[:, i], std[:, i]
                columns[names[j]] = transform.inverse(z)
                width = transform.inverse(z + dz) - transform.inverse(z - dz)
                columns[f"{names[j]}_sd"] = width / 2
        elif isinstance(factor, Labelled) and factor.name:
            columns[f"p_{factor.name}"] = np.exp(factor.log(u, 0.0, rough=False))
    inside = np.exp(region.log_inside(u)) if region.complete else np.full(len(u), np.nan)
    return columns | {"p_inside": inside}
