"""Codes that compile at their first call: one point at a time, and time for it, until they have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.points import Status
from mlscanner_hep.running.executors import Executor, Start, Task


def cold(pipeline: Pipeline) -> set[str]:
    """Names of the stages whose first call may take long."""
    stages = (stage for stage in pipeline.stages if isinstance(stage, Adapter))
    return {stage.name for stage in stages if stage.warm_up is not None}


def patient(pipeline: Pipeline) -> Pipeline:
    """The same chain with the time limits of first calls."""
    stages = [
        replace(stage, timeout=max(stage.timeout, stage.warm_up))
        if isinstance(stage, Adapter) and stage.warm_up is not None
        else stage
        for stage in pipeline.stages
    ]
    return replace(pipeline, stages=stages)


def start(pipeline: Pipeline, start: Start) -> Executor:
    """The executor that `start` makes, as soon as nothing has to warm up any more."""
    return WarmUp(pipeline, start) if cold(pipeline) else start(pipeline)


class WarmUp:
    """Runs points one at a time until one has got through each stage that warms up.

    Two calls at once would compile into the same place. Which points are run, and what is written
    down of them, does not depend on it.

    Parameters
    ----------
    pipeline : Pipeline
        The chain.
    start : callable
        Makes the executor that runs the first points, and the one that runs the others.
    """

    def __init__(self, pipeline: Pipeline, start: Start) -> None:
        self._cold = cold(pipeline)
        self._first = start(patient(pipeline))
        self._others = start(pipeline)

    def run(self, tasks: Iterable[Task | None]) -> Iterator[tuple[int, Outcome]]:
        waiting = iter(tasks)
        while self._cold:
            task = next(waiting, None)
            if task is None:
                return
            found = list(self._first.run([task]))
            for point, outcome in found:
                self._cold -= {a.stage for a in outcome.answers if a.status != Status.FAILED}
                yield point, outcome
            if not found:  # drained or killed
                return
        self._first.close()
        yield from self._others.run(waiting)

    def drain(self) -> None:
        self._first.drain()
        self._others.drain()

    def kill(self) -> None:
        (self._first if self._cold else self._others).kill()

    def close(self) -> None:
        self._first.close()
        self._others.close()
