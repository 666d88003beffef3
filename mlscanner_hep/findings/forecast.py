"""What proposers predicted, against what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from mlscanner_hep.points import Points

TELLING = 10
"""Fewer points with a prediction than this cannot disappoint."""
SHORT = 0.3
"""A hit rate that is so much lower than predicted disappoints ..."""
PART = 0.5
"""... and so does one that is less than this part of it ..."""
BY_CHANCE = 0.01
"""... unless it would be that low with at least this probability if the predictions hold."""


@dataclass(frozen=True)
class Forecast:
    """What was predicted of points, and what came of it.

    Parameters
    ----------
    points : int
        Points with an answer of the codes for which a probability of being inside was stated.
    predicted, achieved : float
        Mean of these probabilities, and the fraction that is inside; NaN without such points.
    """

    points: int = 0
    predicted: float = np.nan
    achieved: float = np.nan

    @classmethod
    def of(cls, points: Points, inside: NDArray[np.bool_]) -> Forecast:
        """Compare predictions with what is inside (n,)."""
        stated = np.isfinite(points.predicted) & (points.ok | points.unphysical)
        if not stated.any():
            return cls()
        predicted, achieved = points.predicted[stated].mean(), inside[stated].mean()
        return cls(int(stated.sum()), float(predicted), float(achieved))

    @property
    def disappointing(self) -> bool:
        """Whether far less was achieved than predicted, and hardly by chance."""
        short = self.predicted - self.achieved
        if self.points < TELLING or not short > min(SHORT, (1 - PART) * self.predicted):
            return False
        hits = round(self.achieved * self.points)
        return float(bdtr(hits, self.points, self.predicted)) < BY_CHANCE


def disappointments(points: Points, inside: NDArray[np.bool_]) -> list[int]:
    """The rounds of points (n,) whose forecasts are `disappointing`, given what is inside (n,)."""
    rounds = {number: points.round == number for number in np.unique(points.round).tolist()}
    return [
        number
        for number, here in rounds.items()
        if Forecast.of(points[here], inside[here]).disappointing
    ]
