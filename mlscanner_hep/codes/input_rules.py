"""Entries of an input file that a code takes for 0 without a word when they are missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlscanner_hep import slha

_EXAMPLES = "'MINPAR 1', 'MINPAR 1, 2, 5' or 'MINPAR 1, 2, 5 if MODSEL 1 = 1'"


@dataclass(frozen=True)
class Complete:
    """Entries that have to stand in an SLHA input file.

    Parameters
    ----------
    entries : tuple of Query
        Each with a finite number.
    condition : Query, optional
        The entry that decides whether they have to; they always do if not given.
    value : float
        What that entry has to be.
    """

    entries: tuple[slha.Query, ...]
    condition: slha.Query | None = None
    value: float = 0.0

    def lacks(self, document: slha.Document) -> Iterator[str]:
        """A sentence for each entry that is not there."""
        if self.condition is not None and document.read(self.condition).value != self.value:
            return
        for entry in self.entries:
            if reason := document.read(entry).reason:
                yield f"'{entry}' is not given ({reason}): the code would take it for 0"


def parse(text: str) -> Complete:
    """Read a rule.

    Parameters
    ----------
    text : str
        A block with its indices: ``MINPAR 1``, ``MSL2IN 1 1``. Further entries of the same block
        stand behind commas: ``MINPAR 1, 2, 5``. ``if MODSEL 1 = 1`` makes the rule hold only where
        the file says so.

    Raises
    ------
    ValueError
        If the text is none of this.
    """
    listed, word, condition = text.partition(" if ")
    first, *others = listed.split(",")
    block = first.split()[:1]
    texts = [first, *(" ".join([*block, other]) for other in others)]
    try:
        entries = tuple(slha.entry_query(each) for each in texts)
        where, _, value = condition.partition("=")
        if not all(entry.index for entry in entries):
            raise ValueError("an entry needs its index")
        if not word:
            return Complete(entries)
        return Complete(entries, slha.entry_query(where), float(value))
    except ValueError as error:
        raise ValueError(f"'{text}' should read like {_EXAMPLES}: {error}") from error


def lacks(data: bytes, rules: Sequence[Complete]) -> list[str]:
    """A sentence for each entry that an input file lacks."""
    # A template may end without a line end; the reader would take its last number for cut.
    document = slha.parse(data + b"\n")
    return [sentence for rule in rules for sentence in rule.lacks(document)]
