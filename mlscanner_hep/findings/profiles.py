"""Where the best points are: the smallest chi2 as a function of one number, and ranges of it.

All of it is a function of the points: between them nothing is interpolated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.space import Choice, Parameter

Array = NDArray[np.float64]

BINS = 40
"""A profile has at most so many points, equally wide parts of the range."""
LARGEST = 9.0
"""A profile ends where chi2 is so much above the smallest one: three standard deviations."""


@dataclass(frozen=True)
class Profile:
    """The smallest chi2 for each value of a parameter, as far as there are points.

    Parameters
    ----------
    name : str
        The parameter.
    x : ndarray, shape (b,)
        The value at the best point of each bin that has one, increasing.
    delta : ndarray, shape (b,)
        Its chi2 less the smallest of all.
    """

    name: str
    x: Array
    delta: Array


def best(chi2: Array) -> int | None:
    """The row of the smallest chi2 (n,); None if there is none, or several share it.

    Sharp limits have a chi2 of 0 wherever they hold: with nothing else no point is better than
    another.
    """
    chi2 = np.where(np.isfinite(chi2), chi2, np.inf)
    smallest = chi2.min(initial=np.inf)
    rows = np.flatnonzero(chi2 == smallest)
    return int(rows[0]) if np.isfinite(smallest) and len(rows) == 1 else None


def profile(parameter: Parameter | Choice, x: Array, chi2: Array) -> Profile:
    """The profile of chi2 in one parameter.

    The points with at most `LARGEST` above the smallest chi2 are divided into bins that are equally
    wide on the scale of the parameter; each choice is a bin of its own. Of each bin the best point
    is taken, at its own value: an upper limit on the true minimum there.

    Parameters
    ----------
    parameter : Parameter or Choice
        Gives the scale.
    x : ndarray, shape (n,)
        Its values.
    chi2 : ndarray, shape (n,)
        Points where it is not finite do not count.
    """
    chi2 = np.where(np.isfinite(chi2), chi2, np.inf)
    near = np.flatnonzero(chi2 - _smallest(chi2) <= LARGEST)
    near = near[np.argsort(chi2[near], kind="stable")]
    u = parameter.to_unit(x[near])
    width = np.ptp(u) if len(u) else 0.0
    bins = np.minimum((u - u.min(initial=1.0)) / (width or 1.0) * BINS, BINS - 1).astype(int)
    groups = x[near] if isinstance(parameter, Choice) else bins
    chosen = near[np.unique(groups, return_index=True)[1]]
    return Profile(parameter.name, x[chosen], chi2[chosen] - _smallest(chi2))


def within(values: Array, chi2: Array, delta: float) -> tuple[float, float] | None:
    """Smallest and largest value (n,) among the points with chi2 at most `delta` above the best.

    With delta = 1 and 4 these are the intervals of the profile likelihood at 68.3 and 95.4 % for
    one parameter, as far as chi2 is one and the points reach to their ends. None if no point has a
    chi2 and a value.
    """
    chi2 = np.where(np.isfinite(chi2), chi2, np.inf)
    near = values[chi2 - _smallest(chi2) <= delta]
    near = near[np.isfinite(near)]
    return (float(near.min()), float(near.max())) if len(near) else None


def middle(values: Array, weights: Array, share: float) -> tuple[float, float] | None:
    """The values (n,) between which the middle share of the weights (n,) lies.

    With the weights of `islands.weights` this is a share of the volume of the region, on the scales
    of the scan; it is no credible interval. None if no point with a weight has a value.
    """
    rows = np.flatnonzero((weights > 0) & np.isfinite(values))
    if not len(rows):
        return None
    rows = rows[np.argsort(values[rows], kind="stable")]
    sums = np.cumsum(weights[rows])
    tail = (1 - share) / 2
    ends = np.searchsorted(sums, sums[-1] * np.array([tail, 1 - tail]))
    low, high = values[rows[np.minimum(ends, len(rows) - 1)]]
    return float(low), float(high)


def _smallest(chi2: Array) -> float:
    """The smallest chi2 (n,), or 0 if there is none, so that differences to it are defined."""
    smallest = float(chi2.min(initial=np.inf))
    return smallest if np.isfinite(smallest) else 0.0
