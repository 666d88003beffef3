from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas
import pyarrow.parquet
import pytest
from conftest import SHELL, SHELL_MODEL, Cli

from mlscanner_hep.errors import ConfigError, ScannerError
from mlscanner_hep.findings.islands import islands, weights
from mlscanner_hep.results import export
from mlscanner_hep.scan import Scan

CONSTANTS = "[constants]\nc = 2\n[derived]\nd = 'x + c'\n[[chain]]"


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    folder = tmp_path_factory.mktemp("ring")
    (folder / "shell.py").write_text(SHELL)
    (folder / "model.toml").write_text(SHELL_MODEL.replace("[[chain]]", CONSTANTS))
    with Scan.load(folder / "model.toml") as scan:
        scan.run()
    return scan


def test_csv_has_every_digit_and_no_invented_zero(scan: Scan, tmp_path: Path) -> None:
    export.write(export.table(scan), tmp_path / "points.csv")
    rows = list(csv.DictReader((tmp_path / "points.csv").open()))
    points = scan.points
    assert [float(row["x"]) for row in rows] == points.x[:, 0].tolist()
    for row, r, ok in zip(rows, points.y[:, 0], points.ok, strict=True):
        assert (float(row["r"]) == r) if ok else (row["r"] == "")
        assert row["status"] == ("ok" if ok else "unphysical")
        assert row["reason"] == ("" if ok else "too far left")
        assert float(row["d"]) == float(row["x"]) + 2
    assert [row["inside"] == "True" for row in rows] == scan.problem.inside(points).tolist()
    assert "c" not in rows[0]
    assert [float(row["weight"]) for row in rows] == weights(scan.problem, points).tolist()
    (ring,) = islands(scan.problem, points)
    assert [row["island"] == "1" for row in rows] == np.isin(np.arange(40), ring.rows).tolist()


def test_csv_is_described_beside_it(scan: Scan, tmp_path: Path) -> None:
    export.write(export.table(scan), tmp_path / "points.csv")
    about = json.loads(export.description(tmp_path / "points.csv").read_text())
    columns = {column["name"]: column for column in about["tableSchema"]["columns"]}
    assert list(columns) == (tmp_path / "points.csv").read_text().splitlines()[0].split(",")
    assert columns["r"]["schema:unitText"] == columns["x"]["schema:unitText"] == "GeV"
    assert columns["inside"]["datatype"] == {"base": "boolean", "format": "True|False"}
    assert about["notes"][0]["constants"] == {"c": 2}
    assert sorted(path.name for path in tmp_path.glob("points*")) == [
        "points.csv",
        "points.csv-metadata.json",
    ]


