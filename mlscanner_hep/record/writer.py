"""Writing to the record of a scan."""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.errors import LedgerError
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.record import lock, schema
from mlscanner_hep.record.ledger import Ledger, Round
from mlscanner_hep.record.lock import Lock

Array = NDArray[np.float64]

_COMMIT_SECONDS = 0.5


class Writer(Ledger):
    """The points of one scan, durable; there is one writer at a time.

    Parameters
    ----------
    folder : Path
        The run folder, which is made if it is not there.
    parameters, observables : sequence of str
        Names of the columns, needed to create the ledger or to add observables to it.

    Raises
    ------
    LedgerError
        If another process writes to it, or it is damaged or cannot be made.
    """

    def __init__(
        self, folder: Path, parameters: Sequence[str] = (), observables: Sequence[str] = ()
    ) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(f"cannot make {folder}: {error.strerror}") from error
        self._asked = parameters, observables
        self._open_since: float | None = None
        self._lock = Lock(folder / lock.FILE)
        try:
            super().__init__(folder)
        except BaseException:
            self._lock.release()
            raise

    def _connect(self) -> sqlite3.Connection:
        schema.make(self.path)
        db = schema.connect(self.path, create=True)
        try:
            with self._guard():
                schema.prepare(db, self.path, *self._asked)
        except BaseException:
            db.close()
            raise
        return db

    def close(self) -> None:
        """Write what is not written yet and give the lock back."""
        try:
            self.commit()
        finally:
            super().close()
            self._lock.release()

    def set_meta(self, **notes: str) -> None:
        """Store notes about the scan."""
        with self._transaction():
            rows = list(notes.items())
            self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)

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
            # so that a damaged ledger still tells how many there were
            self._db.execute(
                "INSERT OR REPLACE INTO meta VALUES ('points', ?)", [str(last + len(ids))]
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

    def take(self, other: Ledger) -> int:
        """Take over outcomes, and kept files, of points that wait here, all or nothing.

        Parameters
        ----------
        other : Ledger
            A ledger of the same points. A round has run as long as where it ran longest.

        Returns
        -------
        int
            How many.

        Raises
        ------
        LedgerError
            If the other ledger is damaged.
        """
        waiting = set(self.ids("status = 'pending'"))
        with other._guard():
            schema.check_points(other._db, other.path)
        new = waiting.intersection(other.ids("status != 'pending'"))
        names = [name for name in other.names("observable") if name in self._columns]
        facts = ["status", "stage", "reason", "exit_code", "log", "seconds"]
        sets = ", ".join(f"{name} = ?" for name in [*facts, *self._sql(names)])
        with self._transaction():
            told = other._rows(f"{', '.join([*facts, *other._sql(names)])}, id FROM points")
            self._db.executemany(
                f"UPDATE points SET {sets} WHERE id = ?", (row for row in told if row[-1] in new)
            )
            files = other._rows("point, stage, file, data FROM outputs")
            self._db.executemany(
                "INSERT INTO outputs VALUES (?, ?, ?, ?)", (row for row in files if row[0] in new)
            )
            self._db.executemany(
                "UPDATE rounds SET seconds = max(coalesce(seconds, 0), ?) WHERE round = ?",
                other._rows("seconds, round FROM rounds WHERE seconds IS NOT NULL"),
            )
        return len(new)

    def judge_rounds(self, achieved: Mapping[int, float]) -> None:
        """Write the fraction inside of rounds whose points all have their outcome."""
        with self._transaction():
            sql = "UPDATE rounds SET achieved = ? WHERE round = ?"
            self._db.executemany(sql, [(share, int(round)) for round, share in achieved.items()])

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
