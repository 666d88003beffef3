"""One decay table: the total width and the branching ratios."""

from __future__ import annotations

import math

import pyslha

from mlscanner_hep.slha.normalise import Row, Section
from mlscanner_hep.slha.numbers import Reading, is_integer, missing, read_number

# How far the ratios of a complete table may be from one: printed with eight or more digits.
_ROUNDING = 1e-6


class DecayTable:
    """The decays of one particle as they stand once in the file.

    pyslha gets the rows that it reads truly. It would turn a negative or undefined ratio into 0
    and raise at an unreadable one, so these stay here, each with the reason why it is missing.

    Parameters
    ----------
    parent : int
        PDG code.
    section : Section
        With the keyword ``DECAY`` or ``DECAY1L``.
    """

    def __init__(self, parent: int, section: Section) -> None:
        self._closed = section.closed
        self.width = _width(section)
        self._faults: list[tuple[tuple[int, ...] | None, str]] = []
        lines = [f"DECAY {parent} {'NAN' if self.width.reason else repr(self.width.value)}"]
        for row in section.rows:
            final, ratio = _read_row(row)
            if ratio.reason:
                self._faults.append((final, f"line {row.line}: {ratio.reason}"))
            else:
                lines.append(f" {ratio.value!r} {' '.join(row.tokens[1:])}")
        document = pyslha.readSLHA("\n".join(lines), ignorenomass=True)
        self._channels = document.decays[parent].decays

    def ratio(self, final: tuple[int, ...], absent: float | None) -> Reading:
        """Read one branching ratio.

        Rows with the same products are added if the table then sums to one, which shows that
        they are parts and not repetitions; otherwise the ratio is missing.

        Parameters
        ----------
        final : tuple of int
            PDG codes of the products in ascending order.
        absent : float, optional
            Value of a channel that is not listed, provided that the table is known to be whole:
            its rows are readable, and either another section follows or the ratios sum to one.

        Returns
        -------
        Reading
        """
        for products, reason in self._faults:
            if products == final:
                return missing(reason)
        ratios = [decay.br for decay in self._channels if tuple(sorted(decay.ids)) == final]
        if not ratios:
            return self._not_listed(absent)
        parts = [ratio for ratio in ratios if ratio] or ratios[:1]
        excess = math.fsum(decay.br for decay in self._channels) - 1
        if len(parts) > 1 and (self._faults or abs(excess) > 0.1 * min(parts)):
            return missing(
                f"{len(parts)} rows list this channel ({', '.join(map(str, parts))}); the table"
                f" sums to {1 + excess:.9g}, so they may be parts or repetitions"
            )
        return Reading(math.fsum(parts), "")

    def _not_listed(self, absent: float | None) -> Reading:
        if absent is None:
            return missing("the channel is not listed")
        for products, reason in self._faults:
            if products is None:
                return missing(f"the channel is not listed, but a row is unreadable: {reason}")
        total = math.fsum(decay.br for decay in self._channels)
        if not self._closed and abs(total - 1) > _ROUNDING:
            return missing(
                "the channel is not listed, but nothing shows that the table is whole: no section"
                " follows it and its ratios do not sum to one"
            )
        if not self._channels and self.width.value != 0:
            return missing("the table has no readable channel")
        return Reading(absent, "")


def parent_of(section: Section) -> int | None:
    """The PDG code in the header of a decay table; None if it cannot be read."""
    if section.header and is_integer(section.header[0]):
        return int(section.header[0])
    return None


def _width(section: Section) -> Reading:
    if len(section.header) < 2:
        return missing(f"line {section.line}: no total width")
    width = read_number(section.header[1])
    if width.reason:
        return missing(f"line {section.line}: {width.reason}")
    if width.value < 0:
        return missing(f"line {section.line}: the total width is negative ({width.value:g})")
    return width


def _read_row(row: Row) -> tuple[tuple[int, ...] | None, Reading]:
    """The products in ascending order, None if unreadable, and the ratio.

    A negative ratio is missing, because as a number it would pass every upper limit.
    """
    ratio, *codes = row.tokens
    if not codes or not all(map(is_integer, codes)):
        return None, missing(f"'{row.data.strip()}' is not a decay row")
    count, *products = map(int, codes)
    if not products or count != len(products):
        return None, missing(f"the row announces {count} products and lists {len(products)}")
    reading = read_number(ratio)
    if reading.value < 0:
        reading = missing(f"the branching ratio is negative ({reading.value:g})")
    return tuple(sorted(products)), reading
