"""What somebody wants to see: which numbers, of which points, how large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.constraints import Constraint
from mlscanner_hep.errors import ConfigError, nearest
from mlscanner_hep.expressions import Expression
from mlscanner_hep.plots import labels
from mlscanner_hep.plots.axes import Axis, NumberAxis, ParameterAxis
from mlscanner_hep.plots.results import Results
from mlscanner_hep.plots.style import WIDTHS
from mlscanner_hep.plots.ticks import short
from mlscanner_hep.space import Choice

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


TALLEST = 4.8  # inches
ISLAND = "island"
ASIDE = 0.2
"""How far dots of a choice are moved, with the choices 1 apart."""


@dataclass(frozen=True)
class Wanted:
    """A figure as it was asked for.

    Parameters
    ----------
    x, y, color : str
        Names or expressions; empty where nothing is wanted.
    names : tuple of str
        Names or expressions of the panels of a corner plot; empty for the parameters.
    where : str
        A condition on the points; empty for all of them.
    near : mapping of str to float
        Parameter values: only points near these are shown.
    within : float
        How near, as a share of the scanned range on the scale of the parameter.
    every : bool
        Show all points with an answer alike, not only those inside.
    log : tuple of str
        Which of ``x``, ``y`` and ``color`` are logarithmic though their numbers would not be.
    bins : int
        Along each axis; 0 for as many as the number of points allows.
    width : {'single', 'double'}
        For one column of a journal, or for both.
    """

    x: str = ""
    y: str = ""
    color: str = ""
    names: tuple[str, ...] = ()
    where: str = ""
    near: Mapping[str, float] = field(default_factory=dict)
    within: float = 0.05
    every: bool = False
    log: tuple[str, ...] = ()
    bins: int = 0
    width: Literal["single", "double"] = "single"

    def size(self, height: float) -> tuple[float, float]:
        """Width and height of a figure in inches, the height in widths of a column."""
        width = WIDTHS[self.width]
        return width, height * min(width, TALLEST)


@dataclass(frozen=True)
class Quantity:
    """A number of each point, and how it is drawn.

    Parameters
    ----------
    text : str
        The name or the expression.
    values : ndarray, shape (n,)
        The numbers; NaN where missing.
    axis : Axis
        Its axis.
    constraint : Constraint or None
        The constraint on it, if it is an observable that has one.
    """

    text: str
    values: Array
    axis: Axis
    constraint: Constraint | None = None

    @property
    def place(self) -> Array:
        """Where the points are drawn, shape (n,)."""
        return self.axis.place(self.values)

    @cached_property
    def spots(self) -> Array:
        """The same for dots, shape (n,): beside each other where they are of one choice."""
        if isinstance(self.axis, ParameterAxis) and isinstance(self.axis.parameter, Choice):
            beside = np.random.default_rng(0).uniform(-ASIDE, ASIDE, len(self.values))
            return np.asarray(self.place + beside)
        return self.place


def evaluate(results: Results, text: str, option: str) -> Array:
    """The value of an expression at each point, shape (n,).

    Raises
    ------
    ConfigError
        If it cannot be read or names something that the run does not have; says which option.
    """
    try:
        expression = Expression.parse(text, bare={"inside"})
    except ValueError as error:
        raise ConfigError(f"{option}: {error}") from error
    for name in sorted(expression.names - results.numbers.keys() - {ISLAND}):
        hint = nearest(name, [*results.numbers, ISLAND])
        raise ConfigError(f"{option} {text}: the run has no '{name}'; {hint}")
    values = results.numbers
    if ISLAND in expression.names:
        values = values | {ISLAND: results.island}
    value = np.asarray(expression(values), dtype=np.float64)
    value = np.broadcast_to(value, (len(results.points),))
    return np.where(np.isfinite(value), value, np.nan)


def shown(results: Results, wanted: Wanted) -> Mask:
    """The points that are wanted, shape (n,): answered or without a spectrum, `where` and `near`.

    Raises
    ------
    ConfigError
        If a condition cannot be meant.
    """
    rows = results.points.ok.copy() if wanted.every else results.judged
    if wanted.where:
        rows &= evaluate(results, wanted.where, "--where") == 1
    space = results.problem.space
    for name, value in wanted.near.items():
        if name not in space.names:
            hint = nearest(name, space.names)
            raise ConfigError(f"--near {name}={value:g}: no parameter '{name}'; {hint}")
        j = space.names.index(name)
        parameter = space.parameters[j]
        centre = float(parameter.to_unit(np.array([value]))[0])
        if not 0 <= centre <= 1:
            raise ConfigError(f"--near {name}={value:g}: {_range(parameter)}")
        width = 1e-9 if isinstance(parameter, Choice) else wanted.within
        rows &= np.abs(results.points.u[:, j] - centre) <= width
    return rows


def _range(parameter: object) -> str:
    if isinstance(parameter, Choice):
        return f"its choices are {', '.join(map(str, parameter.choices))}"
    low, high = getattr(parameter, "min", ""), getattr(parameter, "max", "")
    return f"it is scanned from {low} to {high}"


def quantity(results: Results, text: str, rows: Mask, option: str, wanted: Wanted) -> Quantity:
    """A name or an expression with an axis for the rows (n,) of a figure.

    Raises
    ------
    ConfigError
        As `evaluate`, and if no row has a value.
    """
    values = evaluate(results, text, option)
    there = rows & np.isfinite(values)
    if not there.any():
        if rows.any():
            raise ConfigError(f"{option} {text}: missing at all {rows.sum()} points to be shown")
        raise ConfigError("no point is left to be shown: relax --where or --near, or scan further")
    log = True if option.lstrip("-") in wanted.log else None
    if text in results.problem.space.names and not log:
        return parameter(results, text, rows)
    limits = {c.name: c for c in results.problem.constraints}
    name = labels.of(text, results.labels)
    axis = NumberAxis.around(name, values[there], values[there & results.inside], log)
    return Quantity(text, values, axis, limits.get(text))


def parameter(results: Results, name: str, rows: Mask) -> Quantity:
    """A parameter with an axis for the rows (n,) of a figure, of which there may be none."""
    j = results.problem.space.names.index(name)
    points, own = results.points, results.problem.space.parameters[j]
    axis = ParameterAxis.around(own, points.u[rows & results.inside, j])
    limits = {c.name: c for c in results.problem.constraints}
    return Quantity(name, points.x[:, j], axis, limits.get(name))


def slice_title(results: Results, wanted: Wanted) -> str:
    """What a slice is a slice at, for above a figure; empty if it is none."""
    parts = []
    for name, value in wanted.near.items():
        symbol, unit = labels.symbol(name, results.labels), labels.unit(name, results.labels)
        parts.append(rf"{symbol} $\approx$ {short(value)} {unit}".rstrip())
    return ", ".join(parts)
