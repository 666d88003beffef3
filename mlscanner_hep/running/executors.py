"""Where the points are run: in this process, or in worker processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import selectors
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Protocol

from mlscanner_hep.codes import groups, lifeline, slots
from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.points import Status

Inputs = Mapping[str, float | int | str]
Task = tuple[int, Inputs]

_LONG, _SHORT = 0.5, 0.05  # seconds to wait for an outcome: always, and while more could run
_QUICK = 0.1  # seconds of a point; the next one comes a hundredth of it too late if it is not there
_GRACE = 2.0  # seconds in which a worker has to end that was told to
_ATTEMPTS = 5  # to start one


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
        slots.give_up()

    def close(self) -> None:
        pass


class Processes:
    """Worker processes on this machine.

    Each has one point at a time, and one more ahead if its points are so short that it would wait
    for them otherwise. So a scan that is told to stop stops soon. The point of a worker that dies
    is run again, and one that takes another worker along is a failed point.

    Parameters
    ----------
    pipeline : Pipeline
        The chain; it is sent to each worker once.
    workers : int
        How many points run at a time.
    """

    def __init__(self, pipeline: Pipeline, workers: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._workers = [_Worker(pipeline, self._selector) for _ in range(workers)]
        self._again: deque[Task] = deque()
        self._suspects: set[int] = set()  # points that a worker has died of
        self._draining = False
        self._killed = False

    def run(self, tasks: Iterable[Task | None]) -> Iterator[tuple[int, Outcome]]:
        waiting = iter(tasks)
        while True:
            patience = self._hand_out(waiting)
            if self._killed or not any(worker.tasks for worker in self._workers):
                return
            for worker in {key.data for key, _ in self._selector.select(patience)}:
                if not worker.tasks:
                    worker.kill()  # it has died idle
                    continue
                task, outcome = worker.answer()
                outcome = outcome or self._lost(worker, task)
                self._hand_out(waiting)  # the worker is not to wait for what is done with it
                if outcome is not None and not self._killed:
                    self._suspects.discard(task[0])
                    yield task[0], outcome

    def _hand_out(self, waiting: Iterator[Task | None]) -> float:
        """Give points to workers; return for how many seconds to wait for an outcome."""
        while not self._draining:
            free = [worker for worker in self._workers if len(worker.tasks) < worker.room]
            if not free:
                break
            task = self._again.popleft() if self._again else next(waiting, None)
            if task is None:
                return _SHORT
            min(free, key=lambda worker: len(worker.tasks)).give(task)
        return _LONG

    def _lost(self, worker: _Worker, task: Task) -> Outcome | None:
        """Have the points of a worker that died run again; return what is final of its last one."""
        self._again.extend(worker.tasks)
        worker.kill()
        if task[0] in self._suspects:
            return Outcome(Status.FAILED, reason="the worker process died")
        self._suspects.add(task[0])
        self._again.appendleft(task)
        return None

    def drain(self) -> None:
        self._draining = True

    def kill(self) -> None:
        self._draining = self._killed = True
        for worker in self._workers:
            worker.leave()

    def close(self) -> None:
        for worker in self._workers:
            worker.close(_GRACE if self._killed else None)


class _Worker:
    """A worker process, which is started with its first point, and again if it has died.

    Parameters
    ----------
    pipeline : Pipeline
        The chain.
    selector : BaseSelector
        Tells of it as ready when there is an answer, or will never be one.

    Attributes
    ----------
    tasks : deque of Task
        The points that it was given and has not answered; the first one runs.
    """

    def __init__(self, pipeline: Pipeline, selector: selectors.BaseSelector) -> None:
        self._pipeline = pipeline
        self._selector = selector
        self._process: BaseProcess | None = None
        self._quick = False
        self.tasks: deque[Task] = deque()

    @property
    def room(self) -> int:
        """How many points it may have."""
        return 2 if self._quick else 1

    def give(self, task: Task) -> None:
        """Hand out a point."""
        if self._process is None:
            self._start()
        self.tasks.append(task)
        with suppress(OSError):  # it has died, so there will be no answer
            self._connection.send(task[1])

    def answer(self) -> tuple[Task, Outcome | None]:
        """The first of its points, and the outcome: None if it has died."""
        task, outcome = self.tasks.popleft(), None
        with suppress(EOFError, OSError):
            if self._connection.poll():
                outcome = self._connection.recv()
                self._quick = sum(outcome.seconds.values()) < _QUICK
        return task, outcome

    def leave(self) -> None:
        """Tell it to end at once, with what it runs; safe in a signal handler."""
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """End it, however it is; its guard ends what it runs."""
        if self._process is not None:
            if self._process.is_alive():
                self._process.kill()
            self.close(None)
        self.tasks.clear()

    def close(self, grace: float | None) -> None:
        """Wait until it has ended by itself, or for so many seconds before it is killed."""
        process, self._process = self._process, None
        if process is not None:
            self._selector.unregister(self._connection)
            self._selector.unregister(process.sentinel)
            self._connection.close()
            process.join(grace)
            if process.is_alive():
                process.kill()
                process.join()

    def _start(self) -> None:
        # Not fork: numerical libraries of the parent may hold locks in other threads.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["mlscanner_hep.codes.pipeline"])
        for attempt in range(_ATTEMPTS):
            self._connection, its_end = context.Pipe()
            with its_end:
                process = context.Process(target=_work, args=(self._pipeline, its_end), daemon=True)
                try:
                    process.start()
                    break
                except (EOFError, ConnectionError):
                    # The process that starts workers is gone; it comes back by itself.
                    if attempt == _ATTEMPTS - 1:
                        raise
                    time.sleep(_LONG)
        self._process = process
        # A process that a point has left may hold the connection of a dead worker open.
        for handle in (self._connection, process.sentinel):
            self._selector.register(handle, selectors.EVENT_READ, self)


def start(pipeline: Pipeline, workers: int) -> Executor:
    """The executor for so many points at a time."""
    return Processes(pipeline, workers) if workers > 1 else Serial(pipeline)


def _work(pipeline: Pipeline, connection: Connection) -> None:
    """What a worker process does, as long as somebody is there to hear of it."""
    # It ends with the scan, but a Python stage may start processes of its own.
    multiprocessing.current_process().daemon = False
    # Ctrl-C reaches the whole terminal: the scan decides what ends, not each worker.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    # The connection alone would keep a worker busy with its point if the scan is killed.
    if (parent := multiprocessing.parent_process()) is not None:
        lifeline.follow(parent.sentinel)
    with suppress(EOFError, ConnectionError):
        while True:
            connection.send(pipeline.one(connection.recv()))


def _leave(number: int, frame: FrameType | None) -> None:
    groups.kill_all()
    os._exit(128 + number)
