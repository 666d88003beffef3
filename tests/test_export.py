from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from mlscanner_hep import export
from mlscanner_hep.errors import ScannerError
from mlscanner_hep.islands import islands, weights
from mlscanner_hep.scan import Scan


@pytest.fixture
def scan(ring_model: Callable[..., Path]) -> Scan:
    text = "[constants]\nc = 2\n[derived]\nd = 'x + c'\n[[chain]]"
    with Scan.load(ring_model({"[[chain]]": text})) as scan:
        scan.run()
    return scan


def test_csv_has_every_digit_and_no_invented_zero(scan: Scan, tmp_path: Path) -> None:
    assert export.write(scan, tmp_path / "points.csv") == 40
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


def test_parquet_has_types_and_nulls(scan: Scan, tmp_path: Path) -> None:
    export.write(scan, tmp_path / "points.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "points.parquet")
    points = scan.points
    chi2 = np.array([np.nan if v is None else v for v in table["chi2"].to_pylist()])
    assert np.array_equal(chi2, scan.problem.chi2(points), equal_nan=True)
    assert table["r"].null_count == (~points.ok).sum() > 0
    assert str(table["inside"].type) == "bool"


def test_an_unknown_format(scan: Scan, tmp_path: Path) -> None:
    with pytest.raises(ScannerError, match=r"use one of \.csv, \.parquet"):
        export.write(scan, tmp_path / "points.xls")
