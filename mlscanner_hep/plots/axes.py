"""How a parameter or any other number is drawn: label, scale, bins and ticks of its axis."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import (
    AutoMinorLocator,
    FixedLocator,
    FuncFormatter,
    Locator,
    LogLocator,
    NullFormatter,
    NullLocator,
)
from numpy.typing import NDArray

from mlscanner_hep.plots import labels, ticks
from mlscanner_hep.plots.ticks import short
from mlscanner_hep.space import Choice, Parameter

Array = NDArray[np.float64]
Side = Literal["x", "y"]

EDGE = 0.04  # of the length of an axis
NARROW = 0.2
"""An axis is zoomed if the points inside span less than this part of the box."""
DECADES = 3
"""Positive numbers over more decades than these have a logarithmic axis."""
FAR = 3.0
"""An axis shows everything unless that makes it so many times longer than 98 % of the points."""


class Axis(Protocol):
    """What a figure needs to know of the number along one of its sides."""

    @property
    def label(self) -> str:
        """Name in LaTeX where that is given, with the unit."""
        ...

    @property
    def limits(self) -> tuple[float, float]:
        """Ends of the axis."""
        ...

    @property
    def log(self) -> bool:
        """Whether it is logarithmic."""
        ...

    def place(self, x: Array) -> Array:
        """Where values (n,) are drawn."""
        ...

    def edges(self, count: int) -> Array:
        """Edges of equally wide bins, as the axis shows them."""
        ...

    def dress(self, axes: Axes, side: Side, *, away: bool = False) -> None:
        """Set scale, limits and ticks; `away` from the ends where panels touch."""
        ...


@dataclass(frozen=True)
class ParameterAxis:
    """The axis of one parameter; discrete choices are drawn at 0, 1, 2 ...

    Parameters
    ----------
    parameter : Parameter or Choice
        What it shows.
    view : tuple of float
        The part of the box that it shows, in the unit cube.
    """

    parameter: Parameter | Choice
    view: tuple[float, float] = (0.0, 1.0)

    @classmethod
    def around(cls, parameter: Parameter | Choice, u: Array) -> ParameterAxis:
        """An axis for points at `u` (n,) of the unit cube: the whole box, or where they are."""
        low, high = (float(u.min()), float(u.max())) if len(u) else (0.0, 1.0)
        width = high - low
        if isinstance(parameter, Choice) or not 0 < width < NARROW:
            return cls(parameter)
        return cls(parameter, (max(0.0, low - width / 2), min(1.0, high + width / 2)))

    @property
    def zoomed(self) -> bool:
        """Whether it shows a part of the box only."""
        return self.view != (0.0, 1.0)

    @property
    def log(self) -> bool:
        return isinstance(self.parameter, Parameter) and self.parameter.scale == "log"

    @cached_property
    def label(self) -> str:
        return labels.label(self.parameter.name, self.parameter.latex, self.parameter.unit)

    @cached_property
    def limits(self) -> tuple[float, float]:
        if isinstance(self.parameter, Choice):
            return -0.5, len(self.parameter.choices) - 0.5
        low, high = self.parameter.from_unit(np.array(self.view))
        return float(low), float(high)

    def place(self, x: Array) -> Array:
        if isinstance(self.parameter, Choice):
            return np.asarray(self.parameter.to_unit(x) * len(self.parameter.choices) - 0.5)
        return x

    def edges(self, count: int) -> Array:
        if isinstance(self.parameter, Choice):
            return np.arange(len(self.parameter.choices) + 1, dtype=np.float64) - 0.5
        if self.parameter.scale == "normal":
            return np.linspace(*self.limits, count + 1)
        return self.parameter.from_unit(np.linspace(*self.view, count + 1))

    def prior(self, edges: Array) -> Array:
        """The share of uniform points in each bin (k,) between edges (k + 1,)."""
        if isinstance(self.parameter, Choice):
            return np.full(len(edges) - 1, 1 / len(self.parameter.choices))
        return np.diff(self.parameter.to_unit(edges))

    def dress(self, axes: Axes, side: Side, *, away: bool = False) -> None:
        parameter, axis = self.parameter, axes.xaxis if side == "x" else axes.yaxis
        scale, options = "linear", {}
        if isinstance(parameter, Choice):
            _limit(axes, side, self.limits)
            places = range(len(parameter.choices))
            axis.set_ticks(list(places), [short(value) for value in parameter.choices])
            axis.set_minor_locator(NullLocator())
            return
        if parameter.scale == "log":
            scale = "log"
        elif parameter.scale == "symlog":
            scale, options = "asinh", {"linear_width": parameter.threshold}
        _dress(axes, side, self.limits, self._ticks(parameter, away), scale, options, not away)

    def _ticks(self, parameter: Parameter, away: bool) -> list[float]:
        """Ticks, away from the ends if their labels could run into those of the next panel."""
        low, high = self.limits
        found: list[float] = []
        if parameter.scale == "log":
            found = ticks.logarithmic(low, high)
        elif parameter.scale == "symlog":
            found = ticks.symmetric(low, high, parameter.threshold)
        margin = EDGE * (self.view[1] - self.view[0]) if away else -1e-9
        first, last = self.view[0] + margin, self.view[1] - margin
        found = [tick for tick in found if first < parameter.to_unit(np.array(tick)) < last]
        return found if len(found) > 1 else ticks.linear(low, high, away=away)


@dataclass(frozen=True)
class NumberAxis:
    """The axis of an observable or an expression.

    Parameters
    ----------
    label : str
        What it is called.
    limits : tuple of float
        Its ends, different.
    log : bool
        Whether it is logarithmic.
    """

    label: str
    limits: tuple[float, float]
    log: bool = False

    @classmethod
    def around(
        cls, label: str, values: Array, inside: Array, log: bool | None = None
    ) -> NumberAxis:
        """An axis for all values (n,), or for those inside (k,) with as much around them.

        It is logarithmic for positive numbers over many decades, unless `log` says so.
        """
        values, inside = values[np.isfinite(values)], inside[np.isfinite(inside)]
        if log is None:
            positive = len(values) > 0 and values.min() > 0
            log = bool(positive and values.max() / values.min() > 10**DECADES)
        if log:
            values, inside = np.log10(values[values > 0]), np.log10(inside[inside > 0])
        low, high = _view(values, inside)
        return cls(label, (10**low, 10**high) if log else (low, high), log)

    def place(self, x: Array) -> Array:
        return x

    def edges(self, count: int) -> Array:
        between = np.geomspace if self.log else np.linspace
        return np.asarray(between(*self.limits, count + 1), dtype=np.float64)

    def dress(self, axes: Axes, side: Side, *, away: bool = False) -> None:
        found = ticks.logarithmic(*self.limits) if self.log else []
        if len(found) < 2:
            found = ticks.linear(*self.limits, away=away)
        _dress(axes, side, self.limits, found, "log" if self.log else "linear", {}, not away)


def _view(values: Array, inside: Array) -> tuple[float, float]:
    """The interval to be shown of values (n,), given those inside (k,)."""
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if len(inside) > 1 and np.ptp(inside) > 0:
        first, last = float(inside.min()), float(inside.max())
        low, high = max(low, first - (last - first)), min(high, last + (last - first))
    elif len(values) > 1:
        first, last = (float(end) for end in np.quantile(values, (0.01, 0.99)))
        if high - low > FAR * (last - first) > 0:
            low, high = first, last
    margin = EDGE * (high - low) or EDGE * abs(high) or 1.0
    return low - margin, high + margin


def _limit(axes: Axes, side: Side, limits: tuple[float, float]) -> None:
    set_limits = axes.set_xlim if side == "x" else axes.set_ylim
    set_limits(*limits)


def _dress(
    axes: Axes,
    side: Side,
    limits: tuple[float, float],
    places: list[float],
    scale: str,
    options: dict[str, float],
    minor: bool,
) -> None:
    axis = axes.xaxis if side == "x" else axes.yaxis
    set_scale = axes.set_xscale if side == "x" else axes.set_yscale
    if scale != "linear":
        set_scale(scale, **options)
    axis.set_major_locator(FixedLocator(places))
    axis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    between: Locator = NullLocator()
    if minor and scale == "log":
        between = LogLocator(subs=range(2, 10))
    elif minor and scale == "linear":
        between = AutoMinorLocator()
    axis.set_minor_locator(between)
    axis.set_minor_formatter(NullFormatter())
    _limit(axes, side, limits)
