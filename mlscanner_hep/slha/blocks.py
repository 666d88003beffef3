"""One copy of a block: which of its rows hold an entry, and what they say."""

from __future__ import annotations

import math
import re

import pyslha

from mlscanner_hep.slha.normalise import Row, Section
from mlscanner_hep.slha.numbers import Reading, agree, is_integer, missing, read_number

_SCALE = re.compile(r"\bQ\s*=\s*(\S+)", re.ASCII | re.IGNORECASE)
# SARAH's EFFHIGGSCOUPLINGS has the indices first.
_VALUE_FIRST = ("HIGGSCOUPLINGSBOSONS", "HIGGSCOUPLINGSFERMIONS")


class Block:
    """A block as it stands once in the file.

    A `pyslha.Block` takes the rows with one or two indices and one number, already as numbers:
    pyslha's own conversion of text costs 11 microseconds a row, more than all the rest together.
    Rows that it cannot represent stay here, and so does every second row with the same index, of
    which it would keep the last.

    Parameters
    ----------
    section : Section
        With the keyword ``BLOCK``.
    """

    def __init__(self, section: Section) -> None:
        self.name = section.header[0].upper() if section.header else ""
        self.rows = section.rows
        match = _SCALE.search(" ".join(section.header))
        self.scale = read_number(match[1]).value if match else math.nan
        self._block = pyslha.Block(self.name)
        self._line_of: dict[tuple[int, ...], int] = {}
        self._rows_elsewhere = [row for row in self.rows if not self._take(row)]

    def read(self, index: tuple[int, ...], column: int | None) -> Reading | None:
        """Read one entry.

        Parameters
        ----------
        index : tuple of int
            Its indices.
        column : int, optional
            Which value of the row, from 1; needed only where a row has several.

        Returns
        -------
        Reading or None
            None if no row has this index. Rows with the same index have to agree.
        """
        found: list[tuple[int, Reading]] = []
        if index in self._line_of:
            value = str(self._block[index])
            found.append((self._line_of[index], _pick([value], column)))
        key_words = [str(number) for number in index]
        for row in self._rows_elsewhere:
            values = self._values(row, key_words)
            if values is not None:
                found.append((row.line, _pick(values, column)))
        if not found:
            return None
        lines = " and ".join(str(line) for line, _ in found)
        return agree(
            [r if not r.reason else missing(f"line {line}: {r.reason}") for line, r in found],
            f"lines {lines} give different values",
        )

    def _take(self, row: Row) -> bool:
        """Put a row into the block of pyslha, if it is of the kind that goes there."""
        *words, token = row.tokens
        if len(words) not in (1, 2) or not all(map(is_integer, words)):
            return False
        index = tuple(map(int, words))
        value = read_number(token).value
        if math.isnan(value) or index in self._line_of:
            return False
        self._line_of[index] = row.line
        self._block.set_value(*index, value)
        return True

    def _values(self, row: Row, index: list[str]) -> list[str] | None:
        """The values in a row that has this index, else None."""
        tokens, length = row.tokens, len(index)
        if not index:
            # A lone integer may be an index that lost its value, unless nothing else is there.
            alone = len(tokens) == 1 and (len(self.rows) == 1 or not is_integer(tokens[0]))
            return tokens if alone else None
        if self._has_value_first(tokens):
            count = len(tokens) - length - 1
            fits = tokens[count:] == [str(length), *index]
            return tokens[:count] if fits else None
        if tokens[:length] != index:
            return None
        if tokens[-1].startswith("||"):
            # HiggsBounds and HiggsSignals: rank, key, value, text.
            return tokens[2:-1] if length == 2 else None
        return tokens[length:]

    def _has_value_first(self, tokens: list[str]) -> bool:
        """Rows of effective couplings: value or values, number of particles, their PDG codes."""
        return not is_integer(tokens[0]) or self.name.endswith(_VALUE_FIRST)


def _pick(values: list[str], column: int | None) -> Reading:
    if not values:
        return missing("the entry has no value")
    if column is None and len(values) > 1:
        return missing(
            f"the row has {len(values)} values ({' '.join(values)}); choose one by 'column 1'"
            f" to 'column {len(values)}' behind the indices"
        )
    if column is not None and column > len(values):
        return missing(f"the row has no column {column}, only {len(values)}")
    return read_number(values[(column or 1) - 1])
