"""How fast several runs find points inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mlscanner_hep.plots import progress
from mlscanner_hep.plots.labels import plain
from mlscanner_hep.plots.picture import Picture
from mlscanner_hep.plots.results import Results
from mlscanner_hep.plots.style import CYCLE, GREY
from mlscanner_hep.plots.wanted import Wanted

LINES = ("-", "--", "-.", ":")


def draw(runs: Sequence[tuple[str, Results]], wanted: Wanted) -> Picture:
    """Draw the points inside against the calls of each run, and what uniform points would give.

    Parameters
    ----------
    runs : sequence of tuple of str and Results
        A name for the legend with each run.
    wanted : Wanted
        The width counts.
    """
    figure = Figure(figsize=wanted.size(0.8), layout="constrained")
    panel = figure.subplots()
    columns: dict[str, list[Any]] = {"run": [], "calls": [], "inside": []}
    most = highest = 1
    for number, (name, results) in enumerate(runs):
        steps = progress.steps(results, progress.uniform_rate(results))
        calls, inside = [0, *steps["calls"]], [0, *steps["inside"]]
        style: dict[str, Any] = {"color": CYCLE[number % len(CYCLE)]}
        style["ls"] = LINES[number // len(CYCLE) % len(LINES)]
        panel.plot(calls, inside, label=plain(name), **style)
        columns["run"] += [name] * len(calls)
        columns["calls"] += calls
        columns["inside"] += inside
        most, highest = max(most, calls[-1]), max(highest, inside[-1])
    if band := _uniform([results for _, results in runs]):
        panel.fill_between(
            [0, most],
            [0, most * band.low],
            [0, most * band.high],
            color=GREY,
            alpha=0.6,
            lw=0,
            label="uniform, 95 % band" if band.hits else "uniform, below 95 % limit",
        )
    panel.set(xlabel="calls", ylabel="points inside", xlim=(0, most), ylim=(0, 1.05 * highest))
    panel.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
    panel.yaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    figure.legend(loc="outside upper center", ncols=2)
    return Picture(figure, {"": columns})


def _uniform(runs: Sequence[Results]) -> progress.Rate | None:
    """The rate of uniform points, from the run with the most; None if they ask different things."""
    problems = [(results.problem.space, tuple(results.problem.constraints)) for results in runs]
    if any(problem != problems[0] for problem in problems):
        return None
    rates = [progress.uniform_rate(results) for results in runs]
    best = max(rates, key=lambda rate: rate.calls)
    return best if best.calls else None
