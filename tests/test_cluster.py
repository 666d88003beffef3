"""Points on Dask workers: the contract of executors, files that travel, workers that die."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dask
import numpy as np
import psutil
import pytest
from distributed import Client, LocalCluster

from mlscanner_hep import Scan
from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.codes.python_stage import PythonStage
from mlscanner_hep.codes.template import Template
from mlscanner_hep.errors import ClusterError, ConfigError, PreflightError
from mlscanner_hep.points import Status
from mlscanner_hep.record.ledger import Ledger
from mlscanner_hep.running.cluster import Dask
from mlscanner_hep.running.parcel import Parcel
from mlscanner_hep.setup import engine
from mlscanner_hep.setup.config import RunTable

CODE = """
import os, time

def f(values):
    if values.get("die"):
        os._exit(3)
    time.sleep(values.get("sleep", 0.0))
    return {"y": 2 * values["x"], "pid": os.getpid()}
"""


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Two workers that have one thread each."""
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            memory_limit=0,
            dashboard_address=None,
            silence_logs=50,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    (tmp_path / "code.py").write_text(CODE)
    return Pipeline([PythonStage("f", tmp_path / "code.py", "f", ("y", "pid"))])


@pytest.fixture
def executor(client: Client, pipeline: Pipeline) -> Iterator[Dask]:
    made = Dask(pipeline, client)
    yield made
    made.close()


def tasks(n: int, **more: float) -> list[tuple[int, dict[str, float | int | str]]]:
    return [(i, {"x": float(i), **more}) for i in range(n)]


def worker_pids(client: Client) -> list[int]:
    return list(client.run(os.getpid).values())


def test_every_point_comes_back_once_with_its_own_outcome(executor: Dask) -> None:
    assert list(executor.run([])) == []
    for _ in range(2):
        found = dict(executor.run(tasks(20)))
        assert sorted(found) == list(range(20))
        assert all(outcome.values["y"] == 2 * i for i, outcome in found.items())


def test_points_run_in_processes_beneath_the_workers(executor: Dask, client: Client) -> None:
    found = dict(executor.run(tasks(20, sleep=0.05)))
    pids = {int(outcome.values["pid"]) for outcome in found.values()}
    assert len(pids) == 2
    above = {parent.pid for pid in pids for parent in psutil.Process(pid).parents()}
    assert above >= set(worker_pids(client))


# It fails if it is called twice at once as long as none has got through.
COLD = """#!/bin/sh
cd "$(dirname "$0")"
[ -e compiled ] || { mkdir compiling || exit 9; sleep 0.6; touch compiled; }
echo "y = $1"
"""


def test_a_stage_that_warms_up_does_so_once(client: Client, tmp_path: Path) -> None:
    code = tmp_path / "code.sh"
    code.write_text(COLD)
    code.chmod(0o755)
    command = (Template("{exe}", "c"), Template("{{ x }}", "c"))
    executor = Dask(Pipeline([Adapter("cold", command, code, warm_up=20.0)]), client)
    found = dict(executor.run(tasks(8)))
    executor.close()
    reasons = {outcome.reason for outcome in found.values() if outcome.status != Status.OK}
    assert (len(found), reasons) == (8, set())


def test_drain_takes_back_what_no_worker_has_started(executor: Dask) -> None:
    start = time.monotonic()
    found = []
    for point, _ in executor.run(tasks(50, sleep=1.0)):
        found.append(point)
        executor.drain()
    assert 1 <= len(found) <= 4
    assert len(set(found)) == len(found)
    assert time.monotonic() - start < 20


def test_kill_ends_what_runs(executor: Dask) -> None:
    (outcome,) = dict(executor.run(tasks(1))).values()
    beneath = psutil.Process(int(outcome.values["pid"]))
    threading.Timer(0.5, executor.kill).start()
    start = time.monotonic()
    assert list(executor.run(tasks(4, sleep=60.0))) == []
    executor.close()
    assert time.monotonic() - start < 10
    psutil.wait_procs([beneath], timeout=5)
    assert not beneath.is_running()


