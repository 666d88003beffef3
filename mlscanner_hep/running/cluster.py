"""Points on the workers of a Dask cluster, https://distributed.dask.org.

Dask brings points to workers, and again to others when a worker is lost. On each worker the points
run in processes of `executors.Processes`, as they would on one machine: so time limits, kills and
codes that take their process along are the same everywhere, and no code outlives its worker.
"""

from __future__ import annotations

import queue
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from multiprocessing import current_process
from pathlib import Path
from typing import Any

from distributed import (
    Client,
    Future,
    KilledWorker,
    Reschedule,
    Worker,
    WorkerPlugin,
    get_worker,
)

from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.errors import ClusterError, PreflightError
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.points import Status
from mlscanner_hep.running.executors import Inputs, Processes, Task
from mlscanner_hep.running.parcel import Parcel, lacking

_LOOK = 0.2  # seconds between looks at what was asked of a running executor
_COUNT = 5.0  # seconds between counts of the workers


class Dask:
    """Runs points on the workers of a Dask cluster.

    Two points are handed out for each that can run at a time. Those of a lost worker are run again
    by others. One that was lost with four workers (``distributed.scheduler.allowed-failures``) is
    a failed point, and so is one that takes its process along twice on the same worker.

    Parameters
    ----------
    pipeline : Pipeline
        The chain; it is sent to each worker once, with its files.
    client : Client
        Connection to the scheduler. It stays open.
    places : int
        How many points the cluster may come to run at a time, if that is more than it can now.

    Raises
    ------
    ClusterError
        Also by `run`: if a worker lacks this package, or the scheduler is gone.
    PreflightError
        By `run`: if a worker lacks a program of the chain.
    """

    def __init__(self, pipeline: Pipeline, client: Client, places: int = 1) -> None:
        self._client = client
        self._least = places
        self._present = 0
        self._counted = -_COUNT
        self._found: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._running: dict[int, Future] = {}
        self._draining = self._killed = self._closed = False
        self._name = f"mlscanner-hep-{uuid.uuid4().hex}"
        try:
            with _answers():
                client.register_plugin(_Points(Parcel.of(pipeline)), name=self._name)
        except ImportError as error:
            raise ClusterError(f"a Dask worker cannot run points: {error}") from error

    def run(self, tasks: Iterable[Task | None]) -> Iterator[tuple[int, Outcome]]:
        waiting = iter(tasks)
        dropped = False
        while not self._killed:
            if not self._draining:
                self._hand_out(waiting)
            elif not dropped:
                dropped = True
                self._drop_waiting()
            if not self._running:
                return
            try:
                point, found = self._found.get(timeout=_LOOK)
            except queue.Empty:
                continue
            if self._running.pop(point, None) is not None and not self._killed:
                yield point, _outcome(found)
        self.close()

    def drain(self) -> None:
        self._draining = True

    def kill(self) -> None:
        # A signal handler may call this, so what needs the scheduler is done by `run`.
        self._draining = self._killed = True

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._client.status == "running":  # else the scheduler is gone, and so are its workers
            with suppress(OSError, CancelledError):
                self._client.cancel(list(self._running.values()))
                self._client.unregister_worker_plugin(self._name)
        self._running.clear()

    def _room(self) -> int:
        """How many points more may be handed out."""
        if time.monotonic() > self._counted + _COUNT:
            with _answers():
                self._present = sum(self._client.nthreads().values())
            self._counted = time.monotonic()
        return max(2 * max(self._present, self._least) - len(self._running), 0)

    def _hand_out(self, waiting: Iterator[Task | None]) -> None:
        """Give points to the scheduler, as many as there is room for and are there."""
        for _ in range(self._room()):
            task = next(waiting, None)
            if task is None:
                return
            point, inputs = task
            key = f"point-{point}-{uuid.uuid4().hex}"
            future = self._client.submit(_one, self._name, dict(inputs), key=key, pure=False)
            self._running[point] = future
            self._client.loop.add_callback(self._fetch, point, future)

    async def _fetch(self, point: int, future: Future) -> None:
        """Wait for an outcome, in the thread of the client, where many can be waited for."""
        try:
            found = await self._client.gather(future, asynchronous=True)
        except Exception as error:
            found = error
        self._found.put((point, found))

    def _drop_waiting(self) -> None:
        """Take back the points that no worker has started yet."""
        with _answers():
            started = self._client.run(_executing, on_error="ignore").values()
        keys = {key for found in started for key in found}
        for point, future in list(self._running.items()):
            if future.status == "pending" and future.key not in keys:
                del self._running[point]
                future.cancel()


@contextmanager
def _answers() -> Iterator[None]:
    """Make a clear error of a scheduler that does not answer."""
    try:
        yield
    except OSError as error:
        raise ClusterError(f"the Dask scheduler does not answer any more: {error}") from error


def _outcome(found: Any) -> Outcome:
    """What came of a point, or an error that ends the scan; the point is pending then."""
    if isinstance(found, Outcome):
        return found
    if isinstance(found, KilledWorker):
        return Outcome(Status.FAILED, reason="the worker process died")
    if isinstance(found, CancelledError):
        raise ClusterError("the Dask scheduler is gone") from found
    if isinstance(found, Exception):
        raise ClusterError(f"a Dask worker cannot run points: {found!r}") from found
    raise PreflightError(found)


class _Points(WorkerPlugin):  # type: ignore[misc]
    """What a worker needs to run points.

    Each point that runs at a time has a process of its own beneath the worker. It ends with the
    worker, whatever kills that, and takes its code along.
    """

    def __init__(self, parcel: Parcel) -> None:
        self._parcel = parcel

    def setup(self, worker: Worker) -> None:
        """Unpack the chain."""
        # Its nanny has made the worker a process that may have no children.
        current_process().daemon = False
        self._all: list[Processes] = []
        self._idle: queue.SimpleQueue[Processes] = queue.SimpleQueue()
        # Dask removes what a killed worker has left in its folder.
        self._folder = Path(tempfile.mkdtemp(prefix="points-", dir=worker.local_directory))
        self._pipeline = self._parcel.unpack(self._folder)
        self._lacking = lacking(self._pipeline)

    def one(self, inputs: Inputs) -> Outcome | list[str]:
        """The outcome of a point, or what this worker lacks."""
        if self._lacking:
            return self._lacking
        try:
            executor = self._idle.get_nowait()
        except queue.Empty:
            executor = Processes(self._pipeline, 1)
            self._all.append(executor)
        found = list(executor.run([(0, inputs)]))
        if not found:  # the worker is leaving
            raise Reschedule
        self._idle.put(executor)
        return found[0][1]

    def teardown(self, worker: Worker) -> None:
        """End what runs."""
        for executor in self._all:
            executor.kill()
            executor.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _one(name: str, inputs: Inputs) -> Outcome | list[str] | None:
    points = get_worker().plugins.get(name)
    # Without it the executor was closed, and nobody waits for this point.
    return None if points is None else points.one(inputs)


def _executing(dask_worker: Worker) -> list[str]:
    return [task.key for task in dask_worker.state.executing]
