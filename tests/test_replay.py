"""A recorded point run again, and failed points that get another chance."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mlscanner_hep.errors import LedgerError, PreflightError
from mlscanner_hep.points import Status
from mlscanner_hep.record.ledger import Ledger
from mlscanner_hep.scan import Scan

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def file(fake_model: Callable[..., Path]) -> Path:
    file = fake_model(0, 6, 7)
    with Scan.load(file) as scan:
        scan.run()
    return file


def first(file: Path, status: Status) -> int:
    return int(np.argmax(Scan.load(file).points.status == status)) + 1


@pytest.mark.parametrize("status", [Status.OK, Status.FAILED, Status.UNPHYSICAL])
def test_a_point_comes_out_as_it_was(file: Path, status: Status, tmp_path: Path, cli: Cli) -> None:
    point = first(file, status)
    scan = Scan.load(file)
    done = scan.replay(point)
    assert done.recorded.status == done.outcome.status == status
    assert done.inputs["x"] == scan.points.x[point - 1, 0]
    assert done.differences == ()
    before = scan.points
    code, out, _ = cli("replay", file, point, "--keep", tmp_path / "kept")
    assert code == 0
    assert f"Point {point} is recorded as {status.name.lower()}" in out
    assert "agrees with the ledger" in out
    assert "in.slha, as the code saw it" in out
    kept = (tmp_path / "kept" / "in.slha").read_text()
    assert float(kept.splitlines()[1].split()[1]) == done.inputs["x"]
    np.testing.assert_array_equal(scan.points.status, before.status)


def test_every_difference_is_listed(file: Path, cli: Cli) -> None:
    point = first(file, Status.OK)
    code_file = file.parent / "fake.sh"
    text = code_file.read_text()
    code_file.write_text(text.replace("printf 'Block SPINFO", "x=1.25; printf 'Block SPINFO"))
    code, out, _ = cli("replay", file, point, "--json")
    said = json.loads(out)
    assert code == 1
    (difference,) = said["differences"]
    assert (difference["name"], difference["now"]) == ("mh", 1.25)
    assert difference["recorded"] == said["recorded"]["observables"]["mh"]
    assert "25 1.25" not in said["now"]["stages"][0]["inputs"]["in.slha"]
    code_file.write_text(text.replace("0) spectrum", "0) exit 3; spectrum"))
    code, out, _ = cli("replay", file.parent / "runs" / "fake", point)
    assert code == 1
    for words in ("Not as in the ledger", "status", "stage", "missing"):
        assert words in out


def test_what_cannot_be_replayed(file: Path) -> None:
    with pytest.raises(LedgerError, match="no point 25; the last one is 24"):
        Scan.load(file).replay(25)
    text = file.read_text()
    file.write_text(text.replace("max = 3.0", "max = 3.5"))
    with pytest.raises(LedgerError, match="mean something else"):
        Scan.load(file).replay(1)
    run = file.parent / "runs" / "fake"
    file.unlink()
    with pytest.raises(PreflightError, match="give the model"):
        Scan.open(run).replay(1)


def test_a_pending_point_has_nothing_to_agree_with(
    fake_model: Callable[..., Path], cli: Cli
) -> None:
    file = fake_model(0, 3)
    with Scan.load(file) as scan:
        scan.ask(3)
    code, out, _ = cli("replay", file, 2)
    assert code == 0
    assert "nothing to compare with" in out


def test_failed_points_get_another_chance(file: Path, cli: Cli) -> None:
    before = Scan.load(file).points
    failed = before.failed
    code, out, _ = cli("retry", file, "--stage", "other")
    assert (code, out.split()[0]) == (0, "0")
    code, out, _ = cli("retry", file)
    assert f"{failed.sum()} failed points wait" in out
    assert (Scan.load(file).points.status[failed] == Status.PENDING).all()
    code_file = file.parent / "fake.sh"
    code_file.write_text(code_file.read_text().replace("exit 7 ;;", "exit 0 ;;"))
    assert cli("run", file)[0] == 0
    after = Scan.load(file).points
    assert len(after) == len(before)
    assert after.ok[failed].all()
    assert (after.x == before.x).all()
    np.testing.assert_array_equal(after.y[~failed], before.y[~failed])
    with Ledger(file.parent / "runs" / "fake") as ledger:
        assert all(round.achieved is not None for round in ledger.rounds())
