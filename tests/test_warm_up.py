"""Codes that compile at their first call: one point at a time, until one has got through."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.codes.template import Template
from mlscanner_hep.points import Points, Status
from mlscanner_hep.running import executors, warm_up
from mlscanner_hep.running.executors import Serial
from mlscanner_hep.scan import Scan

# It compiles into its own folder: for 0.6 s, and not if somebody else does so at the same time.
# Each call is noted with its beginning and its end.
CODE = r"""#!/bin/sh
home=$(dirname "$0")
echo "begin $1" >> "$home/calls"
case $1 in -*) echo "end" >> "$home/calls"; exit 3 ;; esac
if [ ! -e "$home/compiled" ]; then
  mkdir "$home/compiling" || { echo "compiled twice at once" >&2; exit 9; }
  sleep 0.6
  touch "$home/compiled"; rmdir "$home/compiling"
fi
echo "y = $1"
echo "end" >> "$home/calls"
"""

ADAPTER = r"""
command = ["{exe}", "{{ x }}"]
timeout = 0.4
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


def run(file: Path) -> Points:
    with Scan.load(file) as scan:
        scan.run()
    return scan.points


def calls(file: Path) -> list[str]:
    return (file.parent / "slow" / "calls").read_text().splitlines()


def test_without_it_the_first_calls_fail(model: Callable[..., Path]) -> None:
    """The test of the test: the code does what it is for."""
    points = run(model(2, ADAPTER.replace("warm_up = 20", "")))
    assert (points.status == Status.FAILED).any()


@pytest.mark.parametrize("workers", [1, 3])
def test_one_point_at_a_time_until_one_has_got_through(
    model: Callable[..., Path], workers: int
) -> None:
    file = model(workers)
    points = run(file)
    assert len(points) == 12
    assert (points.status == Status.OK).all()
    first, second, *_ = calls(file)
    assert (first[:5], second) == ("begin", "end")


def test_the_table_does_not_depend_on_it(model: Callable[..., Path]) -> None:
    warm = run(model(3))
    file = model(1, ADAPTER.replace("warm_up = 20", "").replace("timeout = 0.4", "timeout = 20"))
    cold = run(file)
    for name in ("u", "x", "y", "status", "round"):
        np.testing.assert_array_equal(getattr(warm, name), getattr(cold, name))


def test_a_resumed_run_warms_up_again(model: Callable[..., Path]) -> None:
    file = model(2)
    run(file)
    before = len(calls(file))
    file.write_text(file.read_text().replace("calls = 12", "calls = 18"))
    (file.parent / "slow" / "compiled").unlink()  # as on another machine
    assert (run(file).status == Status.OK).all()
    first, second, *_ = calls(file)[before:]
    assert (first[:5], second) == ("begin", "end")


def test_check_has_the_time_as_well(model: Callable[..., Path]) -> None:
    _, outcome = Scan.load(model()).check({"x": 1.5})
    assert outcome.values == {"y": 1.5}


def pipeline(file: Path) -> Pipeline:
    adapter = Adapter(
        "slow",
        (Template("{exe}", "c"), Template("{{ x }}", "c")),
        file.parent / "slow" / "code.sh",
        timeout=0.4,
        warm_up=20.0,
    )
    return Pipeline([adapter])


def test_a_point_that_fails_does_not_count(model: Callable[..., Path]) -> None:
    file = model()
    executor = warm_up.start(pipeline(file), partial(executors.start, workers=2))
    tasks = [(i, {"x": x}) for i, x in enumerate([-1.0, -2.0, 1.0, 2.0, 3.0])]
    found = dict(executor.run(tasks))
    executor.close()
    failed = [outcome.status == Status.FAILED for _, outcome in sorted(found.items())]
    assert failed == [True, True, False, False, False]
    assert [line[:5] for line in calls(file)[:6]] == ["begin", "end"] * 3


def test_nothing_is_in_the_way_of_chains_that_do_not_warm_up(model: Callable[..., Path]) -> None:
    chain = pipeline(model())
    (stage,) = chain.stages
    assert isinstance(stage, Adapter)
    quick = Pipeline([replace(stage, warm_up=None)])
    assert isinstance(warm_up.start(quick, partial(executors.start, workers=1)), Serial)
    assert warm_up.patient(quick) == quick
    (patient,) = warm_up.patient(chain).stages
    assert patient == replace(stage, timeout=20.0)


def test_more_time_than_that_is_not_cut(model: Callable[..., Path]) -> None:
    (stage,) = pipeline(model()).stages
    assert isinstance(stage, Adapter)
    (patient,) = warm_up.patient(Pipeline([replace(stage, timeout=60.0)])).stages
    assert isinstance(patient, Adapter)
    assert patient.timeout == 60


@pytest.mark.parametrize("workers", [1, 2])
def test_drain_ends_it_after_the_point_that_runs(model: Callable[..., Path], workers: int) -> None:
    executor = warm_up.start(pipeline(model()), partial(executors.start, workers=workers))
    threading.Timer(0.3, executor.drain).start()
    found = list(executor.run((i, {"x": 1.0 + i}) for i in range(20)))
    executor.close()
    assert [(point, outcome.status) for point, outcome in found] == [(0, Status.OK)]


def test_kill_ends_it_at_once(model: Callable[..., Path]) -> None:
    file = model()
    code = file.parent / "slow" / "code.sh"
    code.write_text("#!/bin/sh\nsleep 15\n")
    executor = warm_up.start(pipeline(file), partial(executors.start, workers=2))
    threading.Timer(2.0, executor.kill).start()
    start = time.monotonic()
    assert list(executor.run((i, {"x": 1.0}) for i in range(5))) == []
    executor.close()
    assert time.monotonic() - start < 8