def test_a_point_that_kills_its_process_is_a_failed_point(executor: Dask) -> None:
    mixed = tasks(6)
    mixed[4] = (4, {"x": 4.0, "die": 1})
    found = dict(executor.run(mixed))
    assert sorted(found) == list(range(6))
    assert found[4].status == Status.FAILED
    assert found[4].reason == "the worker process died"
    assert all(found[i].status == Status.OK for i in range(6) if i != 4)


def test_none_means_that_there_is_no_task_at_the_moment(executor: Dask) -> None:
    first, second = tasks(2)
    assert sorted(point for point, _ in executor.run([first, None, second])) == [0, 1]


def test_a_worker_without_the_program_ends_the_scan(
    client: Client, fake_model: Callable[..., Path]
) -> None:
    file = fake_model(0, 7)
    scan = Scan.load(file)
    (file.parent / "fake.sh").unlink()
    executor = Dask(scan.pipeline, client)
    with pytest.raises(PreflightError, match=r"there is no program .*fake\.sh on ") as told:
        list(executor.run(tasks(3)))
    assert len(told.value.problems) == 1
    executor.close()


def test_files_travel_to_where_they_are_not(
    client: Client, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcel = Parcel.of(pipeline)
    monkeypatch.setattr(Parcel, "of", lambda pipeline: parcel)
    (stage,) = pipeline.stages
    assert isinstance(stage, PythonStage)
    stage.file.unlink()
    executor = Dask(pipeline, client)
    found = dict(executor.run(tasks(4)))
    executor.close()
    assert all(outcome.status == Status.OK for outcome in found.values())


@pytest.mark.parametrize("kills", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_same_table_although_workers_are_killed(
    kills: int, client: Client, fake_model: Callable[..., Path], tmp_path: Path
) -> None:
    serial = fake_model(0, 3, 7)
    address = client.scheduler.address
    text = serial.read_text()
    cluster = serial.with_name("cluster.toml")
    cluster.write_text(text + f'[run]\nexecutor = "dask"\ndask = {{ address = "{address}" }}\n')
    killed = []

    def watch(progress: object) -> None:
        calls = progress.calls  # type: ignore[attr-defined]
        if calls in (6, 12, 18)[:kills] and calls not in killed:
            killed.append(calls)
            os.kill(worker_pids(client)[0], signal.SIGKILL)

    with Scan.load(serial, tmp_path / "serial") as here:
        here.run()
    with Scan.load(cluster, tmp_path / "cluster") as there:
        there.run(watch)
    assert len(killed) == kills
    for name in ("x", "y", "status", "round", "origin"):
        np.testing.assert_array_equal(getattr(here.points, name), getattr(there.points, name))
    with Ledger(here.folder) as one, Ledger(there.folder) as other:
        assert one.faults() == other.faults()


# --- clusters that are not there, and tables that cannot be meant


def refused(run: dict[str, object]) -> Exception:
    with (
        pytest.raises((ClusterError, ConfigError)) as told,
        engine.opened(RunTable.model_validate({"executor": "dask", **run}), Path("model.toml")),
    ):
        pass
    return told.value


def test_no_scheduler() -> None:
    with dask.config.set({"distributed.comm.timeouts.connect": "100ms"}):
        error = refused({"dask": {"address": "tcp://127.0.0.1:9"}})
    assert "no Dask cluster tcp://127.0.0.1:9" in str(error)


def test_a_scheduler_that_goes_leaves_the_points_pending(pipeline: Pipeline) -> None:
    code = "from distributed import LocalCluster\nif __name__ == '__main__':\n"
    code += " c = LocalCluster(n_workers=0, dashboard_address=None)\n"
    code += " print(c.scheduler_address, flush=True); input()\n"
    scheduler = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert scheduler.stdout is not None
    with Client(scheduler.stdout.readline().strip(), set_as_default=False) as client:
        executor = Dask(pipeline, client)
        threading.Timer(0.5, scheduler.kill).start()
        with pytest.raises(ClusterError, match="scheduler"):
            list(executor.run(tasks(3)))
        executor.close()
    scheduler.communicate()


def test_dask_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask_jobqueue", None)
    assert "pip install 'mlscanner-hep[dask]'" in str(refused({}))


def test_ctrl_c_stays_with_the_scan() -> None:
    code = (
        "import signal, sys\n"
        "from pathlib import Path\n"
        "from mlscanner_hep.setup.config import RunTable\n"
        "from mlscanner_hep.setup import engine\n"
        "before = signal.getsignal(signal.SIGINT)\n"
        "with engine.opened(RunTable(executor='dask'), Path('m.toml')): pass\n"
        "assert 'dask_jobqueue' in sys.modules\n"
        "assert signal.getsignal(signal.SIGINT) is before\n"
    )
    subprocess.run([sys.executable, "-c", f"if __name__ == '__main__': exec({code!r})"], check=True)


def test_no_batch_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert "no program condor_submit here" in str(refused({"dask": {"system": "htcondor"}}))


def test_a_job_that_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sbatch").write_text("#!/bin/sh\necho 'invalid partition' >&2; exit 1\n")
    (tmp_path / "scancel").write_text("#!/bin/sh\n")
    for program in tmp_path.iterdir():
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    table = {"system": "slurm", "queue": "nobody", "cores": 1, "memory": "1GB", "jobs": 3}
    error = refused({"dask": table})
    assert isinstance(error, ClusterError)
    assert "no job could be submitted" in str(error)
    assert "invalid partition" in str(error)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("dask", "says"),
    [
        ({"address": "tcp://a:1", "jobs": 2}, "'address' goes alone"),
        ({"address": "tcp://a:1", "system": "slurm"}, "'address' goes alone"),
        ({"jobs": 2}, "'jobs' needs 'system'"),
        ({"system": "slurm", "jobs": 2, "min_jobs": 3}, "min_jobs = 3 is above jobs = 2"),
        ({"system": "slurn"}, "'slurm'"),
        ({"systen": "slurm"}, "did you mean 'system'"),
    ],
)
def test_tables_that_cannot_be_meant(dask: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match="validation error") as told:
        RunTable.model_validate({"dask": dask})
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("dask", "says"),
    [
        ({"system": "slurm", "options": {"interfase": "lo"}}, "did you mean 'interface'?"),
        ({"system": "htcondor", "queue": "long"}, "run.dask.queue: htcondor has no 'queue'"),
        ({"system": "slurm"}, "cores"),
        ({"system": "slurm", "cores": 1, "memory": "a lot"}, "SLURMCluster says"),
    ],
)
def test_arguments_of_the_cluster_class(
    dask: dict[str, object], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: name)
    assert says in str(refused({"dask": dask}))


