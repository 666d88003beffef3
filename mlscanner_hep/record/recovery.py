"""What can be saved of a damaged ledger: every row that SQLite still reads, found one by one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlscanner_hep.errors import LedgerError
from mlscanner_hep.points import Status
from mlscanner_hep.record import checksums, lock, schema
from mlscanner_hep.record.ledger import FILE, unpacked
from mlscanner_hep.record.lock import Lock

_STATES = [status.name.lower() for status in Status]
_ASKED = ("id", "round", "origin", "predicted")
_TOLD = ("status", "stage", "reason", "exit_code", "log", "seconds")
_PAGE = 4096
_LEAF = 13
"""First byte of a page that holds rows of a table."""
_SMALLEST = 16
"""Bytes that a row takes at least: so it is known how many there can be."""
# What is the same in each ledger and stands where damage would be fatal: the magic string, page
# size and format, schema format, text encoding (https://www.sqlite.org/fileformat2.html, 1.3).
_HEADER = {0: b"SQLite format 3\0\x10\0\1\1\0\x40\x20\x20", 44: b"\0\0\0\4", 56: b"\0\0\0\1"}


@dataclass(frozen=True)
class Recovered:
    """What was saved.

    Parameters
    ----------
    aside : Path
        The damaged file, as it was.
    kept : int
        Points that are as they were written.
    again : tuple of int
        Points whose outcome is lost: they are run again, with the same parameters.
    lost : tuple of int
        Points of which nothing is left: the scan proposes others.
    rounds, files : int
        Records of rounds, and kept raw files, that are lost.
    cut : bool
        Whether the end of the file is missing, so that more may be lost than is known.
    """

    aside: Path
    kept: int
    again: tuple[int, ...]
    lost: tuple[int, ...]
    rounds: int
    files: int
    cut: bool


def recover(folder: Path) -> Recovered:
    """Make a new ledger of what can be read in that of a run folder; the old one is kept beside it.

    A point is taken over if its checksum fits, or if it has none, from before there were any, and
    makes sense.

    Parameters
    ----------
    folder : Path
        The run folder.

    Raises
    ------
    LedgerError
        If there is no ledger, a scan is writing to it, or not even its columns can be read.
    """
    path = folder / FILE
    if not path.is_file():
        raise LedgerError(f"{folder} holds no scan (no file {FILE})")
    owned = Lock(folder / lock.FILE)
    place = folder / "recovering"
    try:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        aside = _free_name(folder)
        _copy(path, aside)
        _copy(path, place / "old.sqlite")
        found = _rebuild(place / "old.sqlite", place / FILE, aside)
        _journal(path).unlink(missing_ok=True)  # it would be applied to the new file
        (place / FILE).replace(path)
    except OSError as error:
        raise LedgerError(f"cannot recover {path}: {error}") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)
        owned.release()
    return found


def _journal(path: Path) -> Path:
    return path.with_name(f"{path.name}-journal")


def _free_name(folder: Path) -> Path:
    taken = len(list(folder.glob("ledger.damaged*.sqlite")))
    return folder / f"ledger.damaged-{taken + 1}.sqlite"


def _copy(path: Path, to: Path) -> None:
    shutil.copy2(path, to)
    if _journal(path).exists():
        shutil.copy2(_journal(path), _journal(to))


def _rebuild(source: Path, target: Path, aside: Path) -> Recovered:
    """Write the new ledger."""
    schema.make(target)
    with closing(_open(source)) as old, closing(schema.connect(target, create=True)) as new:
        columns = _columns(old, aside)
        parameters, observables = (
            [name for name, (role, _) in columns.items() if role == wanted]
            for wanted in ("parameter", "observable")
        )
        schema.prepare(new, target, parameters, observables)
        with schema.transaction(new):
            _meta(old, new)
            _rounds(old, new)
            files = _outputs(old, new)
            cut = _is_cut(source)
            kept, again, lost = _points(old, new, columns)
            rounds = _agree(new)
    return Recovered(aside, kept, again, lost, rounds, files, cut)


def _is_cut(path: Path) -> bool:
    """Whether a file is shorter than it says."""
    with path.open("rb") as file:
        file.seek(28)
        return int.from_bytes(file.read(4), "big") * _PAGE > path.stat().st_size


def _open(path: Path) -> sqlite3.Connection:
    with path.open("r+b") as file:
        for position, content in _HEADER.items():
            file.seek(position)
            file.write(content)
    db = sqlite3.connect(path, isolation_level=None)
    db.text_factory = lambda data: data.decode("utf-8", errors="replace")
    # Without this SQLite refuses a file that is shorter than it says.
    db.execute("PRAGMA writable_schema = ON")
    checksums.define(db)
    return db


def _columns(old: sqlite3.Connection, aside: Path) -> dict[str, tuple[str, str]]:
    """Role and column in the table of points of each parameter and observable."""
    try:
        schema.complete(old)
        rows = list(_rows(old, "columns", "name, role, column_name"))
        there = {row[1] for row in old.execute("PRAGMA table_info(points)")}
    except sqlite3.Error as error:
        raise LedgerError(
            f"not even the tables of the ledger can be read ({error}). Take a copy from a backup; "
            f"where the program sqlite3 is installed, `sqlite3 {aside} .recover` may find more"
        ) from error
    columns = {str(name): (str(role), str(column)) for _, name, role, column in rows}
    known = {*_ASKED, *_TOLD, *map(checksums.column, checksums.PARTS)}
    if not there or there - known != {column for _, column in columns.values()}:
        raise LedgerError(f"{aside}: it is not known any more which numbers its columns hold")
    return columns


def _rows(db: sqlite3.Connection, table: str, columns: str) -> Iterator[tuple[Any, ...]]:
    """The rows that can be read, each with its number in front."""
    last = Path(_file(db)).stat().st_size // _SMALLEST
    with suppress(sqlite3.Error):  # what it says may be as damaged as the rest
        last = min(last, db.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0] or 0)
    for number in range(last + 1):  # rounds count from 0
        with suppress(sqlite3.Error):
            row = db.execute(
                f"SELECT rowid, {columns} FROM {table} WHERE rowid = ?", [number]
            ).fetchone()
            if row is not None:
                yield row


def _file(db: sqlite3.Connection) -> str:
    return str(db.execute("PRAGMA database_list").fetchone()[2])


def _scattered(db: sqlite3.Connection, columns: str) -> Iterator[tuple[Any, ...]]:
    """All rows that may be points, whether or not a way from the root of the table leads there.

    Each page that could be a leaf of a table is put in place of the root, so that it is all that
    SQLite sees of the table; a row that is not one of points does not pass for one. The file is
    spoilt for everything else. A row may come twice.
    """
    (root,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'points'").fetchone()
    with open(_file(db), "r+b", buffering=0) as file:
        pages = os.fstat(file.fileno()).st_size // _PAGE
        for number in sorted(range(2, pages + 1), key=lambda number: number != root):
            page = os.pread(file.fileno(), _PAGE, (number - 1) * _PAGE)
            if page[0] != _LEAF:
                continue
            os.pwrite(file.fileno(), page, (root - 1) * _PAGE)
            # another change counter makes SQLite read the file anew
            os.pwrite(file.fileno(), number.to_bytes(4, "big"), 24)
            for order in ("", " DESC"):  # from both ends up to what is damaged
                with suppress(sqlite3.Error):
                    yield from db.execute(f"SELECT {columns} FROM points ORDER BY id{order}")
                    break


def _insert(db: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    names = ", ".join(checksums.quoted(name) for name in row)
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", list(row.values()))


def _meta(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    for _, key, value in _rows(old, "meta", "key, value"):
        _insert(new, "meta", {"key": key, "value": value})


def _points(
    old: sqlite3.Connection, new: sqlite3.Connection, columns: dict[str, tuple[str, str]]
) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """Copy the points; how many are whole, which are to be run again, and which are lost."""
    place = dict(new.execute("SELECT name, column_name FROM columns"))
    numbers = {
        role: [(column, place[name]) for name, (of, column) in columns.items() if of == role]
        for role in ("parameter", "observable")
    }
    read = [*_ASKED, *_TOLD, *(there for pairs in numbers.values() for there, _ in pairs)]
    write = [*_ASKED, *_TOLD, *(here for pairs in numbers.values() for _, here in pairs)]
    parameters, observables = ([here for _, here in pairs] for pairs in numbers.values())
    fit = [f"{checksums.column(p)} = {checksums.expression(old, p)}" for p in checksums.PARTS]
    rank: dict[int, int] = {}  # of the best row of a point: 2 evaluated, 1 pending, 0 to run again
    first_judged = sys.maxsize
    unjudged: set[int] = set()
    for *values, asked, told in _scattered(old, ", ".join([*map(checksums.quoted, read), *fit])):
        row = dict(zip(write, values, strict=True))
        if asked == 0 or not _makes_sense(row, parameters):
            continue
        point = row["id"]
        if asked is None:
            unjudged.add(point)
        else:
            first_judged = min(first_judged, point)
        whole = told != 0 and row["status"] in _STATES and _numeric(row, observables)
        mine = 0 if not whole else 1 if row["status"] == "pending" else 2
        if not whole:
            row |= dict.fromkeys([*_TOLD, *observables]) | {"status": "pending"}
        if mine > rank.get(point, -1):
            rank[point] = mine
            new.execute("DELETE FROM points WHERE id = ?", [point])
            _insert(new, "points", row)
    # Points without checksums are from before there were any: they come first.
    for point in unjudged:
        if point > first_judged:
            del rank[point]
            new.execute("DELETE FROM points WHERE id = ?", [point])
    again = tuple(sorted(point for point, mine in rank.items() if mine == 0))
    lost = tuple(sorted(set(range(1, _last(new, max(rank, default=0)) + 1)) - rank.keys()))
    return len(rank) - len(again), again, lost


def _last(new: sqlite3.Connection, found: int) -> int:
    """The last point that there was, as far as that was noted and the note makes sense."""
    noted = new.execute("SELECT value FROM meta WHERE key = 'points'").fetchone()
    if noted and noted[0].isdecimal() and len(noted[0]) < 10:
        return max(found, int(noted[0]))
    return found


def _makes_sense(row: dict[str, Any], parameters: list[str]) -> bool:
    """Whether a point can be one that was asked for."""
    whole = isinstance(row["round"], int) and isinstance(row["origin"], str)
    return whole and all(isinstance(row[name], float) for name in parameters)


def _numeric(row: dict[str, Any], names: list[str]) -> bool:
    return all(row[name] is None or isinstance(row[name], float) for name in names)


def _rounds(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """Copy the records of the rounds."""
    names = [row[1] for row in old.execute("PRAGMA table_info(rounds)") if row[1] != "round"]
    measured = ("predicted", "achieved", "seconds", "propose_seconds")
    for number, *values in _rows(old, "rounds", ", ".join(names)):
        row = dict(zip(names, values, strict=True))
        if _numeric(row, [name for name in measured if name in row]):
            _insert(new, "rounds", {"round": number, **row})


def _outputs(old: sqlite3.Connection, new: sqlite3.Connection) -> int:
    """Copy the kept files; how many are lost."""
    lost = 0
    for _, point, stage, file, data in _rows(old, "outputs", "point, stage, file, data"):
        try:
            unpacked(data)
        except (TypeError, ValueError, zlib.error):
            lost += 1
        else:
            _insert(new, "outputs", {"point": point, "stage": stage, "file": file, "data": data})
    return lost


def _agree(new: sqlite3.Connection) -> int:
    """Make the tables fit each other; how many records of rounds had to be made up."""
    new.execute(
        "DELETE FROM outputs WHERE point NOT IN (SELECT id FROM points WHERE status != 'pending')"
    )
    # a round with a point that waits is not complete
    new.execute(
        "UPDATE rounds SET achieved = NULL "
        "WHERE round IN (SELECT round FROM points WHERE status = 'pending')"
    )
    return new.execute(
        "INSERT INTO rounds (round, proposer, propose_seconds, started) "
        "SELECT DISTINCT round, 'recovered', 0, '' FROM points "
        "WHERE round NOT IN (SELECT round FROM rounds)"
    ).rowcount
