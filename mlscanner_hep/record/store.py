"""The points of a running scan in memory: what a re-read of the ledger would give."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.outcome import Outcome
from mlscanner_hep.points import Points, Status
from mlscanner_hep.problem import Problem

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_NAMES = tuple(f.name for f in fields(Points))

FIRST = 1024
"""Room for so many points at least; it doubles whenever it is full."""


class Store:
    """A table of points that grows at its end and whose pending rows are filled in.

    Rows that have an outcome never change. So a table that was taken stays right for these rows,
    also in another thread, while the scan goes on.

    Parameters
    ----------
    problem : Problem
        Judges the points.
    points : Points
        Those that are there.
    """

    def __init__(self, problem: Problem, points: Points) -> None:
        self._problem = problem
        self._columns = {name: getattr(points, name) for name in _NAMES}
        self._columns["inside"] = problem.inside(points)
        self._place = {name: j for j, name in enumerate(problem.observables)}
        self._n = len(points)

    def __len__(self) -> int:
        return self._n

    @property
    def points(self) -> Points:
        """All points, without a copy."""
        return self._slice(0, self._n)

    @property
    def inside(self) -> Mask:
        """Which of them are inside; shape (n,)."""
        return np.asarray(self._columns["inside"][: self._n])

    def add(self, x: Array, round: int, origin: NDArray[np.str_], predicted: Array) -> int:
        """Add a round of pending points at parameter values x (k, d); return their first row."""
        start, self._n = self._n, self._n + len(x)
        new = {
            "u": self._problem.space.to_unit(x),
            "x": x,
            "y": np.nan,
            "status": Status.PENDING,
            "round": round,
            "origin": origin,
            "predicted": predicted,
            "inside": False,
        }
        dtype = np.promote_types(self._columns["origin"].dtype, origin.dtype)
        if self._n > len(self._columns["u"]) or dtype != self._columns["origin"].dtype:
            self._grow(start, dtype)
        for name, values in new.items():
            self._columns[name][start : self._n] = values
        return start

    def record(self, row: int, outcome: Outcome) -> bool:
        """Fill in a pending row; return whether it is inside."""
        for name, value in outcome.values.items():
            if name in self._place:
                self._columns["y"][row, self._place[name]] = value
        self._columns["status"][row] = outcome.status
        inside = bool(self._problem.inside(self._slice(row, row + 1))[0])
        self._columns["inside"][row] = inside
        return inside

    def _slice(self, start: int, end: int) -> Points:
        return Points(**{name: self._columns[name][start:end] for name in _NAMES})

    def _grow(self, used: int, origin: np.dtype[np.str_]) -> None:
        """Move to new arrays: those that were given away keep what they have."""
        room = max(FIRST, 2 * self._n)
        for name, old in self._columns.items():
            dtype = origin if name == "origin" else old.dtype
            self._columns[name] = np.empty((room, *old.shape[1:]), dtype)
            self._columns[name][:used] = old[:used]
