"""Where a number stands in the output of a code, and how it is read."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import UnionType
from typing import Any, Literal

from mlscanner_hep import slha
from mlscanner_hep.expressions import Expression
from mlscanner_hep.slha import Reading

Format = Literal["slha", "json", "columns", "text", "answer"]
FORMATS: tuple[Format, ...] = ("slha", "json", "columns", "text", "answer")


@dataclass(frozen=True)
class JsonPath:
    """A place in a JSON file: keys and list positions joined by dots, e.g. ``results.0.r``."""

    path: str


@dataclass(frozen=True)
class Column:
    """A column of a table: its name in the header or its number from 1; the last row counts."""

    column: str | int
    row: int = -1


@dataclass(frozen=True)
class Regex:
    """The one group of a regular expression; the last match counts."""

    pattern: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> Regex:
        """Compile the expression; ValueError unless it has exactly one group."""
        try:
            pattern = re.compile(text, re.MULTILINE)
        except re.error as error:
            raise ValueError(f"'{text}' is not a regular expression: {error}") from error
        if pattern.groups != 1:
            raise ValueError(
                f"'{text}' needs exactly one group (...) around the number, not {pattern.groups};"
                " write (?:...) for groups that only bracket"
            )
        return cls(pattern)


@dataclass(frozen=True)
class Ask:
    """What a service is asked for, by its own name, e.g. ``BR(Bs->mumu)``."""

    name: str


Source = slha.Query | slha.Sfermion | JsonPath | Column | Regex | Ask

SOURCE_OF_FORMAT: Mapping[Format, type | UnionType] = {
    "slha": slha.Query | slha.Sfermion,
    "json": JsonPath,
    "columns": Column,
    "text": Regex,
    "answer": Ask,
}


@dataclass(frozen=True)
class Observable:
    """A named number in an output file.

    Parameters
    ----------
    name : str
        Name in the ledger, in constraints and in templates of later stages.
    source : Source
        Where it stands.
    unit, latex, doc : str
        For people.
    absolute : bool
        Whether the absolute value is taken.
    """

    name: str
    source: Source
    unit: str = ""
    latex: str = ""
    doc: str = ""
    absolute: bool = False


@dataclass(frozen=True)
class Computed:
    """A named number that follows from other observables of the same code.

    Parameters
    ----------
    name : str
        As of an `Observable`.
    expression : Expression
        How it is computed.
    unit, latex, doc : str
        For people.
    """

    name: str
    expression: Expression
    unit: str = ""
    latex: str = ""
    doc: str = ""


def read(format: Format, data: bytes, observables: Sequence[Observable]) -> dict[str, Reading]:
    """Read observables from the bytes of one output file.

    Nothing is raised, whatever the bytes are: an observable that cannot be read is missing, with
    the reason.

    Parameters
    ----------
    format : {'slha', 'json', 'columns', 'text', 'answer'}
        How the file is written.
    data : bytes
        Its content.
    observables : sequence of Observable
        What to read; their sources have to fit the format.

    Returns
    -------
    dict of str to Reading
        One for each observable.
    """
    sources = [observable.source for observable in observables]
    readings = _READERS[format](data, sources)
    return {
        o.name: Reading(abs(reading.value), reading.reason) if o.absolute else reading
        for o, reading in zip(observables, readings, strict=True)
    }


def compute(computed: Sequence[Computed], readings: Mapping[str, Reading]) -> dict[str, Reading]:
    """Compute observables from others.

    Parameters
    ----------
    computed : sequence of Computed
        Each after those that it needs.
    readings : mapping of str to Reading
        What was read.

    Returns
    -------
    dict of str to Reading
        One for each of `computed`; missing if something that it needs is.
    """
    known = dict(readings)
    for one in computed:
        known[one.name] = _evaluate(one.expression, known)
    return {one.name: known[one.name] for one in computed}


def _evaluate(expression: Expression, known: Mapping[str, Reading]) -> Reading:
    for name in sorted(expression.names):
        if name not in known or known[name].reason:
            why = known[name].reason if name in known else "nothing has read it"
            return missing(f"needs '{name}': {why}")
    value = float(expression({name: known[name].value for name in expression.names}))
    return Reading(value, "") if math.isfinite(value) else missing(f"{expression.text} is {value}")


def missing(reason: str) -> Reading:
    """A reading without a value."""
    return Reading(math.nan, reason)


def number(token: object) -> Reading:
    """Turn what a file says into a finite number, or missing with the reason.

    Fortran's shapes (``1.0D+02``, ``0.12-149``) are numbers; ``****``, ``NaN`` and ``Inf`` are
    not, nor is a boolean.
    """
    if isinstance(token, bool) or not isinstance(token, str | int | float):
        return missing(f"{token!r} is not a number")
    return slha.read_number(str(token))


@lru_cache(maxsize=4)
def slha_document(data: bytes) -> slha.Document:
    """Parse a spectrum once, however many rules and observables look at it."""
    return slha.parse(data)


def _read_slha(data: bytes, sources: Sequence[Any]) -> Iterable[Reading]:
    document = slha_document(data)
    return [document.read(source) for source in sources]


def _read_json(data: bytes, sources: Sequence[Any]) -> Iterable[Reading]:
    try:
        tree = json.loads(data.decode("utf-8", errors="replace"))
    except (ValueError, RecursionError) as error:
        return [missing(f"not a JSON file: {error}")] * len(sources)
    return [_follow(tree, source.path) for source in sources]


def _follow(tree: object, path: str) -> Reading:
    node: Any = tree
    for key in path.split("."):
        try:
            node = node[int(key) if isinstance(node, list) else key]
        except (LookupError, TypeError, ValueError):
            return missing(f"no '{key}' on the path '{path}'")
    return number(node)


def _read_columns(data: bytes, sources: Sequence[Any]) -> Iterable[Reading]:
    lines = [line.strip() for line in data.decode("utf-8", errors="replace").splitlines()]
    rows = [_cells(line) for line in lines if line and not line.startswith("#")]
    headers = [_cells(line.lstrip("#").removeprefix("cols:")) for line in lines if line[:1] == "#"]
    if rows and not any(math.isfinite(number(cell).value) for cell in rows[0]):
        headers.append(rows.pop(0))
    return [_cell(rows, headers, source) for source in sources]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split(",")] if "," in line else line.split()


def _cell(rows: list[list[str]], headers: list[list[str]], source: Column) -> Reading:
    if not -len(rows) <= source.row < len(rows):
        return missing(f"the table has {len(rows)} rows, no row {source.row}")
    row = rows[source.row]
    if isinstance(source.column, int):
        index = source.column - 1
    else:
        header = next((h for h in headers if source.column in h), None)
        if header is None:
            return missing(f"no column '{source.column}' in the header of the table")
        if len(header) != len(row):
            return missing(f"the header has {len(header)} columns, the row {len(row)}")
        index = header.index(source.column)
    if not 0 <= index < len(row):
        return missing(f"the row has {len(row)} columns, no column {source.column}")
    return number(row[index])


def _read_text(data: bytes, sources: Sequence[Any]) -> Iterable[Reading]:
    text = data.decode("utf-8", errors="replace")
    return [_match(text, source.pattern) for source in sources]


def _match(text: str, pattern: re.Pattern[str]) -> Reading:
    matches = [match.group(1) for match in pattern.finditer(text) if match.group(1) is not None]
    return number(matches[-1]) if matches else missing(f"nothing matches '{pattern.pattern}'")


def _read_answer(data: bytes, sources: Sequence[Any]) -> Iterable[Reading]:
    said = json.loads(data)
    return [_answered(said, source.name) for source in sources]


def _answered(said: Mapping[str, Any], name: str) -> Reading:
    values, reasons = said.get("values"), said.get("missing")
    if isinstance(values, dict) and name in values:
        return number(values[name])
    reason = reasons.get(name) if isinstance(reasons, dict) else None
    return missing(str(reason or f"the service has not answered '{name}'"))


_READERS = {
    "slha": _read_slha,
    "json": _read_json,
    "columns": _read_columns,
    "text": _read_text,
    "answer": _read_answer,
}
