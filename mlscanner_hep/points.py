"""The ledger as arrays: what a proposer may read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

UNIFORM = ("initial", "audit")
"""Origins of the points that no model has chosen."""


IMPORT = "import"
"""Origin of the points that no code of this scan was run for."""


class Status(IntEnum):
    """What became of a point."""

    PENDING = 0
    """Proposed, not evaluated."""
    OK = 1
    """The codes answered."""
    UNPHYSICAL = 2
    """The codes answered that there is no spectrum here: physics, which the models learn."""
    FAILED = 3
    """A code crashed, hung or printed nonsense: a fault, which never teaches the physics."""


@dataclass(frozen=True)
class Points:
    """A table of points.

    Parameters
    ----------
    u : ndarray, shape (n, d)
        Positions in the unit cube.
    x : ndarray, shape (n, d)
        Parameter values.
    y : ndarray, shape (n, m)
        Observables; NaN where missing.
    status : ndarray of int8, shape (n,)
        A `Status` for each point.
    round : ndarray of int, shape (n,)
        The round that proposed the point.
    origin : ndarray of str, shape (n,)
        Which part of the proposer wanted it, e.g. ``initial``, ``main``, ``explore``, ``audit``;
        ``import`` if none did.
    predicted : ndarray, shape (n,)
        Probability of being inside that the proposer stated beforehand; NaN where it stated none.
    """

    u: Array
    x: Array
    y: Array
    status: NDArray[np.int8]
    round: NDArray[np.int64]
    origin: NDArray[np.str_]
    predicted: Array

    def __post_init__(self) -> None:
        lengths = {name: len(column) for name, column in vars(self).items()}
        if len(set(lengths.values())) != 1:
            raise ValueError(f"all columns of Points need the same length, got {lengths}")

    def __len__(self) -> int:
        return len(self.u)

    def __getitem__(self, rows: Mask | NDArray[np.int64] | slice) -> Points:
        """The chosen rows as a new table."""
        return Points(**{name: column[rows] for name, column in vars(self).items()})

    @property
    def ok(self) -> Mask:
        """Points with an answer of the codes; shape (n,)."""
        return np.equal(self.status, Status.OK)

    @property
    def unphysical(self) -> Mask:
        """Points without a spectrum; shape (n,)."""
        return np.equal(self.status, Status.UNPHYSICAL)

    @property
    def failed(self) -> Mask:
        """Points on which a code was at fault; shape (n,)."""
        return np.equal(self.status, Status.FAILED)

    @property
    def uniform(self) -> Mask:
        """Points that no model has chosen, uniform where known constraints hold; shape (n,)."""
        return np.isin(self.origin, UNIFORM)

    @property
    def imported(self) -> Mask:
        """Points of an earlier scan: known, but no call of the codes; shape (n,)."""
        return np.equal(self.origin, IMPORT)

    @property
    def called(self) -> Mask:
        """Points that codes of this scan were run for; shape (n,)."""
        return np.not_equal(self.status, Status.PENDING) & ~self.imported

    @classmethod
    def of(
        cls,
        u: Array,
        x: Array,
        y: Array,
        *,
        status: NDArray[np.int8] | None = None,
        round: NDArray[np.int64] | None = None,
        origin: NDArray[np.str_] | None = None,
        predicted: Array | None = None,
    ) -> Points:
        """Build a table, by default of evaluated points of round 0 and unknown origin."""
        n = len(u)
        return cls(
            u=u,
            x=x,
            y=y,
            status=np.full(n, Status.OK, np.int8) if status is None else status,
            round=np.zeros(n, np.int64) if round is None else round,
            origin=np.full(n, "", np.str_) if origin is None else origin,
            predicted=np.full(n, np.nan) if predicted is None else predicted,
        )
