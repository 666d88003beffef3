"""What a file holds: every number in it, each with the query that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from mlscanner_hep.slha import normalise
from mlscanner_hep.slha.decays import parent_of
from mlscanner_hep.slha.document import parse
from mlscanner_hep.slha.normalise import Row, Section
from mlscanner_hep.slha.numbers import is_integer
from mlscanner_hep.slha.query import Query


class Entry(NamedTuple):
    """A number in a file.

    Parameters
    ----------
    query : Query
        Reads it.
    value : float
        The number.
    comment : str
        What the file says behind ``#``.
    """

    query: Query
    value: float
    comment: str


def entries(data: bytes) -> list[Entry]:
    """All numbers of a file that can be read, in its order and without repetition.

    An entry that stands several times with different values, as running parameters do, is the one
    of the last copy of its block.

    Parameters
    ----------
    data : bytes
        The content of the file.

    Returns
    -------
    list of Entry
    """
    document = parse(data)
    found: dict[Query, Entry] = {}
    for section in normalise.sections(normalise.decode(data)):
        for query, comment in _queries(section):
            for variant in (query, replace(query, scale="last")):
                reading = document.read(variant)
                if not reading.reason:
                    found[query] = Entry(variant, reading.value, comment)
                    break
    return list(found.values())


def _queries(section: Section) -> Iterator[tuple[Query, str]]:
    """What could be asked of a section, with the comments."""
    if section.keyword == "BLOCK" and section.header:
        for row in section.rows:
            for index, column in _places(row):
                query = Query(section.header[0].upper(), index, column)
                if not query.is_decay:  # a block of that name cannot be asked for
                    yield query, row.comment
    elif section.keyword.startswith("DECAY") and (parent := parent_of(section)) is not None:
        yield Query(section.keyword, (parent,)), ""
        for row in section.rows:
            if len(row.tokens) > 3 and all(map(is_integer, row.tokens[1:])):
                final = tuple(sorted(map(int, row.tokens[2:])))
                yield Query(section.keyword, (parent,), final=final), row.comment


def _places(row: Row) -> Iterator[tuple[tuple[int, ...], int | None]]:
    """Index and column of each value of a row: indices, values; or values, count, PDG codes."""
    whole = [is_integer(token) for token in row.tokens]
    if whole[0] or len(whole) == 1:
        length = min([*(i for i, is_whole in enumerate(whole) if not is_whole), len(whole) - 1])
        index, count = row.tokens[:length], len(whole) - length
    else:
        count = whole.index(True) if True in whole else 0
        index = row.tokens[count + 1 :]
        if row.tokens[count : count + 1] != [str(len(index))] or not all(whole[count:]):
            return
    codes = tuple(map(int, index))
    yield from ((codes, None if count == 1 else column + 1) for column in range(count))
