"""Points in the plane of any two numbers, in the colours of a third one."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mlscanner_hep.plots import limits
from mlscanner_hep.plots.colour import ColourScale
from mlscanner_hep.plots.marks import dots, dress, explain, faint
from mlscanner_hep.plots.picture import Picture, numbers
from mlscanner_hep.plots.results import Results
from mlscanner_hep.plots.style import BLUE, GREY
from mlscanner_hep.plots.wanted import Quantity, Wanted, quantity, shown, slice_title

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]

BEST_FIRST = ("chi2", "delta_chi2")


def draw(results: Results, wanted: Wanted) -> Picture:
    """Draw the points inside over those outside, or all alike, with the limits on both numbers.

    Raises
    ------
    ConfigError
        If something unknown is wanted, or there is no point to be shown.
    """
    rows = shown(results, wanted)
    x = quantity(results, wanted.x, rows, "--x", wanted)
    y = quantity(results, wanted.y, rows, "--y", wanted)
    drawn = rows & np.isfinite(x.values) & np.isfinite(y.values)
    front = drawn if wanted.every else drawn & results.inside
    colour = None
    if wanted.color and front.any():
        colour = quantity(results, wanted.color, front, "--color", wanted)
        front = front & np.isfinite(colour.values)
        drawn &= front | ~results.inside
    figure = Figure(figsize=wanted.size(0.8), layout="constrained")
    panel = figure.subplots()
    back = drawn & ~front
    faint(panel, x.spots[back], y.spots[back])
    scale = _front(panel, x, y, colour, np.flatnonzero(front))
    dress(panel, x, y)
    lines = limits.draw(panel, x, y)
    if scale is not None and colour is not None:
        bar = scale.bar(figure, panel.collections[-1], ax=panel)
        limits.mark(bar, colour)
    name = "all points" if wanted.every else "inside"
    colours = BLUE if scale is None else scale.cmap(0.5)
    groups = {name: (int(front.sum()), colours), "outside": (int(back.sum()), GREY)}
    explain(panel, groups, slice_title(results, wanted))
    tables = {"": _table(results, drawn, x, y, colour)}
    if lines["limit"]:
        tables["-limits"] = lines
    return Picture(figure, tables, tuple(_notes(results, rows, drawn, front, x, y, colour)))


def _front(
    panel: Axes, x: Quantity, y: Quantity, colour: Quantity | None, rows: Rows
) -> ColourScale | None:
    """Draw the points that matter, the best on top or else in no particular order."""
    if colour is None:
        panel.scatter(x.spots[rows], y.spots[rows], color=BLUE, **dots(len(rows)))
        return None
    if colour.text in BEST_FIRST:
        rows = rows[np.argsort(-colour.values[rows], kind="stable")]
    else:
        rows = np.random.default_rng(0).permutation(rows)
    scale = ColourScale.of(colour.axis.label, colour.values[rows], colour.axis.log)
    panel.scatter(
        x.spots[rows],
        y.spots[rows],
        c=colour.values[rows],
        norm=scale.norm,
        cmap=scale.cmap,
        **dots(len(rows)),
    )
    return scale


def _notes(
    results: Results,
    rows: Mask,
    drawn: Mask,
    front: Mask,
    x: Quantity,
    y: Quantity,
    colour: Quantity | None,
) -> list[str]:
    notes = []
    if not (rows & results.inside).any():
        notes.append(f"None of the {rows.sum()} points that are shown is inside.")
    if missing := int((rows & results.points.ok & ~drawn).sum()):
        names = " or ".join(quantity_.text for quantity_ in (x, y, colour) if quantity_)
        notes.append(f"{missing} points without {names} are not shown.")
    beyond = np.zeros(len(drawn), np.bool_)
    for quantity_ in (x, y):
        low, high = quantity_.axis.limits
        beyond |= (quantity_.place < low) | (quantity_.place > high)
    if count := int((drawn & beyond).sum()):
        coloured = int((front & beyond).sum())
        notes.append(f"{count} points lie beyond the axes, {coloured} of them in colour.")
    return notes


def _table(
    results: Results, rows: Mask, x: Quantity, y: Quantity, colour: Quantity | None
) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {"id": results.ids[rows].tolist()}
    for shown_ in (x, y, colour):
        if shown_ is not None:
            columns[shown_.text] = numbers(shown_.values[rows])
    return columns | {"inside": results.inside[rows].tolist()}
