"""Checksums of the points of a ledger: SQLite sees damage to its own structure, not to a number.

Each point has two, of what was asked and of what was told. Triggers of the writer's connection make
them, so other SQLite tools need not know of them; who changes a number with one of those changes
what was measured.
"""

from __future__ import annotations

import sqlite3
import struct
import zlib
from math import nan
from typing import Literal

Part = Literal["asked", "told"]
PARTS: tuple[Part, ...] = ("asked", "told")

_FACTS: dict[Part, tuple[str, ...]] = {
    "asked": ("id", "round", "origin"),
    "told": ("id", "status", "stage", "reason", "exit_code", "log", "seconds"),
}
_ROLE: dict[Part, str] = {"asked": "parameter", "told": "observable"}
_ARGUMENTS = 100
"""SQLite allows a function 127 of them."""


def column(part: Part) -> str:
    """The column of a checksum."""
    return f"checksum_{part}"


def install(db: sqlite3.Connection) -> None:
    """Keep the checksums of all points that this connection writes; the columns are there."""
    define(db)
    told = ", ".join([*_FACTS["told"], *_numbers(db, "told")])
    events: tuple[tuple[str, tuple[Part, ...]], ...] = (
        ("INSERT", PARTS),
        (f"UPDATE OF {told}", ("told",)),
    )
    for event, parts in events:
        sets = ", ".join(f"{column(part)} = {expression(db, part)}" for part in parts)
        db.execute(
            f"CREATE TEMP TRIGGER checksum_at_{event.split()[0]} AFTER {event} ON main.points "
            f"BEGIN UPDATE points SET {sets} WHERE id = NEW.id; END"
        )


def damaged(db: sqlite3.Connection) -> list[int]:
    """Ids of the points that are not as they were written.

    Points of a ledger that was made before there were checksums are not judged.
    """
    define(db)
    wrong = " OR ".join(
        f"({column(part)} IS NOT NULL AND {column(part)} != {expression(db, part)})"
        for part in PARTS
    )
    return [point for (point,) in db.execute(f"SELECT id FROM points WHERE {wrong} ORDER BY id")]


def define(db: sqlite3.Connection) -> None:
    """Make the function known that `expression` uses."""
    db.create_function("point_checksum", -1, _checksum, deterministic=True)


def expression(db: sqlite3.Connection, part: Part) -> str:
    """The checksum of a part of a point in SQL.

    Texts and integers go in as SQL writes them, numbers bit for bit. Columns behind the last number
    change nothing, so that observables can be added.
    """
    numbers = _numbers(db, part)
    facts = " || ".join(f"quote({name})" for name in _FACTS[part])
    made = f"point_checksum(0, CAST({facts} AS BLOB))"
    for start in range(0, len(numbers), _ARGUMENTS):
        made = f"point_checksum({made}, {', '.join(numbers[start : start + _ARGUMENTS])})"
    return made


def _numbers(db: sqlite3.Connection, part: Part) -> list[str]:
    """The columns with the numbers of a part."""
    rows = db.execute(
        "SELECT column_name FROM columns WHERE role = ? ORDER BY rowid", [_ROLE[part]]
    )
    return [*(quoted(name) for (name,) in rows), *["predicted"] * (part == "asked")]


def interrupted(error: sqlite3.Error) -> bool:
    """Whether Ctrl-C came while a checksum was made, which SQLite takes for an error of its own."""
    return "user-defined function raised exception" in str(error)


def quoted(name: str) -> str:
    """The name of a column in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _checksum(before: int, *values: bytes | float | None) -> int:
    """CRC-32 of the facts, or of numbers, going on from the one of what stands before."""
    last = len(values)
    while last and values[last - 1] is None:
        last -= 1
    try:
        if last and isinstance(values[0], bytes):
            return zlib.crc32(values[0], before)
        numbers = [nan if value is None else value for value in values[:last]]
        return zlib.crc32(struct.pack(f"<{last}d", *numbers), before)
    except (struct.error, TypeError):  # no number: never written by us
        return -1
