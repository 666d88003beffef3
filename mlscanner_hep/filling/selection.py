"""Choose a few points out of many: likely to be inside, and far from what is there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.filling.neighbours import distance

Array = NDArray[np.float64]


def farthest_first(candidates: Array, weight: Array, n: int, reference: Array) -> NDArray[np.int64]:
    """Choose greedily the candidate with the largest weight times distance.

    The distance is the one to the nearest reference point or candidate already chosen, so the
    chosen points cover the candidates evenly, and sparsely where the weight is small.

    Parameters
    ----------
    candidates : ndarray, shape (m, d)
        What to choose from.
    weight : ndarray, shape (m,)
        Not negative, e.g. the probability of being inside.
    n : int
        How many to choose.
    reference : ndarray, shape (k, d)
        Points that are there already.

    Returns
    -------
    ndarray of int, shape (min(n, m),)
        Rows of `candidates` in the order of choice, each at most once.
    """
    apart = distance(candidates, reference)
    free = np.ones(len(candidates), dtype=bool)
    chosen = np.empty(min(n, len(candidates)), dtype=np.int64)
    for i in range(len(chosen)):
        gain = np.where(free, weight * apart, -1.0)
        chosen[i] = j = int(np.argmax(gain))
        free[j] = False
        apart = np.minimum(apart, np.sqrt(((candidates - candidates[j]) ** 2).sum(axis=1)))
    return chosen
