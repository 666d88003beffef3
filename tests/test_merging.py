"""Shards become the scan: the same table, to the last bit, as of one run."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli

from mlscanner_hep import Scan
from mlscanner_hep.errors import ConfigError, LedgerError
from mlscanner_hep.merging import Merged, merge
from mlscanner_hep.record.ledger import FILE
from mlscanner_hep.shards import Shard

Model = Callable[..., Path]

MODES = (0, 1, 6, 7)  # good, a signal, an exit code, no spectrum
KEEP = {"batch = 8": 'batch = 8\n[run]\nkeep = "all"'}


def run(file: Path, shard: Shard | None = None, folder: Path | None = None) -> Path:
    """Run a scan or a part of it; the run folder."""
    with Scan.load(file, folder, shard) as scan:
        scan.run()
    return scan.folder


def merged(file: Path) -> Merged:
    with Scan.load(file) as scan:
        return merge(scan)


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / FILE)) as db:
        return db.execute(sql).fetchall()


def tables(folder: Path) -> list[list[tuple[Any, ...]]]:
    """All that stands in a ledger but times, and folders of points."""
    points = "id, round, origin, predicted, status, stage, reason, exit_code, log, x, mode, mh"
    return [
        rows(folder, f"SELECT {points}, checksum_asked FROM points ORDER BY id"),
        rows(folder, "SELECT round, proposer, predicted, achieved, note FROM rounds"),
        rows(folder, "SELECT * FROM outputs ORDER BY point, stage, file"),
    ]


def test_the_table_is_that_of_one_run(fake_model: Model, tmp_path: Path) -> None:
    file = fake_model(*MODES, replace=KEEP)
    whole = tables(run(file, folder=tmp_path / "whole"))
    for i in range(3):
        run(file, Shard(i, 3))
    done = merged(file)
    assert tables(Scan.load(file).folder) == whole
    assert (sum(done.taken.values()), done.evaluated, done.pending) == (24, 24, 0)
    assert list(done.taken) == [Shard(0, 3), Shard(1, 3), Shard(2, 3)]
    assert not done.lacking
    assert done.inside == sum(row[4] == "ok" and row[11] > 0 for row in whole[0])
    with Scan.load(file) as scan:  # and an ordinary run: nothing is left to do
        assert scan.run().calls == 24
    assert tables(scan.folder) == whole


def test_what_is_missing_comes_later_or_is_run_here(fake_model: Model, tmp_path: Path) -> None:
    file = fake_model(*MODES, replace=KEEP)
    whole = tables(run(file, folder=tmp_path / "whole"))
    run(file, Shard(1, 3))
    done = merged(file)
    assert done.lacking == (Shard(0, 3), Shard(2, 3))
    assert done.evaluated + done.pending == 24
    achieved = [row[3] for row in tables(Scan.load(file).folder)[1]]
    assert achieved == [None] * 3
    run(file, Shard(0, 3))
    done = merged(file)
    assert done.taken[Shard(1, 3)] == 0 < done.taken[Shard(0, 3)]
    assert done.lacking == (Shard(2, 3),)
    assert tables(run(file)) == whole


def test_what_was_run_before_stays(fake_model: Model, tmp_path: Path) -> None:
    """The points of a trial run are the first ones of the scan."""
    whole = tables(run(fake_model(*MODES, replace=KEEP), folder=tmp_path / "whole"))
    run(fake_model(*MODES, replace={**KEEP, "calls = 24": "calls = 8"}))
    file = fake_model(*MODES, replace=KEEP)
    for i in range(2):
        run(file, Shard(i, 2))
    assert sum(merged(file).taken.values()) == 16
    assert tables(Scan.load(file).folder) == whole


@pytest.mark.parametrize(
    ("replace", "told"),
    [
        ({"seed = 3": "seed = 4"}, "are not those of"),
        ({"calls = 24": "calls = 32"}, "are not those of"),
        (
            {"max = 3.0": "max = 4.0"},
            r"mean something else than .*\n.*parameters.x.max: 4.0 -> 3.0",
        ),
    ],
)
def test_a_shard_of_another_scan(fake_model: Model, replace: dict[str, str], told: str) -> None:
    run(fake_model(0, 7, replace=replace), Shard(0, 2))
    file = fake_model(0, 7)
    run(file, Shard(1, 2))
    with pytest.raises(LedgerError, match=f"fake-0-of-2.* {told}"):
        merged(file)


def test_a_damaged_shard(fake_model: Model) -> None:
    file = fake_model(0, 7)
    folder = run(file, Shard(0, 2))
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as db:
        db.execute("UPDATE points SET mh = 1 WHERE id = (SELECT min(id) FROM points WHERE mh)")
    with pytest.raises(LedgerError, match=r"fake-0-of-2.*is damaged.*mlscanner-hep recover"):
        merged(file)
    assert not rows(Scan.load(file).folder, "SELECT * FROM points WHERE status != 'pending'")


def test_another_program_is_told(fake_model: Model) -> None:
    file = fake_model(0, 7)
    run(file, Shard(0, 2))
    code = file.parent / "fake.sh"
    code.write_text(code.read_text() + "# built anew\n")
    run(file, Shard(1, 2))
    (note,) = merged(file).notes
    assert note.startswith("the program of stage 'fake' is ")
    assert "fake-0-of-2. Points from both are in this run." in note


def test_no_shards(fake_model: Model) -> None:
    file = fake_model(0, 7)
    with pytest.raises(ConfigError, match=r"there are no shards .*/fake-i-of-n: .* --shard 0/8"):
        merged(file)
    assert not Scan.load(file).folder.exists()


def test_on_the_command_line(ring_model: Model, cli: Cli) -> None:
    file = ring_model()
    for i in (0, 2):
        run(file, Shard(i, 3))
    code, out, err = cli("merge", file)
    assert (code, err) == (0, "")
    assert "points taken over from 2 shards into " in out
    assert "13 points are pending, of the shards 1/3: run these and merge again" in out
    run(file, Shard(1, 3))
    code, out, err = cli("merge", file)
    assert "13 points taken over from 3 shards" in out
    assert "pending" not in out
    assert cli("merge", ring_model({'"uniform"': '"regressor"'}))[0] == 2
