"""How a parameter is drawn: label, scale and ticks of its axis."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.mathtext import MathTextParser
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from numpy.typing import NDArray

from mlscanner_hep.report.picture import plain
from mlscanner_hep.space import Choice, Parameter

Array = NDArray[np.float64]

TICKS = 4
EDGE = 0.04  # of the length of an axis
NARROW = 0.2
"""An axis is zoomed if the points inside span less than this part of the box."""


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

    @cached_property
    def label(self) -> str:
        """Name in LaTeX where that is given and can be read, with the unit."""
        return label(self.parameter.name, self.parameter.latex, self.parameter.unit)

    @cached_property
    def limits(self) -> tuple[float, float]:
        """Ends of the axis."""
        if isinstance(self.parameter, Choice):
            return -0.5, len(self.parameter.choices) - 0.5
        low, high = self.parameter.from_unit(np.array(self.view))
        return float(low), float(high)

    def place(self, x: Array) -> Array:
        """Where values (n,) are drawn."""
        if isinstance(self.parameter, Choice):
            return np.asarray(self.parameter.to_unit(x) * len(self.parameter.choices) - 0.5)
        return x

    def edges(self, count: int) -> Array:
        """Edges of equally wide bins, as the axis shows them."""
        if isinstance(self.parameter, Choice):
            return np.arange(len(self.parameter.choices) + 1, dtype=np.float64) - 0.5
        if self.parameter.scale == "normal":
            return np.linspace(*self.limits, count + 1)
        return self.parameter.from_unit(np.linspace(*self.view, count + 1))

    def dress(self, axes: Axes, side: Literal["x", "y"]) -> None:
        """Set scale, limits and ticks of one side of the axes."""
        parameter, axis = self.parameter, axes.xaxis if side == "x" else axes.yaxis
        set_scale = axes.set_xscale if side == "x" else axes.set_yscale
        set_limits = axes.set_xlim if side == "x" else axes.set_ylim
        if isinstance(parameter, Choice):
            places = range(len(parameter.choices))
            axis.set_ticks(list(places), [short(value) for value in parameter.choices])
        else:
            if parameter.scale == "log":
                set_scale("log")
            elif parameter.scale == "symlog":
                set_scale("asinh", linear_width=parameter.threshold)
            axis.set_major_locator(FixedLocator(self._ticks(parameter)))
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
        set_limits(*self.limits)

    def _ticks(self, parameter: Parameter) -> list[float]:
        """Ticks away from the ends, whose labels would run into those of the next panel."""
        low, high = self.limits
        ticks: list[float] = []
        if parameter.scale == "log":
            ticks = _log_ticks(low, high)
        elif parameter.scale == "symlog":
            ticks = _symlog_ticks(low, high, parameter.threshold)
        margin = EDGE * (self.view[1] - self.view[0])
        first, last = self.view[0] + margin, self.view[1] - margin
        ticks = [tick for tick in ticks if first < parameter.to_unit(np.array(tick)) < last]
        if len(ticks) < 2:
            even = MaxNLocator(TICKS, steps=[1, 2, 2.5, 5, 10], prune="both")
            ticks = [float(tick) for tick in even.tick_values(low, high)]
        return ticks


def label(name: str, latex: str = "", unit: str = "") -> str:
    """The label of an axis."""
    formula = f"${latex.strip().strip('$')}$"
    text = formula if latex and _readable(formula) else plain(name)
    unit = re.sub(r"\^\{?(-?\d+)\}?", r"$^{\1}$", plain(unit))
    return f"{text} [{unit}]" if unit else text


def _readable(formula: str) -> bool:
    """Whether matplotlib, which knows a part of LaTeX, can read a formula."""
    try:
        MathTextParser("path").parse(formula)
    except ValueError:
        return False
    return True


def short(value: float) -> str:
    """A number for a tick: 1e5 rather than 1e+05."""
    text = f"{value:.6g}".replace("-", "\N{MINUS SIGN}")
    mantissa, _, exponent = f"{value:.3e}".partition("e")
    power = int(exponent)
    if value == 0 or -4 < power < 4:
        return text
    mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{power}".replace("-", "\N{MINUS SIGN}")


def _log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten, thinned out; over less than two decades also 2 and 5 times them."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    step = max(1, math.ceil((last - first) / TICKS))
    factors = (1, 2, 5) if math.log10(high / low) < 2 else (1,)
    ticks = [factor * 10.0**power for power in range(first, last + 1, step) for factor in factors]
    return [tick for tick in ticks if low <= tick <= high]


def _symlog_ticks(low: float, high: float, threshold: float) -> list[float]:
    """Zero, and for each sign two powers of ten beyond the threshold."""
    ticks = [0.0] if low <= 0 <= high else []
    for sign, end in ((1, high), (-1, -low)):
        start = max(threshold, low if sign > 0 else -high)
        if end > start:
            powers = range(math.ceil(math.log10(2 * start)), math.floor(math.log10(0.8 * end)) + 1)
            chosen = powers[:: -max(1, len(powers) // 2)][:2]
            ticks += [sign * 10.0**power for power in chosen]
    return sorted(ticks)
