"""How the scan went: against uniform sampling, round by round, and where the time was spent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlscanner_hep.findings.forecast import Forecast, disappointments
from mlscanner_hep.plots.progress import uniform_rate
from mlscanner_hep.report.facts import Facts


@dataclass(frozen=True)
class Gain:
    """Points inside per call, against uniform sampling.

    Parameters
    ----------
    calls, inside : int
        Of the scan, without imported points.
    drawn, hits : int
        Uniform points, and those of them that are inside.
    expected : float
        Points inside that uniform sampling has for as many calls; NaN without a hit.
    factor, least : float
        Ratio of the two, and its smallest value at 95 % confidence; NaN if not known.
    """

    calls: int
    inside: int
    drawn: int
    hits: int
    expected: float
    factor: float
    least: float


@dataclass(frozen=True)
class Spent:
    """Where time was spent: a stage, or the proposer.

    Parameters
    ----------
    name : str
        What it was spent on.
    times : int
        How often.
    seconds : float
        In all, summed over workers.
    share : float
        Of the sum of all.
    """

    name: str
    times: int
    seconds: float
    share: float


def gain(facts: Facts) -> Gain:
    """Compare with uniform sampling; see `uniform_rate`."""
    rate, called = uniform_rate(facts.results), facts.points.called
    calls, inside = int(called.sum()), int((called & facts.results.inside).sum())
    expected = calls * rate.hits / rate.calls if rate.hits else np.nan
    factor = inside / expected if expected > 0 else np.nan
    known = rate.calls > 0 and inside > 0
    least = inside / (calls * rate.high) if known else np.nan
    return Gain(calls, inside, rate.calls, rate.hits, expected, factor, least)


def spent(facts: Facts) -> list[Spent]:
    """Time of each stage, in the order of the chain, and of proposing."""
    proposing = sum(r.propose_seconds for r in facts.rounds)
    rows = [(name, len(spent), sum(spent)) for name, spent in facts.seconds.items()]
    rows.append(("proposing points", len(facts.rounds), proposing))
    total = sum(seconds for _, _, seconds in rows) or 1.0
    return [Spent(name, times, seconds, seconds / total) for name, times, seconds in rows]


def forecast(facts: Facts) -> Forecast:
    """What was predicted in all, against what came of it."""
    return Forecast.of(facts.points, facts.results.inside)


def disappointing(facts: Facts) -> list[int]:
    """Rounds in which far less was inside than predicted."""
    return disappointments(facts.points, facts.results.inside)
