"""The loop: stop rules, resuming, faults, interrupts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from mlscanner_hep.errors import LedgerError, ScanStalled
from mlscanner_hep.findings.completeness import coverage
from mlscanner_hep.points import Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.progress import Progress
from mlscanner_hep.proposers.base import Array, Proposal
from mlscanner_hep.record.ledger import Ledger
from mlscanner_hep.scan import Scan


def run(file: Path, folder: Path | None = None) -> tuple[Scan, Progress]:
    with Scan.load(file, folder) as scan:
        return scan, scan.run()


def test_stop_at_calls_to_the_point(ring_model: Callable[..., Path]) -> None:
    scan, progress = run(ring_model({"calls = 40": "calls = 25"}))
    assert len(scan.points) == progress.calls == 25
    assert progress.ended_by == "25 calls (stop.calls = 25)"


def test_stop_at_inside_after_the_round(ring_model: Callable[..., Path]) -> None:
    scan, progress = run(ring_model({"calls = 40": "inside = 3"}))
    assert progress.inside == scan.problem.inside(scan.points).sum() >= 3
    assert progress.calls % 10 == 0


def test_stop_at_hours(ring_model: Callable[..., Path]) -> None:
    _, progress = run(ring_model({"calls = 40": "hours = 1e-9"}))
    assert "hours" in progress.ended_by


def test_stop_at_coverage_also_after_an_interruption(
    ring_model: Callable[..., Path], tmp_path: Path
) -> None:
    bigger = {"batch = 10": "batch = 50"}
    file = ring_model({"calls = 40": "coverage = 0.2", **bigger})
    scan, progress = run(file, tmp_path / "once")
    ends = np.flatnonzero(np.diff(scan.points.round)) + 1
    shares = [coverage(scan.problem, scan.points[:end]) for end in (*ends, None)]
    assert shares[-1] == progress.coverage >= 0.2
    assert max(shares[:-1]) < 0.2
    assert progress.ended_by.startswith(f"estimated coverage {shares[-1]:.3f} (stop.coverage = 0.2")

    def interrupt(progress: Progress) -> None:
        if progress.phase == "evaluating" and progress.calls == len(scan.points) - 20:
            raise KeyboardInterrupt

    with Scan.load(file, tmp_path / "twice") as other:
        assert other.run(interrupt).ended_by == "interrupted"
    for _ in range(2):  # the second time nothing is left to do
        _, again = run(file, tmp_path / "twice")
        assert again.ended_by == progress.ended_by
        assert table(tmp_path / "twice") == table(tmp_path / "once")


def test_a_finished_scan_runs_nothing(ring_model: Callable[..., Path]) -> None:
    file = ring_model()
    run(file)
    (file.parent / "shell.py").write_text("def shell(values): raise RuntimeError")
    _, progress = run(file)
    assert progress.calls == 40


def test_progress_counts_what_is_in_the_ledger(ring_model: Callable[..., Path]) -> None:
    seen: list[tuple[str, int, int]] = []
    with Scan.load(ring_model()) as scan:
        end = scan.run(lambda p: seen.append((p.phase, p.round, p.calls)))
    points = scan.points
    assert end.counts == Counter(
        {s: int((points.status == s).sum()) for s in (Status.OK, Status.UNPHYSICAL, Status.FAILED)}
    )
    assert end.counts[Status.UNPHYSICAL] > 0
    assert [calls for phase, _, calls in seen if phase == "evaluating"][-1] == 40
    assert seen[-1][0] == "ended"


@pytest.mark.parametrize("keep", ["all", "inside", "failed", "none"])
def test_raw_files_are_kept_as_told(fake_model: Callable[..., Path], keep: str) -> None:
    file = fake_model(0, 3, replace={"[proposer]": f"[run]\nkeep = '{keep}'\n[proposer]"})
    scan, _ = run(file)
    points = scan.points
    inside = scan.problem.inside(points)
    wanted = {"all": np.ones(24, bool), "inside": inside, "failed": points.failed}.get(keep)
    with Ledger(scan.folder) as ledger:
        kept = [bool(ledger.outputs(i)) for i in ledger.ids()]
    assert kept == (np.zeros(24, bool) if wanted is None else wanted).tolist()


def test_the_kept_input_holds_the_archived_number(fake_model: Callable[..., Path]) -> None:
    scan, _ = run(fake_model(0, 10, replace={"[proposer]": "[run]\nkeep = 'all'\n[proposer]"}))
    with Ledger(scan.folder) as ledger:
        for point, x in zip(ledger.ids(), scan.points.x, strict=True):
            lines = ledger.outputs(point)["fake", "in.slha"].decode().splitlines()
            assert float(lines[1].split()[1]) == x[0]


@pytest.mark.parametrize("workers", [1, 2])
def test_faults_are_recorded_and_the_scan_goes_on(
    fake_model: Callable[..., Path], workers: int
) -> None:
    modes = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13)
    text = f"[run]\nworkers = {workers}\n[proposer]"
    file = fake_model(*modes, replace={"[proposer]": text, "calls = 24": "calls = 39"})
    scan, progress = run(file)
    points = scan.points
    assert progress.calls == 39
    mode = points.x[:, 1]
    expected = np.where(mode == 0, Status.OK, Status.FAILED)
    expected = np.where(np.isin(mode, [7, 10]), Status.UNPHYSICAL, expected)
    assert (points.status == expected).all()
    assert (np.isfinite(points.y[:, 0]) == (mode == 0)).all()
    assert (points.y[mode == 0, 0] == points.x[mode == 0, 0]).all()
    with Ledger(scan.folder) as ledger:
        reasons = {reason for _, _, reason, _, _ in ledger.faults()}
    assert len(reasons) >= 9


def test_when_the_first_points_all_fail_the_scan_says_why(
    fake_model: Callable[..., Path],
) -> None:
    with pytest.raises(ScanStalled) as caught:
        run(fake_model(6, 3))
    said = str(caught.value)
    assert "the first 20 points all failed" in said
    assert "stage 'fake': exit code 7" in said
    assert "working on" in said
    assert "mlscanner-hep check" in said


def test_unphysical_points_are_no_stall(fake_model: Callable[..., Path]) -> None:
    _, progress = run(fake_model(7, 10))
    assert progress.counts[Status.UNPHYSICAL] == 24


def table(folder: Path) -> list[tuple[object, ...]]:
    """Everything that has to be the same whenever and however a scan was run."""
    with Ledger(folder) as ledger:
        names = ", ".join(f'"{name}"' for name in ("x", "y", "r", "angle"))
        columns = f"id, round, origin, predicted, status, stage, reason, {names}"
        return ledger._db.execute(f"SELECT {columns} FROM points ORDER BY id").fetchall()  # type: ignore[no-any-return]


SLOW = {"calls = 40": "calls = 60", 'kind = "uniform"': 'kind = "regressor"', "= 10\n": "= 20\n"}
LAG = {
    "calls = 40": "calls = 90",
    'kind = "uniform"': 'kind = "regressor"',
    "= 10\n": "= 6\nlag = 2\n",
}


def _evaluated(folder: Path) -> int:
    try:
        with Ledger(folder) as ledger:
            return len(ledger.ids("status != 'pending'"))
    except LedgerError:
        return 0


@pytest.mark.parametrize(
    ("workers", "more", "kills"),
    [
        (1, SLOW, (1, 15, 35)),
        (2, LAG, (70, 80)),
        pytest.param(2, SLOW, (1, 15, 35), marks=pytest.mark.slow),
        pytest.param(1, LAG, (66, 71, 76, 81), marks=pytest.mark.slow),
        pytest.param(3, LAG, (66, 71, 76, 81), marks=pytest.mark.slow),
    ],
)
def test_a_killed_scan_resumes_to_the_very_same_table(
    ring_model: Callable[..., Path],
    tmp_path: Path,
    workers: int,
    more: dict[str, str],
    kills: tuple[int, ...],
) -> None:
    file = ring_model({**more, "[proposer]": "[run]\nscratch = 'SCRATCH'\n[proposer]"})
    file.write_text(file.read_text().replace("SCRATCH", str(file.parent / "scratch")))
    code = file.parent / "shell.py"
    code.write_text(
        "import time\n" + code.read_text().replace("    x, y", "    time.sleep(.03); x, y")
    )
    run(file, tmp_path / "undisturbed")
    command = [sys.executable, "-m", "mlscanner_hep", "run", str(file), "--workers", str(workers)]
    command += ["--folder", str(tmp_path / "killed")]
    scratch = file.parent / "scratch"
    rng = np.random.default_rng(workers)
    for done in kills:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while _evaluated(tmp_path / "killed") < done:
            assert process.poll() is None
            time.sleep(0.02)
        time.sleep(rng.uniform(0.0, 0.3))
        process.kill()
        assert process.wait() == -signal.SIGKILL
    assert subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0
    assert table(tmp_path / "killed") == table(tmp_path / "undisturbed")
    assert not list(scratch.iterdir())


def test_with_lag_no_worker_waits_for_the_last_point_of_a_round(
    ring_model: Callable[..., Path],
) -> None:
    """One point of a round takes as long as all others: the next round runs beside it."""
    text = "= 10\nlag = 1\n[run]\nworkers = 2\n"
    file = ring_model({"calls = 40": "calls = 160", "= 10\n": text})
    code = file.parent / "shell.py"
    slow = "    import time; time.sleep(1.0 if values['y'] > 0.97 else 0.02)\n    x, y"
    code.write_text(code.read_text().replace("    x, y", slow, 1))
    ahead: list[bool] = []
    with Scan.load(file) as scan:
        scan.run(lambda p: ahead.append(p.calls > 10 * p.round + p.done))
        points = scan.points
        seconds = {r.number: r.seconds for r in scan.ledger.rounds()}
    assert any(ahead)
    assert all(duration is not None for duration in seconds.values())
    with Scan.load(file, file.parent / "serial") as scan:
        one = scan.model.run.model_copy(update={"workers": 1})
        scan.model = scan.model.model_copy(update={"run": one})
        scan.run()
        assert (scan.points.x == points.x).all()
        assert (scan.points.round == points.round).all()


@dataclass(frozen=True)
class Stuck:
    """A proposer that never comes to an end, or ends badly."""

    error: str = ""

    def size(self, problem: Problem, points: Points, n: int) -> int:
        return n

    def propose(
        self, problem: Problem, points: Points, pending: Array, n: int, rng: np.random.Generator
    ) -> Proposal:
        if len(points) >= 20 and self.error:
            raise RuntimeError(self.error)
        if len(points) >= 20:
            time.sleep(60)
        return Proposal.of(rng.random((n, 2)), "main")


def test_a_proposer_that_fails_ends_the_run_and_costs_no_point(
    ring_model: Callable[..., Path],
) -> None:
    with Scan.load(ring_model()) as scan:
        scan.proposer = Stuck("nothing fits")
        with pytest.raises(RuntimeError, match="nothing fits"):
            scan.run()
        assert (scan.points.status != Status.PENDING).sum() == len(scan.points) == 20


def test_ctrl_c_while_a_round_is_proposed_ends_the_run_at_once(
    ring_model: Callable[..., Path],
) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.phase == "proposing" and progress.calls == 20:
            threading.Timer(0.5, signal.raise_signal, [signal.SIGINT]).start()

    with Scan.load(ring_model()) as scan:
        scan.proposer = Stuck()
        start = time.monotonic()
        assert scan.run(interrupt).ended_by == "interrupted"
    assert time.monotonic() - start < 30
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_time_of_a_round_adds_up_over_its_runs(ring_model: Callable[..., Path]) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.phase == "evaluating" and progress.calls == 5:
            time.sleep(0.2)
            raise KeyboardInterrupt

    file = ring_model({"calls = 40": "calls = 10"})
    with Scan.load(file) as scan:
        scan.run(interrupt)
    with Scan.load(file) as scan:
        (before,) = scan.ledger.rounds()
        assert before.achieved is None
        assert before.seconds is not None
        scan.run()
        (after,) = scan.ledger.rounds()
    assert after.seconds is not None
    assert 0.2 < before.seconds < after.seconds


@pytest.mark.parametrize(("signals", "timeout"), [(1, "6"), (2, "60")])
def test_ctrl_c_leaves_the_ledger_whole(
    fake_model: Callable[..., Path], signals: int, timeout: str
) -> None:
    """One finishes the points that run, two kill them; either way nothing is lost."""
    more = {"[proposer]": "[run]\nworkers = 2\n[proposer]", "calls = 24": "calls = 8"}
    file = fake_model(0, 2, replace=more)
    adapter = file.parent / "fake" / "adapter.toml"
    adapter.write_text(adapter.read_text().replace("timeout = 1.5", f"timeout = {timeout}"))
    command = [sys.executable, "-m", "mlscanner_hep", "run", str(file)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    ledger = file.parent / "runs" / "fake" / "ledger.sqlite"
    while not ledger.exists() or not _sleeping(file.parent):
        assert process.poll() is None
        time.sleep(0.05)
    start = time.monotonic()
    for _ in range(signals):
        os.kill(process.pid, signal.SIGINT)
        time.sleep(0.3)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert time.monotonic() - start < 20
    assert "interrupted" in out
    assert "Go on with" in out
    assert not _sleeping(file.parent)
    with Ledger(ledger.parent) as reader:
        states = [row[0] for row in reader._db.execute("SELECT status FROM points")]
    assert "pending" in states
    adapter.write_text(adapter.read_text().replace(f"timeout = {timeout}", "timeout = 0.3"))
    assert subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0
    with Ledger(ledger.parent) as reader:
        assert len(reader.ids("status = 'pending'")) == 0
        assert len(reader.ids()) == 8


def _sleeping(folder: Path) -> bool:
    """Whether a fake code is hanging somewhere."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder / "fake.sh") in (process / "cmdline").read_text():
                return True
        except OSError:
            continue
    return False
