"""The record of a scan: one SQLite file that any SQLite tool can read.

``points`` has a row per point with a column per parameter and observable, ``rounds`` a row per
batch, ``outputs`` the kept raw files, ``columns`` the names behind the columns, ``meta`` what the
scan was. Judgements (inside, chi2) are not stored: they follow from the observables and the
constraints of the day.
"""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.errors import LedgerError
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.points import Points, Status
from mlscanner_hep.record import checksums, lock, schema
from mlscanner_hep.record.lock import Lock
from mlscanner_hep.space import Space

Array = NDArray[np.float64]

FILE = "ledger.sqlite"
"""Name of the ledger in a run folder."""

_COMMIT_SECONDS = 0.5

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


class Ledger:
    """The points of one scan, durable.

    Parameters
    ----------
    folder : Path
        The run folder.
    parameters, observables : sequence of str
        Names of the columns, needed to create the ledger or to add observables to it.
    write : bool
        Take the writer's lock. Readers need none and never block a scan.

    Raises
    ------
    LedgerError
        If it is locked by another process, damaged, or does not exist and is not to be written.
    """

    def __init__(
        self,
        folder: Path,
        parameters: Sequence[str] = (),
        observables: Sequence[str] = (),
        *,
        write: bool = False,
    ) -> None:
        self.path = folder / FILE
        self._lock: Lock | None = None
        self._db: Any = None
        self._open_since: float | None = None
        if not write and not self.path.is_file():
            raise LedgerError(
                f"{folder} holds no scan (no file {FILE}): `mlscanner-hep run` makes one"
            )
        if write:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise LedgerError(f"cannot make {folder}: {error.strerror}") from error
            self._lock = Lock(folder / lock.FILE)
        try:
            if write:
                schema.make(self.path)
            self._db = schema.connect(self.path, create=write)
            with self._guard():
                if write:
                    schema.prepare(self._db, self.path, parameters, observables)
                self._load_columns()
        except BaseException:
            self.close()
            raise

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
        """Write what is not written yet and give the lock back."""
        try:
            if self._db is not None:
                self.commit()
        finally:
            if self._db is not None:
                self._db.close()
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- names

    def names(self, role: str) -> tuple[str, ...]:
        """Names of the ``parameter`` or ``observable`` columns, in order."""
        return tuple(name for name, (of, _) in self._columns.items() if of == role)

    def _sql(self, names: Collection[str]) -> list[str]:
        lacking = [name for name in names if name not in self._columns]
        if lacking:
            raise LedgerError(f"{self.path} has no '{lacking[0]}': it is of another model")
        return [checksums.quoted(self._columns[name][1]) for name in names]

    # --- meta

    @_reading
    def meta(self, key: str) -> str | None:
        """A note about the scan, or None."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", [key]).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, **notes: str) -> None:
        """Store notes about the scan."""
        with self._transaction():
            rows = list(notes.items())
            self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)

    # --- writing

    def propose(
        self,
        x: Array,
        *,
        round: int,
        proposer: str,
        seconds: float,
        origin: NDArray[np.str_],
        predicted: Array,
        note: str = "",
    ) -> list[int]:
        """Write a round of points that are about to be evaluated; return their ids."""
        known = predicted[np.isfinite(predicted)]
        mean = float(known.mean()) if len(known) else None
        return self.append(
            Round(round, proposer, seconds, mean, None, None, note or None),
            {
                "origin": origin.tolist(),
                "predicted": predicted.tolist(),
                "status": ["pending"] * len(x),
            },
            dict(zip(self.names("parameter"), x.T, strict=True)),
        )

    def append(
        self, new: Round, facts: Mapping[str, Sequence[Any]], numbers: Mapping[str, Array]
    ) -> list[int]:
        """Write a new round with its points, all or nothing; return their ids.

        Parameters
        ----------
        new : Round
            The round.
        facts : mapping of str to sequence
            Columns that each ledger has, such as ``origin``, ``status`` and ``reason``.
        numbers : mapping of str to ndarray, shape (n,)
            Parameters and observables by name; NaN where missing.
        """
        (last,) = self._db.execute("SELECT coalesce(max(id), 0) FROM points").fetchone()
        columns = [*facts.values(), *(column.tolist() for column in numbers.values())]
        ids = list(range(last + 1, last + 1 + len(columns[0])))
        names = ["id", "round", *facts, *self._sql(numbers)]
        with self._transaction():
            self._db.execute(
                "INSERT INTO rounds (round, proposer, propose_seconds, predicted, achieved, "
                "seconds, note, started) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [*vars(new).values(), time.strftime("%Y-%m-%dT%H:%M:%S%z")],
            )
            # SQLite makes NULL of NaN.
            self._db.executemany(
                f"INSERT INTO points ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
                zip(ids, [new.number] * len(ids), *columns, strict=True),
            )
        return ids

    def record(self, point: int, outcome: Outcome, *, keep: bool = False) -> None:
        """Write the outcome of a pending point, with its raw files if they are to be kept.

        Raises
        ------
        LedgerError
            If there is no such pending point.
        """
        wanted = [name for name in self.names("observable") if name in outcome.values]
        sets = ["status", "stage", "reason", "exit_code", "log", "seconds", *self._sql(wanted)]
        with self._guard():
            self._begin()
            done = self._db.execute(
                f"UPDATE points SET {', '.join(f'{name} = ?' for name in sets)} "
                "WHERE id = ? AND status = 'pending'",
                [
                    outcome.status.name.lower(),
                    outcome.stage or None,
                    outcome.reason or None,
                    outcome.exit_code,
                    outcome.log_tail or None,
                    json.dumps({k: round(v, 6) for k, v in outcome.seconds.items()}),
                    *(float(outcome.values[name]) for name in wanted),
                    point,
                ],
            )
            if done.rowcount != 1:
                raise LedgerError(f"point {point} is not waiting for an outcome")
            if keep:
                self._db.executemany(
                    "INSERT INTO outputs VALUES (?, ?, ?, ?)",
                    [
                        (point, answer.stage, file, zlib.compress(data))
                        for answer in outcome.answers
                        for file, data in answer.files.items()
                    ],
                )
            if self._open_since is not None and (
                time.monotonic() - self._open_since > _COMMIT_SECONDS
            ):
                self.commit()

    def retry(self, stage: str | None = None) -> int:
        """Let failed points wait again, all or those of a stage; what came of them is forgotten.

        Returns
        -------
        int
            How many.
        """
        told = ["stage", "reason", "exit_code", "log", "seconds"]
        emptied = ", ".join(
            f"{name} = NULL" for name in [*told, *self._sql(self.names("observable"))]
        )
        with self._transaction():
            self._db.execute(
                f"UPDATE points SET status = 'pending', {emptied} WHERE status = 'failed' "
                "AND origin != 'import' AND coalesce(stage, '') = coalesce(?, stage, '')",
                [stage],
            )
            (count,) = self._db.execute("SELECT changes()").fetchone()
            waits = "(SELECT {} FROM points WHERE status = 'pending')"
            self._db.execute(f"DELETE FROM outputs WHERE point IN {waits.format('id')}")
            self._db.execute(
                f"UPDATE rounds SET achieved = NULL WHERE round IN {waits.format('round')}"
            )
        return int(count)

    def fill(self, values: Mapping[str, Sequence[tuple[float, int]]], note: str) -> None:
        """Write observables that are missing, each with its point, all or nothing."""
        with self._transaction():
            for name, rows in values.items():
                column = self._sql([name])[0]
                sql = f"UPDATE points SET {column} = ? WHERE id = ? AND {column} IS NULL"
                self._db.executemany(sql, rows)
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('reread', ?)", [note])

    def add_seconds(self, round: int, seconds: float) -> None:
        """Write for how long a round has been running since it was begun or taken up again."""
        with self._guard():
            self._begin()
            self._db.execute(
                "UPDATE rounds SET seconds = coalesce(seconds, 0) + ? WHERE round = ?",
                [seconds, round],
            )

    def finish_round(self, round: int, achieved: float, seconds: float) -> None:
        """Write that all points of a round have their outcome; seconds as in `add_seconds`."""
        self.add_seconds(round, seconds)
        with self._guard():
            self._db.execute("UPDATE rounds SET achieved = ? WHERE round = ?", [achieved, round])
        self.commit()

    def _begin(self) -> None:
        if not self._db.in_transaction:
            self._db.execute("BEGIN IMMEDIATE")
            self._open_since = time.monotonic()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing."""
        self.commit()
        with self._guard(), schema.transaction(self._db):
            yield

    def commit(self) -> None:
        """Make everything that was written durable."""
        with self._guard():
            if self._db.in_transaction:
                self._db.execute("COMMIT")
            self._open_since = None

    # --- reading

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

    def details(self) -> Iterator[tuple[int, str | None, str | None, int | None, str | None]]:
        """For each point in order: id, stage, reason, exit code, seconds per stage as JSON."""
        with self._guard():
            yield from self._db.execute(
                "SELECT id, stage, reason, exit_code, seconds FROM points ORDER BY id"
            )

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
