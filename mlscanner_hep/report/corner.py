"""The parameters of the points inside, each against each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from mlscanner_hep.report.axes import ParameterAxis, short
from mlscanner_hep.report.picture import BLUE, GREY, INK, Picture, plain
from mlscanner_hep.report.results import Results

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

MOST_PARAMETERS = 8
"""More panels than for these could not be read."""
MOST_POINTS = 20_000
"""Of more points, so many are drawn, chosen at random: more would only hide each other."""
ROUND = "round"
BINS = 30
PANEL = 1.75  # inches


@dataclass(frozen=True)
class _Colour:
    """What the points inside are coloured by."""

    values: Array
    label: str
    norm: Normalize
    extend: str

    @classmethod
    def of(cls, results: Results) -> _Colour:
        """The chi2 if there is one, or else the round."""
        chi2 = results.chi2[results.inside]
        if len(chi2) and np.isfinite(chi2).all() and np.ptp(chi2) > 0:
            # One point far out would leave a single colour for all the others.
            top = max(float(np.quantile(chi2, 0.98)), float(chi2.min()) + 1e-12)
            extend = "max" if top < chi2.max() else "neither"
            return cls(results.chi2, r"$\chi^2$", Normalize(float(chi2.min()), top), extend)
        rounds = results.points.round.astype(float)
        return cls(rounds, ROUND, Normalize(0, float(rounds.max(initial=0))), "neither")


def draw(results: Results) -> Picture:
    """Draw the points inside over those outside, with a histogram for each parameter."""
    shown = results.problem.space.parameters[:MOST_PARAMETERS]
    axes = [
        ParameterAxis.around(parameter, results.points.u[results.inside, j])
        for j, parameter in enumerate(shown)
    ]
    places = [axis.place(results.points.x[:, j]) for j, axis in enumerate(axes)]
    colour = _Colour.of(results)
    judged = results.points.ok | results.points.unphysical
    outside = _some(np.flatnonzero(judged & ~results.inside))
    inside = _some(np.flatnonzero(results.inside))
    inside = inside[np.argsort(-colour.values[inside], kind="stable")]  # the best on top
    dim = len(axes)
    side = PANEL * dim if dim > 1 else 3.2
    figure = Figure(figsize=(side, side))
    grid = figure.subplots(dim, dim, squeeze=False, sharex="col")
    image: Any = None
    for row in range(dim):
        for column in range(dim):
            panel: Axes = grid[row, column]
            if column > row:
                panel.remove()
                continue
            if column == row:
                weights = results.weights[results.inside]
                _histogram(panel, axes[row], places[row][results.inside], weights)
            else:
                _faint(panel, places[column][outside], places[row][outside])
                image = panel.scatter(
                    places[column][inside],
                    places[row][inside],
                    c=colour.values[inside],
                    norm=colour.norm,
                    cmap="viridis",
                    s=float(np.clip(4000 / max(1, len(inside)), 1.5, 12)),
                    linewidths=0,
                    zorder=3,  # above the grey ones
                    rasterized=True,
                )
                axes[row].dress(panel, "y")
            axes[column].dress(panel, "x")
            _outer_labels(panel, axes, row, column)
    figure.subplots_adjust(hspace=0.1, wspace=0.1)
    figure.align_labels()
    _explain(figure, results, axes, len(inside), len(outside))
    if image is not None and len(inside) and colour.norm.vmin != colour.norm.vmax:
        _colour_bar(figure, image, colour, grid[0, -1])
    return Picture(figure, {"": _table(results)})


def _some(rows: Rows) -> Rows:
    if len(rows) <= MOST_POINTS:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, MOST_POINTS, replace=False))


def _histogram(panel: Axes, axis: ParameterAxis, places: Array, weights: Array) -> None:
    edges = axis.edges(BINS).tolist()
    panel.hist(places, bins=edges, weights=weights, color=BLUE, histtype="stepfilled")
    panel.set_yticks([])
    panel.spines["left"].set_visible(False)


def _faint(panel: Axes, x: Array, y: Array) -> None:
    size = float(np.clip(60 / max(1, len(x)) ** 0.5, 0.6, 2.5))
    drawn = panel.plot(x, y, "o", ms=size, mew=0, color=GREY, alpha=0.5, zorder=1)
    drawn[0].set_rasterized(True)


def _outer_labels(panel: Axes, axes: list[ParameterAxis], row: int, column: int) -> None:
    """Labels and tick labels on the left and at the bottom only."""
    last = len(axes) - 1
    panel.tick_params(axis="x", labelbottom=row == last)
    if row == last:
        panel.set_xlabel(axes[column].label)
        for text in panel.get_xticklabels():
            text.set(rotation=45, ha="right", rotation_mode="anchor")
    if column == 0 and row > 0:
        panel.set_ylabel(axes[row].label)
    panel.tick_params(axis="y", labelleft=column == 0 and row > 0)


def _explain(
    figure: Figure, results: Results, axes: list[ParameterAxis], inside: int, outside: int
) -> None:
    """Say what is seen, and what is not."""
    points, space = results.points, results.problem.space
    total = int(results.inside.sum())
    judged = int((points.ok | points.unphysical).sum())
    lines = [f"{total} points inside, {judged - total} outside (grey)"]
    if not total:
        lines = ["No point is inside yet.", f"{judged} points are outside (grey)."]
        if not judged:
            lines[1] = "No point has an answer of the codes yet."
    else:
        lines.append("Histograms weight a point by the volume that it stands for.")
    if points.failed.any():
        lines.append(f"{points.failed.sum()} failed points are not shown.")
    if inside + outside < judged:
        lines.append(f"Drawn are at most {MOST_POINTS} of each, chosen at random.")
    if space.dim > MOST_PARAMETERS:
        lines.append(f"The first {MOST_PARAMETERS} of {space.dim} parameters.")
    for axis in axes:
        if axis.zoomed:
            low, high = ParameterAxis(axis.parameter).limits
            lines.append(f"{axis.label} is scanned from {short(low)} to {short(high)}.")
    inches = float(figure.get_size_inches()[1])
    y = 0.88 + (0.2 + 0.2 * len(lines)) / inches  # above the panels
    figure.text(0.125, y, plain(results.name), weight="bold", fontsize=12, color=INK, va="bottom")
    figure.text(0.125, y, "\n".join(lines), color=INK, va="top", linespacing=1.5)


def _colour_bar(figure: Figure, image: Any, colour: _Colour, corner: Axes) -> None:
    """Put a bar in the place of the last panel of the first row, which is empty."""
    left, bottom, width, height = corner.get_position().bounds
    place = figure.add_axes((left + 0.3 * width, bottom, 0.12 * width, height))
    figure.colorbar(image, cax=place, label=colour.label, extend=colour.extend)
    place.yaxis.set_major_locator(MaxNLocator(5, integer=colour.label == ROUND))


def _table(results: Results) -> dict[str, list[Any]]:
    """All points with an answer or without a spectrum, with full precision."""
    rows = np.flatnonzero(results.points.ok | results.points.unphysical)
    columns: dict[str, list[Any]] = {
        "id": results.ids[rows].tolist(),
        "round": results.points.round[rows].tolist(),
    }
    for j, name in enumerate(results.problem.space.names):
        columns[name] = results.points.x[rows, j].tolist()
    columns["inside"] = results.inside[rows].tolist()
    columns["weight"] = results.weights[rows].tolist()
    columns["chi2"] = [value if np.isfinite(value) else "" for value in results.chi2[rows].tolist()]
    return columns
