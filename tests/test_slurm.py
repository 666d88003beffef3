"""A scan in jobs of a real batch system: Slurm on this machine, for as long as the test takes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import psutil
import pytest
from pages import DOCS, blocks

from mlscanner_hep import Scan
from mlscanner_hep.errors import ClusterError, LedgerError
from mlscanner_hep.merging import merge
from mlscanner_hep.points import Points, Status

pytestmark = [
    pytest.mark.slow,
    pytest.mark.slurm,
    pytest.mark.timeout(900),
    # not imported here: that would take Ctrl-C away from the other tests
    pytest.mark.skipif(not find_spec("dask_jobqueue"), reason="needs dask-jobqueue"),
]

EXAMPLE = Path(__file__).parent.parent / "examples" / "thdm"
PROGRAMS = Path(sys.executable).parent

# One node that has, whatever is true, four processors. No accounting, no control groups.
CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=4000 State=UNKNOWN
PartitionName=short Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def free_ports(n: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(n)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@pytest.fixture(scope="module")
def slurm() -> Iterator[Path]:
    """Start munged, slurmctld and slurmd in a folder of their own; the folder."""
    for program in ("munged", "slurmctld", "slurmd", "sbatch"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program} (Debian, Ubuntu: slurm-wlm and munge)")
    if os.getuid() != 0:
        pytest.skip("needs root: slurmd starts jobs for others")
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))  # short: a socket's path has 107 characters
    folder.chmod(0o755)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    text = CONFIGURATION.format(
        host=socket.gethostname().split(".")[0], folder=folder, ports=free_ports(2)
    )
    (folder / "slurm.conf").write_text(text)
    # What says that there are no control groups depends on the version.
    new = output("slurmd", "-V").split()[1] >= "23.11"
    (folder / "cgroup.conf").write_text("CgroupPlugin=disabled" if new else "IgnoreSystemd=yes")
    (folder / "munge.key").write_bytes(os.urandom(128))
    (folder / "munge.key").chmod(0o600)
    files = ("key", "socket", "pid", "log", "seed")
    options = {
        "key": "--key-file",
        "socket": "--socket",
        "pid": "--pid-file",
        "log": "--log-file",
        "seed": "--seed-file",
    }
    munge = [f"{options[name]}={folder}/munge.{name}" for name in files]
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("SLURM_CONF", str(folder / "slurm.conf"))
        commands = (
            ["munged", "--foreground", "--force", *munge],
            ["slurmctld", "-D", "-c"],
            ["slurmd", "-D", "-c"],
        )
        for command in commands:
            log = stack.enter_context((folder / f"{command[0]}.out").open("wb"))
            daemon = subprocess.Popen(command, stdout=log, stderr=log)
            stack.callback(daemon.wait, 20)
            stack.callback(daemon.terminate)
            time.sleep(0.5)
        until = time.monotonic() + 60
        while "idle" not in (state := output("sinfo", "--noheader", "--format=%T")):
            logs = "\n".join(path.read_text() for path in folder.glob("*.log"))
            assert time.monotonic() < until, f"{state}\n{logs}"
            time.sleep(0.2)
        yield folder
        output("scancel", "--full", "--user=root")
    shutil.rmtree(folder, ignore_errors=True)


def output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def model(codes: Path, folder: Path, run: str) -> Path:
    """examples/thdm with few calls."""
    folder.mkdir()
    text = (EXAMPLE / "model.toml").read_text()
    for old, new in {
        "stop = { inside = 1000, calls = 6000 }": "stop = { calls = 250 }",
        "bin/": f"{codes}/",
    }.items():
        assert old in text
        text = text.replace(old, new)
    assert "[run]" not in text
    (folder / "model.toml").write_text(f"{text}\n{run}")
    return folder / "model.toml"


def scanned(file: Path) -> Points:
    with Scan.load(file) as scan:
        scan.run()
        return scan.points


def same(one: Points, other: Points) -> None:
    for name in ("x", "y", "status", "round", "origin"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def wait_for_jobs() -> None:
    until = time.monotonic() + 120
    while (jobs := output("squeue", "--noheader", "--states=pending,running")).strip():
        assert time.monotonic() < until, f"jobs are left:\n{jobs}"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def here(codes: Path, tmp_path_factory: pytest.TempPathFactory) -> Points:
    """The points of a scan in this process."""
    return scanned(model(codes, tmp_path_factory.mktemp("here") / "model", ""))


def documented(language: str, word: str, changes: dict[str, str]) -> str:
    """The block of docs/cluster.md in that language and with that word, made small."""
    (text,) = (b.text for b in blocks(DOCS / "cluster.md", language) if word in b.text)
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def test_jobs_that_a_scan_submits(slurm: Path, codes: Path, here: Points, tmp_path: Path) -> None:
    changes = {
        "jobs     = 20": "jobs = 2",
        "cores    = 8": "cores = 1",
        '"16GB"': '"500MB"',
        '"export': '"echo prologue", "export',
        '"logs"': f'"{slurm}/jobs"',
    }
    there = scanned(model(codes, tmp_path / "model", documented("toml", "slurm", changes)))
    same(here, there)
    logs = [path.read_text() for path in (slurm / "jobs").glob("*.out")]
    assert logs
    assert all("prologue" in log for log in logs)
    wait_for_jobs()


def test_a_job_that_is_a_scan(slurm: Path, codes: Path, here: Points, tmp_path: Path) -> None:
    file = model(codes, tmp_path / "model", "")
    script = tmp_path / "scan.sh"
    script.write_text(
        documented("bash", "--nodes", {"task=16": "task=2", "exec ": f"exec {PROGRAMS}/"})
    )
    submit = ["sbatch", "--parsable", f"--chdir={file.parent}", str(script)]
    job = output(*submit).strip()
    points = Points.of(*[np.empty((0, 0))] * 3)
    until = time.monotonic() + 120
    while not (points.status == Status.OK).any():
        assert time.monotonic() < until, output("squeue")
        time.sleep(0.2)
        with suppress(LedgerError):
            points = Scan.load(file).points
    # What --signal does in the script, earlier.
    output("scancel", "--batch", "--signal=INT", job)
    wait_for_jobs()
    log = (file.parent / f"slurm-{job}.out").read_text()
    assert "Ended: interrupted." in log
    assert output(*submit).strip() != job
    wait_for_jobs()
    same(here, Scan.load(file).points)


def test_a_job_array(slurm: Path, codes: Path, tmp_path: Path) -> None:
    file = model(codes, tmp_path / "model", "")
    uniform = file.read_text().replace('kind  = "regressor"', 'kind  = "uniform"')
    assert "uniform" in uniform
    file.write_text(uniform.replace("calls = 250", "calls = 60"))
    with Scan.load(file, tmp_path / "whole") as scan:
        scan.run()
    changes = {"0-63": "0-2", "/64": "/3", "task=4": "task=1", "exec ": f"exec {PROGRAMS}/"}
    script = tmp_path / "array.sh"
    script.write_text(documented("bash", "--array", changes))
    output("sbatch", f"--chdir={file.parent}", str(script))
    wait_for_jobs()
    with Scan.load(file) as here:
        done = merge(here)
        assert (len(done.taken), done.pending) == (3, 0)
        same(here.points, scan.points)


def test_a_job_that_is_refused(slurm: Path, codes: Path, tmp_path: Path) -> None:
    run = """
