"""The loop: propose, evaluate, append, until a stop rule."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import numpy as np

from mlscanner_hep import warm_up
from mlscanner_hep.completeness import coverage
from mlscanner_hep.config import ModelFile, StopTable
from mlscanner_hep.errors import ScanStalled
from mlscanner_hep.executors import Executor
from mlscanner_hep.forecast import Forecast
from mlscanner_hep.ledger import Ledger
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.pipeline import Pipeline
from mlscanner_hep.points import Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers.base import Proposer
from mlscanner_hep.rounds import Batch, judge, pending, propose, write

_EVALUATED = (Status.OK, Status.UNPHYSICAL, Status.FAILED)

STALLED_AFTER = 20
"""So many points, all failed, from the start of a run end it."""


@dataclass
class Progress:
    """Where a running scan is.

    Attributes
    ----------
    phase : str
        ``proposing``, ``evaluating``, ``finishing`` or ``ended``.
    round : int
        Number of the current round.
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
    ended_by: str = ""

    @property
    def calls(self) -> int:
        """Evaluated points."""
        return sum(self.counts.values())


Watch = Callable[[Progress], None]


def run(
    model: ModelFile,
    problem: Problem,
    pipeline: Pipeline,
    proposer: Proposer,
    ledger: Ledger,
    watch: Watch | None = None,
) -> Progress:
    """Run a scan until a stop rule or an interrupt; see `Scan.run`.

    Parameters
    ----------
    model : ModelFile
        Seed, batch size, stop rules, workers, what to keep.
    problem, pipeline, proposer : Problem, Pipeline, Proposer
        The question, the codes, and what proposes points.
    ledger : Ledger
        Open for writing; what it holds already is taken into account.
    watch : callable, optional
        Gets the `Progress` after each point.
    """
    loop = _Loop(model, problem, ledger, watch)
    executor = warm_up.start(pipeline, model.run.workers)
    try:
        with _Signals(executor) as signals:
            while not signals.caught:
                batch = pending(problem, ledger)
                if not batch:
                    loop.tell("proposing")
                    loop.progress.ended_by = _reached(model.scan.stop, loop.progress)
                    if loop.progress.ended_by:
                        break
                    with signals.raised():
                        draft = propose(problem, proposer, ledger, model.scan.seed, loop.room())
                    batch = write(problem, draft, model.proposer.kind, ledger)
                loop.evaluate(executor, batch, signals)
    except KeyboardInterrupt:
        pass
    finally:
        executor.close()
        ledger.commit()
    loop.progress.ended_by = loop.progress.ended_by or "interrupted"
    loop.tell("ended")
    return loop.progress


