"""Choose a few points out of many: likely to be inside, and far from what is there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

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


def covering(candidates: Array, weight: Array, n: int, reference: Array) -> NDArray[np.int64]:
    """Choose greedily the candidate with the largest weight times gain, every third time distance.

    The gain is by how much the squared distances of all candidates, to the nearest reference point
    or candidate already chosen, become smaller. So the middle of a large gap is chosen, not its far
    end as by `farthest_first`. Each third choice is as there: it reaches the ends, and places where
    there are few candidates. The candidates have to be a sample of what is to be covered.

    Parameters
    ----------
    candidates, weight, n, reference
        As of `farthest_first`.

    Returns
    -------
    ndarray of int, shape (min(n, m),)
        Rows of `candidates` in the order of choice, each at most once.
    """
    apart = cdist(candidates, candidates, "sqeuclidean")
    left = distance(candidates, reference) ** 2
    gain = np.maximum(left[:, None] - apart, 0.0).sum(axis=0)
    free = np.ones(len(candidates), dtype=bool)
    chosen = np.empty(min(n, len(candidates)), dtype=np.int64)
    for i in range(len(chosen)):
        worth = np.sqrt(left) if i % 3 == 2 else gain
        chosen[i] = j = int(np.argmax(np.where(free, weight * worth, -1.0)))
        free[j] = False
        closer = np.flatnonzero(apart[j] < left)
        near, before, after = apart[closer], left[closer, None], apart[j, closer, None]
        gain -= (np.maximum(before - near, 0.0) - np.maximum(after - near, 0.0)).sum(axis=0)
        left[closer] = apart[j, closer]
    return chosen
