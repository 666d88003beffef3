"""The allowed region in a plane, and what excludes the rest of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from mlscanner_hep import constraints
from mlscanner_hep.plots import binning, labels, limits
from mlscanner_hep.plots.binning import Grid
from mlscanner_hep.plots.marks import above, dress, faint
from mlscanner_hep.plots.picture import Picture
from mlscanner_hep.plots.profile import plane_table
from mlscanner_hep.plots.results import Results
from mlscanner_hep.plots.style import BLUE, CYCLE, INK, SKY
from mlscanner_hep.plots.wanted import Wanted, quantity, shown, slice_title

Mask = NDArray[np.bool_]

HATCHES = ("////", "\\\\\\\\", "....", "xxxx", "||||")
"""One for each of the reasons that exclude the most bins."""
ENOUGH = 2
"""So many points without one inside make a bin excluded."""
ALLOWED, UNKNOWN, TOGETHER, NO_SPECTRUM = "allowed", "unknown", "jointly", "no spectrum"
LONG = 26
"""Characters of a label in the legend, of which two do not fit beside each other."""


def draw(results: Results, wanted: Wanted) -> Picture:
    """Draw the bins with a point inside, and those where no point fulfils a constraint, hatched.

    A bin shows what is possible there for any value of all other parameters, as far as the points
    tell: it is allowed if one point in it is inside.

    Raises
    ------
    ConfigError
        If something unknown is wanted, or there is no point to be shown.
    """
    rows = shown(results, wanted)
    x = quantity(results, wanted.x, rows, "--x", wanted)
    y = quantity(results, wanted.y, rows, "--y", wanted)
    rows &= np.isfinite(x.values) & np.isfinite(y.values)
    grid = Grid.of(x.axis, y.axis, wanted.bins or binning.many(int(rows.sum()), 2))
    status = verdicts(results, grid, x.place, y.place, rows)
    figure = Figure(figsize=wanted.size(0.9), layout="constrained")
    panel = figure.subplots()
    faint(panel, *(q.spots[rows & ~results.inside] for q in (x, y)))
    inside = rows & results.inside
    faint(panel, *(q.spots[inside] for q in (x, y)), color=BLUE, alpha=1.0)
    handles = _cells(panel, grid, status, results)
    dress(panel, x, y)
    lines = limits.draw(panel, x, y)
    columns = 1 if max((len(str(h.get_label())) for h in handles), default=0) > LONG else 2
    above(panel, handles, slice_title(results, wanted), columns)
    table = plane_table(grid, x, y) | {"verdict": status.ravel().tolist()}
    table |= {
        "points": grid.count(x.place, y.place, rows).ravel().tolist(),
        "inside": grid.count(x.place, y.place, inside).ravel().tolist(),
    }
    tables = {"": table} | ({"-limits": lines} if lines["limit"] else {})
    note = f"Bins with at least {ENOUGH} points and none inside are hatched, by what none fulfils."
    if not inside.any():
        return Picture(figure, tables, (f"None of the {rows.sum()} points is inside.", note))
    return Picture(figure, tables, (note,))


def verdicts(results: Results, grid: Grid, x: Any, y: Any, rows: Mask) -> NDArray[np.str_]:
    """What each bin is, shape (k, l).

    ``allowed`` if a point is inside, ``unknown`` with fewer than `ENOUGH` points, else the name of
    the constraint that none of them fulfils, ``no spectrum``, or ``jointly``.
    """
    values = results.problem.values(results.points)
    fulfilled = {NO_SPECTRUM: results.points.ok}
    for constraint in results.problem.constraints:
        fulfilled[constraint.name] = results.points.ok & constraints.inside(constraint, values)
    judged = grid.count(x, y, rows)
    passed = np.stack([grid.count(x, y, rows & passing) for passing in fulfilled.values()])
    # without a spectrum no constraint is fulfilled either: that explains nothing
    passed[1:] += (passed[0] == 0).astype(np.int64)
    allowed = grid.count(x, y, rows & results.inside) > 0
    excluded = ~allowed & (judged >= ENOUGH)
    reason = binning.reasons(passed, excluded)
    names = np.array([*fulfilled, TOGETHER])
    status = np.where(excluded, names[reason], UNKNOWN)
    return np.where(allowed, ALLOWED, status)


def _cells(panel: Axes, grid: Grid, status: NDArray[np.str_], results: Results) -> list[Patch]:
    """Fill and hatch the bins; return the entries of the legend, the largest areas first."""
    names, counts = np.unique(status[status != UNKNOWN], return_counts=True)
    order = [str(name) for name in names[np.argsort(-counts, kind="stable")] if name != ALLOWED]
    handles = []
    if ALLOWED in names:
        _fill(panel, grid, status == ALLOWED, facecolor=SKY, alpha=0.35, zorder=0.5)
        handles.append(Patch(facecolor=SKY, alpha=0.35, label=ALLOWED))
    styles = list(zip(HATCHES, CYCLE[1:], strict=False))
    for name, (hatch, colour) in zip(order, styles, strict=False):
        style: dict[str, Any] = {"facecolor": "none", "edgecolor": colour, "hatch": hatch}
        _fill(panel, grid, status == name, zorder=2, **style)
        text = labels.symbol(name, results.labels)
        handles.append(Patch(lw=0, label=f"excluded: {text}", **style))
    if rest := order[len(styles) :]:
        _fill(panel, grid, np.isin(status, rest), facecolor=INK, alpha=0.2, zorder=2)
        handles.append(Patch(facecolor=INK, alpha=0.2, label="excluded: others"))
    return handles


def _fill(panel: Axes, grid: Grid, bins: Mask, **style: Any) -> None:
    i, j = np.nonzero(bins)
    left, right, low, high = grid.x[i], grid.x[i + 1], grid.y[j], grid.y[j + 1]
    corners = np.stack([left, low, right, low, right, high, left, high], axis=1)
    panel.add_collection(PolyCollection(list(corners.reshape(-1, 4, 2)), linewidths=0, **style))
