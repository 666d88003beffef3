"""Where the points are run: in this process, or in worker processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from types import FrameType
from typing import Protocol

from mlscanner_hep.codes import groups, lifeline
from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.points import Status

Inputs = Mapping[str, float | int | str]
Task = tuple[int, Inputs]

_LONG, _SHORT = 0.5, 0.05  # seconds to wait for an outcome: always, and while more could run


_BROKEN = (BrokenProcessPool, EOFError, ConnectionError)
"""Raised where a worker is gone, or the process that starts them, which comes back by itself."""


_ATTEMPTS = 5


class Executor(Protocol):
    """Runs points and gives their outcomes as they come."""

    def run(self, tasks: Iterable[Task | None]) -> Iterator[tuple[int, Outcome]]:
        """Run the chain on each task (id, inputs); yield ids and outcomes in any order.

        In place of a task may come None, but only while points run: there is none at the moment,
        and it is worth asking again after the next outcome or a fraction of a second.
        """
        ...

    def drain(self) -> None:
        """Start no further point; `run` ends when those that run have ended."""
        ...

    def kill(self) -> None:
        """End the points that run, with all their processes; their outcomes are not given."""
        ...

    def close(self) -> None:
        """Free everything."""
        ...


Start = Callable[[Pipeline], Executor]
"""Makes the executor of a chain."""


class Serial:
    """One point after the other, in this process."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._draining = False
        self._killed = False

    def run(self, tasks: Iterable[Task | None]) -> Iterator[tuple[int, Outcome]]:
        for task in tasks:
            if self._draining:
                return
            if task is None:
                continue
            outcome = self._pipeline.one(task[1])
            if self._killed:
                return
            yield task[0], outcome

    def drain(self) -> None:
        self._draining = True

    def kill(self) -> None:
        self._draining = self._killed = True
        groups.kill_all()

    def close(self) -> None:
        pass


class Processes:
    """Worker processes on this machine.

    Few points are handed out ahead, so that a scan that is told to stop stops soon. A worker that
    dies takes its pool along: the points in flight are then run again one by one, and the one that
    kills its worker again is a failed point.

    Parameters
    ----------
    pipeline : Pipeline
        The chain; it is sent to each worker once.
    workers : int
        How many points run at a time.
    """

    def __init__(self, pipeline: Pipeline, workers: int) -> None:
        self._pipeline = pipeline
        self._workers = workers
        self._draining = False
        self._killed = False
        self._pool = self._start(workers)

    def _start(self, workers: int) -> ProcessPoolExecutor:
        # Not fork: numerical libraries of the parent may hold locks in other threads.
        context = multiprocessing.get_context("forkserver" if sys.platform != "win32" else "spawn")
        context.set_forkserver_preload(["mlscanner_hep.codes.pipeline"])
        self._pids = context.SimpleQueue()
        return ProcessPoolExecutor(workers, context, _set_up, (self._pipeline, self._pids))

    def run(self, tasks: Iterable[Task | None]) -> Iterator[tuple[int, Outcome]]:
        waiting = iter(tasks)
        running: dict[Future[Outcome], Task] = {}
        while True:
            lost: list[Task] = []
            patience = _LONG
            try:
                while not self._draining and len(running) < 2 * self._workers:
                    task = next(waiting, None)
                    if task is None:
                        patience = _SHORT
                        break
                    lost = [task]
                    running[self._pool.submit(_one, task[1])] = task
                    lost = []
            except _BROKEN:
                pass
            done = wait(running, patience, FIRST_COMPLETED).done if running else set()
            if self._killed or not (running or lost):
                return
            for future in done:
                task = running.pop(future)
                try:
                    yield task[0], future.result()
                except BrokenProcessPool:
                    lost.append(task)
            if lost and not self._killed:
                lost += running.values()
                running.clear()
                yield from self._one_by_one(sorted(lost, key=lambda task: task[0]))

    def _one_by_one(self, tasks: Iterable[Task]) -> Iterator[tuple[int, Outcome]]:
        for point, inputs in tasks:
            self._pool.shutdown(wait=False)
            self._pool = self._start(1)
            try:
                yield point, self._submit_alone(inputs).result()
            except BrokenProcessPool:
                if self._killed:
                    return
                yield point, Outcome(Status.FAILED, reason="the worker process died")
        self._pool.shutdown(wait=False)
        self._pool = self._start(self._workers)

    def _submit_alone(self, inputs: Inputs) -> Future[Outcome]:
        """Hand out a point; the process that starts workers may need a moment to come back."""
        for _ in range(_ATTEMPTS):
            try:
                return self._pool.submit(_one, inputs)
            except (EOFError, ConnectionError):
                time.sleep(_LONG)
                self._pool.shutdown(wait=False)
                self._pool = self._start(1)
        return self._pool.submit(_one, inputs)

    def drain(self) -> None:
        self._draining = True

    def kill(self) -> None:
        self._draining = self._killed = True
        while not self._pids.empty():
            with suppress(ProcessLookupError):
                os.kill(self._pids.get(), signal.SIGTERM)

    def close(self) -> None:
        self._pool.shutdown(wait=not self._killed, cancel_futures=True)


def start(pipeline: Pipeline, workers: int) -> Executor:
    """The executor for so many points at a time."""
    return Processes(pipeline, workers) if workers > 1 else Serial(pipeline)


_pipeline: Pipeline


def _set_up(pipeline: Pipeline, pids: multiprocessing.SimpleQueue[int]) -> None:
    """Prepare a worker process."""
    global _pipeline
    _pipeline = pipeline
    pids.put(os.getpid())
    # Ctrl-C reaches the whole terminal: the scan decides what ends, not each worker.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    # A queue alone would keep a worker waiting for ever if the scan is killed.
    if (parent := multiprocessing.parent_process()) is not None:
        lifeline.follow(parent.sentinel)


def _leave(number: int, frame: FrameType | None) -> None:
    groups.kill_all()
    os._exit(128 + number)


def _one(inputs: Inputs) -> Outcome:
    return _pipeline.one(inputs)
