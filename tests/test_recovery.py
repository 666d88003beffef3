"""Damaged ledgers: every damage is noticed, and no wrong number survives it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mlscanner_hep.errors import LedgerError
from mlscanner_hep.outcome import Answer, Outcome
from mlscanner_hep.points import Status
from mlscanner_hep.record.ledger import FILE, Ledger
from mlscanner_hep.record.recovery import recover
from mlscanner_hep.record.writer import Writer
from mlscanner_hep.scan import Scan
from mlscanner_hep.space import Parameter, Space

SPACE = Space((Parameter("a", 0.0, 1.0), Parameter("A", 0.0, 10.0)))
OBSERVABLES = ("mh", "mH", "status")
PAGE = 4096

Table = dict[int, tuple[object, ...]]


def fill(folder: Path, rounds: int = 12, size: int = 40) -> None:
    """A ledger with all that one can hold: faults with logs, kept files, an open round."""
    rng = np.random.default_rng(0)
    with Writer(folder, SPACE.names, OBSERVABLES) as ledger:
        ledger.set_meta(meaning='{"a": 1}')
        for number in range(rounds):
            x = rng.random((size, 2)) * [1, 10]
            ids = ledger.propose(
                x,
                round=number,
                proposer="uniform",
                seconds=0.5,
                origin=np.full(size, "main"),
                predicted=np.full(size, 0.5),
            )
            for row, point in enumerate(ids):
                if number == rounds - 1 and row > size // 2:
                    break
                ledger.record(point, outcome(x[row], rng), keep=row % 10 == 1)
            if number < rounds - 1:
                ledger.finish_round(number, 0.1, 2.0)


def outcome(x: np.ndarray, rng: np.random.Generator) -> Outcome:
    if rng.random() < 0.1:
        words = "words\n" * int(rng.integers(1, 900))
        return Outcome(Status.FAILED, {}, "code", "exit code 7", 7, words)
    answer = Answer("code", Status.OK, files={"out": rng.bytes(600)})
    return Outcome(Status.OK, {"mh": x[0] / 3, "mH": x[1] / 7}, answers=(answer,))


def table(folder: Path) -> Table:
    with Ledger(folder) as ledger:
        points = ledger.points(SPACE, OBSERVABLES)
        rows = zip(ledger.ids(), points.x, points.y, points.status, ledger.details(), strict=True)
        return {i: (x.tobytes(), int(s), y.tobytes(), d) for i, x, y, s, d in rows}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    fill(folder)
    return folder


@pytest.fixture
def damage(whole: Path, tmp_path: Path) -> Callable[[Callable[[bytearray], object]], Path]:
    def make(change: Callable[[bytearray], object]) -> Path:
        shutil.rmtree(tmp_path / "run", ignore_errors=True)
        (tmp_path / "run").mkdir()
        data = bytearray((whole / FILE).read_bytes())
        change(data)
        (tmp_path / "run" / FILE).write_bytes(data)
        return tmp_path / "run"

    return make


def noticed(folder: Path) -> bool:
    try:
        Writer(folder, SPACE.names, OBSERVABLES).close()
    except LedgerError:
        return True
    return False


def flip(position: int, bit: int) -> Callable[[bytearray], object]:
    return lambda data: data.__setitem__(position, data[position] ^ 1 << bit)


def put(position: int, some: bytes) -> Callable[[bytearray], object]:
    return lambda data: data.__setitem__(slice(position, position + len(some)), some)


def cut(position: int) -> Callable[[bytearray], object]:
    return lambda data: data.__delitem__(slice(position, None))


def check(folder: Path, whole: Path) -> None:
    """A damage is without effect, or is noticed and does not survive the recovery."""
    good = table(whole)
    if not noticed(folder):
        assert table(folder) == good
        return
    before = (folder / FILE).read_bytes()
    try:
        found = recover(folder)
    except LedgerError as error:
        said = str(error)
    else:
        said = ""
    if said:
        assert ".recover" in said or "not known" in said
        return
    assert found.aside.read_bytes() == before
    assert not noticed(folder)
    now = table(folder)
    for point, row in now.items():
        pending = row[1] == Status.PENDING
        assert row[0] == good[point][0] if pending else row == good[point]
    whole_ones = {point for point in now if now[point] == good[point]}
    assert found.kept == len(whole_ones)
    assert found.cut or good.keys() - now.keys() == set(found.lost)
    assert set(found.again) == now.keys() - whole_ones


@pytest.mark.parametrize("seed", [0, *(pytest.param(s, marks=pytest.mark.slow) for s in range(9))])
def test_any_damage(
    damage: Callable[[Callable[[bytearray], object]], Path], whole: Path, seed: int
) -> None:
    size = (whole / FILE).stat().st_size
    rng = np.random.default_rng(seed)
    for _ in range(8 if seed == 0 else 60):
        where = int(rng.integers(100, size))
        some = rng.bytes(int(rng.integers(1, 2 * PAGE)))
        empty_page = put(where // PAGE * PAGE, bytes(PAGE))
        for change in (flip(where, int(rng.integers(8))), put(where, some), empty_page, cut(where)):
            check(damage(change), whole)


def test_one_bit_of_an_observable_costs_its_point_alone(
    damage: Callable[[Callable[[bytearray], object]], Path], whole: Path
) -> None:
    """SQLite's own check does not see it."""
    with Ledger(whole) as ledger:
        mh = ledger.points(SPACE, OBSERVABLES).y[99, 0]
    folder = damage(lambda data: flip(data.index(np.array(mh, ">f8").tobytes()) + 3, 2)(data))
    db = sqlite3.connect(folder / FILE)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()
    with pytest.raises(LedgerError, match=r"points 100 are not as they were .*recover"):
        Writer(folder, SPACE.names, OBSERVABLES)
    found = recover(folder)
    assert (found.again, found.lost, found.rounds, found.files) == ((100,), (), 0, 0)
    with Ledger(folder) as ledger:
        assert ledger.ids("status = 'pending'")[0] == 100
        first, last = ledger.rounds()[2], ledger.rounds()[3]
        assert first.achieved is None
        assert last.achieved == 0.1
        assert ledger.meta("meaning") == '{"a": 1}'
        assert len(ledger.outputs(102)["code", "out"]) == 600


