"""Where and why points die, and which constraints cut."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from mlscanner_hep.findings.failures import grouped
from mlscanner_hep.findings.verdicts import undecided, verdicts
from mlscanner_hep.plots.labels import plain
from mlscanner_hep.plots.picture import Picture
from mlscanner_hep.plots.results import Results
from mlscanner_hep.plots.style import BLUE, GREEN, GREY, INK, ORANGE, VERMILION

MOST_REASONS = 10
WIDEST = 40  # characters in a line of a reason
BAR = 0.34  # inches
COLOUR = {"unphysical": ORANGE, "failed": VERMILION}
ALL = "all of them"


def draw(results: Results) -> Picture:
    """Draw how many points died where, and the share of the others that fulfils each constraint."""
    deaths, shares = reasons(results), fulfilled(results)
    bars = max(1, min(len(deaths["points"]), MOST_REASONS + 1))
    heights = (BAR * bars, BAR * len(shares["constraint"]))
    figure = Figure(figsize=(6.4, sum(heights) + 2.0))
    above, below = figure.subplots(2, 1, height_ratios=heights)
    total = float(figure.get_size_inches()[1])
    between = 0.95 / (sum(heights) / 2)  # inches, in units of the mean height
    figure.subplots_adjust(hspace=between, top=1 - 0.65 / total, bottom=0.4 / total)
    _deaths(above, deaths)
    _verdicts(below, shares, int(results.points.ok.sum()))
    figure.suptitle(plain(results.name), x=0.125, ha="left", weight="bold", color=INK)
    return Picture(figure, {"": deaths, "-constraints": shares})


def reasons(results: Results) -> dict[str, list[Any]]:
    """Deaths by status, stage and headline of the reason, the most frequent first."""
    ranked = grouped(results.faults)
    names = ("status", "stage", "reason", "points", "example")
    return {name: [fault[i] for fault in ranked] for i, name in enumerate(names)}


def fulfilled(results: Results) -> dict[str, list[Any]]:
    """For each constraint, and for all at once, how many answered points fulfil it or miss it."""
    problem, points = results.problem, results.points
    found = verdicts(problem, points)
    return {
        "constraint": [*(verdict.constraint.name for verdict in found), ALL],
        "answered": [int(points.ok.sum())] * (len(found) + 1),
        "fulfilled": [*(verdict.fulfilled for verdict in found), int(results.inside.sum())],
        "missing": [*(verdict.missing for verdict in found), undecided(problem, points)],
    }


def _deaths(panel: Axes, deaths: dict[str, list[Any]]) -> None:
    panel.set_title("Where points die", loc="left")
    if not deaths["points"]:
        panel.text(0.5, 0.5, "No point died.", ha="center", va="center", transform=panel.transAxes)
        panel.set(xticks=[], yticks=[])
        return
    names, counts, colours = [], [], []
    for status, stage, reason, count, _ in list(zip(*deaths.values(), strict=True))[:MOST_REASONS]:
        names.append(_shortened(f"{stage}: {reason}" if stage else reason))
        counts.append(count)
        colours.append(COLOUR[status])
    rest = deaths["points"][MOST_REASONS:]
    if rest:
        names.append(f"{len(rest)} other reasons")
        counts.append(sum(rest))
        colours.append(GREY)
    _bars(panel, names)
    drawn = panel.barh(range(len(names)), counts, color=colours, height=0.7)
    panel.bar_label(drawn, padding=3, fontsize=8, color=INK)
    panel.set_xlim(0, 1.12 * max(counts))
    panel.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    panel.set_xlabel("points")
    patches = [Patch(color=COLOUR[status], label=status) for status in COLOUR]
    panel.legend(
        handles=patches,
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=2,
        fontsize=8,
        borderaxespad=0.2,
    )


def _verdicts(panel: Axes, verdicts: dict[str, list[Any]], answered: int) -> None:
    panel.set_title(f"Constraints fulfilled by the {answered} points with an answer", loc="left")
    _bars(panel, verdicts["constraint"])
    share = np.array(verdicts["fulfilled"]) / max(1, answered)
    missing = np.array(verdicts["missing"]) / max(1, answered)
    places = np.arange(len(share))
    colours = [GREEN if name == ALL else BLUE for name in verdicts["constraint"]]
    panel.barh(places, share, color=colours, height=0.7)
    panel.barh(places, missing, left=1 - missing, color=GREY, height=0.7, label="value missing")
    for place, part, gap in zip(places.tolist(), share.tolist(), missing.tolist(), strict=True):
        text = f"{100 * part:.3g} %" + (f"  (missing {100 * gap:.3g} %)" if gap else "")
        panel.text(1.02, place, text if answered else "-", va="center", fontsize=8, color=INK)
    panel.set_xlim(0, 1)
    panel.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def _bars(panel: Axes, names: list[str]) -> None:
    panel.set_yticks(range(len(names)), [plain(name) for name in names])
    panel.set_ylim(len(names) - 0.5, -0.5)
    panel.tick_params(axis="y", length=0, labelsize=8)


def _shortened(text: str) -> str:
    """At most two lines."""
    return "\n".join(
        textwrap.wrap(text, WIDEST, max_lines=2, placeholder=" \N{HORIZONTAL ELLIPSIS}")
    )
