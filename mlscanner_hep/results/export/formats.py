"""A table in a file: Parquet, HDF5, JSON, or CSV with a description beside it."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mlscanner_hep.errors import ConfigError, ScannerError
from mlscanner_hep.results.export.columns import Column, Table
from mlscanner_hep.tools.folders import new_file


def write(table: Table, path: Path) -> None:
    """Write a table, all or nothing, at full precision; what the file was is replaced.

    Parameters
    ----------
    table : Table
        What to write.
    path : Path
        The ending says how: ``.csv``, ``.parquet``, ``.h5`` or ``.hdf5``, ``.json``.

    Raises
    ------
    ConfigError
        If the ending names no known format.
    ScannerError
        If the file cannot be written.
    """
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise ConfigError(f"cannot export to '{path.name}': use one of {', '.join(_WRITERS)}")
    try:
        writer(table, path)
    except OSError as error:
        raise ScannerError(f"cannot write {path}: {error.strerror or error}") from error


def description(path: Path) -> Path:
    """The file that tells what the columns of a CSV file are."""
    return path.with_name(f"{path.name}-metadata.json")


def _facts(column: Column) -> dict[str, str]:
    """What is known of a column, without what is not."""
    facts = {"role": column.role, "unit": column.unit, "latex": column.latex}
    return {key: text for key, text in {**facts, "description": column.doc}.items() if text}


def _csv(table: Table, path: Path) -> None:
    """As CSV on the Web wants it: plain CSV, and a file of metadata beside it.

    Notes
    -----
    W3C, Metadata Vocabulary for Tabular Data (2015), https://www.w3.org/TR/tabular-metadata/
    """
    about = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": path.name,
        "tableSchema": {
            "columns": [
                {
                    "name": name,
                    "titles": name,
                    "datatype": _CSVW[column.type],
                    "null": "",
                    "dc:description": column.doc,
                    "schema:unitText": column.unit,
                }
                for name, column in table.columns.items()
            ]
        },
        "notes": [{"made_by": "mlscanner-hep", **table.about}],
    }
    with new_file(path) as place, place.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(table.columns)
        columns = (map(_infinite, _plain(column)) for column in table.columns.values())
        writer.writerows(zip(*columns, strict=True))
    with new_file(description(path)) as place:
        place.write_text(json.dumps(about, indent=1), encoding="utf-8")


_CSVW: Mapping[str, Any] = {
    "float": "double",
    "integer": "integer",
    "boolean": {"base": "boolean", "format": "True|False"},
    "text": "string",
}


def _parquet(table: Table, path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    types = {
        "float": pyarrow.float64(),
        "integer": pyarrow.int64(),
        "boolean": pyarrow.bool_(),
        "text": pyarrow.string(),
    }
    fields = [
        pyarrow.field(name, types[column.type], metadata=_facts(column))
        for name, column in table.columns.items()
    ]
    schema = pyarrow.schema(fields, metadata={"mlscanner-hep": json.dumps(dict(table.about))})
    columns = [_plain(column) for column in table.columns.values()]
    with new_file(path) as place:
        pyarrow.parquet.write_table(pyarrow.table(columns, schema=schema), place)


def _hdf5(table: Table, path: Path) -> None:
    import h5py

    with new_file(path) as place, h5py.File(place, "w") as file:
        file.attrs["mlscanner-hep"] = json.dumps(dict(table.about))
        for name, column in table.columns.items():
            values = column.values
            if column.type == "text":
                texts = ["" if value is None else value for value in values]
                data = file.create_dataset(name, data=texts, dtype=h5py.string_dtype())
            elif values.dtype == object:  # integers of which some are missing
                numbers = [math.nan if value is None else value for value in values]
                data = file.create_dataset(name, data=np.array(numbers, dtype=float))
            else:
                data = file.create_dataset(name, data=values)
            data.attrs.update(_facts(column))


def _json(table: Table, path: Path) -> None:
    columns = {n: {"type": c.type, **_facts(c)} for n, c in table.columns.items()}
    # JSON knows no infinity; float() of Python understands this text.
    rows = zip(*(map(_infinite, _plain(c)) for c in table.columns.values()), strict=True)
    points = [dict(zip(table.columns, row, strict=True)) for row in rows]
    text = json.dumps({"about": table.about, "columns": columns, "points": points}, allow_nan=False)
    with new_file(path) as place:
        place.write_text(text + "\n", encoding="utf-8")


def _infinite(value: Any) -> Any:
    """Infinity as XML Schema spells it."""
    infinite = isinstance(value, float) and math.isinf(value)
    return f"{'-' * (value < 0)}INF" if infinite else value


def _plain(column: Column) -> list[Any]:
    """The values with None where one is missing."""
    values: list[Any] = column.values.tolist()
    if column.type != "float":
        return values
    return [None if math.isnan(value) else value for value in values]


_WRITERS: Mapping[str, Callable[[Table, Path], None]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".h5": _hdf5,
    ".hdf5": _hdf5,
    ".json": _json,
}
