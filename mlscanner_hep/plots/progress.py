"""How many points are inside after so many calls, and what was predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray
from scipy.special import betaincinv

from mlscanner_hep.plots.labels import plain
from mlscanner_hep.plots.picture import Picture
from mlscanner_hep.plots.results import Results
from mlscanner_hep.plots.style import BLUE, GREY, INK, ORANGE
from mlscanner_hep.points import Status

Array = NDArray[np.float64]

MOST_STEPS = 60
"""Small rounds are taken together, so that a hit rate is more than 0 or 1."""
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Rate:
    """A share of points, with its interval at 95 % confidence.

    Parameters
    ----------
    hits, calls : int
        Points inside, and all.
    low, high : float
        Interval of Clopper and Pearson, Biometrika 26 (1934) 404; one-sided if there are no hits.
    """

    hits: int
    calls: int
    low: float
    high: float

    @classmethod
    def of(cls, inside: NDArray[np.bool_]) -> Rate:
        """Estimate the rate from points (n,)."""
        n, k = len(inside), int(inside.sum())
        tail = (1 - CONFIDENCE) / 2 if k else 1 - CONFIDENCE
        low = float(betaincinv(k, n - k + 1, tail)) if k else 0.0
        high = float(betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
        return cls(k, n, low, high)


def uniform_rate(results: Results) -> Rate:
    """The hit rate of uniform sampling, from the points that no model has chosen.

    They respect the constraints that follow from the parameters alone: so would anybody's.
    """
    points = results.points
    chosen = points.uniform & (points.status != Status.PENDING)
    return Rate.of(results.inside[chosen])


def steps(results: Results, rate: Rate) -> dict[str, list[Any]]:
    """The run in steps of one or more rounds, as columns by name.

    ``calls`` and ``inside`` count up to the end of a step; ``hit_rate`` and ``predicted`` belong to
    the step alone; ``uniform_...`` is what uniform sampling would have by then.
    """
    points = results.points
    done = points.called
    columns: dict[str, list[Any]] = {name: [] for name in ("first_round", "last_round", "calls")}
    columns |= {name: [] for name in ("inside", "hit_rate", "predicted")}
    columns |= {name: [] for name in ("uniform", "uniform_low", "uniform_high")}
    calls = hits = 0
    for rounds in _grouped(points.round[done]):
        here = done & np.isin(points.round, rounds)
        stated = points.predicted[here & np.isfinite(points.predicted)]
        calls, hits = calls + int(here.sum()), hits + int(results.inside[here].sum())
        columns["first_round"].append(int(rounds[0]))
        columns["last_round"].append(int(rounds[-1]))
        columns["calls"].append(calls)
        columns["inside"].append(hits)
        columns["hit_rate"].append(float(results.inside[here].mean()))
        columns["predicted"].append(float(stated.mean()) if len(stated) else "")
        known = rate.calls > 0
        columns["uniform"].append(calls * rate.hits / rate.calls if rate.hits else "")
        columns["uniform_low"].append(calls * rate.low if known else "")
        columns["uniform_high"].append(calls * rate.high if known else "")
    return columns


def _grouped(rounds: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Consecutive rounds that have at least a sixtieth of all points together."""
    numbers, counts = np.unique(rounds, return_counts=True)
    groups: list[list[int]] = []
    size = len(rounds)
    for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
        if size * MOST_STEPS >= len(rounds):
            groups.append([])
            size = 0
        groups[-1].append(number)
        size += count
    return [np.array(group) for group in groups]


def draw(results: Results) -> Picture:
    """Draw the number of points inside against the calls, and the hit rate of each round."""
    rate = uniform_rate(results)
    columns = steps(results, rate)
    figure = Figure(figsize=(6.4, 6.4))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    _count(above, columns, rate, bool(results.problem.known.any()))
    _rates(below, columns)
    below.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    below.set_xlim(0, max([*columns["calls"], 1]) * 1.02)
    above.set_title(plain(results.name), loc="left", weight="bold", color=INK)
    figure.subplots_adjust(hspace=0.12)
    return Picture(figure, {"": columns})


def _count(panel: Axes, columns: dict[str, list[Any]], rate: Rate, narrowed: bool) -> None:
    calls = [0, *columns["calls"]]
    if rate.calls and len(calls) > 1:
        box = "where the parameters alone allow it" if narrowed else "in the box"
        sample = f"{rate.hits} of {rate.calls} such points inside"
        low, high = [0, *columns["uniform_low"]], [0, *columns["uniform_high"]]
        if rate.hits:
            panel.plot(calls, [0, *columns["uniform"]], "--", color=INK, lw=1.2)
            text = f"uniform sampling {box}, 95 % band ({sample})"
        else:
            text = f"uniform sampling {box}, below its 95 % limit ({sample})"
        panel.fill_between(calls, low, high, color=GREY, alpha=0.6, lw=0, label=text)
    panel.plot(calls, [0, *columns["inside"]], "o-", color=BLUE, ms=3, label="this scan")
    panel.set_ylabel("points inside")
    highest = max(value or 0 for value in [*columns["inside"], *columns["uniform_high"], 1])
    panel.set_ylim(0, 1.3 * highest)  # room for the legend
    panel.yaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    panel.legend(loc="upper left", fontsize=8)


def _rates(panel: Axes, columns: dict[str, list[Any]]) -> None:
    calls = columns["calls"]
    stated = [float("nan") if value == "" else value for value in columns["predicted"]]
    panel.plot(calls, columns["hit_rate"], "o-", color=BLUE, ms=4, label="achieved")
    panel.plot(calls, stated, "s--", color=ORANGE, ms=4, mfc="white", label="predicted beforehand")
    panel.set_ylim(-0.03, 1.03)
    panel.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    grouped = columns["first_round"] != columns["last_round"]
    panel.set_ylabel("hit rate per group of rounds" if grouped else "hit rate per round")
    panel.set_xlabel("calls")
    if calls:
        panel.legend(loc="best", fontsize=8)
    else:
        panel.text(0.5, 0.5, "No point is evaluated yet.", ha="center", transform=panel.transAxes)
