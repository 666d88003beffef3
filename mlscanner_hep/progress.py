"""Where a running scan is, and whether that is far enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from mlscanner_hep.findings.forecast import Forecast
from mlscanner_hep.points import Status
from mlscanner_hep.setup.config import StopTable


@dataclass
class Progress:
    """Where a running scan is.

    Attributes
    ----------
    phase : str
        ``proposing``, ``evaluating``, ``finishing`` or ``ended``.
    round : int
        Number of the current round; of several that run, the first.
    batch, done : int
        Size of the current round, and how many of its points are evaluated.
    counts : Counter
        Evaluated points by `Status`, without the imported ones.
    inside : int
        Points inside.
    hit_rate : float
        Fraction inside in the last complete round.
    forecast : Forecast
        What the proposer had predicted of this round, and what came of it.
    coverage : float
        Estimated share of the known region near a point inside, after this round; see `coverage`.
    seconds : float
        Since this run was started.
    trouble : str
        What to say if most of the last points failed; see `stall.trouble`.
    ended_by : str
        Why the run ended.
    """

    phase: str = "proposing"
    round: int = 0
    batch: int = 0
    done: int = 0
    counts: Counter[Status] = field(default_factory=Counter)
    inside: int = 0
    hit_rate: float = np.nan
    forecast: Forecast = field(default_factory=Forecast)
    coverage: float = 0.0
    seconds: float = 0.0
    trouble: str = ""
    ended_by: str = ""

    @property
    def calls(self) -> int:
        """Evaluated points."""
        return sum(self.counts.values())


Watch = Callable[[Progress], None]


def reached(stop: StopTable, inside: int, calls: int, coverage: float, seconds: float) -> str:
    """The first stop rule that holds, as a sentence; empty if none does."""
    if stop.inside is not None and inside >= stop.inside:
        return f"{inside} points inside (stop.inside = {stop.inside})"
    if stop.calls is not None and calls >= stop.calls:
        return f"{calls} calls (stop.calls = {stop.calls})"
    if stop.coverage is not None and coverage >= stop.coverage:
        return f"estimated coverage {coverage:.3f} (stop.coverage = {stop.coverage:g})"
    if stop.hours is not None and seconds >= 3600 * stop.hours:
        return f"{seconds / 3600:.2f} hours (stop.hours = {stop.hours:g})"
    return ""
