"""Sfermions by what they consist of, in files that order them by mass.

SLHA2 (arXiv:0801.0045) gives the PDG codes of squarks and sleptons to mass eigenstates of all six
flavours: 1000011 is the lightest charged slepton, whichever that is. Which state is the stau stands
in the mixing matrix.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from mlscanner_hep.slha.numbers import Reading, missing
from mlscanner_hep.slha.query import Query

SFERMION_CODES = {
    "USQMIX": (1000002, 1000004, 1000006, 2000002, 2000004, 2000006),
    "DSQMIX": (1000001, 1000003, 1000005, 2000001, 2000003, 2000005),
    "SELMIX": (1000011, 1000013, 1000015, 2000011, 2000013, 2000015),
    "SNUMIX": (1000012, 1000014, 1000016),
}
"""PDG codes of the rows of each mixing matrix; its columns are L and then R of three families."""

DEGENERATE = 1e-6
"""States whose masses differ by less, relatively, may be mixed in any way."""

NORM = 0.02
"""How far the squares of a column of the matrix may sum up to something else than 1."""

_TEXT = re.compile(r"\s*([A-Za-z]+)((?:\s+\d)+)\s*:\s*(\d)\s*", re.ASCII)


@dataclass(frozen=True)
class Sfermion:
    """The mass of a sfermion of given content; made by `sfermion_query`.

    Parameters
    ----------
    block : str
        The mixing matrix.
    columns : tuple of int
        The gauge eigenstates, from 1. As many mass eigenstates consist mostly of them.
    rank : int
        Which of these, from 1 for the lightest.
    """

    block: str
    columns: tuple[int, ...]
    rank: int

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks in which it stands."""
        return self.block, f"IM{self.block}", "MASS"

    def __str__(self) -> str:
        return f"{self.block} {' '.join(map(str, self.columns))}: {self.rank}"

    def answer(self, read: Callable[[Query], Reading], blocks: Callable[[str], bool]) -> Reading:
        """Find the state and its mass.

        Parameters
        ----------
        read : callable
            Reads an entry.
        blocks : callable
            Whether a block is there.

        Returns
        -------
        Reading
            Missing if an entry is, or if no state consists clearly enough of what was asked for.
        """
        states: list[_State] = []
        for row, code in enumerate(SFERMION_CODES[self.block], 1):
            mass = read(Query("MASS", (code,)))
            if mass.reason:
                return mass
            content = 0.0
            for entry in self._entries(row, blocks(f"IM{self.block}")):
                part = read(entry)
                if part.reason:
                    return part
                content += part.value**2
            states.append(_State(mass.value, content))
        total, wanted = sum(state.content for state in states), len(self.columns)
        if abs(total - wanted) > NORM * wanted:
            return missing(f"{self}: the squares of these columns sum up to {total:.4g}, "
                           f"not to {wanted}")  # fmt: skip
        masses = sorted(mass for group in _degenerate(states) for mass in _mostly(group))
        if len(masses) != wanted:
            shares = ", ".join(f"{state.content:.3g}" for state in states)
            return missing(
                f"{self}: {len(masses)} states instead of {wanted} consist mostly of that "
                f"(shares {shares})"
            )
        return Reading(masses[self.rank - 1], "")

    def _entries(self, row: int, imaginary: bool) -> Iterator[Query]:
        for column in self.columns:
            yield Query(self.block, (row, column))
            if imaginary:
                yield Query(f"IM{self.block}", (row, column))


class _State(NamedTuple):
    mass: float
    content: float


def _degenerate(states: list[_State]) -> Iterator[list[_State]]:
    """States of one mass, as far as it is printed: any basis of them diagonalises the matrix."""
    group: list[_State] = []
    for state in sorted(states):
        if group and abs(state.mass - group[-1].mass) > DEGENERATE * abs(state.mass):
            yield group
            group = []
        group.append(state)
    yield group


def _mostly(group: list[_State]) -> list[float]:
    """Masses of those states of a group that consist mostly of what is asked for."""
    count = round(sum(state.content for state in group))
    group = sorted(group, key=lambda state: state.content, reverse=True)
    return [state.mass for state in group[:count]]


def sfermion_query(text: str) -> Sfermion:
    """Ask for the mass of a sfermion by its content.

    Parameters
    ----------
    text : str
        Mixing matrix, columns, and which of the states from the lightest: ``SELMIX 3 6: 1`` is the
        lighter of the two states that consist mostly of left and right stau, ``SELMIX 4: 1`` the
        state that consists mostly of the right selectron.

    Returns
    -------
    Sfermion

    Raises
    ------
    ValueError
        If the text is none of this.
    """
    match = _TEXT.fullmatch(text)
    block = match[1].upper() if match else ""
    if match is None or block not in SFERMION_CODES:
        matrices = ", ".join(SFERMION_CODES)
        raise ValueError(
            f"'{text}' is no sfermion; write a matrix ({matrices}), its columns and which "
            "of the states from the lightest, for example 'SELMIX 3 6: 1' for the lighter stau"
        )
    columns = tuple(map(int, match[2].split()))
    size, rank = len(SFERMION_CODES[block]), int(match[3])
    if len(set(columns)) < len(columns) or not all(1 <= column <= size for column in columns):
        raise ValueError(f"'{text}': the columns have to be different and within 1 ... {size}")
    if not 1 <= rank <= len(columns):
        raise ValueError(f"'{text}': behind ':' stands which of {len(columns)}, from 1")
    return Sfermion(block, columns, rank)
