"""Codes that misbehave in every way that was thought of: the point is judged, the scan goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from mlscanner_hep.codes.adapter import Adapter, Handover
from mlscanner_hep.codes.judging import Output
from mlscanner_hep.codes.limits import Limits
from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.codes.rules import Success
from mlscanner_hep.codes.template import Template
from mlscanner_hep.observables import Observable
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.points import Status
from mlscanner_hep.running.executors import Processes
from mlscanner_hep.slha import entry_query

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc, prlimit, subreapers")

FAKE = Path(__file__).parent / "fakes" / "slha_code.py"
TIMEOUT = 1.0  # for what hangs; else a busy machine may need its time
OK, FAILED = Status.OK, Status.FAILED
NO_ANSWER = "no answer within 1 s, killed"
NO_MASS = "out.slha: no finite entry 'MASS 25'"


def words(*parts: object) -> tuple[Template, ...]:
    return tuple(Template(str(part), "command") for part in parts)


def code(**more: object) -> Adapter:
    settings: dict[str, object] = {
        "name": "fake",
        "command": words("{exe}", "-I", "-S", FAKE, "{{ mode }}", "in.slha", "out.slha"),
        "exe": Path(sys.executable),
        "inputs": {"in.slha": Template("Block MINPAR\n 1 {{ x }} # x\n", "in.slha.j2")},
        "outputs": (Output("out.slha", "slha", (Observable("mh", entry_query("MASS 25")),)),),
        "success": Success(require=(("out.slha", "MASS 25"),)),
        "timeout": 60.0,
        "limits": Limits(memory=4 << 30, file_size=32 << 20),
    }
    return Adapter(**{**settings, **more})  # type: ignore[arg-type]


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The scratch folder, and a place that is none of a point's business."""
    scratch, elsewhere = tmp_path / "scratch", tmp_path / "elsewhere"
    scratch.mkdir()
    elsewhere.mkdir()
    monkeypatch.setenv("ELSEWHERE", str(elsewhere))
    monkeypatch.setenv("MIB", "64")
    return scratch, elsewhere


@pytest.fixture
def chain(places: tuple[Path, Path]) -> Pipeline:
    return Pipeline([code()], scratch=places[0])


@pytest.fixture
def hasty(places: tuple[Path, Path]) -> Pipeline:
    return Pipeline([code(timeout=TIMEOUT)], scratch=places[0])


def processes_of(place: Path) -> list[str]:
    """Command lines of living processes whose environment or arguments name a folder."""
    found, name = [], os.fsencode(place)
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes()
            if (
                name in (process / "environ").read_bytes() + command
                and int(process.name) != os.getpid()
            ):
                found.append(command.replace(b"\0", b" ").decode())
    return found


def gone(place: Path, seconds: float = 5.0) -> list[str]:
    """What runs there after a while."""
    until = time.monotonic() + seconds
    while (left := processes_of(place)) and time.monotonic() < until:
        time.sleep(0.05)
    return left


WAYS: dict[str, tuple[Status, str]] = {
    "good": (OK, ""),
    "segfault": (FAILED, "died of signal 11 (SIGSEGV)"),
    "abort": (FAILED, "died of signal 6 (SIGABRT)"),
    "crash_in_a_shell": (
        FAILED,
        "exit code 139 (what shells say if a program died of signal 11 (SIGSEGV))",
    ),
    "nothing": (FAILED, "wrote no file 'out.slha'"),
    "exit_code": (FAILED, "exit code 7"),
    "hang": (FAILED, NO_ANSWER),
    "shell_hang": (FAILED, NO_ANSWER),
    "stubborn_family": (FAILED, NO_ANSWER),
    "daemon": (OK, ""),
    "fork_bomb": (FAILED, NO_ANSWER),
    "flood": (OK, ""),
    "flood_file": (
        FAILED,
        "died of signal 25 (SIGXFSZ): a file became larger than file_size allows",
    ),
    "large_output": (FAILED, "'out.slha' has 10 MiB, more than a spectrum can"),
    "slow": (OK, ""),
    "partial": (FAILED, NO_MASS),
    "not_a_number": (FAILED, NO_MASS),
    "infinite": (FAILED, NO_MASS),
    "stars": (FAILED, NO_MASS),
    "garbage": (FAILED, NO_MASS),
    "hungry": (FAILED, "exit code 1"),
    "left_open": (OK, ""),
    "elsewhere": (FAILED, "wrote no file 'out.slha'"),
    "reads": (OK, ""),
    "outside": (OK, ""),
    "temporary": (OK, ""),
    "stale": (FAILED, "put an old 'out.slha' there, last changed before the run"),
    "setuid": (OK, ""),
    "link_out": (FAILED, "left 'out.slha' as a link out of the folder of the point"),
    "link_to_zeros": (FAILED, "left 'out.slha' as a link out of the folder of the point"),
    "link_to_itself": (FAILED, "left 'out.slha' as a link that leads nowhere"),
    "link_in": (OK, ""),
    "pipe": (FAILED, "left a named pipe as 'out.slha'"),
    "folder": (FAILED, "left a folder as 'out.slha'"),
    "no_folder": (FAILED, "wrote no file 'out.slha'"),
    "locked_folder": (OK, ""),
}


