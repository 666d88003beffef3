from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Cli

from mlscanner_hep.errors import LedgerError
from mlscanner_hep.points import Status
from mlscanner_hep.results.reread import reread
from mlscanner_hep.scan import Scan

Model = Callable[..., Path]

KEEP = {'kind = "uniform"\nbatch = 8': 'kind = "uniform"\nbatch = 8\n[run]\nkeep = "all"'}
NEW = """
[observables]
again = { from = "fake", slha = "MASS 25", abs = true }
heavy = { from = "fake", slha = "MASS 35" }
twice = { expr = "2 * again" }
[constraints]
"""


def add(file: Path, text: str = NEW) -> None:
    file.write_text(file.read_text().replace("[constraints]", text))


@pytest.fixture
def run(fake_model: Model) -> Path:
    """Points that are ok, failed and unphysical, with all that the code wrote; new observables."""
    file = fake_model(0, 3, 7, replace=KEEP)
    with Scan.load(file) as scan:
        scan.run()
    add(file)
    return file


def test_new_observables_are_read_without_running_a_code(run: Path) -> None:
    (run.parent / "fake.sh").write_text("#!/bin/sh\nexit 1\n")
    with Scan.load(run) as scan:
        before = scan.points
        shares: list[float] = []
        done = reread(scan, shares.append)
        after = scan.points
    ok = before.ok
    mh, again, twice = (
        after.y[:, scan.problem.observables.index(name)] for name in ("mh", "again", "twice")
    )
    assert 0 < ok.sum() < len(ok) == done.points == done.kept
    assert np.array_equal(again[ok], abs(mh[ok]))
    assert np.array_equal(twice[ok], 2 * abs(mh[ok]))
    assert np.isnan(again[~ok]).all()
    assert np.isnan(twice[~ok]).all()
    assert np.array_equal(before.y, np.where(np.isnan(before.y), np.nan, after.y), equal_nan=True)
    assert np.array_equal(before.status, after.status)
    assert done.found.keys() == {"again", "heavy", "twice"}, "mh has all that it can have"
    found = done.found["again"]
    assert (found.stored, found.filled, found.missing.total()) == (0, ok.sum(), (~ok).sum())
    assert found.missing == {"the point ended at stage 'fake'": (~ok).sum()}
    heavy = done.found["heavy"]
    assert heavy.filled == 0
    assert any("35" in reason for reason in heavy.missing)
    assert shares[-1] == 1.0


def test_twice_is_as_good_as_once(run: Path) -> None:
    with Scan.load(run) as scan:
        first, once = reread(scan), scan.points
        second, again = reread(scan), scan.points
    assert np.array_equal(once.y, again.y, equal_nan=True)
    assert first.found["again"].filled > 0
    assert "again" not in second.found
    with Scan.load(run) as scan:
        (note,) = json.loads(scan.ledger.meta("reread") or "")
    assert note["filled"] == {n: first.found[n].filled for n in ("again", "twice")}


def test_a_number_that_is_there_stays_and_the_difference_is_told(run: Path) -> None:
    with Scan.load(run) as scan:
        row = int(np.flatnonzero(scan.points.ok)[0])
        true = scan.points.y[row, 0]
        with scan.ledger._transaction():
            scan.ledger._db.execute("UPDATE points SET mh = 1e6 WHERE id = ?", [row + 1])
        done = reread(scan)
        assert scan.points.y[row, 0] == 1e6
    assert done.found["mh"].differences == [(row + 1, 1e6, true)]


def test_points_of_which_nothing_is_kept(fake_model: Model) -> None:
    """What is computed needs no file."""
    file = fake_model()
    with Scan.load(file) as scan:
        scan.run()
        ok, inside = scan.points.ok, scan.problem.inside(scan.points)
    add(file, NEW.replace("2 * again", "2 * mh"))
    with Scan.load(file) as scan:
        done = reread(scan)
        y = scan.points.y
    assert 0 < inside.sum() < ok.sum() < len(ok)
    assert (done.points, done.kept) == (len(ok), inside.sum())
    assert done.found["again"].filled == inside.sum()
    assert done.found["again"].missing["nothing is kept of the point"] == (ok & ~inside).sum()
    assert done.found["twice"].filled == ok.sum()
    assert np.array_equal(
        y[:, scan.problem.observables.index("twice")], 2 * y[:, 0], equal_nan=True
    )


def test_all_or_nothing(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Scan.load(run) as scan:
        good = scan.ledger._sql

        def broken(names: list[str]) -> list[str]:
            if "twice" in names and len(names) == 1:
                raise LedgerError("broken")
            return good(names)

        points = scan.points
        monkeypatch.setattr(scan.ledger, "_sql", broken)
        with pytest.raises(LedgerError, match="broken"):
            reread(scan)
        monkeypatch.undo()
        assert np.array_equal(points.y, scan.points.y, equal_nan=True)


def test_another_meaning_is_refused(run: Path) -> None:
    adapter = run.parent / "fake" / "adapter.toml"
    adapter.write_text(adapter.read_text().replace('"MASS 25", unit', '"MASS 35", unit'))
    with Scan.load(run) as scan, pytest.raises(LedgerError, match=r"observables\.mh"):
        reread(scan)


def test_what_a_python_function_said_is_not_kept(ring_model: Model) -> None:
    file = ring_model({"angle = { from": "# angle = { from"})
    with Scan.load(file) as scan:
        scan.run()
    file.write_text(file.read_text().replace("# angle", "angle"))
    with Scan.load(file) as scan:
        done = reread(scan)
    ok = int((scan.points.status == Status.OK).sum())
    assert done.found["angle"].missing["what a Python function said is not kept"] == ok
    assert done.found["angle"].filled == 0


def test_the_command(cli: Cli, run: Path) -> None:
    code, out, _ = cli("reread", run)
    assert code == 0
    assert "24 of 24 points have kept outputs." in out
    assert "the point ended at stage 'fake'" in out
    code, out, _ = cli("reread", run, "--json")
    assert json.loads(out)["observables"].keys() == {"heavy"}
    assert json.loads(out)["kept"] == 24
