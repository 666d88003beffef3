"""Several models, each trained without some of the points: an honest uncertainty for any method."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import ClassVar

import numpy as np

from mlscanner_hep.filling.neighbours import nearest
from mlscanner_hep.surrogates.base import Array, Link, Rows, State
from mlscanner_hep.surrogates.links import LOGISTIC

NEIGHBOURS = 10
"""The size of an error is taken from so many of the nearest training points."""


def folds(u: Array, members: int) -> Rows:
    """The member (n,) that must not see each point (n, d).

    It follows from the position alone, so a point stays held out when others are added.
    """
    return np.array([zlib.crc32(row.tobytes()) % members for row in np.ascontiguousarray(u)], int)


class Committee:
    """The mean of k models; its uncertainty is their spread and the error on held-out neighbours.

    Parameters
    ----------
    ask : callable
        Predictions (k, n, m) of all members at positions (n, d).
    u, z : ndarray, shapes (n, d) and (n, m)
        The training points.
    fold : ndarray of int, shape (n,)
        The member that did not see each of them.
    state : State
        What makes the committee again.
    """

    link: ClassVar[Link] = LOGISTIC

    def __init__(
        self, ask: Callable[[Array], Array], u: Array, z: Array, fold: Rows, state: State
    ) -> None:
        self._ask, self._u, self._state = ask, u, state
        opinions = ask(u)
        self._held = opinions[fold, np.arange(len(u))]
        self._spread = opinions.std(axis=0)
        self._square = (z - self._held) ** 2

    def mean(self, u: Array) -> Array:
        return np.asarray(self._ask(u).mean(axis=0))

    def predict(self, u: Array) -> tuple[Array, Array]:
        opinions = self._ask(u)
        near = nearest(u, self._u, NEIGHBOURS)[1]
        return opinions.mean(axis=0), self._combine(opinions.std(axis=0), near)

    def held_out(self, rows: Rows) -> tuple[Array, Array]:
        near = nearest(self._u[rows], self._u, NEIGHBOURS + 1)[1][:, 1:]
        return self._held[rows], self._combine(self._spread[rows], near)

    def leave_one_out(self) -> tuple[Array, Array]:
        return self.held_out(np.arange(len(self._u)))

    def state(self) -> State:
        return self._state

    def _combine(self, spread: Array, near: Rows) -> Array:
        # a floor keeps a constant target, which is never wrong, from being infinitely certain
        return np.asarray(np.sqrt(spread**2 + self._square[near].mean(axis=1) + 1e-12))
