"""Tables of other programs: text with any usual delimiter, and Parquet."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlscanner_hep.errors import ConfigError, nearest
from mlscanner_hep.importing.rows import (
    Array,
    LeftOut,
    Rows,
    Watch,
    check_complete,
    check_names,
    numbers,
)
from mlscanner_hep.observables import number
from mlscanner_hep.problem import Problem

DELIMITERS = ("\t", ",", ";")
"""The first of these that stands in the first row separates the cells; blanks if none does."""
EVERY = 2000
"""The watcher hears of every so many lines."""


@dataclass(frozen=True)
class _Layout:
    """How a text table is written."""

    delimiter: str
    columns: Sequence[str]
    header: int
    """Line of the header if it is no comment, else 0."""


def read(
    path: Path,
    problem: Problem,
    names: Mapping[str, str],
    status: str | None = None,
    watch: Watch | None = None,
) -> Rows:
    """Read a table.

    A column is taken if it is called like a parameter, a constant or an observable of the model,
    or if `names` says so. The header is the first row if no cell of it is a number, else the last
    comment (``#``) with as many words as the first row has cells; without one the columns are
    called ``1``, ``2`` and so on. Numbers may be written like Fortran's (``4.0D-03``).

    Parameters
    ----------
    path : Path
        Parquet or text; which of them is told by the content.
    problem : Problem
        The names of the model.
    names : mapping of str to str
        Columns, by name or by number from 1, that are called otherwise in the model.
    status : str, optional
        A column that says ``ok`` or ``unphysical``; rows with another word are left out.
    watch : callable, optional
        Gets the share that is read.

    Raises
    ------
    ConfigError
        If the file is no table, or lacks a column.
    """
    check_names(problem, names)
    try:
        with path.open("rb") as file:
            start = file.read(4096)
        if start.startswith(b"PAR1"):
            return _parquet(path, problem, names, status)
        if b"\0" in start:
            raise ConfigError("neither text nor Parquet; save it as CSV", path)
        return _text(path, problem, names, status, watch)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error}", path) from error


def _text(
    path: Path, problem: Problem, names: Mapping[str, str], status: str | None, watch: Watch | None
) -> Rows:
    layout = _layout(path)
    chosen = _choose(path, problem, layout.columns, names)
    wanted = list(chosen.values())
    says = None if status is None else _column(path, layout.columns, status)
    table: list[list[float]] = []
    places: list[str] = []
    unphysical: dict[int, str] = {}
    left_out = LeftOut()
    size, done = max(1, path.stat().st_size), 0
    for count, line in _lines(path):
        done += len(line)
        if watch is not None and count % EVERY == 0:
            watch(min(1.0, done / size))
        if not line.strip() or line.startswith("#") or count == layout.header:
            continue
        cells, place = _cells(line, layout.delimiter), f"line {count}"
        if len(cells) != len(layout.columns):
            left_out.add(f"not {len(layout.columns)} cells", place)
            continue
        if says is not None and not _usable(cells[says], len(table), unphysical):
            left_out.add(f"{status} is '{cells[says]}'", place)
            continue
        table.append([number(cells[column]).value for column in wanted])
        places.append(place)
    columns = np.array(table, dtype=float).reshape(len(table), len(wanted)).T
    return Rows(dict(zip(chosen, columns, strict=True)), path.name, places, unphysical, left_out)


def _parquet(path: Path, problem: Problem, names: Mapping[str, str], status: str | None) -> Rows:
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path)
    except ValueError as error:
        raise ConfigError(f"a damaged Parquet file: {error}", path) from error
    chosen = _choose(path, problem, table.column_names, names)
    values = {name: _floats(table.column(column)) for name, column in chosen.items()}
    left_out, unphysical = LeftOut(), dict[int, str]()
    rows = np.arange(len(table))
    if status is not None:
        kept: list[int] = []
        words = table.column(_column(path, table.column_names, status)).to_pylist()
        for row, word in enumerate(words):
            if _usable(str(word), len(kept), unphysical):
                kept.append(row)
            else:
                left_out.add(f"{status} is '{word}'", f"row {row + 1}")
        rows = np.array(kept, dtype=int)
    places = [f"row {row + 1}" for row in rows.tolist()]
    values = {name: column[rows] for name, column in values.items()}
    return Rows(values, path.name, places, unphysical, left_out)


def _usable(word: str, row: int, unphysical: dict[int, str]) -> bool:
    """Whether a row with this status is taken; that it is unphysical is noted."""
    word = word.strip().lower()
    if word == "unphysical":
        unphysical[row] = "unphysical in"
    return word in ("ok", "unphysical")


def _floats(column: Any) -> Array:
    """A column of a Parquet file; what is no finite number is missing."""
    import pyarrow

    if pyarrow.types.is_floating(column.type) or pyarrow.types.is_integer(column.type):
        values = np.asarray(column.to_numpy(), dtype=float)
    else:
        values = np.array([number(value).value for value in column.to_pylist()], dtype=float)
    return np.where(np.isfinite(values), values, np.nan)


def _layout(path: Path) -> _Layout:
    comments = []
    for count, line in _lines(path):
        if line.startswith("#"):
            comments.append(line.lstrip("#").strip())
        elif line.strip():
            delimiter = next((d for d in DELIMITERS if d in line), "")
            cells = _cells(line, delimiter)
            if not any(np.isfinite(number(cell).value) for cell in cells):
                return _Layout(delimiter, cells, count)
            for comment in reversed(comments):
                for words in (_cells(comment, d) for d in (delimiter, *DELIMITERS, "")):
                    if len(words) == len(cells):
                        return _Layout(delimiter, words, 0)
            return _Layout(delimiter, [str(i + 1) for i in range(len(cells))], 0)
    raise ConfigError("has no rows", path)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        yield from enumerate(file, 1)


def _cells(line: str, delimiter: str) -> list[str]:
    if not delimiter:
        return line.split()
    if '"' in line:
        cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))
    else:
        cells = line.split(delimiter)
    return [cell.strip() for cell in cells]


def _choose(
    path: Path, problem: Problem, columns: Sequence[str], names: Mapping[str, str]
) -> dict[str, int]:
    """The column of each name of the model that the table has."""
    theirs = {name: names.get(name, name) for name in numbers(problem)}
    chosen = {
        name: _column(path, columns, column)
        for name, column in theirs.items()
        if name in names or column in columns
    }
    check_complete(problem, chosen, path.name, columns, "COLUMN")
    return chosen


def _column(path: Path, columns: Sequence[str], name: str) -> int:
    if columns.count(name) > 1:
        raise ConfigError(f"has several columns '{name}': choose one by its number from 1", path)
    if name in columns:
        return columns.index(name)
    if name.isdecimal() and 1 <= int(name) <= len(columns):
        return int(name) - 1
    raise ConfigError(f"has no column '{name}'; {nearest(name, columns)}", path)