def test_one_bit_of_a_parameter_loses_the_point(
    damage: Callable[[Callable[[bytearray], object]], Path], whole: Path
) -> None:
    with Ledger(whole) as ledger:
        a = ledger.points(SPACE, OBSERVABLES).x[99, 0]
    folder = damage(lambda data: flip(data.index(np.array(a, ">f8").tobytes()) + 3, 2)(data))
    assert recover(folder).lost == (100,)


def test_a_broken_header_costs_nothing(
    damage: Callable[[Callable[[bytearray], object]], Path], whole: Path
) -> None:
    for position in (0, 15, 16, 20, 22, 44, 59):
        folder = damage(flip(position, 4))
        if noticed(folder):
            assert recover(folder).kept == len(table(whole))
        assert table(folder) == table(whole)


def test_what_is_no_ledger_at_all(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="holds no scan"):
        recover(tmp_path)
    (tmp_path / FILE).write_bytes(os.urandom(5 * PAGE))
    with pytest.raises(LedgerError):
        recover(tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.name == FILE]
    assert not (tmp_path / "ledger.lock").exists()


def test_points_from_before_there_were_checksums(whole: Path, tmp_path: Path) -> None:
    shutil.copy(whole / FILE, tmp_path / FILE)
    db = sqlite3.connect(tmp_path / FILE)
    for part in ("asked", "told"):
        db.execute(f"ALTER TABLE points DROP COLUMN checksum_{part}")
    db.close()
    assert recover(tmp_path).kept == 480
    assert table(tmp_path) == table(whole)
    assert not noticed(tmp_path)


def test_a_recovered_scan_ends_as_an_undisturbed_one(
    ring_model: Callable[..., Path], tmp_path: Path, cli: Callable[..., tuple[int, str, str]]
) -> None:
    file = ring_model()
    runs = []
    for name in ("whole", "damaged"):
        with Scan.load(file, tmp_path / name) as scan:
            scan.run()
            runs.append(scan)
    path = tmp_path / "damaged" / FILE
    data = bytearray(path.read_bytes())
    hit = np.flatnonzero(runs[1].points.ok)[[2, 9]]
    for y in runs[1].points.y[hit, 0]:
        flip(data.index(np.array(y, ">f8").tobytes()) + 5, 1)(data)
    path.write_bytes(data)
    code, _, err = cli("run", file, "--folder", path.parent)
    assert code == 4
    assert "mlscanner-hep recover" in err
    code, out, _ = cli("recover", path.parent)
    assert code == 0
    assert "38 points are whole" in out
    assert f"2 points lost their outcome and will be run again: {hit[0] + 1}, {hit[1] + 1}" in out
    assert cli("run", file, "--folder", path.parent)[0] == 0
    first, second = (scan.points for scan in runs)
    for name in ("x", "y", "status", "round"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
