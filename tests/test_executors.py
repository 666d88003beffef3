"""Contract of every executor, and what only worker processes can meet."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.codes.python_stage import PythonStage
from mlscanner_hep.points import Status
from mlscanner_hep.running.executors import Executor, Processes, Serial, Task, _Worker

CODE = """
import os, time

def f(values):
    if values.get("die"):
        os._exit(3)
    time.sleep(values.get("sleep", 0.0))
    return {"y": 2 * values["x"], "pid": os.getpid()}
"""

Make = Callable[[], Executor]


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    (tmp_path / "code.py").write_text(CODE)
    return Pipeline([PythonStage("f", tmp_path / "code.py", "f", ("y", "pid"))])


@pytest.fixture(params=["serial", "processes"])
def executor(request: pytest.FixtureRequest, pipeline: Pipeline) -> Iterator[Executor]:
    made: Executor = Serial(pipeline) if request.param == "serial" else Processes(pipeline, 2)
    yield made
    made.close()


def tasks(n: int, **more: float) -> list[tuple[int, dict[str, float | int | str]]]:
    return [(i, {"x": float(i), **more}) for i in range(n)]


def test_every_point_comes_back_once_with_its_own_outcome(executor: Executor) -> None:
    for _ in range(2):
        found = dict(executor.run(tasks(20)))
        assert sorted(found) == list(range(20))
        assert all(outcome.values["y"] == 2 * i for i, outcome in found.items())


def test_nothing_to_do(executor: Executor) -> None:
    assert list(executor.run([])) == []


def test_points_may_come_while_others_run(executor: Executor) -> None:
    found: list[int] = []

    def stream() -> Iterator[Task | None]:
        yield from tasks(3, sleep=0.01)
        while not found:
            yield None
        yield from tasks(6)[3:]

    for point, _ in executor.run(stream()):
        found.append(point)
    assert sorted(found) == list(range(6))


def test_drain_finishes_what_runs_and_starts_no_more(executor: Executor) -> None:
    found = []
    for point, _ in executor.run(tasks(50, sleep=0.02)):
        found.append(point)
        executor.drain()
    assert 1 <= len(found) <= 5
    assert len(set(found)) == len(found)


def test_a_point_that_takes_its_time_has_none_behind_it(pipeline: Pipeline) -> None:
    """It could be the one that hangs, while the other worker has nothing to do."""
    executor = Processes(pipeline, 2)
    taken: list[int] = []

    def stream() -> Iterator[Task]:
        for task in tasks(8, sleep=0.2):
            taken.append(task[0])
            yield task

    given = [len(taken) - done for done, _ in enumerate(executor.run(stream()), 1)]
    executor.close()
    assert max(given) == 2


def test_short_points_are_handed_out_ahead(pipeline: Pipeline) -> None:
    executor = Processes(pipeline, 1)
    taken: list[int] = []

    def stream() -> Iterator[Task]:
        for task in tasks(8):
            taken.append(task[0])
            yield task

    given = [len(taken) - done for done, _ in enumerate(executor.run(stream()), 1)]
    executor.close()
    assert given == [2] * 6 + [1, 0]


def test_a_long_point_does_not_keep_the_other_worker_short(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Worker, "give", lambda worker, task: worker.tasks.append(task))
    executor = Processes(pipeline, 2)
    long, quick = executor._workers
    long.tasks.append((0, {}))
    quick.tasks.append((1, {}))
    quick._quick = True
    executor._hand_out(iter(tasks(5)[2:]))
    assert [[point for point, _ in worker.tasks] for worker in (long, quick)] == [[0], [1, 2]]


def test_kill_gives_no_further_outcome(pipeline: Pipeline) -> None:
    executor = Processes(pipeline, 2)
    list(executor.run(tasks(2)))
    threading.Timer(0.3, executor.kill).start()
    start = time.monotonic()
    assert list(executor.run(tasks(4, sleep=20.0))) == []
    executor.close()
    assert time.monotonic() - start < 5


def test_workers_are_processes(pipeline: Pipeline) -> None:
    executor = Processes(pipeline, 2)
    pids = {outcome.values["pid"] for _, outcome in executor.run(tasks(20, sleep=0.05))}
    executor.close()
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_a_point_that_kills_its_worker_is_a_failed_point(pipeline: Pipeline) -> None:
    executor = Processes(pipeline, 2)
    mixed = tasks(12)
    mixed[4] = (4, {"x": 4.0, "die": 1})
    found = dict(executor.run(mixed))
    executor.close()
    assert sorted(found) == list(range(12))
    assert found[4].status == Status.FAILED
    assert found[4].reason == "the worker process died"
    assert all(found[i].status == Status.OK for i in range(12) if i != 4)


def test_a_worker_that_dies_takes_no_other_one_along(pipeline: Pipeline) -> None:
    executor = Processes(pipeline, 2)
    mixed = tasks(12, sleep=0.05)
    mixed[4] = (4, {"x": 4.0, "die": 1})
    found = dict(executor.run(mixed))
    executor.close()
    pids = [found[i].values["pid"] for i in range(12) if i != 4]
    assert any(pids[:4].count(pid) and pids[-2:].count(pid) for pid in pids)


def test_a_python_stage_may_start_processes(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(
        "import multiprocessing, os\n"
        "def f(values):\n"
        "    child = multiprocessing.get_context('fork').Process(target=os.getpid)\n"
        "    child.start()\n"
        "    child.join()\n"
        "    return {'y': child.exitcode}\n"
    )
    executor = Processes(Pipeline([PythonStage("f", tmp_path / "code.py", "f", ("y",))]), 1)
    ((_, outcome),) = executor.run(tasks(1))
    executor.close()
    assert outcome.values == {"y": 0}, outcome.reason


SCAN = """
import sys
from pathlib import Path
from mlscanner_hep.running.executors import Processes
from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.codes.python_stage import PythonStage

if __name__ == "__main__":
    stage = PythonStage("f", Path(sys.argv[1]), "f", ("y", "pid"))
    executor = Processes(Pipeline([stage]), 2)
    for _, outcome in executor.run((i, {"x": 1.0, "sleep": 0.3}) for i in range(1000)):
        print(int(outcome.values["pid"]), flush=True)
"""


# It tells who it is, and keeps the interpreter to itself: no other thread of the worker can run.
HOGS = """
import ctypes, os

def f(values):
    os.write(1, f"{os.getpid()}\\n".encode())
    ctypes.PyDLL(None).sleep(600)
"""


def runs(pid: int) -> bool:
    """Whether a process runs; one that waits to be collected does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.parametrize("code", [CODE, HOGS], ids=["ready", "busy"])
def test_workers_end_with_a_killed_scan(tmp_path: Path, code: str) -> None:
    (tmp_path / "code.py").write_text(code)
    (tmp_path / "scan.py").write_text(SCAN)
    command = [sys.executable, str(tmp_path / "scan.py"), str(tmp_path / "code.py")]
    scan = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert scan.stdout is not None
    workers = {int(scan.stdout.readline()) for _ in range(2)}
    scan.kill()
    scan.wait()
    deadline = time.monotonic() + 5
    while any(map(runs, workers)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_worker_that_is_killed_from_outside_costs_no_point(pipeline: Pipeline) -> None:
    executor = Processes(pipeline, 2)
    found = {}
    for point, outcome in executor.run(tasks(30, sleep=0.03)):
        if not found:
            os.kill(int(outcome.values["pid"]), signal.SIGKILL)
        found[point] = outcome
    executor.close()
    assert sorted(found) == list(range(30))
    assert all(outcome.status == Status.OK for outcome in found.values())
