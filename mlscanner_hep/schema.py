"""The tables of a ledger, and opening the file on whatever file system it lies."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mlscanner_hep.errors import LedgerError

FORMAT = "1"

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE columns (name TEXT NOT NULL, role TEXT NOT NULL, column_name TEXT PRIMARY KEY);
CREATE TABLE rounds (
    round INTEGER PRIMARY KEY, proposer TEXT NOT NULL, propose_seconds REAL NOT NULL,
    predicted REAL, achieved REAL, started TEXT NOT NULL, seconds REAL, note TEXT
);
CREATE TABLE points (
    id INTEGER PRIMARY KEY, round INTEGER NOT NULL, origin TEXT NOT NULL, predicted REAL,
    status TEXT NOT NULL, stage TEXT, reason TEXT, exit_code INTEGER, log TEXT, seconds TEXT
);
CREATE TABLE outputs (
    point INTEGER NOT NULL, stage TEXT NOT NULL, file TEXT NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (point, stage, file)
);
CREATE INDEX points_by_round ON points (round);
CREATE INDEX points_pending ON points (round) WHERE status = 'pending';
"""


def connect(path: Path, *, create: bool) -> sqlite3.Connection:
    """Open a ledger; where the file system has no POSIX locks, with SQLite's dot-file locks.

    Raises
    ------
    LedgerError
        If the file cannot be opened or is no ledger.
    """
    # Not read-only where it can be helped: what a killed scan left half written has to be undone.
    mode = "rwc" if create else "rw" if os.access(path, os.W_OK) else "ro"
    base = f"{path.resolve().as_uri()}?mode={mode}"
    reason = ""
    for uri in (base, f"{base}&vfs=unix-dotfile"):
        db = sqlite3.connect(uri, uri=True, timeout=60.0, isolation_level=None)
        try:
            db.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.OperationalError as error:
            reason = str(error)
            db.close()
        except sqlite3.DatabaseError as error:
            db.close()
            raise LedgerError(f"{path} is no ledger or damaged: {error}") from error
        else:
            return db
    raise LedgerError(f"{path}: {reason}")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def prepare(
    db: sqlite3.Connection, path: Path, parameters: Sequence[str], observables: Sequence[str]
) -> None:
    """Make the tables of a new ledger, check an old one, and add the columns that it lacks."""
    # A rollback journal, not WAL: WAL needs shared memory, which network file systems lack.
    db.execute("PRAGMA journal_mode = TRUNCATE")
    with transaction(db):
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            for statement in _TABLES.split(";"):
                db.execute(statement)
            db.execute("INSERT INTO meta VALUES ('format', ?)", [FORMAT])
        elif (found := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            advice = f"keep a copy, `sqlite3 {path.name} .recover` saves what it can"
            raise LedgerError(f"{path} is damaged ({found}); {advice}")
        elif not has_notes(db):
            db.execute("ALTER TABLE rounds ADD COLUMN note TEXT")
        for role, names in (("parameter", parameters), ("observable", observables)):
            _add_columns(db, names, role)


def has_notes(db: sqlite3.Connection) -> bool:
    """Whether rounds have a column for notes, which the first ledgers had not."""
    return any(row[1] == "note" for row in db.execute("PRAGMA table_info(rounds)"))


def _add_columns(db: sqlite3.Connection, names: Sequence[str], role: str) -> None:
    known = {name for (name,) in db.execute("SELECT name FROM columns")}
    taken = {row[1].casefold() for row in db.execute("PRAGMA table_info(points)")}
    for name in (name for name in names if name not in known):
        # SQL does not tell mh from mH: the second one becomes mH_2.
        column, count = name, 1
        while column.casefold() in taken:
            count += 1
            column = f"{name}_{count}"
        taken.add(column.casefold())
        db.execute(f'ALTER TABLE points ADD COLUMN "{column}" REAL')
        db.execute("INSERT INTO columns VALUES (?, ?, ?)", [name, role, column])
