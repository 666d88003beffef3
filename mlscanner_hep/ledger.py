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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep import schema
from mlscanner_hep.errors import LedgerError
from mlscanner_hep.lock import Lock
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.points import Points, Status
from mlscanner_hep.space import Space

Array = NDArray[np.float64]

FILE = "ledger.sqlite"
"""Name of the ledger in a run folder."""

_COMMIT_SECONDS = 0.5

_STATUS = {status.name.lower(): status for status in Status}


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
        Wall time from proposal to end.
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
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = Lock(folder / "ledger.lock")
        try:
            self._db = schema.connect(self.path, create=write)
            with self._guard():
                if write:
                    schema.prepare(self._db, self.path, parameters, observables)
                self._load_columns()
        except BaseException:
            self.close()
            raise

    def _load_columns(self) -> None:
        if self.meta("format") != schema.FORMAT:
            raise LedgerError(f"{self.path} has format {self.meta('format')}, not {schema.FORMAT}")
        rows = self._db.execute("SELECT name, role, column_name FROM columns ORDER BY rowid")
        self._columns = {name: (role, column) for name, role, column in rows}

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise LedgerError(f"{self.path}: {error}") from error

    def close(self) -> None:
        """Write what is not written yet and give the lock back."""
        if self._db is not None:
            if self._db.in_transaction:
                self._db.execute("COMMIT")
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

    def _sql(self, names: Iterable[str]) -> list[str]:
        return [f'"{self._columns[name][1]}"' for name in names]

    # --- meta

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

    def finish_round(self, round: int, achieved: float, seconds: float) -> None:
        """Write that all points of a round have their outcome."""
        with self._transaction():
            self._db.execute(
                "UPDATE rounds SET achieved = ?, seconds = ? WHERE round = ?",
                [achieved, seconds, round],
            )

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
        numbers = [*self._sql(space.names), *self._sql(here), "predicted"]
        columns = ["status", "round", "origin", *numbers]
        with self._guard():
            rows = self._db.execute(
                f"SELECT {', '.join(columns)} FROM points WHERE {where} ORDER BY id"
            ).fetchall()
        table = np.array([row[3:] for row in rows], dtype=float).reshape(len(rows), len(numbers))
        d = space.dim
        y = np.full((len(rows), len(observables)), np.nan)
        y[:, [list(observables).index(name) for name in here]] = table[:, d:-1]
        return Points(
            u=space.to_unit(table[:, :d]),
            x=table[:, :d],
            y=y,
            status=np.array([_STATUS[row[0]] for row in rows], dtype=np.int8),
            round=np.array([row[1] for row in rows], dtype=np.int64),
            origin=np.array([row[2] for row in rows], dtype=np.str_),
            predicted=table[:, -1],
        )

    def ids(self, where: str = "1") -> list[int]:
        """Ids of points in order."""
        return [i for (i,) in self._db.execute(f"SELECT id FROM points WHERE {where} ORDER BY id")]

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
        yield from self._db.execute(
            "SELECT id, stage, reason, exit_code, seconds FROM points ORDER BY id"
        )

    def log(self, point: int) -> str:
        """The last lines that the code printed at a point that did not end well."""
        row = self._db.execute("SELECT log FROM points WHERE id = ?", [point]).fetchone()
        return "" if row is None else str(row[0] or "")

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

    def outputs(self, point: int) -> dict[tuple[str, str], bytes]:
        """The kept raw files of a point by stage and file name."""
        rows = self._db.execute("SELECT stage, file, data FROM outputs WHERE point = ?", [point])
        return {(stage, file): zlib.decompress(data) for stage, file, data in rows}

    def meaning(self) -> Mapping[str, Any]:
        """What the points mean, as recorded when the ledger was made; empty in a new one."""
        recorded = self.meta("meaning")
        return {} if recorded is None else json.loads(recorded)
