from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mlscanner_hep.errors import LedgerError
from mlscanner_hep.outcome import Answer, Outcome
from mlscanner_hep.points import Status
from mlscanner_hep.record import checksums
from mlscanner_hep.record.ledger import FILE, Ledger
from mlscanner_hep.record.writer import Writer
from mlscanner_hep.space import Parameter, Space

SPACE = Space((Parameter("a", 0.0, 1.0), Parameter("A", 0.0, 10.0)))
OBSERVABLES = ("mh", "mH", "status")


def fill(ledger: Writer, n: int = 3, round: int = 0) -> list[int]:
    return ledger.propose(
        np.arange(2.0 * n).reshape(n, 2) / 7,
        round=round,
        proposer="uniform",
        seconds=0.5,
        origin=np.full(n, "initial"),
        predicted=np.array([np.nan] + [0.5] * (n - 1)),
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Writer:
    return Writer(tmp_path, SPACE.names, OBSERVABLES)


def test_points_are_written_before_they_are_evaluated(ledger: Writer, tmp_path: Path) -> None:
    assert fill(ledger) == [1, 2, 3]
    with Ledger(tmp_path) as reader:
        points = reader.points(SPACE, OBSERVABLES)
    assert points.status.tolist() == [Status.PENDING] * 3
    assert points.origin.tolist() == ["initial"] * 3
    assert np.isnan(points.y).all()


def test_numbers_come_back_bit_for_bit(ledger: Writer, tmp_path: Path) -> None:
    x = np.random.default_rng(1).random((50, 2)) * [1, 10]
    ids = ledger.propose(
        x, round=0, proposer="u", seconds=0, origin=np.full(50, ""), predicted=np.full(50, np.nan)
    )
    for i, point in enumerate(ids):
        ledger.record(point, Outcome(Status.OK, {"mh": x[i, 0] / 3, "mH": x[i, 1] * 1e-300}))
    ledger.close()
    with Ledger(tmp_path) as reader:
        points = reader.points(SPACE, OBSERVABLES)
    assert (points.x == x).all()
    assert (points.y[:, 0] == x[:, 0] / 3).all()
    assert (points.y[:, 1] == x[:, 1] * 1e-300).all()
    assert (points.u == SPACE.to_unit(x)).all()


def test_names_that_differ_in_case_only_have_their_own_columns(
    ledger: Writer, tmp_path: Path
) -> None:
    (point, *_) = fill(ledger)
    ledger.record(point, Outcome(Status.OK, {"mh": 1.0, "mH": 2.0, "status": 3.0}))
    ledger.close()
    row = (
        sqlite3.connect(tmp_path / FILE)
        .execute("SELECT a, A_2, mh, mH_2, status_2, status FROM points WHERE id = 1")
        .fetchone()
    )
    assert row == (0.0, 1 / 7, 1.0, 2.0, 3.0, "ok")


def test_a_failure_keeps_what_is_needed_to_understand_it(ledger: Writer) -> None:
    point = fill(ledger)[1]
    answer = Answer("spheno", Status.FAILED, seconds=1.25)
    outcome = Outcome(Status.FAILED, {}, "spheno", "exit code 7", 7, "last words", (answer,))
    ledger.record(point, outcome)
    assert ledger.faults() == [("failed", "spheno", "exit code 7", 1, 2)]
    assert list(ledger.details())[1] == (2, "spheno", "exit code 7", 7, '{"spheno": 1.25}')
    assert ledger.log(2) == "last words"


def test_raw_files_are_kept_on_request(ledger: Writer) -> None:
    first, second, _ = fill(ledger)
    answer = Answer("s", Status.OK, files={"out": b"x" * 1000, "stdout": b"\xff\x00"})
    ledger.record(first, Outcome(Status.OK, answers=(answer,)), keep=True)
    ledger.record(second, Outcome(Status.OK, answers=(answer,)))
    assert ledger.outputs(first) == {("s", "out"): b"x" * 1000, ("s", "stdout"): b"\xff\x00"}
    assert ledger.outputs(second) == {}


def test_a_point_is_recorded_once(ledger: Writer) -> None:
    point = fill(ledger)[0]
    ledger.record(point, Outcome(Status.OK))
    for other in (point, 99):
        with pytest.raises(LedgerError, match=f"point {other} is not waiting"):
            ledger.record(other, Outcome(Status.OK))


def test_rounds(ledger: Writer) -> None:
    fill(ledger)
    fill(ledger, 2, round=1)
    ledger.finish_round(0, 0.25, 9.0)
    first, second = ledger.rounds()
    assert (first.number, first.predicted, first.achieved, first.seconds) == (0, 0.5, 0.25, 9.0)
    assert (second.number, second.achieved, second.seconds) == (1, None, None)
    with pytest.raises(LedgerError, match="UNIQUE"):
        fill(ledger, 2, round=1)
    assert len(ledger.ids()) == 5


def test_an_observable_can_be_added_later(ledger: Writer, tmp_path: Path) -> None:
    point = fill(ledger)[0]
    ledger.record(point, Outcome(Status.OK, {"mh": 125.0}))
    ledger.close()
    with Writer(tmp_path, SPACE.names, (*OBSERVABLES, "oh2")) as later:
        assert later.names("observable") == (*OBSERVABLES, "oh2")
        points = later.points(SPACE, ("oh2", "mh", "nowhere"))
    assert points.y[0, 1] == 125
    assert np.isnan(points.y[:, [0, 2]]).all()


def test_meta(ledger: Writer) -> None:
    assert ledger.meta("colour") is None
    ledger.set_meta(colour="red", shape="round")
    ledger.set_meta(colour="blue")
    assert (ledger.meta("colour"), ledger.meta("shape")) == ("blue", "round")


def test_an_interrupt_is_no_fault_of_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checksums, "_checksum", interrupt)
        with (
            Writer(tmp_path, SPACE.names, OBSERVABLES) as ledger,
            pytest.raises(KeyboardInterrupt),
        ):
            fill(ledger)
    with Writer(tmp_path, SPACE.names, OBSERVABLES) as ledger:
        assert fill(ledger) == [1, 2, 3]


