"""The observables that a spectrum offers, as lines of adapter.toml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from itertools import groupby

from mlscanner_hep.setup.draft import particles
from mlscanner_hep.slha import Entry
from mlscanner_hep.tools import toml

SMALLEST_RATIO = 1e-3
"""Branching ratios from here on are main ones."""

# What the code was given or told, and the programs that took part.
_ECHO = {
    "SPINFO", "DCINFO", "FCINFO", "MODSEL", "SMINPUTS", "MINPAR", "EXTPAR", "GAUGEGUT",
    "SPHENO", "SPHENOINPUT", "SPHENOINFO", "SOFTSUSY", "FLEXIBLESUSY", "FLEXIBLESUSYINPUT",
}  # fmt: skip


@dataclass(frozen=True)
class Observable:
    """A line that an adapter can have.

    Parameters
    ----------
    name : str
        The observable.
    place : str
        A name made of block and indices, in case that the other one is taken.
    block : str
        Where it stands, for a heading.
    table : mapping
        Its table in adapter.toml.
    value : float or None
        What the spectrum says; None if that has to be worked out.
    chosen : bool
        Whether it is one of those that nearly everybody wants.
    """

    name: str
    place: str
    block: str
    table: Mapping[str, toml.Value]
    value: float | None
    chosen: bool

    @property
    def line(self) -> str:
        """The line in adapter.toml."""
        return f"{toml.key(self.name)} = {toml.inline(self.table)}"


def observables(entries: list[Entry], taken: Set[str]) -> list[Observable]:
    """Name everything that a spectrum holds.

    Chosen are the masses that are not inputs, and the widths and main two-body decays of Higgs
    bosons; where a file has none of these, everything is.

    Parameters
    ----------
    entries : list of Entry
        The spectrum.
    taken : set of str
        Names that mean something else.

    Returns
    -------
    list of Observable
        What is chosen first, block by block; no two with the same name.
    """
    found: dict[str, Observable] = {}
    offered = [*_offered(entries)]
    plain = not any(observable.chosen for observable in offered)
    for observable in offered:
        for name in (observable.name, observable.place):
            if name not in taken and name not in found:
                chosen = observable.chosen or plain
                found[name] = replace(observable, name=name, chosen=chosen)
                break
    blocks = list(dict.fromkeys(observable.block for observable in found.values()))
    return sorted(found.values(), key=lambda o: (not o.chosen, blocks.index(o.block)))


def lines(offered: list[Observable]) -> Iterator[str]:
    """The lines, block by block; those of what is not chosen are commented out."""
    for (chosen, block), group in groupby(offered, lambda o: (o.chosen, o.block)):
        yield ""
        yield f"# {block}"
        yield from (f"{'' if chosen else '# '}{observable.line}" for observable in group)


def _offered(entries: list[Entry]) -> Iterator[Observable]:
    blocks = dict.fromkeys(entry.query.block for entry in entries)
    names = _names(entries, blocks.keys())
    for block in blocks:
        here = [entry for entry in entries if entry.query.block == block]
        if block == "MASS":
            yield from (_mass(entry, names) for entry in here if len(entry.query.index) == 1)
            yield from _sfermions(blocks.keys())
        elif here[0].query.is_decay:
            yield from _decays(here, names)
        elif block not in _ECHO and not block.endswith("IN"):
            for entry in here:
                place, table = _place(entry), _said({"slha": str(entry.query)}, entry)
                yield Observable(place, place, block, table, entry.value, False)


def _names(entries: list[Entry], blocks: Set[str]) -> dict[int, str]:
    codes: dict[int, str] = {}
    for query, _, comment in entries:
        if query.block == "MASS" and len(query.index) == 1:
            codes[query.index[0]] = comment
        elif query.is_decay:
            for code in (*query.index, *query.final):
                codes.setdefault(abs(code), "")
    return particles.names(codes, codes, blocks)


def _mass(entry: Entry, names: Mapping[int, str]) -> Observable:
    code = entry.query.index[0]
    name = f"m{names[code]}" if code in (*particles.HIGGS, 24) else f"m_{names[code]}"
    table: dict[str, toml.Value] = {"slha": str(entry.query), "unit": "GeV"}
    value = entry.value
    if code in particles.MAJORANA_OR_CHARGINO:
        table["abs"], value = True, abs(value)
    chosen = code not in particles.LIGHT
    return Observable(name, _place(entry), "MASS", _said(table, entry), value, chosen)


def _sfermions(blocks: Set[str]) -> Iterator[Observable]:
    """Where sfermions are ordered by mass: the lightest of each kind, found by its content."""
    for block, states in particles.STATES.items():
        for state, place in states.items() if block in blocks else ():
            name = f"m_{state}"
            table: dict[str, toml.Value] = {"sfermion": f"{block} {place}", "unit": "GeV"}
            yield Observable(name, name, "MASS", table, None, True)


def _decays(entries: list[Entry], names: Mapping[int, str]) -> Iterator[Observable]:
    for entry in entries:
        block, parent, final = entry.query.block, entry.query.index[0], entry.query.final
        if parent in particles.LIGHT - {6, 23}:
            continue
        source = f"{parent}" if block == "DECAY" else f"{block} {parent}"
        table: dict[str, toml.Value] = {"width": source, "unit": "GeV"}
        name = f"width_{names[parent]}"
        if final:
            if entry.value < SMALLEST_RATIO:
                continue
            codes = particles.in_order(final)
            short = all(abs(code) in particles.SHORT for code in codes)
            products = ("" if short else "_").join(names[abs(code)] for code in codes)
            table = {"decay": f"{source} -> {' '.join(map(str, codes))}", "absent": 0.0}
            name = f"br_{names[parent]}_{products}"
        chosen = parent in particles.HIGGS and len(final) < 3
        yield Observable(name, _place(entry), block, table, entry.value, chosen)


def _place(entry: Entry) -> str:
    query = entry.query
    words = "_".join(map(str, (query.block, *query.index, *query.final))).lower()
    column = f"_column_{query.column}" if query.column else ""
    return re.sub(r"\W", "_", words.replace("-", "m")) + column


def _said(table: dict[str, toml.Value], entry: Entry) -> dict[str, toml.Value]:
    return {**table, "doc": entry.comment} if entry.comment else table
