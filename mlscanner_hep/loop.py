"""The loop: propose, evaluate, append, until a stop rule."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.findings.forecast import Forecast
from mlscanner_hep.findings.stall import Recent
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.planner import Planner
from mlscanner_hep.points import Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.progress import Progress, Watch
from mlscanner_hep.proposers.base import Proposer
from mlscanner_hep.record.store import Store
from mlscanner_hep.record.writer import Writer
from mlscanner_hep.rounds import Batch, Draft, unfinished, write
from mlscanner_hep.running.executors import Start, Task
from mlscanner_hep.running.interrupts import Interrupts
from mlscanner_hep.setup.config import ModelFile
from mlscanner_hep.shards import Shard

_EVALUATED = (Status.OK, Status.UNPHYSICAL, Status.FAILED)


def run(
    model: ModelFile,
    problem: Problem,
    pipeline: Pipeline,
    proposer: Proposer,
    ledger: Writer,
    start: Start,
    watch: Watch | None = None,
    shard: Shard | None = None,
) -> Progress:
    """Run a scan until a stop rule or an interrupt; see `Scan.run`.

    Parameters
    ----------
    model : ModelFile
        Seed, batch size, stop rules, what to keep.
    problem, pipeline, proposer : Problem, Pipeline, Proposer
        The question, the codes, and what proposes points.
    ledger : Writer
        What it holds already is taken into account.
    start : callable
        Makes what runs the points.
    watch : callable, optional
        Gets the `Progress` after each point.
    shard : Shard, optional
        The part of the points that is run; all of them are in the ledger.
    """
    loop = _Loop(model, problem, proposer, ledger, watch, shard or Shard(0, 1))
    executor = start(pipeline)
    try:
        with Interrupts(executor) as interrupts:
            for point, outcome in executor.run(loop.tasks(interrupts)):
                loop.record(point, outcome, interrupts)
    except KeyboardInterrupt:
        pass
    finally:
        executor.close()
        loop.close()
    loop.tell("ended")
    return loop.progress


@dataclass
class _Open:
    """A round that is not complete."""

    size: int
    left: int
    started: float | None = None

    @property
    def seconds(self) -> float:
        """Since its first point was handed out."""
        return 0.0 if self.started is None else time.monotonic() - self.started


class _Loop:
    """The state of one run: what is to be run, what runs, and how far the scan is.

    Nothing but `tasks`, `record` and `close` touches the ledger, all in the thread of the run.
    """

    def __init__(
        self,
        model: ModelFile,
        problem: Problem,
        proposer: Proposer,
        ledger: Writer,
        watch: Watch | None,
        shard: Shard,
    ) -> None:
        self._model, self._problem, self._ledger, self._watch = model, problem, ledger, watch
        self._started = time.monotonic()
        self._recent = Recent()
        points = ledger.points(problem.space, problem.observables)
        self._store = Store(problem, points)
        self._planner = Planner(model, problem, proposer, self._store)
        self._queue: deque[Batch] = deque()
        self._open: dict[int, _Open] = {}
        self._rows: dict[int, tuple[int, int]] = {}  # in the store, and the round, of each point
        self._running = 0
        mine = shard.has(np.array(ledger.ids(), np.int64))
        waiting = mine & (points.status == Status.PENDING)
        for batch in unfinished(problem, ledger, shard.has):
            start, end = np.searchsorted(points.round, [batch.round, batch.round + 1])
            rows = start + np.flatnonzero(waiting[start:end])
            self._enter(batch, int(mine[start:end].sum()), rows.tolist())
        called = points.status[~points.imported]
        self.progress = Progress(
            round=int(points.round.max(initial=0)),
            counts=Counter({s: int((called == s).sum()) for s in _EVALUATED}),
            inside=int(self._store.inside.sum()),
            coverage=self._planner.standing(self._open)[1],
        )

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._started

    def tell(self, phase: str) -> None:
        """Show the progress to whoever watches."""
        self.progress.phase, self.progress.seconds = phase, self._seconds
        if self._watch is not None:
            self._watch(self.progress)

    def tasks(self, interrupts: Interrupts) -> Iterator[Task | None]:
        """The points to run: those of open rounds, then of new ones as they are proposed."""
        self._show("evaluating" if self._open else "proposing")
        while True:
            while self._queue:
                batch = self._queue.popleft()
                self._open[batch.round].started = time.monotonic()
                for task in batch.tasks():
                    self._running += 1
                    yield task
            self._go_on()
            if self._queue:
                continue
            if self._running:
                yield None
                continue
            with interrupts.raised():
                if interrupts.caught or not self._planner.wait():
                    return

    def record(self, point: int, outcome: Outcome, interrupts: Interrupts) -> None:
        """Append an outcome; finish its round if it was the last one."""
        progress, (row, number) = self.progress, self._rows.pop(point)
        inside = self._store.record(row, outcome)
        self._ledger.record(point, outcome, keep=_kept(self._model.run.keep, outcome, inside))
        self._running -= 1
        self._open[number].left -= 1
        progress.counts[outcome.status] += 1
        progress.inside += inside
        self._recent.add(point, outcome)
        progress.trouble = self._recent.trouble()
        self._show("finishing" if interrupts.caught else "evaluating")
        while self._open and next(iter(self._open.values())).left == 0:
            self._finish()
        if not interrupts.caught:
            self._go_on()

    def close(self) -> None:
        """Make all durable that was recorded, and say why the run ended."""
        for number, current in self._open.items():
            self._ledger.add_seconds(number, current.seconds)
        self._ledger.commit()
        self.progress.ended_by = ("" if self._open else self._planner.ended_by) or "interrupted"

    def _enter(self, batch: Batch, size: int, rows: list[int]) -> None:
        places = ((row, batch.round) for row in rows)
        self._rows.update(zip(batch.ids, places, strict=True))
        self._open[batch.round] = _Open(size, len(batch))
        self._queue.append(batch)

    def _show(self, phase: str) -> None:
        """Show the first of the open rounds."""
        for number, current in self._open.items():
            self.progress.round, self.progress.batch = number, current.size
            self.progress.done = current.size - current.left
            break
        self.tell(phase)

    def _finish(self) -> None:
        """Finish the first of the open rounds, which is complete; others wait for their turn."""
        progress, number = self.progress, next(iter(self._open))
        self._show("evaluating")
        seconds = self._open.pop(number).seconds
        points = self._store.points
        start, end = np.searchsorted(points.round, [number, number + 1])
        # of a shard, a part of the round
        rows = start + np.flatnonzero(points.status[start:end] != Status.PENDING)
        inside = self._store.inside[rows]
        progress.coverage = self._planner.standing(self._open)[1]
        progress.forecast = Forecast.of(points[rows], inside)
        progress.hit_rate = float(inside.mean())
        self._ledger.finish_round(number, progress.hit_rate, seconds)
        self.tell("proposing")

    def _go_on(self) -> None:
        """Write a round that has been proposed, and have the next one proposed."""
        while (draft := self._planner.next(self._open, self._seconds)) is not None:
            self._write(draft)

    def _write(self, draft: Draft) -> None:
        batch = write(self._problem, draft, self._model.proposer.kind, self._ledger)
        proposal = draft.proposal
        start = self._store.add(batch.x, batch.round, proposal.origin, proposal.predicted)
        self._planner.taken(draft)
        self._enter(batch, len(batch), list(range(start, len(self._store))))
        self._show("evaluating")


def _kept(keep: str, outcome: Outcome, inside: bool) -> bool:
    failed = outcome.status == Status.FAILED
    return keep == "all" or (keep == "inside" and inside) or (keep == "failed" and failed)