def test_parquet_has_types_nulls_units_and_provenance(scan: Scan, tmp_path: Path) -> None:
    export.write(export.table(scan, "inside"), tmp_path / "inside.parquet")
    export.write(export.table(scan), tmp_path / "points.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "points.parquet")
    points = scan.points
    chi2 = np.array([np.nan if v is None else v for v in table["chi2"].to_pylist()])
    assert np.array_equal(chi2, scan.problem.chi2(points), equal_nan=True)
    assert table["r"].null_count == (~points.ok).sum() > 0
    types = {name: str(table.schema.field(name).type) for name in ("inside", "exit_code", "stage")}
    assert types == {"inside": "bool", "exit_code": "int64", "stage": "string"}
    assert table.schema.field("r").metadata[b"unit"] == b"GeV"
    assert table.schema.field("x").metadata[b"role"] == b"parameter"
    about = json.loads(table.schema.metadata[b"mlscanner-hep"])
    assert about["seed"] == 5
    assert about["model_toml"] == scan.file.read_text()
    (code,) = {*table["codes"].to_pylist()}
    assert about["codes"][code]["shell"]["exe"].endswith("shell.py")
    assert {*table["model"].to_pylist()} == {about["model"]}
    chosen = pyarrow.parquet.read_table(tmp_path / "inside.parquet")
    assert json.loads(chosen.schema.metadata[b"mlscanner-hep"])["where"] == "inside"
    assert chosen.num_rows == scan.problem.inside(points).sum() > 0


def test_hdf5_has_a_dataset_for_each_column(scan: Scan, tmp_path: Path) -> None:
    export.write(export.table(scan), tmp_path / "points.h5")
    points = scan.points
    with h5py.File(tmp_path / "points.h5") as file:
        assert np.array_equal(file["r"][:], points.y[:, 0], equal_nan=True)
        assert file["r"].attrs["unit"] == "GeV"
        assert file["status"].asstr()[:].tolist().count("unphysical") == points.unphysical.sum()
        assert np.isnan(file["exit_code"][:]).all(), "none is not 0"
        assert json.loads(file.attrs["mlscanner-hep"])["name"] == "ring"
        table = pandas.DataFrame({name: data[:] for name, data in file.items()})
    assert len(table) == 40


def test_json_is_strict(ring_model: Callable[..., Path], tmp_path: Path) -> None:
    with Scan.load(ring_model({"r = { value = 0.7, sigma = 0.05 }": "r = { max = 0.7 }"})) as scan:
        scan.run()
    export.write(export.table(scan), tmp_path / "points.json")

    def refuse(text: str) -> None:
        raise AssertionError(text)

    data = json.loads((tmp_path / "points.json").read_text(), parse_constant=refuse)
    chi2 = scan.problem.chi2(scan.points)
    assert np.isinf(chi2).any()
    for point, value in zip(data["points"], chi2, strict=True):
        assert point["chi2"] is None if np.isnan(value) else float(point["chi2"]) == value
    assert data["columns"]["r"] == {"type": "float", "role": "observable", "unit": "GeV"}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("r > 0.6 and r < 0.9", lambda t: (t["r"] > 0.6) & (t["r"] < 0.9)),
        ("inside", lambda t: t["inside"]),
        ("not inside(r) and ok", lambda t: (t["status"] == "ok") & ~t["inside"]),
        ("unphysical or x > c / 4", lambda t: (t["status"] == "unphysical") | (t["x"] > 0.5)),
        ("round >= 2 and chi2 < 1e3", lambda t: (t["round"] >= 2) & (t["chi2"] < 1e3)),
        ("r != 0", lambda t: t["r"].notna()),
        ("1 > 2", lambda t: t["x"] > 2),
    ],
)
def test_where(
    scan: Scan, where: str, expected: Callable[[pandas.DataFrame], pandas.Series]
) -> None:
    table = pandas.DataFrame(export.table(scan).arrays)
    chosen = export.table(scan, where).arrays["id"]
    assert chosen.tolist() == table["id"][expected(table).astype(bool)].tolist()


def test_the_best_come_first(scan: Scan) -> None:
    chi2 = scan.problem.chi2(scan.points)
    best = export.table(scan, best=7)
    assert best.arrays["chi2"].tolist() == np.sort(chi2[np.isfinite(chi2)])[:7].tolist()
    assert len(export.table(scan, best=1000)) == np.isfinite(chi2).sum() < 40
    few = export.table(scan, "x > 0", ["r", "id"], 3)
    assert list(few.columns) == ["r", "id"]
    assert (len(few), few.about["best"], few.about["where"]) == (3, 3, "x > 0")


@pytest.mark.parametrize(
    ("where", "columns", "said"),
    [
        ("R > 1", None, "no number 'R'; did you mean 'r'?"),
        ("r >", None, "not an arithmetic expression"),
        ("__import__('os')", None, "there is no function"),
        ("status == 1", None, "no number 'status'"),
        ("sqrt", None, "'sqrt' is a function"),
        (None, ["chi"], "no column 'chi'; did you mean 'chi2'?"),
    ],
)
def test_mistakes(scan: Scan, where: str | None, columns: list[str] | None, said: str) -> None:
    with pytest.raises(ConfigError, match=said.replace("?", r"\?")):
        export.table(scan, where, columns)


def test_a_name_of_the_model_does_not_hide_ours(ring_model: Callable[..., Path]) -> None:
    more = "[observables]\nchi2 = { expr = '1000 * x' }\n"
    with Scan.load(ring_model({"[observables]": more})) as scan:
        scan.run()
    arrays = export.table(scan).arrays
    assert np.array_equal(arrays["chi2"], scan.problem.chi2(scan.points), equal_nan=True)
    assert arrays["chi2_"].tolist() == (1000 * scan.points.x[:, 0]).tolist()


