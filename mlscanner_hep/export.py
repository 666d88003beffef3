"""The points of a run as a table for other programs: CSV or Parquet, at full precision."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlscanner_hep.errors import ScannerError
from mlscanner_hep.islands import islands, weights
from mlscanner_hep.ledger import Ledger
from mlscanner_hep.points import Status

if TYPE_CHECKING:
    from mlscanner_hep.scan import Scan

FORMATS = (".csv", ".parquet")


def table(scan: Scan) -> dict[str, list[Any]]:
    """Every point as columns by name.

    Parameters, observables and derived values; ``status``, ``stage`` and ``reason``; and, judged by
    the constraints of today, ``chi2``, ``inside``, ``weight`` (with which a point inside stands for
    a uniform sample of the region, see `weights`) and ``island`` (its number, the largest being 1);
    the last two are 0 outside. A missing number is None.
    """
    with Ledger(scan.folder) as ledger:
        points = ledger.points(scan.problem.space, scan.problem.observables)
        details = list(ledger.details())[: len(points)]
    columns: dict[str, list[Any]] = {
        "id": [row[0] for row in details],
        "round": points.round.tolist(),
        "origin": points.origin.tolist(),
        "predicted": _numbers(points.predicted.tolist()),
        "status": [Status(status).name.lower() for status in points.status.tolist()],
        "stage": [row[1] for row in details],
        "reason": [row[2] for row in details],
        "exit_code": [row[3] for row in details],
    }
    for name, values in scan.problem.values(points).items():
        if name not in scan.problem.space.constants:
            columns[name] = _numbers(values.tolist())
    columns["chi2"] = _numbers(scan.problem.chi2(points).tolist())
    columns["inside"] = scan.problem.inside(points).tolist()
    columns["weight"] = weights(scan.problem, points).tolist()
    number = np.zeros(len(points), np.int64)
    for count, island in enumerate(islands(scan.problem, points), 1):
        number[island.rows] = count
    columns["island"] = number.tolist()
    return columns


def write(scan: Scan, path: Path) -> int:
    """Write the table of a run; return the number of points.

    Raises
    ------
    ScannerError
        If the ending of the file names no known format.
    """
    if path.suffix not in FORMATS:
        raise ScannerError(f"cannot export to '{path.name}': use one of {', '.join(FORMATS)}")
    columns = table(scan)
    if path.suffix == ".parquet":
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.table(columns), path)
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))
    return len(columns["id"])


def _numbers(values: list[float]) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values]