[run]
executor = "dask"
dask = { system = "slurm", queue = "nobody", cores = 1, memory = "500MB" }
"""
    with pytest.raises(ClusterError, match="no job could be submitted") as told:
        scanned(model(codes, tmp_path / "model", run))
    assert "invalid partition" in str(told.value)


SLEEPER = """#!/bin/sh
echo $$ >> "$(dirname "$0")/pids"
sleep 600
"""


def test_jobs_end_with_a_killed_scan(slurm: Path, fake_model: Callable[..., Path]) -> None:
    file = fake_model(0, 7)
    (file.parent / "fake.sh").write_text(SLEEPER)
    adapter = file.parent / "fake" / "adapter.toml"
    adapter.write_text(adapter.read_text().replace("timeout = 1.5", "timeout = 600"))
    run = f"""
[run]
executor = "dask"
[run.dask]
system = "slurm"
cores = 2
memory = "500MB"
options = {{ log_directory = "{slurm}/killed" }}
"""
    file.write_text(file.read_text() + run)
    scan = subprocess.Popen([str(PROGRAMS / "mlscanner-hep"), "run", str(file)])
    pids = file.parent / "pids"
    until = time.monotonic() + 120
    while not pids.is_file() or len(pids.read_text().split()) < 2:
        assert time.monotonic() < until, output("squeue")
        time.sleep(0.1)
    codes = [psutil.Process(int(pid)) for pid in pids.read_text().split()]
    scan.kill()
    scan.wait()
    start = time.monotonic()
    _, left = psutil.wait_procs(codes, timeout=60)
    assert not left
    assert time.monotonic() - start < 15
    wait_for_jobs()
