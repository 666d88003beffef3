"""Conditions on observables: which points are inside, and their chi2.

Every kind of constraint comes down to an interval for one number, its *target*: the observable
itself, its ratio to a tabulated limit, or the summed chi2. A proposer needs to know nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Values = Mapping[str, Array]


class Constraint(Protocol):
    """A condition on one target."""

    @property
    def name(self) -> str:
        """Name of the constraint: the observable it limits, or ``chi2_total``."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the values that it reads."""
        ...

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end of the accepted targets (either may be infinite)."""
        ...

    def target(self, values: Values) -> Array:
        """The number that has to lie in `interval`, shape (n,); NaN where it is missing."""
        ...

    def chi2(self, values: Values) -> Array:
        """Contribution to the total chi2, shape (n,); NaN where it is missing."""
        ...


def inside(constraint: Constraint, values: Values) -> NDArray[np.bool_]:
    """Whether each point fulfils the constraint, shape (n,). A missing value fulfils nothing."""
    low, high = constraint.interval
    target = constraint.target(values)
    with np.errstate(invalid="ignore"):
        return (target >= low) & (target <= high)


@dataclass(frozen=True)
class Gaussian:
    """A measured value.

    Parameters
    ----------
    name : str
        The observable.
    value, sigma : float
        Central value and experimental standard deviation.
    theory : float
        Theory uncertainty, added in quadrature.
    within : float
        How many standard deviations count as inside.
    """

    name: str
    value: float
    sigma: float
    theory: float = 0.0
    within: float = 2.0

    @property
    def spread(self) -> float:
        """Total standard deviation."""
        return math.hypot(self.sigma, self.theory)

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def interval(self) -> tuple[float, float]:
        return self.value - self.within * self.spread, self.value + self.within * self.spread

    def target(self, values: Values) -> Array:
        return values[self.name]

    def chi2(self, values: Values) -> Array:
        return ((values[self.name] - self.value) / self.spread) ** 2


@dataclass(frozen=True)
class Limit:
    """A band, a lower or an upper limit.

    Without a theory uncertainty the limit is sharp: chi2 is 0 inside and infinite outside. With
    one, chi2 grows as ``(excess / theory)**2`` beyond the limit, and points up to ``within``
    standard deviations beyond it count as inside.

    Parameters
    ----------
    name : str
        The observable.
    min, max : float
        The limits; infinite where there is none.
    theory : float
        Theory uncertainty of the observable.
    within : float
        How many theory uncertainties beyond the limit still count as inside.
    """

    name: str
    min: float = -math.inf
    max: float = math.inf
    theory: float = 0.0
    within: float = 2.0

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def interval(self) -> tuple[float, float]:
        slack = self.within * self.theory
        return self.min - slack, self.max + slack

    def target(self, values: Values) -> Array:
        return values[self.name]

    def chi2(self, values: Values) -> Array:
        return _excess_chi2(values[self.name], self.min, self.max, self.theory)


@dataclass(frozen=True)
class TableLimit:
    """A limit that depends on another value, e.g. a cross-section limit against the mass.

    The target is the observable over its limit, so that inside means at most (or, for a lower
    limit, at least) 1. Between the rows of the table the limit is interpolated.

    Parameters
    ----------
    name : str
        The observable.
    against : str
        The value that the limit depends on.
    grid, limit : tuple of float
        The table, `grid` strictly increasing.
    side : {'max', 'min'}
        Upper or lower limit.
    theory : float
        Relative theory uncertainty of the observable, in units of the limit.
    within : float
        How many theory uncertainties beyond the limit still count as inside.
    beyond : {'missing', 'allowed'}
        What a point beyond the ends of the table is: not judged, hence not inside, or allowed.
    """

    name: str
    against: str
    grid: tuple[float, ...]
    limit: tuple[float, ...]
    side: Literal["max", "min"] = "max"
    theory: float = 0.0
    within: float = 2.0
    beyond: Literal["missing", "allowed"] = "missing"

    def __post_init__(self) -> None:
        if len(self.grid) != len(self.limit) or len(self.grid) < 2:
            raise ValueError("a table limit needs at least two rows of two numbers")
        if not np.isfinite([*self.grid, *self.limit]).all():
            raise ValueError("a table limit needs finite numbers")
        if not (np.diff(self.grid) > 0).all():
            raise ValueError(f"the column of '{self.against}' must be strictly increasing")
        if min(self.limit) <= 0:
            raise ValueError(f"the limits on '{self.name}' must be positive")

    @property
    def needs(self) -> tuple[str, ...]:
        return self.name, self.against

    @property
    def interval(self) -> tuple[float, float]:
        slack = self.within * self.theory
        return (-math.inf, 1 + slack) if self.side == "max" else (1 - slack, math.inf)

    def bound(self, against: Array) -> Array:
        """The interpolated limit, shape (n,); NaN beyond the table.

        Linear in the logarithm of the limit, and of the grid where that is positive: limits of
        experiments are published on logarithmic axes.
        """
        grid, x = np.array(self.grid), np.asarray(against, float)
        beyond = ~((x >= grid[0]) & (x <= grid[-1]))
        if grid[0] > 0:
            grid, x = np.log(grid), np.log(np.where(beyond, self.grid[0], x))
        bound = np.exp(np.interp(x, grid, np.log(self.limit)))
        return np.where(beyond, np.nan, bound)

    def target(self, values: Values) -> Array:
        against = values[self.against]
        target = values[self.name] / self.bound(against)
        if self.beyond == "allowed":
            outside = (against < self.grid[0]) | (against > self.grid[-1])
            pass_value = 0.0 if self.side == "max" else 2.0
            target = np.where(outside & np.isfinite(values[self.name]), pass_value, target)
        return target

    def chi2(self, values: Values) -> Array:
        low, high = (-math.inf, 1.0) if self.side == "max" else (1.0, math.inf)
        return _excess_chi2(self.target(values), low, high, self.theory)


@dataclass(frozen=True)
class Chi2:
    """An observable that is itself a chi2, e.g. of HiggsSignals: it adds to the total as it is.

    Parameters
    ----------
    name : str
        The observable.
    max : float
        The largest chi2 that counts as inside.
    """

    name: str
    max: float = math.inf

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def interval(self) -> tuple[float, float]:
        return -math.inf, self.max

    def target(self, values: Values) -> Array:
        return values[self.name]

    def chi2(self, values: Values) -> Array:
        return values[self.name]


@dataclass(frozen=True)
class TotalChi2:
    """A limit on the summed chi2 of the constraints that grow smoothly.

    Sharp limits do not enter the sum (they are 0 or infinite); they cut by themselves.

    Parameters
    ----------
    parts : sequence of Constraint
        The constraints that are summed.
    max : float
        The largest sum that counts as inside.
    name : str
        ``chi2_total``.
    """

    parts: Sequence[Constraint]
    max: float
    name: str = "chi2_total"

    @property
    def needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for part in self.smooth for name in part.needs))

    @property
    def smooth(self) -> tuple[Constraint, ...]:
        """The parts that are summed: all but the sharp limits."""
        return tuple(part for part in self.parts if not is_sharp(part))

    @property
    def interval(self) -> tuple[float, float]:
        return -math.inf, self.max

    def target(self, values: Values) -> Array:
        return np.asarray(np.sum([part.chi2(values) for part in self.smooth], axis=0))

    def chi2(self, values: Values) -> Array:
        """Nothing of its own: zero, shape (n,), NaN where a part is missing."""
        return 0.0 * self.target(values)


def is_sharp(constraint: Constraint) -> bool:
    """Whether the chi2 of a constraint is a step: a limit without a theory uncertainty."""
    return isinstance(constraint, Limit | TableLimit) and constraint.theory == 0


def _excess_chi2(y: Array, low: float, high: float, theory: float) -> Array:
    excess = np.maximum(0.0, np.maximum(low - y, y - high))
    if theory > 0:
        return (excess / theory) ** 2
    return np.where(np.isnan(y), np.nan, np.where(excess > 0, np.inf, 0.0))