def test_units_of_the_adapters(fake_model: Callable[..., Path]) -> None:
    """They are known as long as the adapters are there; the points are in any case."""
    file = fake_model()
    with Scan.load(file) as scan:
        _ = scan.ledger
    assert export.table(Scan.open(scan.folder)).columns["mh"].unit == "GeV"
    (file.parent / "fake" / "adapter.toml").unlink()
    assert export.table(Scan.open(scan.folder)).columns["mh"].unit == ""


def test_files_that_cannot_be_written(scan: Scan, tmp_path: Path) -> None:
    table = export.table(scan)
    with pytest.raises(ScannerError, match=r"use one of \.csv, \.parquet, \.h5, \.hdf5, \.json"):
        export.write(table, tmp_path / "points.xls")
    with pytest.raises(ScannerError, match="cannot write"):
        export.write(table, tmp_path / "nowhere" / "points.csv")


def test_points_of_each_program_are_told_apart(
    fake_model: Callable[..., Path], tmp_path: Path
) -> None:
    """Rounds begun before a program was replaced have another hash, and the file says which."""
    file = fake_model()
    with Scan.load(file) as scan:
        _ = scan.ledger
        scan.tell((batch := scan.ask(2)).ids, [{"mh": 1.0}] * len(batch))
        with scan.ledger._transaction():  # the clock of the ledger knows whole seconds
            scan.ledger._db.execute("UPDATE rounds SET started = '2020-01-01T00:00:00+0000'")
    code = file.parent / "fake.sh"
    old, _ = code.read_bytes(), code.write_text(code.read_text() + "# built anew\n")
    with Scan.load(file) as scan:
        scan.tell((batch := scan.ask(2)).ids, [{"mh": 1.0}] * len(batch))
        with scan.ledger._transaction():
            later = "UPDATE rounds SET started = '2999-01-01T00:00:00+0000' WHERE round = 1"
            scan.ledger._db.execute(later)
    table = export.table(scan)
    first, _, second, _ = table.arrays["codes"].tolist()
    codes = table.about["codes"]
    assert codes[first]["fake"]["sha256"] != codes[second]["fake"]["sha256"]
    assert codes[first]["fake"]["sha256"] == hashlib.sha256(old).hexdigest()


def test_the_command(cli: Cli, ring_model: Callable[..., Path], tmp_path: Path) -> None:
    file = ring_model()
    cli("run", file)
    target = tmp_path / "best.csv"
    code, out, _ = cli(
        "export", file, target, "--best", 3, "--columns", "id,r", "--columns", "chi2"
    )
    assert code == 0
    assert "3 points written" in out
    assert target.read_text().splitlines()[0] == "id,r,chi2"
    assert cli("export", file, target, "--where", "r >> 1")[0] == 2


def test_best_points_that_are_not_better_are_told(
    cli: Cli, ring_model: Callable[..., Path], tmp_path: Path
) -> None:
    file = ring_model({"r = { value = 0.7, sigma = 0.05 }": "r = { max = 0.7 }"})
    cli("run", file)
    _, _, err = cli("export", file, tmp_path / "best.csv", "--best", 3)
    assert "these 3 points have the same chi2, 0" in err


@pytest.mark.slow  # ArviZ and GetDist take seconds to import
def test_other_programs_take_them(scan: Scan) -> None:
    """The lines of docs/export.md."""
    page = (Path(__file__).parent.parent / "docs" / "export.md").read_text()
    for package in ("pandas", "getdist", "arviz"):
        pytest.importorskip(package)
    lines = [part.split("```")[0] for part in page.split("```python\n")[1:]]
    here: dict[str, object] = {"scan": scan}
    for code in lines:
        exec(compile(code.replace('Scan.open("runs/my-model")', "scan"), "export.md", "exec"), here)
    inside = int(scan.problem.inside(scan.points).sum())
    assert len(here["frame"]) == inside  # type: ignore[arg-type]
    samples, posterior = here["samples"], here["posterior"]
    assert samples.numrows == inside  # type: ignore[attr-defined]
    assert samples.getParamNames().list() == ["x", "y", "r", "angle"]  # type: ignore[attr-defined]
    assert 0.5 < float(posterior["r"].mean()) < 0.9  # type: ignore[attr-defined]
