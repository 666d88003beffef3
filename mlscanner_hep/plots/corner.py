"""The parameters of the points inside, or any other numbers, each against each."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mlscanner_hep.errors import ConfigError
from mlscanner_hep.plots.axes import NumberAxis, ParameterAxis
from mlscanner_hep.plots.colour import ColourScale
from mlscanner_hep.plots.labels import plain
from mlscanner_hep.plots.marks import dots, faint
from mlscanner_hep.plots.picture import Picture, numbers
from mlscanner_hep.plots.results import Results
from mlscanner_hep.plots.scatter import BEST_FIRST
from mlscanner_hep.plots.style import BLUE, INK
from mlscanner_hep.plots.ticks import short
from mlscanner_hep.plots.wanted import Quantity, Wanted, parameter, quantity, shown, slice_title

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]

MOST_PARAMETERS = 8
"""More panels than for these could not be read."""
MOST_POINTS = 20_000
"""Of more points, so many are drawn, chosen at random: more would only hide each other."""
BINS = 30
PANEL = 1.75  # inches


def draw(results: Results, wanted: Wanted | None = None) -> Picture:
    """Draw the points inside over those outside, with a weighted histogram for each number.

    Without anything wanted it is the first picture of a run: the parameters, with a text above.

    Raises
    ------
    ConfigError
        If something unknown is wanted, or too much.
    """
    first = wanted is None
    wanted = wanted or Wanted()
    rows = shown(results, wanted)
    columns = _columns(results, wanted, rows)
    colour = _colour(results, wanted, rows)
    inside = _some(np.flatnonzero(rows & results.inside))
    outside = _some(np.flatnonzero(rows & ~results.inside))
    if colour.text in BEST_FIRST:
        inside = inside[np.argsort(-colour.values[inside], kind="stable")]
    scale = ColourScale.of(colour.axis.label, colour.values[inside], colour.axis.log)
    dim = len(columns)
    side = (PANEL * dim if dim > 1 else 3.2) if first else wanted.size(1)[0]
    figure = Figure(figsize=(side, side))
    grid = figure.subplots(dim, dim, squeeze=False, sharex="col")
    image: Any = None
    for row in range(dim):
        for column in range(dim):
            panel: Axes = grid[row, column]
            x, y = columns[column], columns[row]
            if column > row:
                panel.remove()
                continue
            if column == row:
                _histogram(panel, x, results.weights, rows & results.inside)
            else:
                faint(panel, x.spots[outside], y.spots[outside])
                image = panel.scatter(
                    x.spots[inside],
                    y.spots[inside],
                    c=colour.values[inside],
                    norm=scale.norm,
                    cmap=scale.cmap,
                    **dots(len(inside)),
                )
                y.axis.dress(panel, "y", away=True)
            x.axis.dress(panel, "x", away=True)
            _outer_labels(panel, columns, row, column)
    figure.subplots_adjust(hspace=0.1, wspace=0.1)
    figure.align_labels()
    notes = _notes(results, rows, columns, len(inside) + len(outside))
    if first:
        _explain(figure, results.name, notes)
    else:
        figure.suptitle(slice_title(results, wanted), y=0.93)
    if image is not None and len(np.unique(colour.values[inside])) > 1:
        left, bottom, width, height = grid[0, -1].get_position().bounds
        place = figure.add_axes((left + 0.3 * width, bottom, 0.12 * width, height))
        scale.bar(figure, image, cax=place)
    return Picture(figure, {"": _table(results, rows, columns)}, () if first else tuple(notes))


def _columns(results: Results, wanted: Wanted, rows: Mask) -> list[Quantity]:
    space = results.problem.space
    if not wanted.names:
        return [parameter(results, name, rows) for name in space.names[:MOST_PARAMETERS]]
    if len(wanted.names) > MOST_PARAMETERS:
        raise ConfigError(
            f"--names: {len(wanted.names)} names, at most {MOST_PARAMETERS} can be read"
        )
    return [quantity(results, name, rows, "--names", wanted) for name in wanted.names]


def _colour(results: Results, wanted: Wanted, rows: Mask) -> Quantity:
    """What the points inside are coloured by: what is wanted, or else the chi2, or the round."""
    inside = rows & results.inside
    if wanted.color and inside.any():
        return quantity(results, wanted.color, inside, "--color", wanted)
    chi2 = results.chi2[inside]
    if len(chi2) and np.isfinite(chi2).all() and np.ptp(chi2) > 0:
        return Quantity("chi2", results.chi2, NumberAxis(r"$\chi^2$", (0, 1)))
    return Quantity("round", results.points.round.astype(float), NumberAxis("round", (0, 1)))


def _some(rows: Rows) -> Rows:
    if len(rows) <= MOST_POINTS:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, MOST_POINTS, replace=False))


def _histogram(panel: Axes, x: Quantity, weights: Array, inside: Mask) -> None:
    rows = inside & np.isfinite(x.values)
    edges = x.axis.edges(BINS).tolist()
    panel.hist(x.place[rows], bins=edges, weights=weights[rows], color=BLUE, histtype="stepfilled")
    panel.set_yticks([])
    panel.spines[["left", "top", "right"]].set_visible(False)
    panel.tick_params(axis="x", top=False)


def _outer_labels(panel: Axes, columns: list[Quantity], row: int, column: int) -> None:
    """Labels and tick labels on the left and at the bottom only."""
    last = len(columns) - 1
    panel.tick_params(axis="x", labelbottom=row == last)
    if row == last:
        panel.set_xlabel(columns[column].axis.label)
        for text in panel.get_xticklabels():
            text.set(rotation=45, ha="right", rotation_mode="anchor")
    if column == 0 and row > 0:
        panel.set_ylabel(columns[row].axis.label)
    panel.tick_params(axis="y", labelleft=column == 0 and row > 0)


def _notes(results: Results, rows: Mask, columns: list[Quantity], drawn: int) -> list[str]:
    """Say what is seen, and what is not."""
    total, judged = int((rows & results.inside).sum()), int(rows.sum())
    notes = [f"{total} points inside, {judged - total} outside (grey)"]
    if not total:
        notes = ["No point is inside yet.", f"{judged} points are outside (grey)."]
        if not judged:
            notes[1] = "No point has an answer of the codes yet."
    else:
        notes.append("Histograms weight a point by the volume that it stands for.")
    if failed := int(results.points.failed.sum()):
        notes.append(f"{failed} failed point{'s are' if failed > 1 else ' is'} not shown.")
    if drawn < judged:
        notes.append(f"Drawn are at most {MOST_POINTS} of each, chosen at random.")
    parameters = [c.axis for c in columns if isinstance(c.axis, ParameterAxis)]
    if len(parameters) == len(columns) == MOST_PARAMETERS < results.problem.space.dim:
        notes.append(f"The first {MOST_PARAMETERS} of {results.problem.space.dim} parameters.")
    for axis in parameters:
        if axis.zoomed:
            low, high = ParameterAxis(axis.parameter).limits
            notes.append(f"{axis.label} is scanned from {short(low)} to {short(high)}.")
    return notes


def _explain(figure: Figure, name: str, lines: list[str]) -> None:
    inches = float(figure.get_size_inches()[1])
    y = 0.88 + (0.2 + 0.2 * len(lines)) / inches  # above the panels
    figure.text(0.125, y, plain(name), weight="bold", fontsize=12, color=INK, va="bottom")
    figure.text(0.125, y, "\n".join(lines), color=INK, va="top", linespacing=1.5)


def _table(results: Results, shown_: Mask, columns: list[Quantity]) -> dict[str, list[Any]]:
    """All points that could be drawn, with full precision."""
    rows = np.flatnonzero(shown_)
    chi2 = np.where(np.isfinite(results.chi2), results.chi2, np.nan)
    table: dict[str, list[Any]] = {
        "id": results.ids[rows].tolist(),
        "round": results.points.round[rows].tolist(),
    }
    for name, values in zip(results.problem.space.names, results.points.x.T, strict=True):
        table[name] = values[rows].tolist()
    table |= {column.text: numbers(column.values[rows]) for column in columns}
    table["inside"] = results.inside[rows].tolist()
    table["weight"] = results.weights[rows].tolist()
    return table | {"chi2": numbers(chi2[rows])}