SLEEPER = """#!/bin/sh
echo $$ >> "$(dirname "$0")/pids"
sleep 600
"""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_codes_end_with_the_scan(fake_model: Callable[..., Path], number: signal.Signals) -> None:
    file = fake_model(0, 7)
    (file.parent / "fake.sh").write_text(SLEEPER)
    adapter = file.parent / "fake" / "adapter.toml"
    adapter.write_text(adapter.read_text().replace("timeout = 1.5", "timeout = 600"))
    file.write_text(file.read_text() + '[run]\nexecutor = "dask"\nworkers = 2\n')
    scan = subprocess.Popen(
        [sys.executable, "-m", "mlscanner_hep", "run", str(file)], start_new_session=True
    )
    pids = file.parent / "pids"
    until = time.monotonic() + 60
    while not pids.is_file() or len(pids.read_text().split()) < 2:
        assert time.monotonic() < until
        time.sleep(0.1)
    codes = [psutil.Process(int(pid)) for pid in pids.read_text().split()]
    workers = psutil.Process(scan.pid).children(recursive=True)
    if (
        number == signal.SIGINT
    ):  # Ctrl-C reaches all of the terminal, and the first one ends no code
        os.killpg(scan.pid, number)
        time.sleep(2)
        assert all(code.is_running() for code in codes)
        os.killpg(scan.pid, number)
    else:
        scan.send_signal(number)
    scan.wait(20)
    _, left = psutil.wait_procs([*codes, *workers], timeout=10)
    assert not left
    with Scan.load(file) as again:
        assert (again.points.status == Status.PENDING).all()
