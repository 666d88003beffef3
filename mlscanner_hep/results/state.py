"""A scan at one moment, as its ledger and its lock tell."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.findings.completeness import coverage
from mlscanner_hep.findings.forecast import Forecast
from mlscanner_hep.findings.stall import lately
from mlscanner_hep.points import IMPORT, Points, Status
from mlscanner_hep.progress import Progress
from mlscanner_hep.record.ledger import Ledger, Round, times
from mlscanner_hep.record.lock import holder
from mlscanner_hep.scan import Scan

Mask = NDArray[np.bool_]

ROUNDS = 8
"""So many of the last rounds are told, and the pace is that of those that this run has begun."""
TIMED = 500
"""The time of a stage is that of so many of the last points."""
FAILURES = 5


class Stage(NamedTuple):
    """How long a stage has taken at the last points, in seconds."""

    name: str
    points: int
    mean: float
    longest: float


class Failure(NamedTuple):
    """A point at which a code was at fault."""

    point: int
    stage: str
    reason: str


class Goal(NamedTuple):
    """A stop rule: what it waits for, how far that is, and in how many seconds at this pace."""

    rule: str
    now: float
    goal: float
    seconds: float


@dataclass(frozen=True)
class State:
    """A scan at one moment.

    Parameters
    ----------
    progress : Progress
        As the process that runs it sees it; its phase is ``not running`` if there is none.
    taken : float
        When the ledger was read last, in seconds since 1970.
    writer : str
        Who runs it, and since when; empty if nobody does.
    pending : int
        Points that were proposed and not run.
    pace : float
        Calls per hour in the last rounds of this run; NaN if that is not known.
    gain : float
        The same of points inside.
    goals : sequence of Goal
        The stop rules of the model.
    rounds : sequence of (Round, int)
        The last ones, each with its number of points.
    stages : sequence of Stage
        In the order of the chain.
    failures : sequence of Failure
        The last ones, the latest first.
    note : str
        Why it is older than it should be.
    """

    progress: Progress
    taken: float
    writer: str = ""
    pending: int = 0
    pace: float = math.nan
    gain: float = math.nan
    goals: Sequence[Goal] = ()
    rounds: Sequence[tuple[Round, int]] = ()
    stages: Sequence[Stage] = ()
    failures: Sequence[Failure] = ()
    note: str = ""

    @property
    def remaining(self) -> float:
        """Seconds to the first stop rule at this pace; infinite if nothing is known."""
        return min((g.seconds for g in self.goals if g.seconds >= 0), default=math.inf)

    def as_data(self) -> dict[str, Any]:
        """Everything as plain data."""
        progress = self.progress
        return {
            **{k: v for k, v in asdict(self).items() if k not in ("progress", "rounds")},
            "goals": [goal._asdict() for goal in self.goals],
            "stages": [stage._asdict() for stage in self.stages],
            "failures": [failure._asdict() for failure in self.failures],
            **asdict(progress),
            "calls": progress.calls,
            "counts": {s.name.lower(): progress.counts[s] for s in Status if s in progress.counts},
            "rounds": [{**asdict(r), "points": points} for r, points in self.rounds],
        }


def look(scan: Scan) -> State:
    """Read the state of a run once; nothing is written.

    Raises
    ------
    LedgerError
        If there is no ledger, or it cannot be read.
    """
    problem = scan.problem
    with Ledger(scan.folder) as ledger:
        points = ledger.points(problem.space, problem.observables)
        details = list(ledger.details())[: len(points)]  # a scan that runs may have written more
        last = points.round.max(initial=-1)
        rounds = [r for r in ledger.rounds() if r.number <= last]
        started = ledger.started()
    ends = [detail.end for detail in details]
    inside = problem.inside(points)
    last_called = np.flatnonzero(points.called)[-TIMED:].tolist()
    by, seconds = writer(scan)
    progress = _progress(points, inside, rounds)
    progress.coverage, progress.trouble = coverage(problem, points), lately(points, ends)
    progress.seconds, progress.phase = seconds, progress.phase if by else "not running"
    pace, gain = _pace(points, inside, started, seconds)
    failed = np.flatnonzero(points.failed)[::-1][:FAILURES].tolist()
    return State(
        progress=progress,
        taken=time.time(),
        writer=by,
        pending=int((points.status == Status.PENDING).sum()),
        pace=pace,
        gain=gain,
        goals=list(_goals(scan, progress, pace, gain)),
        rounds=[(r, int((points.round == r.number).sum())) for r in rounds[-ROUNDS:]],
        stages=[
            Stage(name, len(taken), sum(taken) / len(taken), max(taken))
            for name, taken in times(details[row] for row in last_called).items()
        ],
        failures=[Failure(details[row].id, *ends[row]) for row in failed],
    )


def writer(scan: Scan) -> tuple[str, float]:
    """Who runs a scan, and for how many seconds; empty and NaN if nobody does."""
    found = holder(scan.folder / "ledger.lock")
    if not found:
        return "", math.nan
    since = str(found.get("since", ""))
    try:
        seconds = time.time() - datetime.strptime(since, "%Y-%m-%d %H:%M:%S").timestamp()
    except ValueError:
        seconds = math.nan
    return f"process {found.get('pid')} on {found.get('host')}", max(0.0, seconds)


def _progress(points: Points, inside: Mask, rounds: Sequence[Round]) -> Progress:
    """What follows from the points alone."""
    pending = points.status == Status.PENDING
    open_ = points.round[pending]
    current = points.round == (open_.min() if len(open_) else points.round.max(initial=-1))
    complete = [r.number for r in rounds if r.achieved is not None and r.proposer != IMPORT]
    last = points.round == (complete[-1] if complete else -1)
    called = points.status[points.called]
    return Progress(
        phase="evaluating" if len(open_) else "proposing",
        round=int(points.round[current].max(initial=0)),
        batch=int(current.sum()),
        done=int((current & ~pending).sum()),
        counts=Counter({s: int((called == s).sum()) for s in Status if s != Status.PENDING}),
        inside=int(inside.sum()),
        hit_rate=float(inside[last].mean()) if last.any() else math.nan,
        forecast=Forecast.of(points[last], inside[last]),
    )


def _pace(
    points: Points, inside: Mask, started: Mapping[int, str], seconds: float
) -> tuple[float, float]:
    """Calls and points inside per hour, in the last rounds that were begun by this run."""
    now = time.time()
    begun = {r: datetime.strptime(t, "%Y-%m-%dT%H:%M:%S%z").timestamp() for r, t in started.items()}
    # the lock and the rounds know whole seconds only
    recent = sorted(r for r, at in begun.items() if at >= now - seconds - 1)[-ROUNDS:]
    if not recent or (hours := (now - begun[recent[0]]) / 3600) <= 0:
        return math.nan, math.nan
    ran = np.isin(points.round, recent) & points.called
    return float(ran.sum() / hours), float((ran & inside).sum() / hours)


def _goals(scan: Scan, progress: Progress, pace: float, gain: float) -> Iterator[Goal]:
    stop = scan.model.scan.stop
    for rule, now, goal, per_hour in (
        ("inside", progress.inside, stop.inside, gain),
        ("calls", progress.calls, stop.calls, pace),
        ("hours", progress.seconds / 3600, stop.hours, 1.0),
        ("coverage", progress.coverage, stop.coverage, math.nan),
    ):
        if goal is not None:
            seconds = 3600 * (goal - now) / per_hour if per_hour > 0 else math.nan
            yield Goal(rule, now, goal, 0.0 if now >= goal else seconds)
