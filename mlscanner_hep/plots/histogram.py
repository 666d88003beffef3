"""How a number is distributed in the region, and in a uniform sample of the box."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mlscanner_hep.plots import limits
from mlscanner_hep.plots.axes import ParameterAxis
from mlscanner_hep.plots.binning import index, many, shares
from mlscanner_hep.plots.marks import above
from mlscanner_hep.plots.picture import Picture
from mlscanner_hep.plots.results import Results
from mlscanner_hep.plots.style import BLUE, INK
from mlscanner_hep.plots.wanted import Quantity, Wanted, quantity, shown, slice_title

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def draw(results: Results, wanted: Wanted) -> Picture:
    """Draw the share of the region in each bin of x, and that of the box.

    Points inside count by the volume that they stand for, see `weights`; so both are what uniform
    points would show.

    Raises
    ------
    ConfigError
        If something unknown is wanted, or there is no point to be shown.
    """
    rows = shown(results, wanted)
    x = quantity(results, wanted.x, rows, "--x", wanted)
    inside = rows & results.inside & np.isfinite(x.values)
    points = int(inside.sum())
    if not isinstance(x.axis, ParameterAxis) and (uniform := int(_uniform(results, x).sum())):
        points = min(points, uniform) or uniform
    edges = x.axis.edges(wanted.bins or many(points, 1))
    share = shares(x.place[inside], results.weights[inside], edges)
    box, source = prior(results, x, edges)
    figure = Figure(figsize=wanted.size(0.7), layout="constrained")
    panel = figure.subplots()
    look: dict[str, Any] = {"fill": True, "color": BLUE, "alpha": 0.8}
    handles: list[Any] = [panel.stairs(share, edges, label="inside", **look)]
    if box.any():
        line = panel.stairs(box, edges, baseline=None, color=INK, ls="--", lw=1.0, label=source)
        handles.append(line)
    x.axis.dress(panel, "x")
    panel.set(xlabel=x.axis.label, ylabel="share per bin")
    panel.set_ylim(0, 1.05 * max(float(share.max()), float(box.max()), 1e-3))
    lines = limits.draw(panel, x)
    above(panel, handles, slice_title(results, wanted))
    bins = index(x.place[inside], edges)
    table = {
        "from": edges[:-1].tolist(),
        "to": edges[1:].tolist(),
        "share": share.tolist(),
        "points": np.bincount(bins[bins >= 0], minlength=len(share)).tolist(),
        "box": box.tolist(),
    }
    tables = {"": table} | ({"-limits": lines} if lines["limit"] else {})
    notes = () if inside.any() else (f"None of the {rows.sum()} points that are shown is inside.",)
    return Picture(figure, tables, notes)


def prior(results: Results, x: Quantity, edges: Array) -> tuple[Array, str]:
    """The share (k,) of uniform points of the box in each bin, and how it is known.

    Of a parameter exactly; of another number from the points of the scan that no model chose,
    zeros if there are none.
    """
    if isinstance(x.axis, ParameterAxis):
        return x.axis.prior(edges), "uniform in the box"
    uniform = _uniform(results, x)
    name = f"{uniform.sum()} uniform points"
    return shares(x.values[uniform], np.ones(int(uniform.sum())), edges), name


def _uniform(results: Results, x: Quantity) -> Mask:
    """The points (n,) that no model chose and that have a value."""
    return results.points.uniform & results.points.ok & np.isfinite(x.values)