def test_one_writer_many_readers(ledger: Writer, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="has been writing here"):
        Writer(tmp_path)
    with Ledger(tmp_path), Ledger(tmp_path):
        fill(ledger)
    ledger.close()
    Writer(tmp_path).close()


def test_what_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="holds no scan"):
        Ledger(tmp_path)
    (tmp_path / FILE).write_text("something else entirely, " * 100)
    for kind in (Ledger, Writer):
        with pytest.raises(LedgerError, match="no ledger or damaged"):
            kind(tmp_path)
    assert not (tmp_path / "ledger.lock").exists()


def test_a_damaged_ledger_is_not_written_to(ledger: Writer, tmp_path: Path) -> None:
    fill(ledger, 500)
    ledger.close()
    size = (tmp_path / FILE).stat().st_size
    with (tmp_path / FILE).open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size // 3))
    with pytest.raises(LedgerError, match="damaged"):
        Writer(tmp_path)


def test_another_format_is_refused(ledger: Writer, tmp_path: Path) -> None:
    ledger.set_meta(format="99")
    ledger.close()
    with pytest.raises(LedgerError, match="has format 99, not 1"):
        Ledger(tmp_path)


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_ledger import OBSERVABLES, SPACE, fill
from mlscanner_hep.record.writer import Writer
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.points import Status
ledger = Writer(Path({folder!r}), SPACE.names, OBSERVABLES)
for point in fill(ledger, 400)[:300]:
    ledger.record(point, Outcome(Status.OK, {{"mh": float(point)}}))
    if point == 200:
        ledger.commit()
os.kill(os.getpid(), 9)
"""


def test_a_kill_loses_only_what_was_not_committed(tmp_path: Path) -> None:
    code = KILLED.format(tests=str(Path(__file__).parent), folder=str(tmp_path))
    killed = subprocess.run([sys.executable, "-c", code], check=False)
    assert killed.returncode == -signal.SIGKILL
    with Ledger(tmp_path) as reader:
        points = reader.points(SPACE, OBSERVABLES)
    done = points.ok
    assert len(points) == 400
    assert 200 <= done.sum() <= 300
    assert (points.y[done, 0] == np.arange(1, done.sum() + 1)).all()
    with Writer(tmp_path, SPACE.names, OBSERVABLES) as again:
        again.record(int(done.sum()) + 1, Outcome(Status.OK))
