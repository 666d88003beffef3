"""Limits on an axis: what the constraints accept of a constrained observable."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.patheffects import AbstractPathEffect, withStroke

from mlscanner_hep.constraints import TableLimit
from mlscanner_hep.plots.style import INK
from mlscanner_hep.plots.wanted import Quantity

LINE: dict[str, Any] = {"color": INK, "lw": 0.8, "ls": (0, (4, 2)), "zorder": 4}
LABEL = "limit"
ON_COLOURS: list[AbstractPathEffect] = [withStroke(linewidth=2, foreground="white")]


def ends(shown: Quantity) -> list[float]:
    """The finite ends of the accepted interval of a number that is itself constrained.

    A tabulated limit has none: it is a curve.
    """
    if shown.constraint is None or isinstance(shown.constraint, TableLimit):
        return []
    return [end for end in shown.constraint.interval if np.isfinite(end)]


def draw(panel: Axes, x: Quantity, y: Quantity | None = None) -> dict[str, list[Any]]:
    """Draw the limits on both numbers as lines; return them as a table."""
    table: dict[str, list[Any]] = {"observable": [], "limit": []}
    lines = [(x, panel.axvline)] + ([(y, panel.axhline)] if y else [])
    for quantity, line in lines:
        low, high = quantity.axis.limits
        for end in ends(quantity):
            table["observable"].append(quantity.text)
            table["limit"].append(end)
            if low < end < high:
                line(end, label=LABEL, **LINE)
    if y is not None and isinstance(y.constraint, TableLimit) and y.constraint.against == x.text:
        along = x.axis.edges(200)
        panel.plot(along, _curve(y.constraint, along), label=LABEL, **LINE)
    return table


def mark(bar: Colorbar, shown: Quantity) -> None:
    """Mark the limits on the number of a colour bar."""
    for end in ends(shown):
        bar.ax.axhline(end, **LINE).set_path_effects(ON_COLOURS)


def _curve(limit: TableLimit, along: Any) -> Any:
    """What is accepted at most, or at least, along the axis of the number it depends on."""
    low, high = limit.interval
    return limit.bound(along) * (high if limit.side == "max" else low)
