"""A CSV file of points, read for predictions and written with them."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.errors import ConfigError
from mlscanner_hep.observables import number
from mlscanner_hep.problem import Problem
from mlscanner_hep.results.learnt import check_columns


@dataclass(frozen=True)
class Table:
    """A table of points as it was read.

    Parameters
    ----------
    header : list of str
        Names of the columns.
    rows : list of list of str
        The cells as they stand in the file.
    parameters : mapping of str to ndarray, shape (n,)
        The numbers of the columns that are parameters of the scan.
    """

    header: list[str]
    rows: list[list[str]]
    parameters: Mapping[str, NDArray[np.float64]]


def read(path: Path, problem: Problem) -> Table:
    """Read a CSV file whose first row names the columns, among them the parameters.

    Raises
    ------
    ConfigError
        If it cannot be read, lacks a parameter, or has a row without a number for one.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.reader(file)
            header = [name.strip() for name in next(lines, [])]
            check_columns(problem, header, path)
            places = {name: header.index(name) for name in problem.space.names}
            rows: list[list[str]] = []
            numbers: list[list[float]] = []
            for row in lines:
                if row:
                    numbers.append(_numbers(path, lines.line_num, row, len(header), places))
                    rows.append(row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"cannot be read: {reason}", path) from error
    if not rows:
        raise ConfigError("has no points below its first row", path)
    return Table(header, rows, dict(zip(places, np.array(numbers).T, strict=True)))


def _numbers(
    path: Path, line: int, row: list[str], width: int, places: Mapping[str, int]
) -> list[float]:
    if len(row) != width:
        raise ConfigError(f"line {line} has {len(row)} cells, the first row has {width}", path)
    readings = {name: number(row[place].strip()) for name, place in places.items()}
    for name, reading in readings.items():
        if reading.reason:
            raise ConfigError(f"line {line}, {name}: {reading.reason}", path)
    return [reading.value for reading in readings.values()]


def write(path: Path, table: Table, predicted: Mapping[str, NDArray[Any]]) -> None:
    """Write a table with predictions (n,) as further columns.

    A column that the table has already keeps its name, and the new one is called ``predicted_...``,
    together with its ``..._sd``. A missing number is an empty cell.

    Raises
    ------
    ConfigError
        If the file cannot be written.
    """
    header = [*table.header, *(_free(name, table.header) for name in predicted)]
    columns = [[_cell(value) for value in column.tolist()] for column in predicted.values()]
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            for row, *new in zip(table.rows, *columns, strict=True):
                writer.writerow([*row, *new])
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", path) from error


def _free(name: str, taken: list[str]) -> str:
    while name in taken or name.removesuffix("_sd") in taken:
        name = f"predicted_{name}"
    return name


def _cell(value: bool | float) -> bool | float | None:
    return None if math.isnan(value) else value
