"""The tables of a ledger, and opening the file on whatever file system it lies."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from mlscanner_hep.errors import LedgerError
from mlscanner_hep.record import checksums, lock

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
    status TEXT NOT NULL, stage TEXT, reason TEXT, exit_code INTEGER, log TEXT, seconds TEXT,
    checksum_asked INTEGER, checksum_told INTEGER
);
CREATE TABLE outputs (
    point INTEGER NOT NULL, stage TEXT NOT NULL, file TEXT NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (point, stage, file)
);
CREATE INDEX points_by_round ON points (round);
CREATE INDEX points_pending ON points (round) WHERE status = 'pending';
"""


_PATIENCE = 60.0
"""Seconds to wait for the lock of somebody who reads or writes."""
_STALE = 10.0
"""Seconds after which a lock of the dot-file kind, if nobody writes, is one of a killed process."""


def connect(path: Path, *, create: bool) -> sqlite3.Connection:
    """Open a ledger; where the file system has no POSIX locks, with SQLite's dot-file locks.

    Parameters
    ----------
    path : Path
        The file.
    create : bool
        To write, with the writer's lock held: no other process writes.

    Raises
    ------
    LedgerError
        If the file cannot be opened or is no ledger.
    """
    # Not read-only where it can be helped: what a killed scan left half written has to be undone.
    mode = "rwc" if create else "rw" if os.access(path, os.W_OK) else "ro"
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    if _has_locks(path.parent):
        return _open(path, uri, _PATIENCE)
    uri += "&vfs=unix-dotfile"
    stale = path.with_name(f"{path.name}.lock")
    if stale.exists():
        with suppress(LedgerError):
            return _open(path, uri, _STALE)
        if create or not lock.held(path.with_name(lock.FILE)):
            with suppress(OSError):
                stale.rmdir()
    return _open(path, uri, _PATIENCE)


def _open(path: Path, uri: str, patience: float) -> sqlite3.Connection:
    db = sqlite3.connect(uri, uri=True, timeout=patience, isolation_level=None)
    try:
        db.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.Error as error:
        db.close()
        raise LedgerError(explain(path, error)) from error
    return db


def _has_locks(folder: Path) -> bool:
    """Whether POSIX locks work in a folder.

    It is asked of a new file: closing the ledger would drop all locks that this process has on it.
    """
    with suppress(OSError), tempfile.TemporaryFile(dir=folder) as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


_ADVICE = {
    sqlite3.SQLITE_FULL: "make room on the disk and run again: nothing is lost but what runs now",
    sqlite3.SQLITE_READONLY: "make it writable and run again",
    sqlite3.SQLITE_IOERR: "look after the disk, then run again",
    sqlite3.SQLITE_CANTOPEN: "look whether the folder can be written, the disk is full, or the "
    "process has too many open files (ulimit -n)",
    sqlite3.SQLITE_BUSY: "another process holds it; if none does, remove {path}.lock",
    sqlite3.SQLITE_CORRUPT: "`mlscanner-hep recover {folder}` saves what can be read",
    sqlite3.SQLITE_NOTADB: "it is no ledger or damaged; `mlscanner-hep recover {folder}` saves "
    "what can be read",
}


def explain(path: Path, error: sqlite3.Error) -> str:
    """What went wrong with a ledger, and what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the finer distinctions
    advice = _ADVICE.get(code, "").format(path=path, folder=path.parent)
    return f"{path}: {error}" + f"; {advice}" * bool(advice)


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite has rolled back itself if, say, the disk is full
            db.execute("ROLLBACK")
        raise


def make(path: Path) -> None:
    """Make an empty ledger with its tables, unless there is one.

    It gets its name when it is whole, so that a kill leaves nothing that is none.
    """
    if path.is_file() and path.stat().st_size:
        return
    new = path.with_name(f"{path.name}.new")
    try:
        for left in (new, new.with_name(f"{new.name}-journal")):
            left.unlink(missing_ok=True)
        with closing(connect(new, create=True)) as db, transaction(db):
            for statement in _TABLES.split(";"):
                db.execute(statement)
            db.execute("INSERT INTO meta VALUES ('format', ?)", [FORMAT])
        new.replace(path)
    except sqlite3.Error as error:
        raise LedgerError(explain(path, error)) from error
    except OSError as error:
        raise LedgerError(f"cannot make {path}: {error.strerror}") from error


def prepare(
    db: sqlite3.Connection, path: Path, parameters: Sequence[str], observables: Sequence[str]
) -> None:
    """Check a ledger, and add the columns that it lacks."""
    # A rollback journal, not WAL: WAL needs shared memory, which network file systems lack.
    db.execute("PRAGMA journal_mode = TRUNCATE")
    with transaction(db):
        if (found := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise damage(path, found)
        complete(db)
        check_points(db, path)
        for role, names in (("parameter", parameters), ("observable", observables)):
            _add_columns(db, names, role)
        checksums.install(db)


def check_points(db: sqlite3.Connection, path: Path) -> None:
    """Refuse a ledger with points that are not as they were written."""
    if wrong := checksums.damaged(db):
        shown = ", ".join(map(str, wrong[:5])) + ", ..." * (len(wrong) > 5)
        raise damage(path, f"points {shown} are not as they were written")


def damage(path: Path, found: str) -> LedgerError:
    """The error of a damaged ledger, with what to do."""
    return LedgerError(
        f"{path} is damaged ({found}); `mlscanner-hep recover {path.parent}` saves what can be "
        "read, and the rest is run again"
    )


def complete(db: sqlite3.Connection) -> None:
    """Add the columns that ledgers of earlier versions lack."""
    if not has_notes(db):
        db.execute("ALTER TABLE rounds ADD COLUMN note TEXT")
    there = {row[1] for row in db.execute("PRAGMA table_info(points)")}
    for column in map(checksums.column, checksums.PARTS):
        if column not in there:
            db.execute(f"ALTER TABLE points ADD COLUMN {column} INTEGER")


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
        db.execute(f"ALTER TABLE points ADD COLUMN {checksums.quoted(column)} REAL")
        db.execute("INSERT INTO columns VALUES (?, ?, ?)", [name, role, column])
