"""Axes, dots and legends, drawn alike in all figures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from mlscanner_hep.plots import limits
from mlscanner_hep.plots.style import GREY
from mlscanner_hep.plots.wanted import Quantity

Array = NDArray[np.float64]

LINE = 13  # points: the height of a line of a legend


def dress(panel: Axes, x: Quantity, y: Quantity) -> None:
    """Give a panel the axes of two numbers, with their ticks and labels."""
    x.axis.dress(panel, "x")
    y.axis.dress(panel, "y")
    panel.set(xlabel=x.axis.label, ylabel=y.axis.label)


def faint(panel: Axes, x: Array, y: Array, **look: Any) -> None:
    """Draw points behind others, in grey where nothing else is said; the more the smaller."""
    size = float(np.clip(60 / max(1, len(x)) ** 0.5, 0.6, 2.5))
    style: dict[str, Any] = {"color": GREY, "alpha": 0.6, "zorder": 1, "rasterized": True} | look
    panel.plot(x, y, "o", ms=size, mew=0, **style)


def dots(count: int) -> dict[str, Any]:
    """How so many points inside are drawn: above the grey ones, and of a size that lets see."""
    size = float(np.clip(4000 / max(1, count), 1.5, 12))
    return {"s": size, "linewidths": 0, "zorder": 3, "rasterized": True}


def explain(panel: Axes, groups: Mapping[str, tuple[int, Any]], title: str) -> None:
    """A legend of groups of points above the panel, where it hides nothing."""
    dot: dict[str, Any] = {"ls": "", "marker": "o", "ms": 4, "mew": 0}
    handles = [
        Line2D([], [], color=colour, label=name if count else f"{name}: none", **dot)
        for name, (count, colour) in groups.items()
        if count or name != "outside"
    ]
    above(panel, handles, title)


def above(panel: Axes, handles: list[Any], title: str, columns: int = 3) -> None:
    """Put a legend above a panel, with the limits that are drawn, and the title above that."""
    if any(line.get_label() == limits.LABEL for line in panel.lines):
        handles = [*handles, Line2D([], [], label=limits.LABEL, **limits.LINE)]
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "ncols": columns}
    panel.legend(handles=handles, **place)
    panel.set_title(title, pad=6 + LINE * math.ceil(len(handles) / columns))
