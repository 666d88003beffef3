"""The mass spectrum of one point, as a diagram of levels."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.observables import Observable
from mlscanner_hep.plots import levels, ticks
from mlscanner_hep.plots.axes import NumberAxis
from mlscanner_hep.plots.levels import GROUPS, Level
from mlscanner_hep.plots.picture import Picture
from mlscanner_hep.plots.results import Results
from mlscanner_hep.plots.style import CYCLE, INK
from mlscanner_hep.plots.wanted import Wanted
from mlscanner_hep.record.ledger import Ledger
from mlscanner_hep.scan import Scan

BAR = 0.42
"""Length of a level, with the columns 1 apart."""
SAME = 0.008
"""Levels that are nearer than this, in units of the axis, share a label."""
LINE = 0.055
"""Height of a label in units of the axis."""
WIDE = 60.0
"""Masses that differ by a larger factor have a logarithmic axis."""


def draw(scan: Scan, results: Results, wanted: Wanted, point: int | None = None) -> Picture:
    """Draw the masses of a point, by default of the best one inside.

    They are those of the SLHA file with the most masses that was kept of the point, or else of the
    observables that are masses.

    Raises
    ------
    ConfigError
        If there is no such point, or nothing is known of its masses.
    """
    row = _row(results, point)
    number = int(results.ids[row])
    with Ledger(scan.folder) as ledger:
        files = ledger.outputs(number)
    found = [(levels.of_file(data), file) for (_, file), data in files.items()]
    chosen, source = max(found, key=lambda pair: len(pair[0]), default=([], ""))
    if not chosen:
        values = {name: float(column[row]) for name, column in results.numbers.items()}
        chosen, source = levels.of_observables(_observables(scan), values, results.labels), "ledger"
    if not chosen:
        raise ConfigError(
            f"point {number} has no masses: no SLHA file of it was kept ([run] keep), and no "
            "observable is read from block MASS or called m_..."
        )
    chi2 = results.chi2[row]
    fit = rf", $\chi^2$ = {ticks.short(float(f'{chi2:.4g}'))}" if np.isfinite(chi2) else ""
    table: dict[str, list[Any]] = {
        "particle": [level.name for level in chosen],
        "mass": [level.mass for level in chosen],
        "column": [level.group for level in chosen],
    }
    figure = diagram(chosen, f"point {number}{fit}", wanted)
    return Picture(figure, {"": table}, (f"Masses of point {number} from {source}.",))


def diagram(chosen: list[Level], title: str, wanted: Wanted) -> Figure:
    """Draw levels in a column for each group."""
    figure = Figure(figsize=wanted.size(1.0), layout="constrained")
    panel = figure.subplots()
    masses = np.array([level.mass for level in chosen])
    log = bool(masses.min() > 0 and masses.max() / masses.min() > WIDE)
    top = 1.05 * float(masses.max()) or 1.0
    ends = (float(masses.min()) / 1.3, 1.3 * top) if log else (0.0, top)
    axis = NumberAxis("mass [GeV]", ends, log)
    axis.dress(panel, "y")
    names = [name for name in GROUPS if any(level.group == name for level in chosen)]
    for place, name in enumerate(names):
        column = sorted((v for v in chosen if v.group == name), key=lambda level: level.mass)
        _column(panel, axis, place, column, CYCLE[GROUPS.index(name)])
    panel.set_xlim(-0.4, len(names) + 0.05)
    panel.set_xticks([place + 0.1 for place in range(len(names))], names)
    panel.tick_params(axis="x", length=0)
    panel.set_ylabel(axis.label)
    panel.set_title(title, loc="left")
    return figure


def _observables(scan: Scan) -> list[Observable]:
    """What the adapters read; nothing where an adapter is not there any more."""
    with suppress(ConfigError):  # a run can be read where its codes are not
        adapters = [stage for stage in scan.pipeline.stages if isinstance(stage, Adapter)]
        return [o for stage in adapters for output in stage.outputs for o in output.observables]
    return []


def _row(results: Results, point: int | None) -> int:
    """The row of a point, or of the best one inside."""
    if point is not None:
        rows = np.flatnonzero(results.ids == point)
        if not len(rows):
            most = int(results.ids.max(initial=0))
            raise ConfigError(f"--point {point}: the run has the points 1 to {most}")
        return int(rows[0])
    rows = np.flatnonzero(results.inside)
    if not len(rows):
        raise ConfigError("no point is inside: choose one with --point, as numbered in `export`")
    chi2 = np.where(np.isfinite(results.chi2[rows]), results.chi2[rows], np.inf)
    return int(rows[np.argmin(chi2)])


def _column(panel: Axes, axis: NumberAxis, place: int, column: list[Level], colour: str) -> None:
    """Draw levels with their labels on the right, moved apart where they would overlap."""
    low, high = (np.log10(axis.limits) if axis.log else np.array(axis.limits)).tolist()
    masses = np.array([level.mass for level in column])
    heights = ((np.log10(masses) if axis.log else masses) - low) / (high - low)
    for level in column:
        panel.plot(
            [place - BAR / 2, place + BAR / 2],
            [level.mass] * 2,
            color=colour,
            lw=1.8,
            solid_capstyle="butt",
        )
    groups = levels.together(heights, SAME)
    middles = np.array([heights[group].mean() for group in groups])
    shown = levels.spread(middles, LINE, LINE / 2, 1 - LINE / 2)
    for group, middle, height in zip(groups, middles.tolist(), shown.tolist(), strict=True):
        start, end = (low + part * (high - low) for part in (middle, height))
        start, end = (10**start, 10**end) if axis.log else (start, end)
        right = place + BAR / 2
        panel.plot([right, right + 0.1], [start, end], color=INK, lw=0.4)
        text = ", ".join(column[number].label for number in group)
        panel.text(right + 0.12, end, text, va="center", ha="left", fontsize=8)
