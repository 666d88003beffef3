"""What can be asked of a file, and how it is written."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from mlscanner_hep.slha.numbers import is_integer, read_number

_ENTRY = re.compile(
    r"(?P<block>[A-Za-z][\w.:+-]*)(?P<index>(?:\s+[+-]?\d{1,18})*)"
    r"(?:\s+column\s+(?P<column>[1-9]\d?))?"
    r"(?:\s*@\s*(?P<scale>\S+))?",
    re.ASCII | re.IGNORECASE,
)
_DECAY = re.compile(r"(?:(DECAY|DECAY1L)\s+)?([^\s>]+)(?:\s*->\s*(.*))?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Query:
    """One number in an SLHA file; made by `entry_query`, `decay_query` and `width_query`.

    Parameters
    ----------
    block : str
        Name of the block in upper case; ``DECAY`` or ``DECAY1L`` for decays.
    index : tuple of int
        Indices of the entry; for decays the PDG code of the parent.
    column : int, optional
        Which of several values of the row, from 1.
    scale : float or {'first', 'last'}, optional
        Which copy of a block that stands several times: its Q in GeV, or its place in the file.
    final : tuple of int
        PDG codes of the decay products in ascending order; empty for entries and widths.
    absent : float, optional
        The branching ratio of a channel that is not listed; missing if not given.
    """

    block: str
    index: tuple[int, ...] = ()
    column: int | None = None
    scale: float | Literal["first", "last"] | None = None
    final: tuple[int, ...] = ()
    absent: float | None = None

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks in which it stands."""
        return (self.block,)

    @property
    def is_decay(self) -> bool:
        """Whether it asks for a width or a branching ratio."""
        return self.block in ("DECAY", "DECAY1L")

    def __str__(self) -> str:
        words = [self.block, *map(str, self.index)]
        if self.column is not None:
            words += ["column", str(self.column)]
        if self.scale is not None:
            words += ["@", self.scale if isinstance(self.scale, str) else f"{self.scale:.9g}"]
        if self.final:
            words += ["->", *map(str, self.final)]
        return " ".join(words)


def entry_query(text: str) -> Query:
    """Ask for an entry of a block.

    Parameters
    ----------
    text : str
        The block, whose case does not matter, then its indices: ``MASS 25``, ``NMIX 1 1``,
        ``ALPHA`` for a block that holds one number without an index. Where the value stands first
        (``HiggsCouplingsBosons 25 24 24``) the indices are the PDG codes behind the count.
        ``column 2`` takes the second of several values in a row:
        ``HiggsCouplingsFermions 25 5 5 column 2`` is the pseudoscalar coupling.
        ``@`` chooses among copies of a block: ``GAUGE 1 @ 1000`` the one at Q = 1000 GeV (within
        1e-6 of it), ``@ first`` and ``@ last`` by their place in the file.

    Returns
    -------
    Query

    Raises
    ------
    ValueError
        If the text is none of this.
    """
    match = _ENTRY.fullmatch(text.strip())
    if match is None:
        raise ValueError(
            f"'{text}' is not an SLHA entry; write the block and its indices, for example"
            " 'MASS 25', 'NMIX 1 1', 'ALPHA', 'GAUGE 1 @ 1000', 'GAUGE 1 @ last' or"
            " 'HiggsCouplingsFermions 25 5 5 column 2'"
        )
    block = match["block"].upper()
    if block in ("DECAY", "DECAY1L", "BLOCK", "XSECTION"):
        raise ValueError(
            f"'{text}' is not an entry of a block; ask for a decay by '25 -> 22 22', for a total"
            " width by '25', and write a block without the word BLOCK"
        )
    return Query(
        block=block,
        index=tuple(int(token) for token in match["index"].split()),
        column=int(match["column"]) if match["column"] else None,
        scale=_scale(text, match["scale"]) if match["scale"] else None,
    )


def decay_query(text: str, absent: float | None = None) -> Query:
    """Ask for a branching ratio.

    Parameters
    ----------
    text : str
        PDG codes of the parent and of its products in any order: ``25 -> 22 22``. A leading
        ``DECAY1L`` asks for the one-loop widths of SARAH: ``DECAY1L 25 -> 22 22``.
    absent : float, optional
        The value where the file lists decays of the parent but not this channel, because codes
        leave out small ratios. Without it such a channel is missing.

    Returns
    -------
    Query

    Raises
    ------
    ValueError
        If the text is not a decay into two or more products, or `absent` is not a ratio.
    """
    block, parent, products = _split_decay(text)
    if products is None or len(products) < 2:
        raise ValueError(
            f"'{text}' is not a decay; write the PDG codes of the parent and of two or more"
            " products, for example '25 -> 22 22' or 'DECAY1L 25 -> 22 22'"
        )
    if absent is not None and not 0 <= absent <= 1:
        raise ValueError(f"absent = {absent} is not a branching ratio; it has to be within 0 and 1")
    return Query(block, (parent,), final=tuple(sorted(products)), absent=absent)


def width_query(text: str) -> Query:
    """Ask for a total width in GeV.

    Parameters
    ----------
    text : str
        The PDG code: ``25``, or ``DECAY1L 25``.

    Returns
    -------
    Query

    Raises
    ------
    ValueError
        If the text is not a PDG code.
    """
    block, parent, products = _split_decay(text)
    if products is not None:
        raise ValueError(
            f"'{text}' is not a total width; write the PDG code alone, for example"
            f" '{parent}' or 'DECAY1L {parent}'"
        )
    return Query(block, (parent,))


def _split_decay(text: str) -> tuple[str, int, list[int] | None]:
    match = _DECAY.fullmatch(text.strip())
    codes = [] if match is None else [match[2], *(match[3] or "").split()]
    if match is None or not all(is_integer(code) for code in codes):
        raise ValueError(
            f"'{text}' is not a decay; write PDG codes, for example '25 -> 22 22' for a branching"
            " ratio or '25' for a total width, with 'DECAY1L' in front for one-loop decays"
        )
    parent, *products = (int(code) for code in codes)
    return (match[1] or "DECAY").upper(), parent, None if match[3] is None else products


def _scale(text: str, word: str) -> float | Literal["first", "last"]:
    if word.lower() == "first":
        return "first"
    if word.lower() == "last":
        return "last"
    scale = read_number(word).value
    if math.isnan(scale) or scale <= 0:
        raise ValueError(f"'{text}': behind '@' stands a scale in GeV, 'first' or 'last'")
    return scale
