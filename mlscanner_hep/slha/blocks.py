"""One copy of a block: which of its rows hold an entry, and what they say."""

from __future__ import annotations

import math
import re

from mlscanner_hep.slha.normalise import Row, Section
from mlscanner_hep.slha.numbers import Reading, agree, is_integer, missing, read_number

_SCALE = re.compile(r"\bQ\s*=\s*(\S+)", re.ASCII | re.IGNORECASE)
# SARAH's EFFHIGGSCOUPLINGS has the indices first.
_VALUE_FIRST = ("HIGGSCOUPLINGSBOSONS", "HIGGSCOUPLINGSFERMIONS")


class Block:
    """A block as it stands once in the file.

    Parameters
    ----------
    section : Section
        With the keyword ``BLOCK``.
    """

    def __init__(self, section: Section) -> None:
        self.name = section.header[0].upper() if section.header else ""
        self._rows = section.rows
        match = _SCALE.search(" ".join(section.header))
        self.scale = read_number(match[1]).value if match else math.nan
        # Of most blocks all rows are plain, and an entry of a spectrum is one among many.
        self._plain: dict[tuple[str, ...], list[Row]] = {}
        self._others: list[Row] = []
        for row in self._rows:
            if _is_plain(row.tokens):
                self._plain.setdefault(tuple(row.tokens[:-1]), []).append(row)
            else:
                self._others.append(row)

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
        words = [str(number) for number in index]
        rows = [(row, row.tokens[-1:]) for row in self._plain.get(tuple(words), ())]
        rows += [
            (row, values)
            for row in self._others
            if (values := self._values(row, words)) is not None
        ]
        found = sorted((row.line, _pick(values, column)) for row, values in rows)
        if not found:
            return None
        lines = " and ".join(str(line) for line, _ in found)
        return agree(
            [r if not r.reason else missing(f"line {line}: {r.reason}") for line, r in found],
            f"lines {lines} give different values",
        )

    def _values(self, row: Row, index: list[str]) -> list[str] | None:
        """The values in a row, not a plain one, that has this index; else None."""
        tokens, length = row.tokens, len(index)
        if not index:
            # A lone integer may be an index that lost its value, unless nothing else is there.
            alone = len(tokens) == 1 and (len(self._rows) == 1 or not is_integer(tokens[0]))
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


def _is_plain(tokens: list[str]) -> bool:
    """Whether a row has one or two indices and one number."""
    *index, value = tokens
    return len(index) in (1, 2) and all(map(is_integer, index)) and not read_number(value).reason


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
