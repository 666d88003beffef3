"""The charts that show what was computed: the course of the scan, and profiles of chi2."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import BasicTickFormatter, ColumnDataSource, NumeralTickFormatter, Span
from bokeh.plotting import figure
from numpy.typing import NDArray

from mlscanner_hep.findings.profiles import LARGEST, Profile
from mlscanner_hep.plots import ticks
from mlscanner_hep.plots.progress import steps, uniform_rate
from mlscanner_hep.report.facts import Facts
from mlscanner_hep.report.found import profiles
from mlscanner_hep.space import Choice, Parameter

Array = NDArray[np.float64]

BLUE, ORANGE, GREY = "#2a85c7", "#e08a00", "#8a8f98"  # seen on light and dark paper
HEIGHT = 260
PAPER = {"sizing_mode": "stretch_width", "background_fill_color": None, "border_fill_color": None}
"""Charts are as wide as the page lets them be, and have its background."""


def course(facts: Facts) -> dict[str, figure]:
    """Points inside against calls, and hit rates; empty without an evaluated point."""
    columns = steps(facts.results, uniform_rate(facts.results))
    if not columns["calls"]:
        return {}
    data = {name: _floats(column) for name, column in columns.items()}
    origin = {"calls", "inside", "uniform", "uniform_low", "uniform_high"}
    counts = {name: np.concatenate([[0.0], data[name]]) for name in origin}
    return {"count": _count(counts), "rates": _rates(data)}


def _count(data: dict[str, Array]) -> figure:
    chart = _chart("calls", "points inside")
    source = ColumnDataSource(data)
    chart.varea("calls", "uniform_low", "uniform_high", source=source, color=GREY, alpha=0.25)
    chart.line("calls", "uniform", source=source, color=GREY, line_dash="dashed", line_width=1.5)
    chart.line("calls", "inside", source=source, color=BLUE, line_width=2)
    chart.scatter("calls", "inside", source=source, color=BLUE, size=4)
    return chart


def _rates(data: dict[str, Array]) -> figure:
    chart = _chart("calls", "hit rate")
    chart.y_range.update(start=-0.03, end=1.03)
    chart.yaxis.formatter = NumeralTickFormatter(format="0%")
    source = ColumnDataSource(data)
    chart.line("calls", "predicted", source=source, color=ORANGE, line_width=1.5)
    chart.scatter("calls", "predicted", source=source, color=ORANGE, size=4)
    chart.line("calls", "hit_rate", source=source, color=BLUE, line_width=2)
    chart.scatter("calls", "hit_rate", source=source, color=BLUE, size=4)
    return chart


def chi2_profiles(facts: Facts) -> dict[str, figure]:
    """A chart of the profile of chi2 in each parameter, by name."""
    parameters = facts.problem.space.parameters
    found = zip(parameters, profiles(facts), strict=False)  # there are no profiles without chi2
    return {p.name: _profile(p, shown) for p, shown in found}


def _profile(parameter: Parameter | Choice, shown: Profile) -> figure:
    log = isinstance(parameter, Parameter) and parameter.scale == "log"
    chart = _chart(None, None, height=170, x_axis_type="log" if log else "linear")
    top = LARGEST if shown.delta.max(initial=0.0) > 4 else 4.0
    chart.y_range.update(start=-0.05 * top, end=1.08 * top)
    chart.yaxis.ticker = [0, 1, 4, 9]
    if isinstance(parameter, Choice):
        chart.xaxis.ticker = sorted(parameter.choices)
    else:
        chart.xaxis.ticker = _ticks(shown.x, log)
        chart.line(shown.x, shown.delta, color=BLUE, line_width=1.2, line_alpha=0.6)
    chart.scatter(shown.x, shown.delta, color=BLUE, size=4)
    for level in (1, 4):
        line = Span(location=level, dimension="width", line_color=GREY, line_dash="dotted")
        chart.add_layout(line)
    return chart


def _ticks(x: Array, log: bool) -> list[float]:
    """A few round numbers in the range of an axis, also where powers of ten are too few."""
    low, high = float(x.min()), float(x.max())
    found = ticks.logarithmic(low, high) if log else []
    return found if len(found) > 1 else ticks.linear(low, high)


def _chart(x: str | None, y: str | None, height: int = HEIGHT, **options: str) -> figure:
    """An empty chart; its colours of text and grid are set by the page, for light and dark."""
    chart = figure(height=height, tools="", toolbar_location=None, **PAPER, **options)
    chart.xaxis.axis_label, chart.yaxis.axis_label = x, y
    write_out(chart)
    return chart


def write_out(chart: figure) -> None:
    """Write numbers below a million at linear axes as people do."""
    for axis in chart.axis:
        if isinstance(axis.formatter, BasicTickFormatter):
            axis.formatter.update(power_limit_low=-4, power_limit_high=6)


def _floats(column: list[Any]) -> Array:
    """Numbers, with NaN for the empty cells of a table."""
    return np.array([np.nan if value == "" else value for value in column], float)
