"""The linked panels: all numbers of the points, to be looked at in pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.models import (
    BoxSelectTool,
    CDSView,
    ColumnDataSource,
    HoverTool,
    IndexFilter,
    LassoSelectTool,
    LinearColorMapper,
    PanTool,
    Range1d,
    ResetTool,
    WheelZoomTool,
)
from bokeh.plotting import figure
from numpy.typing import NDArray

from mlscanner_hep.points import Status
from mlscanner_hep.report.charts import PAPER, write_out
from mlscanner_hep.report.facts import Facts
from mlscanner_hep.space import Parameter

PANELS = 4
MOST_NUMBERS = 4_000_000
"""Of more points than this many numbers make up, those outside are thinned, then those inside."""
OWN = ("id", "status", "chi2", "island", "round")
"""Columns of the page's own; an observable of such a name is left out."""
KINDS = ("failed", "unphysical", "outside", "inside")


@dataclass(frozen=True)
class Explorer:
    """The panels, and what their controls have to know.

    Parameters
    ----------
    panels : list of figure
        They share one table of points.
    shown, of : int
        Points in that table, and evaluated points in all.
    controls : dict
        Columns with their groups and units, what the panels start with: plain data.
    """

    panels: list[figure]
    shown: int
    of: int
    controls: dict[str, Any]


def explorer(facts: Facts) -> Explorer | None:
    """The panels of a run; None without an evaluated point."""
    kinds = _kinds(facts)
    columns = _columns(facts, kinds)
    rows = _rows(kinds, facts.results.chi2, MOST_NUMBERS // len(columns))
    if not len(rows):
        return None
    source = ColumnDataSource({name: column[rows] for name, column in columns.items()})
    source.name = "points"
    view = CDSView(filter=IndexFilter(indices=[]), name="shown")
    colours = LinearColorMapper(palette=["#000000"], low=0, high=1, name="colours")
    pairs = list(_pairs(facts))
    return Explorer(
        [_panel(number, pair, source, view, colours) for number, pair in enumerate(pairs)],
        len(rows),
        int((kinds >= 0).sum()),
        {
            "columns": list(_described(facts, columns)),
            "pairs": pairs,
            "colour": "chi2" if facts.best is not None else "status",
            "kinds": KINDS,
            "table": ["id", "chi2", *facts.problem.space.names, *facts.limited],
            "show": "inside" if facts.found else "answered" if facts.points.ok.any() else "all",
        },
    )


def _kinds(facts: Facts) -> NDArray[np.int8]:
    """What each point (n,) is, as an index of `KINDS`; -1 if it is not evaluated."""
    points = facts.points
    kinds = np.full(len(points), -1, np.int8)
    for kind, status in enumerate((Status.FAILED, Status.UNPHYSICAL, Status.OK)):
        kinds[points.status == status] = kind
    kinds[facts.results.inside] = KINDS.index("inside")
    return kinds


def _columns(facts: Facts, kinds: NDArray[np.int8]) -> dict[str, NDArray[Any]]:
    """What is written into the page for each point (n,): single precision is enough to look at."""
    islands = np.zeros(len(facts.points), np.int16)
    for number, island in enumerate(facts.islands, 1):
        islands[island.rows] = min(number, np.iinfo(np.int16).max)
    own: dict[str, NDArray[Any]] = {
        "id": facts.results.ids.astype(np.int32),
        "status": kinds,
        "chi2": facts.results.chi2.astype(np.float32),
        "island": islands,
        "round": facts.points.round.astype(np.int32),
    }
    with np.errstate(over="ignore"):
        values = {name: column.astype(np.float32) for name, column in facts.values.items()}
    return {**values, **own}


def _rows(kinds: NDArray[np.int8], chi2: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    """The points to be shown, the best last: what is drawn later covers what was before."""
    inside = np.flatnonzero(kinds == KINDS.index("inside"))
    others = np.flatnonzero((kinds >= 0) & (kinds != KINDS.index("inside")))
    inside = _thinned(inside, most)
    rows = np.concatenate([inside, _thinned(others, most - len(inside))])
    worst = np.where(np.isnan(chi2[rows]), np.inf, chi2[rows])
    return np.asarray(rows[np.lexsort((-worst, kinds[rows]))], np.int64)


def _thinned(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    if len(rows) <= most:
        return rows
    chosen: NDArray[np.int64] = rows[np.linspace(0, len(rows), most, endpoint=False).astype(int)]
    return chosen


def _pairs(facts: Facts) -> Iterator[tuple[str, str]]:
    """What the panels show first: parameters in pairs, then one against a constrained number."""
    names, rest = list(facts.problem.space.names), [*facts.limited, "chi2", "round"]
    pairs = [(a, b) for a, b in zip(names[::2], names[1::2], strict=False)][: PANELS - 1]
    pairs += [(name, other) for other in rest for name in names]
    yield from pairs[:PANELS]


def _described(facts: Facts, columns: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What the controls say of each column."""
    parameters = {p.name: p for p in facts.problem.space.parameters}
    for name in columns:
        parameter = parameters.get(name)
        group = "Parameters" if parameter else "Observables"
        if name in facts.limited:
            group = "Constrained"
        if name in OWN:
            group = "Scan"
        yield {
            "name": name,
            "unit": facts.label(name).unit,
            "group": group,
            "log": isinstance(parameter, Parameter) and parameter.scale == "log",
        }


def _panel(
    number: int,
    pair: tuple[str, str],
    source: ColumnDataSource,
    view: CDSView,
    colours: LinearColorMapper,
) -> figure:
    tools = [PanTool(), WheelZoomTool(), BoxSelectTool(), LassoSelectTool(), ResetTool()]
    panel = figure(
        name=f"panel-{number}",
        height=330,
        x_range=Range1d(0, 1),  # the page sets them: an axis may become logarithmic
        y_range=Range1d(0, 1),
        tools=tools,
        active_drag=tools[2],
        output_backend="webgl",
        **PAPER,
    )
    write_out(panel)
    panel.toolbar.logo = None
    panel.toolbar.autohide = True
    panel.min_border_left = 60  # frames of the same size below each other
    dots = panel.scatter(
        *pair,
        source=source,
        view=view,
        size=4,
        fill_color={"field": "chi2", "transform": colours},
        line_color=None,
        nonselection_fill_alpha=0.06,
        name=f"dots-{number}",
    )
    panel.add_tools(
        HoverTool(renderers=[dots], limit=1, tooltips=[("point", "@id"), ("chi2", "@chi2{0.000}")])
    )
    return panel