def judge(outcome: Outcome, mode: str, x: float) -> None:
    status, reason = WAYS[mode]
    assert (outcome.status, outcome.reason) == (status, reason)
    assert outcome.values == ({"mh": x} if status == OK else {})


@pytest.mark.parametrize("mode", WAYS)
def test_a_code_that_misbehaves(
    chain: Pipeline, hasty: Pipeline, places: tuple[Path, Path], mode: str
) -> None:
    """Status and reason, no process after the point, no file, and a good point after it."""
    scratch, _ = places
    if WAYS[mode][1] == NO_ANSWER:
        chain, hasty = hasty, chain
    begin = time.monotonic()
    judge(chain.one({"x": 0.1 + 0.2, "mode": mode}), mode, 0.1 + 0.2)
    assert time.monotonic() - begin < TIMEOUT + 5 or WAYS[mode][1] != NO_ANSWER
    assert processes_of(scratch) == []
    assert list(scratch.iterdir()) == []
    chain = chain if WAYS[mode][1] != NO_ANSWER else hasty
    judge(chain.one({"x": 126.0, "mode": "good"}), "good", 126.0)


@pytest.mark.slow
def test_all_of_them_in_worker_processes(chain: Pipeline, places: tuple[Path, Path]) -> None:
    executor = Processes(chain, 2)
    modes = [mode for mode in WAYS if WAYS[mode][1] != NO_ANSWER]
    tasks = [(i, {"x": float(i), "mode": mode}) for i, mode in enumerate(modes)]
    found = dict(executor.run(tasks))  # type: ignore[arg-type]
    executor.close()
    for i, mode in enumerate(modes):
        judge(found[i], mode, float(i))
    assert gone(places[0]) == []
    assert list(places[0].iterdir()) == []


# ---- known traps


def test_a_failed_point_does_not_get_the_spectrum_of_the_point_before(hasty: Pipeline) -> None:
    assert hasty.one({"x": 125.0, "mode": "good"}).values == {"mh": 125.0}
    for mode in ("nothing", "segfault", "hang", "link_to_itself"):
        outcome = hasty.one({"x": 99.0, "mode": mode})
        assert (outcome.status, outcome.values) == (FAILED, {})


def test_exit_code_0_alone_is_no_success(chain: Pipeline) -> None:
    outcome = chain.one({"x": 125.0, "mode": "nothing"})
    assert (outcome.status, outcome.answers[0].exit_code) == (FAILED, 0)


def test_a_timeout_ends_more_than_the_shell(hasty: Pipeline, places: tuple[Path, Path]) -> None:
    assert hasty.one({"x": 1.0, "mode": "shell_hang"}).reason == NO_ANSWER
    assert processes_of(places[0]) == []


# ---- how much


@pytest.mark.parametrize(
    "mib", [64, pytest.param(2048, marks=[pytest.mark.slow, pytest.mark.timeout(120)])]
)
@pytest.mark.parametrize("mode", ["flood", "flood_file"])
def test_floods_fill_neither_memory_nor_disk(
    places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, mode: str, mib: int
) -> None:
    monkeypatch.setenv("MIB", str(mib))
    chain = Pipeline([code()], scratch=places[0])
    tracemalloc.start()
    try:
        judge(chain.one({"x": 1.0, "mode": mode}), mode, 1.0)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_too_little_memory_is_a_fault_with_the_words_of_the_code(chain: Pipeline) -> None:
    assert "MemoryError" in chain.one({"x": 1.0, "mode": "hungry"}).log_tail


