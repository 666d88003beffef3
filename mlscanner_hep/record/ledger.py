"""The record of a scan: one SQLite file that any SQLite tool can read.

``points`` has a row per point with a column per parameter and observable, ``rounds`` a row per
batch, ``outputs`` the kept raw files, ``columns`` the names behind the columns, ``meta`` what the
scan was. Judgements (inside, chi2) are not stored: they follow from the observables and the
constraints of the day.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, NamedTuple, ParamSpec, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.errors import LedgerError
from mlscanner_hep.points import Points, Status
from mlscanner_hep.record import checksums, schema
from mlscanner_hep.space import Space

Array = NDArray[np.float64]

FILE = "ledger.sqlite"
"""Name of the ledger in a run folder."""

_CHUNK = 5000  # rows that are Python objects at a time while points are read

_STATUS = {status.name.lower(): status for status in Status}

_LARGEST = 64 * 2**20
"""More bytes of one kept file are not unpacked."""

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def _reading(
    method: Callable[Concatenate[Ledger, _Arguments], _Result],
) -> Callable[Concatenate[Ledger, _Arguments], _Result]:
    """Whatever stands in a file of a stranger, or in a damaged one, is a `LedgerError` at worst."""

    @wraps(method)
    def guarded(self: Ledger, /, *given: _Arguments.args, **named: _Arguments.kwargs) -> _Result:
        with self._guard():
            try:
                return method(self, *given, **named)
            except (LookupError, TypeError, ValueError, ArithmeticError, zlib.error) as error:
                raise schema.damage(self.path, f"{type(error).__name__}: {error}") from error

    return guarded


@dataclass(frozen=True)
class Round:
    """One batch of the scan.

    Parameters
    ----------
    number : int
        From 0.
    proposer : str
        Kind of the proposer, or ``ask`` or ``import``.
    propose_seconds : float
        Time to propose it.
    predicted : float or None
        Mean predicted probability of being inside.
    achieved : float or None
        Fraction inside as judged when the round ended; None while it runs.
    seconds : float or None
        Wall time in which its points ran, without what a run that was killed had of it.
    note : str or None
        What the proposer said of how it chose the points.
    """

    number: int
    proposer: str
    propose_seconds: float
    predicted: float | None
    achieved: float | None
    seconds: float | None
    note: str | None = None


class Detail(NamedTuple):
    """How a point ended, as it stands in the ledger; None where that says nothing."""

    id: int
    stage: str | None
    reason: str | None
    exit_code: int | None
    seconds: str | None
    """Wall time of each stage, as JSON."""

    @property
    def end(self) -> tuple[str, str]:
        """Stage and reason."""
        return self.stage or "", self.reason or ""


def times(details: Iterable[Detail]) -> dict[str, list[float]]:
    """Wall times in seconds of each stage that has run, in the order of the chain."""
    found: dict[str, list[float]] = defaultdict(list)
    for detail in details:
        for stage, seconds in json.loads(detail.seconds or "{}").items():
            found[stage].append(seconds)
    return found


class Ledger:
    """The points of one scan, as they are read; a `Writer` adds to them.

    Parameters
    ----------
    folder : Path
        The run folder. No lock is taken, and a scan that runs is not held up.

    Raises
    ------
    LedgerError
        If there is no ledger, or it is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._db = self._connect()
        try:
            self._load_columns()
        except BaseException:
            self._db.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        if not self.path.is_file():
            raise LedgerError(
                f"{self.path.parent} holds no scan (no file {FILE}): `mlscanner-hep run` makes one"
            )
        return schema.connect(self.path, create=False)

    @_reading
    def _load_columns(self) -> None:
        if self.meta("format") != schema.FORMAT:
            raise LedgerError(f"{self.path} has format {self.meta('format')}, not {schema.FORMAT}")
        rows = self._db.execute("SELECT name, role, column_name FROM columns ORDER BY rowid")
        self._columns = {name: (role, column) for name, role, column in rows}
        there = {row[1] for row in self._db.execute("PRAGMA table_info(points)")}
        if lacking := {column for _, column in self._columns.values()} - there:
            raise ValueError(f"no column {', '.join(map(repr, lacking))}")

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if checksums.interrupted(error):
                raise KeyboardInterrupt from error
            raise LedgerError(schema.explain(self.path, error)) from error

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def names(self, role: str) -> tuple[str, ...]:
        """Names of the ``parameter`` or ``observable`` columns, in order."""
        return tuple(name for name, (of, _) in self._columns.items() if of == role)

    def _sql(self, names: Collection[str]) -> list[str]:
        lacking = [name for name in names if name not in self._columns]
        if lacking:
            raise LedgerError(f"{self.path} has no '{lacking[0]}': it is of another model")
        return [checksums.quoted(self._columns[name][1]) for name in names]

    @_reading
    def meta(self, key: str) -> str | None:
        """A note about the scan, or None."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", [key]).fetchone()
        return None if row is None else str(row[0])

    @_reading
    def points(self, space: Space, observables: Sequence[str], where: str = "1") -> Points:
        """Read points in the order of their ids.

        Parameters
        ----------
        space : Space
            Gives the positions in the unit cube: they follow from the parameters.
        observables : sequence of str
            The columns of ``y``; one that the ledger has not is missing everywhere.
        where : str
            An SQL condition on the columns of the table ``points``, of our own making.
        """
        here = [name for name in observables if name in self._columns]
        made = dict(zip(here, self._sql(here), strict=True))
        numbers = [*self._sql(space.names), *(made.get(name, "NULL") for name in observables)]
        columns = ["status", "origin", "round", *numbers, "predicted"]
        (n,) = self._db.execute(f"SELECT count(*) FROM points WHERE {where}").fetchone()
        cursor = self._db.execute(
            # as many as were counted, though a scan that runs may have added some
            f"SELECT {', '.join(columns)} FROM points WHERE {where} ORDER BY id LIMIT {n}"
        )
        status, origin = np.empty(n, np.int8), np.empty(n, np.intp)
        table = np.empty((n, len(columns) - 2))
        origins: dict[str, int] = {}
        at = 0
        while rows := cursor.fetchmany(_CHUNK):
            part = slice(at, at := at + len(rows))
            status[part] = [_STATUS[row[0]] for row in rows]
            origin[part] = [origins.setdefault(row[1], len(origins)) for row in rows]
            table[part] = [row[2:] for row in rows]
        d = space.dim
        if not (np.isfinite(table[:, 1 : d + 1]).all() and (abs(table[:, 0]) < 2**53).all()):
            raise ValueError("a parameter or the round of a point is no number")
        return Points(
            u=space.to_unit(table[:, 1 : d + 1]),
            x=table[:, 1 : d + 1],
            y=table[:, d + 1 : -1],
            status=status,
            round=table[:, 0].astype(np.int64),
            origin=np.array(list(origins), np.str_)[origin],
            predicted=table[:, -1],
        )

    @_reading
    def ids(self, where: str = "1") -> list[int]:
        """Ids of points in order."""
        return [i for (i,) in self._db.execute(f"SELECT id FROM points WHERE {where} ORDER BY id")]

    @_reading
    def faults(self) -> list[tuple[str, str, str, int, int]]:
        """Why points died: status, stage, reason, how often, and the id of an example."""
        found: list[tuple[str, str, str, int, int]] = self._db.execute(
            "SELECT status, coalesce(stage, ''), coalesce(reason, ''), count(*), min(id) "
            "FROM points WHERE status IN ('unphysical', 'failed') "
            "GROUP BY 1, 2, 3 ORDER BY 4 DESC"
        ).fetchall()
        return found

    def details(self) -> Iterator[Detail]:
        """How each point ended, in the order of their ids."""
        columns = "id, stage, reason, exit_code, seconds"
        return map(Detail._make, self._rows(f"{columns} FROM points ORDER BY id"))

    def _rows(self, what: str) -> Iterator[tuple[Any, ...]]:
        """Rows of a table, one after the other."""
        with self._guard():
            yield from self._db.execute(f"SELECT {what}")

    @_reading
    def end(self, point: int) -> tuple[str, str, int | None]:
        """Stage, reason and exit code with which a point ended."""
        stage, reason, exit_code = self._db.execute(
            "SELECT stage, reason, exit_code FROM points WHERE id = ?", [point]
        ).fetchone()
        return str(stage or ""), str(reason or ""), exit_code

    @_reading
    def log(self, point: int) -> str:
        """The last lines that the code printed at a point that did not end well."""
        row = self._db.execute("SELECT log FROM points WHERE id = ?", [point]).fetchone()
        return "" if row is None else str(row[0] or "")

    @_reading
    def rounds(self) -> list[Round]:
        """All rounds in order."""
        with self._guard():
            # a ledger of an earlier version has no notes until a scan writes to it
            note = "note" if schema.has_notes(self._db) else "NULL"
            rows = self._db.execute(
                f"SELECT round, proposer, propose_seconds, predicted, achieved, seconds, {note} "
                "FROM rounds ORDER BY round"
            )
            return [Round(*row) for row in rows]

    @_reading
    def started(self) -> dict[int, str]:
        """When each round was started, in ISO 8601."""
        with self._guard():
            return dict(self._db.execute("SELECT round, started FROM rounds"))

    @_reading
    def outputs(self, point: int) -> dict[tuple[str, str], bytes]:
        """The kept raw files of a point by stage and file name."""
        rows = self._db.execute("SELECT stage, file, data FROM outputs WHERE point = ?", [point])
        return {(stage, file): unpacked(data) for stage, file, data in rows}

    @_reading
    def meaning(self) -> Mapping[str, Any]:
        """What the points mean, as recorded when the ledger was made; empty in a new one."""
        recorded = self.meta("meaning")
        found = {} if recorded is None else json.loads(recorded)
        if not isinstance(found, dict):
            raise ValueError("what the points mean is not readable")
        return found


def unpacked(data: bytes) -> bytes:
    """A kept file; ValueError if it is cut short or of a size that no code writes."""
    unpacker = zlib.decompressobj()
    found = unpacker.decompress(data, _LARGEST)
    if not unpacker.eof:
        raise ValueError("a kept file is cut short or too large")
    return found
