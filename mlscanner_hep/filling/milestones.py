"""When to redo what is expensive: at moments that follow from the points alone.

A scan that was killed and resumed, and one that ran through, then use the same hyperparameters.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.findings.forecast import Forecast
from mlscanner_hep.points import Points

GROWTH = 1.25
"""Number of points, relative to the last milestone, that makes the next one."""


def milestone(points: Points, inside: NDArray[np.bool_]) -> int:
    """How many of the points were there at the last milestone, always a number of whole rounds.

    The first round is one; after that, each round that brings the number of points to 1.25 times
    that of the last milestone, and each that disappoints (see `Forecast`):
    then the models are wrong and are chosen anew at once.

    Parameters
    ----------
    points : Points
        All points so far.
    inside : ndarray of bool, shape (n,)
        Which of them are inside.
    """
    last = start = 0
    for end in round_ends(points).tolist():
        forecast = Forecast.of(points[start:end], inside[start:end])
        if end >= GROWTH * last or forecast.disappointing:
            last = end
        start = end
    return last


def round_ends(points: Points) -> NDArray[np.int64]:
    """Number of points up to and with each round, shape (r,)."""
    changes = np.flatnonzero(np.diff(points.round)) + 1
    return np.append(changes, len(points)) if len(points) else changes
