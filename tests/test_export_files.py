from __future__ import annotations

import csv
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli

from mlscanner_hep.errors import ConfigError, LedgerError
from mlscanner_hep.results import export
from mlscanner_hep.scan import Scan

Model = Callable[..., Path]


@pytest.fixture
def scan(fake_model: Model) -> Scan:
    """A sharp limit: points inside keep their files, others do not."""
    with Scan.load(fake_model()) as scan:
        scan.run()
    return scan


def test_files_of_chosen_points(scan: Scan, tmp_path: Path) -> None:
    table = export.table(scan, "id <= 12")
    done = export.collect(scan, table, tmp_path / "few")
    rows = list(csv.DictReader((tmp_path / "few" / "index.csv").open()))
    inside = [row for row in rows if row["inside"] == "True"]
    assert (done.points, len(rows)) == (12, 12)
    assert 0 < len(inside) < 12
    assert done.without == tuple(int(row["id"]) for row in rows if row["inside"] == "False")
    assert done.files == 4 * len(inside)
    for row in rows:
        folder = tmp_path / "few" / row["folder"] / "fake"
        if row["inside"] == "True":
            assert row["folder"] == f"point-{int(row['id']):06}"
            names = sorted(path.name for path in folder.iterdir())
            assert names == ["in.slha", "out.slha", "stderr", "stdout"]
            assert f"{float(row['x']):.16E}" in (folder / "in.slha").read_text()
            assert float((folder / "out.slha").read_text().split()[-3]) == float(row["mh"])
        else:
            assert row["folder"] == ""
            assert not (tmp_path / "few" / f"point-{int(row['id']):06}").exists()
    about = json.loads((tmp_path / "few" / "index.csv-metadata.json").read_text())
    assert about["notes"][0]["where"] == "id <= 12"


def test_one_zip_file(scan: Scan, tmp_path: Path) -> None:
    done = export.collect(scan, export.table(scan, "inside", None, 2), tmp_path / "best.zip")
    with zipfile.ZipFile(tmp_path / "best.zip") as file:
        names = file.namelist()
    assert len(names) == done.files + 2 == 10
    assert "best/index.csv" in names
    assert [path.name for path in tmp_path.iterdir() if path.name != "model"] == ["best.zip"]


def test_what_is_there_stays(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "file").write_text("mine")
    with pytest.raises(ConfigError, match="is there already"):
        export.collect(scan, export.table(scan), tmp_path / "old")
    assert [path.name for path in (tmp_path / "old").iterdir()] == ["file"]


@pytest.mark.parametrize("name", ["../../../escaped", "/tmp/escaped-absolute"])
def test_a_ledger_of_a_stranger_writes_nowhere_else(scan: Scan, tmp_path: Path, name: str) -> None:
    db = sqlite3.connect(scan.folder / "ledger.sqlite")
    with db:
        db.execute("UPDATE outputs SET file = ? WHERE file = 'in.slha'", [name])
    db.close()
    with pytest.raises(LedgerError, match="leads out of the folder"):
        export.collect(scan, export.table(scan, "inside"), tmp_path / "a" / "b" / "c")
    assert not list(tmp_path.rglob("escaped*"))
    assert not Path("/tmp/escaped-absolute").exists()


def test_the_command(cli: Cli, scan: Scan, tmp_path: Path) -> None:
    code, out, err = cli("files", scan.folder, tmp_path / "all", "--where", "ok")
    assert code == 0
    assert f"files of {scan.points.ok.sum()} points written" in out
    assert "Nothing is kept of" in out
    assert "mlscanner-hep replay" in out
    code, out, err = cli("files", scan.folder, tmp_path / "two.zip", "--best", 2, "--json")
    assert json.loads(out)["points"] == 2
    assert err == ""
