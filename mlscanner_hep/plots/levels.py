"""The masses of a point as levels: from an SLHA file, or from observables that are masses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from mlscanner_hep import slha
from mlscanner_hep.observables import Observable
from mlscanner_hep.plots.labels import label, symbol
from mlscanner_hep.results.labels import Label
from mlscanner_hep.slha import Query, Sfermion

Array = NDArray[np.float64]

HIGGS, INOS, SLEPTONS, SQUARKS, OTHERS = (
    "Higgs",
    "inos",
    "sleptons",
    "squarks",
    "others",
)
GROUPS = (HIGGS, INOS, SLEPTONS, SQUARKS, OTHERS)
"""Columns of a spectrum, from the left."""

MOST = 3
"""Names in a line of text."""

STANDARD_MODEL = frozenset([*range(1, 7), *range(11, 17), 21, 22, 23, 24])
"""Their masses are inputs, or the same at all points."""

_PAIRS = {1: "d", 2: "u", 3: "s", 4: "c", 5: "b", 6: "t", 11: "e", 13: r"\mu", 15: r"\tau"}
LATEX = {
    25: "h", 35: "H", 36: "A", 37: r"H^\pm", 45: "H_3", 46: "A_2",
    1000021: r"\tilde{g}", 1000039: r"\tilde{G}",
    1000022: r"\tilde{\chi}^0_1", 1000023: r"\tilde{\chi}^0_2", 1000025: r"\tilde{\chi}^0_3",
    1000035: r"\tilde{\chi}^0_4", 1000045: r"\tilde{\chi}^0_5",
    1000024: r"\tilde{\chi}^\pm_1", 1000037: r"\tilde{\chi}^\pm_2",
    1000012: r"\tilde{\nu}_e", 1000014: r"\tilde{\nu}_\mu", 1000016: r"\tilde{\nu}_\tau",
}  # fmt: skip
"""Particles by their PDG codes, arXiv:0801.0045."""
for _code, _name in _PAIRS.items():
    _left, _right = ("1", "2") if _code in (5, 6, 15) else ("L", "R")
    LATEX[1000000 + _code] = rf"\tilde{{{_name}}}_{_left}"
    LATEX[2000000 + _code] = rf"\tilde{{{_name}}}_{_right}"
BY_MASS = {"USQMIX": "u", "DSQMIX": "d", "SELMIX": r"\ell", "SNUMIX": r"\nu"}


@dataclass(frozen=True)
class Level:
    """A particle of a spectrum.

    Parameters
    ----------
    name : str
        For the table: the PDG code or the name of the observable.
    label : str
        For the figure.
    mass : float
        In GeV, not negative.
    group : str
        One of `GROUPS`.
    """

    name: str
    label: str
    mass: float
    group: str


def of_file(data: bytes) -> list[Level]:
    """The new particles in block MASS of an SLHA file; none if it has no such block."""
    entries = slha.entries(data)
    latex = LATEX | _by_mass({entry.query.block for entry in entries})
    found = []
    for query, value, comment in entries:
        if query.block == "MASS" and len(query.index) == 1 and query.column is None:
            code = abs(query.index[0])
            if code not in STANDARD_MODEL:
                name = label(comment.strip() or str(code), latex.get(code, ""))
                found.append(Level(str(code), name, abs(value), group(code)))
    return found


def _by_mass(blocks: Set[str]) -> dict[int, str]:
    """The sfermions that are numbered by mass, as the mixing blocks of SLHA2 say."""
    numbered = slha.SFERMION_CODES.keys() & blocks & BY_MASS.keys()
    codes = ((block, *pair) for block in numbered for pair in enumerate(slha.SFERMION_CODES[block]))
    return {code: rf"\tilde{{{BY_MASS[block]}}}_{place + 1}" for block, place, code in codes}


def of_observables(
    known: Iterable[Observable], values: Mapping[str, float], labels: Mapping[str, Label]
) -> list[Level]:
    """The observables that are masses: by what is read, else those called ``m_...``.

    Parameters
    ----------
    known : iterable of Observable
        What adapters read.
    values : mapping of str to float
        The numbers of the point by name; NaN where missing.
    labels : mapping of str to Label
        What they are called; only numbers in GeV are masses.
    """
    groups: dict[str, str] = {}
    for observable in known:
        source = observable.source
        if isinstance(source, Sfermion):
            groups[observable.name] = SQUARKS if "SQ" in source.block else SLEPTONS
        elif isinstance(source, Query) and source.block == "MASS" and len(source.index) == 1:
            code = abs(source.index[0])
            if code not in STANDARD_MODEL:
                groups[observable.name] = group(code)
    groups = {name: OTHERS for name in values if name.startswith("m_")} | groups
    found = []
    for name, of in groups.items():
        unit = labels.get(name, Label()).unit
        if np.isfinite(values.get(name, np.nan)) and unit in ("", "GeV"):
            found.append(Level(name, symbol(name, labels), abs(values[name]), of))
    return found


def group(code: int) -> str:
    """The column of a particle."""
    if code in (25, 35, 36, 37, 45, 46):
        return HIGGS
    kind = code % 1000000
    if code > 1000000 and 1 <= kind <= 6:
        return SQUARKS
    if code > 1000000 and 11 <= kind <= 16:
        return SLEPTONS
    return INOS if code > 1000000 and 21 <= kind <= 45 and kind != 39 else OTHERS


def together(heights: Array, near: float) -> list[list[int]]:
    """Levels (n,), in increasing order, in groups of at most `MOST` that share a line of text.

    Parameters
    ----------
    heights : ndarray, shape (n,)
        Where they are, in units of the axis.
    near : float
        The largest distance from the first of a group.
    """
    groups: list[list[int]] = []
    for number, height in enumerate(heights.tolist()):
        if groups and len(groups[-1]) < MOST and height - heights[groups[-1][0]] <= near:
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


def spread(places: Array, gap: float, low: float, high: float) -> Array:
    """Places (n,) in increasing order, moved as little as possible to be a gap apart.

    Least squares with an order: isotonic regression after the gaps are taken out. What would lie
    beyond the ends is moved in together, as far as there is room.
    """
    steps = gap * np.arange(len(places))
    if not len(places):
        return places
    lowest, highest = low, max(low, high - steps[-1])
    apart = np.clip(isotonic_regression(places - steps).x, lowest, highest)
    return np.asarray(apart + steps, dtype=np.float64)