# ---- what one stage leaves for the next


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("pipe", "stage 'first' left a named pipe as 'out.slha'"),
        ("link_out", "stage 'first' left 'out.slha' as a link out of the folder of the point"),
        ("large_output", "stage 'first' 'out.slha' has 10 MiB, more than a spectrum can"),
    ],
)
def test_a_later_stage_is_not_fed_with_it(
    places: tuple[Path, Path], mode: str, reason: str
) -> None:
    first = code(name="first", outputs=(), success=Success())
    second = code(name="second", inputs={"in.slha": Handover("first", "out.slha")})
    outcome = Pipeline([first, second], scratch=places[0]).one({"x": 1.0, "mode": mode})
    assert (outcome.status, outcome.stage, outcome.reason) == (FAILED, "second", reason)


def test_an_input_is_not_written_through_a_link_that_a_code_has_left(
    places: tuple[Path, Path],
) -> None:
    scratch, elsewhere = places
    (elsewhere / "precious").write_text("mine")
    script = elsewhere / "code.sh"
    script.write_text(f"#!/bin/sh\nln -s {elsewhere}/precious next.in\nln -s {elsewhere} sub\n")
    script.chmod(0o755)
    first = Adapter("first", words("{exe}"), script)
    true = Adapter("second", words("/bin/true"), Path("/bin/true"))
    at_once = replace(true, inputs={"next.in": Template("x", "t")})
    assert Pipeline([first, at_once], scratch=scratch).one({}).status == OK
    below = replace(true, inputs={"sub/precious": Template("x", "t")})
    outcome = Pipeline([first, below], scratch=scratch).one({})
    assert "is out of the folder of the point" in outcome.reason
    assert (elsewhere / "precious").read_text() == "mine"


# ---- the end of the process that runs the codes

SCAN = """
import sys
from pathlib import Path
from mlscanner_hep.running.executors import start
from mlscanner_hep.codes.pipeline import Pipeline
sys.path.insert(0, sys.argv[1])
from test_faults import code
if __name__ == "__main__":
    chain = Pipeline([code(timeout=300.0)], scratch=Path(sys.argv[2]))
    executor = start(chain, int(sys.argv[3]))
    for point, outcome in executor.run((i, {"x": 1.0, "mode": sys.argv[4]}) for i in range(2)):
        print(point, flush=True)
"""


@pytest.fixture
def scan(places: tuple[Path, Path]) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a scan whose codes hang; it is back when they run."""
    started: list[subprocess.Popen[bytes]] = []

    def start(workers: int, mode: str) -> subprocess.Popen[bytes]:
        script = places[1] / "scan.py"
        script.write_text(SCAN)
        arguments = map(str, [script, FAKE.parent.parent, places[0], workers, mode])
        started.append(subprocess.Popen([sys.executable, *arguments], stderr=subprocess.DEVNULL))
        until = time.monotonic() + 60
        while len(list(places[0].glob("point-*/out.slha"))) < workers:
            assert time.monotonic() < until, "the codes were never started"
            time.sleep(0.02)
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_codes_end_with_a_killed_scan(
    scan: Callable[..., subprocess.Popen[bytes]], places: tuple[Path, Path], workers: int
) -> None:
    process = scan(workers, "stubborn_family")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert gone(places[0]) == []
    until = time.monotonic() + 5
    while list(places[0].iterdir()):
        assert time.monotonic() < until, "folders are left"
        time.sleep(0.02)


def test_codes_end_with_a_killed_worker(
    scan: Callable[..., subprocess.Popen[bytes]], places: tuple[Path, Path]
) -> None:
    scan(2, "stubborn_family")
    (first, *_) = (f.parent for f in places[0].glob("point-*/out.slha"))
    worker = next(
        int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
        if _leads_its_group(pid) and os.fsencode(first) in _environment(pid)
    )
    os.kill(worker, signal.SIGKILL)
    assert gone(first) == []
    until = time.monotonic() + 5
    while first.exists():
        assert time.monotonic() < until, "its folder is left"
        time.sleep(0.02)


def _environment(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_bytes()
    return b""


def _leads_its_group(pid: int) -> bool:
    """The first process of a code, and not what it has forked."""
    with suppress(OSError):
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
        return os.getpgid(pid) == pid and Path(f"/proc/{parent}/cmdline").read_bytes() != command
    return False
