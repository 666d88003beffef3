"""A parsed file and the answers that it gives."""

from __future__ import annotations

import math
from collections.abc import Iterable

from mlscanner_hep.slha import normalise
from mlscanner_hep.slha.blocks import Block
from mlscanner_hep.slha.decays import DecayTable, parent_of
from mlscanner_hep.slha.normalise import Section
from mlscanner_hep.slha.numbers import Reading, agree, missing
from mlscanner_hep.slha.query import Query, entry_query, width_query
from mlscanner_hep.slha.sfermions import Sfermion


class Document:
    """The sections of a file; made by `parse`. Each is normalised when it is first asked for.

    Parameters
    ----------
    sections : iterable of Section
        In the order of the file.
    kept : frozenset of str, optional
        Names of the blocks that are kept, in upper case; all of them if not given.
    """

    def __init__(self, sections: Iterable[Section], kept: frozenset[str] | None) -> None:
        self._kept = kept
        self._empty = True
        self._sections: dict[str, list[Section]] = {}
        self._blocks: dict[str, list[Block]] = {}
        self._tables: dict[tuple[str, int], list[DecayTable]] = {}
        for section in sections:
            self._empty = False
            name = section.keyword
            if name == "BLOCK":
                name = section.header[0].upper() if section.header else ""
            if kept is None or name in kept:
                self._sections.setdefault(name, []).append(section)

    def read(self, query: Query | Sfermion) -> Reading:
        """Answer a query.

        Parameters
        ----------
        query : Query or Sfermion
            For blocks that were kept.

        Returns
        -------
        Reading
            The value, or NaN with the reason. Several copies of a block or of a decay table, of
            which the query chooses none, have to agree.

        Raises
        ------
        LookupError
            If the block was not kept when the file was parsed.
        """
        if isinstance(query, Sfermion):
            return query.answer(self._read_entry, lambda block: bool(self._copies(block)))
        return self._read_decay(query) if query.is_decay else self._read_entry(query)

    def has(self, text: str) -> bool:
        """Whether something stands in the file.

        Parameters
        ----------
        text : str
            ``MASS``: the block has an entry, whatever its value. ``MASS 25``: a finite number.
            ``ALPHA`` asks for the block; ``DECAY 25`` for a total width that is finite.

        Returns
        -------
        bool

        Raises
        ------
        ValueError
            If the text is none of this.
        LookupError
            If the block was not kept when the file was parsed.
        """
        if text.upper().split(maxsplit=1)[:1] in (["DECAY"], ["DECAY1L"]):
            return not self.read(width_query(text)).reason
        query = entry_query(text)
        if query == Query(query.block):
            sections = self._named(query.block)
            return any(row.is_entry for section in sections for row in section.rows)
        return not self.read(query).reason

    def texts(self, block: str, *index: int) -> list[str]:
        """All that the file says at an index, word for word.

        For entries that are texts and may repeat, such as the messages in SPINFO 3 and 4.

        Parameters
        ----------
        block : str
            Name of the block.
        *index : int
            Its indices.

        Returns
        -------
        list of str
            One text for each row with this index: what stands behind the index, else the comment,
            else an empty text. Empty if there is no such row.

        Raises
        ------
        LookupError
            If the block was not kept when the file was parsed.
        """
        words = [str(number) for number in index]
        count = len(words)
        return [
            " ".join(row.data.split()[count:]) or row.comment
            for section in self._named(block.upper())
            for row in section.rows
            if row.tokens[:count] == words
        ]

    def _read_entry(self, query: Query) -> Reading:
        copies = self._copies(query.block)
        if not copies:
            return missing(self._nothing(f"no block {query.block}"))
        scales = ", ".join(
            "none" if math.isnan(copy.scale) else f"{copy.scale:.9g}" for copy in copies
        )
        if isinstance(query.scale, float):
            copies = [c for c in copies if math.isclose(c.scale, query.scale, rel_tol=1e-6)]
            if not copies:
                return missing(f"no {query}; block {query.block} stands at Q = {scales}")
        elif query.scale is not None:
            copies = copies[:1] if query.scale == "first" else copies[-1:]
        answers = [copy.read(query.index, query.column) for copy in copies]
        readings = [answer for answer in answers if answer is not None]
        if not readings:
            return missing(f"no entry {query}")
        return agree(
            readings,
            f"the copies of block {query.block} differ in it (Q = {scales}); choose one by"
            " '@ first', '@ last' or '@' and its Q behind the indices",
        )

    def _read_decay(self, query: Query) -> Reading:
        (parent,) = query.index
        key = (query.block, parent)
        if key not in self._tables:
            self._tables[key] = [
                DecayTable(parent, section)
                for section in self._named(query.block)
                if parent_of(section) == parent
            ]
        tables = self._tables[key]
        if not tables:
            return missing(self._nothing(f"no {query.block} table of {parent}"))
        readings = [
            table.ratio(query.final, query.absent) if query.final else table.width
            for table in tables
        ]
        return agree(readings, f"{len(tables)} {query.block} tables of {parent} differ in it")

    def _copies(self, block: str) -> list[Block]:
        if block not in self._blocks:
            self._blocks[block] = [Block(section) for section in self._named(block)]
        return self._blocks[block]

    def _named(self, name: str) -> list[Section]:
        if self._kept is not None and name not in self._kept:
            raise LookupError(
                f"block {name} was not kept when the file was parsed; name it in `keep` of parse()"
            )
        return self._sections.get(name, [])

    def _nothing(self, what: str) -> str:
        return f"{what}: the file holds no SLHA block at all" if self._empty else what


def parse(
    data: bytes, queries: Iterable[Query | Sfermion] | None = None, keep: Iterable[str] = ()
) -> Document:
    """Parse a file.

    Parameters
    ----------
    data : bytes
        The content. Nothing is raised, whatever it is: an unreadable file gives a document in
        which everything is missing.
    queries : iterable of Query or Sfermion, optional
        What will be asked. Blocks that neither these nor `keep` name are left out; without it all
        are kept.
    keep : iterable of str
        Names of further blocks that will be asked for.

    Returns
    -------
    Document
    """
    kept = None
    if queries is not None:
        kept = frozenset(block for query in queries for block in query.blocks)
        kept |= {name.upper() for name in keep}
    return Document(normalise.sections(normalise.decode(data)), kept)
