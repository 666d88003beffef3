"""The profile likelihood: the least chi2 in bins of one or two numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from mlscanner_hep.errors import ConfigError
from mlscanner_hep.plots import binning, limits
from mlscanner_hep.plots.binning import Grid
from mlscanner_hep.plots.colour import ColourScale
from mlscanner_hep.plots.marks import above, dress
from mlscanner_hep.plots.picture import Picture, numbers
from mlscanner_hep.plots.results import Results
from mlscanner_hep.plots.style import BLUE, INK
from mlscanner_hep.plots.wanted import Quantity, Wanted, quantity, shown, slice_title

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Quantiles of the chi2 distribution with one and two degrees of freedom, which the difference to
# the best fit follows for many data: S. S. Wilks, Annals Math. Statist. 9 (1938) 60.
ONE = {"68.3 %": 1.00, "95 %": 3.84}
TWO = {"68.3 %": 2.30, "95 %": 5.99}
STYLES = ("-", "--")
HIGHEST = 12.0
"""The colours end at this delta chi2, beyond 99.7 % of two degrees of freedom."""
LABEL = r"$\Delta\chi^2$"


def draw(results: Results, wanted: Wanted) -> Picture:
    """Draw the least chi2 against x, or in the plane of x and y with its contours.

    All points with a finite chi2 count, inside or not; beyond a sharp limit there is none.

    Raises
    ------
    ConfigError
        If something unknown is wanted, or no chi2 tells points apart.
    """
    chi2 = results.numbers["chi2"]
    rows = shown(results, wanted) & np.isfinite(chi2)
    if not rows.any():
        raise ConfigError("no point to be shown has a finite chi2: all are beyond a sharp limit")
    if np.ptp(chi2[rows]) == 0:
        raise ConfigError(
            "the chi2 of all points is the same, for only sharp limits judge them: draw "
            "--kind region, or give constraints a sigma or a theory uncertainty"
        )
    x = quantity(results, wanted.x, rows, "--x", wanted)
    delta = np.where(rows, chi2 - chi2[rows].min(), np.nan)
    if not wanted.y:
        return _line(results, wanted, x, delta, rows)
    y = quantity(results, wanted.y, rows, "--y", wanted)
    return _plane(results, wanted, x, y, delta, rows)


def _plane(
    results: Results, wanted: Wanted, x: Quantity, y: Quantity, delta: Array, rows: Mask
) -> Picture:
    count = wanted.bins or binning.many(int(rows.sum()), 2)
    grid = Grid.of(x.axis, y.axis, count)
    least = grid.least(x.place, y.place, delta)
    figure = Figure(figsize=wanted.size(0.8), layout="constrained")
    panel = figure.subplots()
    top = min(HIGHEST, max(float(np.nanmax(least)), TWO["95 %"]))
    norm = Normalize(0, top)
    image = panel.pcolormesh(grid.x, grid.y, least.T, norm=norm, cmap="viridis", rasterized=True)
    extend: Any = "max" if np.nanmax(least) > top else "neither"
    ColourScale(LABEL, norm, np.empty(0), extend).bar(figure, image, ax=panel)
    handles = _contours(panel, grid, least)
    best = int(np.nanargmin(delta))
    star: dict[str, Any] = {
        "marker": "*",
        "ls": "",
        "ms": 9,
        "mfc": "white",
        "mec": INK,
        "clip_on": False,
        "zorder": 5,
    }
    handles += panel.plot(x.place[best], y.place[best], label="best", **star)
    dress(panel, x, y)
    limits.draw(panel, x, y)
    above(panel, handles, slice_title(results, wanted))
    table = plane_table(grid, x, y)
    table |= {"delta_chi2": numbers(least.ravel())}
    table |= {"points": grid.count(x.place, y.place, rows).ravel().tolist()}
    return Picture(figure, {"": table}, _notes(int(rows.sum()), int(np.isfinite(least).sum())))


def _contours(panel: Axes, grid: Grid, least: Array) -> list[Line2D]:
    """Draw the outlines of the bins up to each level, and return the entries of the legend.

    They follow the bins: between them nothing is known.
    """
    # Each inner edge twice, so that all of a bin has its value.
    x, y = np.repeat(grid.x, 2)[1:-1], np.repeat(grid.y, 2)[1:-1]
    stroke = [withStroke(linewidth=2.4, foreground="white")]
    handles: list[Line2D] = []
    for (name, level), style in reversed(list(zip(TWO.items(), STYLES, strict=True))):
        within = np.kron(least <= level, np.ones((2, 2)))
        if 0 < within.sum() < within.size:
            look: dict[str, Any] = {"colors": INK, "linestyles": style, "linewidths": 1.2}
            drawn = panel.contour(x, y, within.T, [0.5], **look)
            drawn.set(path_effects=stroke, zorder=3)
        handles.insert(0, Line2D([], [], color=INK, ls=style, lw=1.2, label=name))
    return handles


def _line(results: Results, wanted: Wanted, x: Quantity, delta: Array, rows: Mask) -> Picture:
    count = wanted.bins or binning.many(int(rows.sum()), 1)
    edges = x.axis.edges(count)
    everywhere = Grid(edges, np.array([-1.0, 1.0]))
    least = everywhere.least(x.place, np.zeros(len(delta)), delta)[:, 0]
    figure = Figure(figsize=wanted.size(0.7), layout="constrained")
    panel = figure.subplots()
    panel.stairs(least, edges, baseline=None, color=BLUE, lw=1.2)
    for (name, level), style in zip(ONE.items(), ("-", ":"), strict=True):
        panel.axhline(level, color=INK, lw=0.8, ls=style, label=name)
    panel.set_ylim(0, min(HIGHEST, 1.15 * max(float(np.nanmax(least)), ONE["95 %"])))
    x.axis.dress(panel, "x")
    panel.set(xlabel=x.axis.label, ylabel=LABEL)
    limits.draw(panel, x)
    above(panel, panel.lines[:2], slice_title(results, wanted))
    table = {f"{x.text} from": edges[:-1].tolist(), f"{x.text} to": edges[1:].tolist()}
    table |= {"delta_chi2": numbers(least)}
    return Picture(figure, {"": table}, _notes(int(rows.sum()), int(np.isfinite(least).sum())))


def plane_table(grid: Grid, x: Quantity, y: Quantity) -> dict[str, list[Any]]:
    """The edges of each bin of a plane as columns."""
    low_x, low_y = np.meshgrid(grid.x[:-1], grid.y[:-1], indexing="ij")
    high_x, high_y = np.meshgrid(grid.x[1:], grid.y[1:], indexing="ij")
    ends = {f"{x.text} from": low_x, f"{x.text} to": high_x}
    ends |= {f"{y.text} from": low_y, f"{y.text} to": high_y}
    return {name: values.ravel().tolist() for name, values in ends.items()}


def _notes(points: int, bins: int) -> tuple[str, ...]:
    return (
        f"{points} points with a finite chi2 in {bins} bins. The least of them is an upper limit on"
        " the true minimum of a bin: more points can only lower it.",
    )