class _Loop:
    """The state of one run: progress, and the outcomes of its first points."""

    def __init__(
        self, model: ModelFile, problem: Problem, ledger: Ledger, watch: Watch | None
    ) -> None:
        self._model, self._problem, self._ledger = model, problem, ledger
        self._watch = watch
        self._started = time.monotonic()
        self._first: list[tuple[int, Outcome]] = []
        points = ledger.points(problem.space, problem.observables)
        called = points.status[~points.imported]
        self.progress = Progress(
            round=int(points.round.max(initial=0)),
            counts=Counter({s: int((called == s).sum()) for s in _EVALUATED}),
            inside=int(problem.inside(points).sum()),
            coverage=coverage(problem, points),
        )

    def tell(self, phase: str) -> None:
        """Show the progress to whoever watches."""
        self.progress.phase = phase
        self.progress.seconds = time.monotonic() - self._started
        if self._watch is not None:
            self._watch(self.progress)

    def room(self) -> int:
        """The largest size of the next round: the last one stays within the allowed calls."""
        batch, calls = self._model.proposer.batch, self._model.scan.stop.calls
        return batch if calls is None else min(batch, calls - self.progress.calls)

    def evaluate(self, executor: Executor, batch: Batch, signals: _Signals) -> None:
        """Run a batch and append its outcomes as they come."""
        progress, started = self.progress, time.monotonic()
        progress.round, progress.batch, progress.done = batch.round, len(batch), 0
        self.tell("evaluating")
        x = dict(zip(batch.ids, batch.x, strict=True))
        for point, outcome in executor.run(zip(batch.ids, batch.inputs, strict=True)):
            inside = bool(self._problem.inside(judge(self._problem, x[point], outcome))[0])
            self._ledger.record(point, outcome, keep=_kept(self._model.run.keep, outcome, inside))
            progress.done += 1
            progress.counts[outcome.status] += 1
            progress.inside += inside
            self._watch_for_stall(point, outcome)
            self.tell("finishing" if signals.caught else "evaluating")
        if progress.done == len(batch):
            self._finish(batch, time.monotonic() - started)

    def _finish(self, batch: Batch, seconds: float) -> None:
        problem, progress = self._problem, self.progress
        points = self._ledger.points(problem.space, problem.observables)
        progress.coverage = coverage(problem, points)
        points = points[points.round == batch.round]
        inside = problem.inside(points)
        progress.forecast = Forecast.of(points, inside)
        progress.hit_rate = float(inside.mean())
        self._ledger.finish_round(batch.round, progress.hit_rate, seconds)

    def _watch_for_stall(self, point: int, outcome: Outcome) -> None:
        if len(self._first) < STALLED_AFTER:
            self._first.append((point, outcome))
            if len(self._first) == STALLED_AFTER:
                _stop_if_stalled(self._first)


def _kept(keep: str, outcome: Outcome, inside: bool) -> bool:
    failed = outcome.status == Status.FAILED
    return keep == "all" or (keep == "inside" and inside) or (keep == "failed" and failed)


def _reached(stop: StopTable, progress: Progress) -> str:
    if stop.inside is not None and progress.inside >= stop.inside:
        return f"{progress.inside} points inside (stop.inside = {stop.inside})"
    if stop.calls is not None and progress.calls >= stop.calls:
        return f"{progress.calls} calls (stop.calls = {stop.calls})"
    if stop.coverage is not None and progress.coverage >= stop.coverage:
        return f"estimated coverage {progress.coverage:.3f} (stop.coverage = {stop.coverage:g})"
    if stop.hours is not None and progress.seconds >= 3600 * stop.hours:
        return f"{progress.seconds / 3600:.2f} hours (stop.hours = {stop.hours:g})"
    return ""


def _stop_if_stalled(first: Sequence[tuple[int, Outcome]]) -> None:
    if any(outcome.status != Status.FAILED for _, outcome in first):
        return
    reasons = Counter((outcome.stage, outcome.reason) for _, outcome in first)
    lines = [f"the first {len(first)} points all failed, so the scan stops here:"]
    lines += [f"  {n} x stage '{stage}': {why}" for (stage, why), n in reasons.most_common(5)]
    point, last = first[-1]
    if last.log_tail:
        lines += [f"last words of the code at point {point}:"]
        lines += [f"  | {line}" for line in last.log_tail.splitlines()]
    lines.append("`mlscanner-hep check` runs one point and shows every step.")
    raise ScanStalled("\n".join(lines))


class _Signals:
    """Ends a run in good order.

    First Ctrl-C: finish the points that run. Second one, or SIGTERM: kill them. While points are
    proposed nothing is at stake, and any of them ends the run at once. Elsewhere than in the main
    thread Python delivers no signals, and this does nothing.
    """

    def __init__(self, executor: Executor) -> None:
        self.caught = 0
        self._executor = executor
        self._raise = False
        self._old: dict[int, Any] = {}

    def __enter__(self) -> _Signals:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._old[number] = signal.signal(number, self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Inside, a signal raises KeyboardInterrupt."""
        self._raise = True
        try:
            yield
        finally:
            self._raise = False

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.caught += 1
        if self._raise:
            raise KeyboardInterrupt
        if self.caught > 1 or number == signal.SIGTERM:
            self._executor.kill()
        else:
            self._executor.drain()
