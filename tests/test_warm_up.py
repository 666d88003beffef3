"""Codes that compile at their first call: one such call at a time, and nothing waits but it."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest

from mlscanner_hep.codes import slots
from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.codes.template import Template
from mlscanner_hep.codes.warm_up import cold
from mlscanner_hep.expressions import Expression
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.points import Points, Status
from mlscanner_hep.running import executors
from mlscanner_hep.running.executors import Executor
from mlscanner_hep.scan import Scan

# It compiles into its own folder: for a moment, and not if somebody else does so at the same time.
# Each call is noted with its beginning and its end.
CODE = r"""#!/bin/sh
home=$(dirname "$0")
echo "begin $1" >> "$home/calls"
case $1 in -*) echo "end" >> "$home/calls"; exit 3 ;; esac
if [ ! -e "$home/compiled" ]; then
  mkdir "$home/compiling" || { echo "compiled twice at once" >&2; exit 9; }
  sleep 0.2
  touch "$home/compiled"; rmdir "$home/compiling"
fi
echo "y = $1"
echo "end" >> "$home/calls"
"""

ADAPTER = r"""
command = ["{exe}", "{{ x }}"]
timeout = 20
warm_up = 20
[outputs.stdout]
format = "text"
y = { regex = 'y = (\S+)' }
"""

MODEL = r"""
[scan]
name = "warm"
stop = { calls = 12 }
[parameters]
x = { min = 0.5, max = 2 }
[[chain]]
adapter = "slow"
exe = "slow/code.sh"
[constraints]
y = { min = 1 }
[proposer]
kind = "uniform"
batch = 6
[run]
workers = WORKERS
"""


@pytest.fixture
def model(tmp_path: Path) -> Callable[..., Path]:
    def write(workers: int = 1, adapter: str = ADAPTER) -> Path:
        folder = tmp_path / f"with-{workers}"
        (folder / "slow").mkdir(parents=True)
        (folder / "slow" / "adapter.toml").write_text(adapter)
        (folder / "slow" / "code.sh").write_text(CODE)
        (folder / "slow" / "code.sh").chmod(0o755)
        (folder / "model.toml").write_text(MODEL.replace("WORKERS", str(workers)))
        return folder / "model.toml"

    return write


@pytest.fixture
def stage(model: Callable[..., Path], tmp_path: Path) -> Adapter:
    """The code as a stage of a run."""
    return Adapter(
        "slow",
        (Template("{exe}", "c"), Template("{{ x }}", "c")),
        model().parent / "slow" / "code.sh",
        timeout=20.0,
        warm_up=20.0,
        scratch=tmp_path,
    )


def run(file: Path) -> Points:
    with Scan.load(file) as scan:
        scan.run()
    return scan.points


def calls(file: Path) -> list[str]:
    return (file.parent / "slow" / "calls").read_text().splitlines()


def most_at_once(lines: list[str]) -> int:
    return max(accumulate(1 if line.startswith("begin") else -1 for line in lines))


def evaluated(executor: Executor, *xs: float) -> list[Outcome]:
    """What comes of these points, in their order."""
    found = dict(executor.run([(i, {"x": x}) for i, x in enumerate(xs)]))
    executor.close()
    return [outcome for _, outcome in sorted(found.items())]


def test_without_it_the_first_calls_fail(model: Callable[..., Path]) -> None:
    """The test of the test: the code does what it is for."""
    file = model(2, ADAPTER.replace("warm_up = 20", ""))
    code = file.parent / "slow" / "code.sh"
    clash = 'mkdir "$home/compiling" || { touch "$home/clash";'
    wait = 'for _ in $(seq 200); do [ -e "$home/clash" ] && break; sleep 0.05; done'
    text = code.read_text().replace('mkdir "$home/compiling" || {', clash)
    code.write_text(text.replace("sleep 0.2", wait))
    assert (run(file).status == Status.FAILED).any()
    assert (code.parent / "clash").exists()


@pytest.mark.parametrize("workers", [1, 3])
def test_the_first_call_is_alone(model: Callable[..., Path], workers: int) -> None:
    file = model(workers)
    points = run(file)
    assert len(points) == 12
    assert (points.status == Status.OK).all()
    assert most_at_once(calls(file)[:2]) == 1


def test_the_table_does_not_depend_on_it(model: Callable[..., Path]) -> None:
    warm = run(model(3))
    cold = run(model(1, ADAPTER.replace("warm_up = 20", "")))
    for name in ("u", "x", "y", "status", "round"):
        np.testing.assert_array_equal(getattr(warm, name), getattr(cold, name))


def test_a_resumed_run_warms_up_again(model: Callable[..., Path]) -> None:
    file = model(2)
    run(file)
    before = len(calls(file))
    file.write_text(file.read_text().replace("calls = 12", "calls = 18"))
    (file.parent / "slow" / "compiled").unlink()  # as on another machine
    assert (run(file).status == Status.OK).all()
    assert most_at_once(calls(file)[before:][:2]) == 1


def waiting_for(stage: Adapter, name: str) -> Path:
    """Let the code compile until a file of this name is beside it; the file."""
    code = stage.exe.read_text()
    assert "sleep 0.2" in code
    loop = f'while [ ! -e "$home/{name}" ]; do sleep 0.02; done'
    stage.exe.write_text(code.replace("sleep 0.2", loop))
    return stage.exe.with_name(name)


def test_points_that_do_not_reach_it_go_on(stage: Adapter) -> None:
    go = waiting_for(stage, "go")
    rare = replace(stage, skip_if=Expression.parse("x > 1"))
    executor = executors.start(Pipeline([rare]), workers=2)
    order = []
    for point, outcome in executor.run((i, {"x": x}) for i, x in enumerate([1, 2, 3, 4, 5, 6])):
        assert outcome.status == Status.OK, outcome.reason
        order.append(point)
        if len(order) == 5:
            go.touch()
    executor.close()
    assert order[-1] == 0


def test_a_call_that_fails_does_not_count(stage: Adapter) -> None:
    found = evaluated(executors.start(Pipeline([stage]), workers=2), -1.0, -2.0, 1.0, 2.0, 3.0)
    failed = [outcome.status == Status.FAILED for outcome in found]
    assert failed == [True, True, False, False, False]
    lines = stage.exe.with_name("calls").read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("begin") and "-" not in line)
    assert most_at_once(lines[: first + 2]) == 1


def test_a_worker_that_is_killed_leaves_it_to_the_next(stage: Adapter) -> None:
    code = stage.exe.read_text()
    kill = 'mkdir "$home/killed" 2> /dev/null && kill -9 $PPID && sleep 60\nif'
    stage.exe.write_text(code.replace("if", kill, 1))
    found = evaluated(executors.start(Pipeline([stage]), workers=2), 1.0, 2.0, 3.0)
    assert [outcome.status for outcome in found] == [Status.OK] * 3


def test_each_copy_of_an_install_is_warmed_up(stage: Adapter, tmp_path: Path) -> None:
    """None waits for another, and each has the time."""
    stage = replace(stage, install=stage.exe.parent, timeout=1.5)
    with slots.slot(stage.exe, 1, "cold"):
        for worker in (stage, pickle.loads(pickle.dumps(stage))):
            for x in (1.0, 2.0):
                answer = worker.run(tmp_path, {"x": x})
                assert answer.status == Status.OK, answer.reason
            stage.exe.write_text(stage.exe.read_text().replace("sleep 0.2", "sleep 2"))
    assert not stage.exe.with_name("compiled").exists()


def test_the_first_call_has_time_and_waiting_takes_none(stage: Adapter, tmp_path: Path) -> None:
    stage.exe.write_text(stage.exe.read_text().replace("sleep 0.2", "sleep 2"))
    stage = replace(stage, timeout=1.5)
    with ThreadPoolExecutor() as threads:
        both = list(threads.map(lambda x: stage.run(tmp_path, {"x": x}), [1.0, 2.0]))
    assert [answer.reason for answer in both] == ["", ""]
    first, second = sorted(answer.seconds for answer in both)
    assert first < 1.5 < second


def test_more_time_than_that_is_not_cut(stage: Adapter, tmp_path: Path) -> None:
    assert replace(stage, timeout=20.0, warm_up=0.1).run(tmp_path, {"x": 1.0}).status == Status.OK


def test_without_a_run_each_call_may_be_the_first(stage: Adapter, tmp_path: Path) -> None:
    """As in `check` and `replay`."""
    alone = replace(stage, scratch=None)
    alone.run(tmp_path, {"x": 1.0})
    stage.exe.with_name("compiled").unlink()
    with ThreadPoolExecutor() as threads:
        both = list(threads.map(lambda x: alone.run(tmp_path, {"x": x}), [1.0, 2.0]))
    assert [answer.reason for answer in both] == ["", ""]


def test_one_is_told_that_it_is_cold(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    told = []

    def one() -> None:
        with cold(tmp_path / "code", mark, shared=True) as first:
            told.append(first)
            time.sleep(0.05)
            mark.touch()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False, False, False, True]


def test_check_has_the_time_as_well(model: Callable[..., Path]) -> None:
    _, outcome = Scan.load(model()).check({"x": 1.5})
    assert outcome.values == {"y": 1.5}


@pytest.mark.parametrize(("workers", "most"), [(1, 1), (2, 4)])
def test_drain_ends_it_after_the_points_that_run(stage: Adapter, workers: int, most: int) -> None:
    executor = executors.start(Pipeline([stage]), workers=workers)
    found = []
    for _, outcome in executor.run((i, {"x": 1.0 + i}) for i in range(20)):
        executor.drain()
        found.append(outcome)
    executor.close()
    assert 1 <= len(found) <= most
    assert all(outcome.status == Status.OK for outcome in found)


@pytest.mark.parametrize("workers", [1, 2])
def test_kill_ends_the_waiting_for_others_at_once(stage: Adapter, workers: int) -> None:
    executor = executors.start(Pipeline([stage]), workers=workers)
    with slots.slot(stage.exe, 1, "cold"):  # as a scan does that compiles
        threading.Timer(1.0, executor.kill).start()
        start = time.monotonic()
        assert list(executor.run((i, {"x": 1.0}) for i in range(5))) == []
        executor.close()
        assert time.monotonic() - start < 5
    assert not stage.exe.with_name("calls").exists()
