"""Short names of particles by their PDG codes, for observables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set

from mlscanner_hep.slha import SFERMION_CODES

# Heavier bosons first: names of branching ratios list the products in this order.
_STANDARD_MODEL = {
    24: "W", 23: "Z", 22: "gam", 21: "g",
    6: "t", 5: "b", 4: "c", 3: "s", 2: "u", 1: "d",
    15: "tau", 13: "mu", 11: "e", 16: "nutau", 14: "numu", 12: "nue",
}  # fmt: skip
_HIGGS = {25: "h", 35: "H", 36: "A", 37: "Hp", 45: "H3", 46: "A2"}
_SPARTICLES = {
    1000021: "gluino", 1000039: "gravitino",
    1000022: "neut1", 1000023: "neut2", 1000025: "neut3", 1000035: "neut4", 1000045: "neut5",
    1000024: "char1", 1000037: "char2",
    1000006: "stop1", 2000006: "stop2", 1000005: "sbot1", 2000005: "sbot2",
    1000015: "stau1", 2000015: "stau2",
    1000002: "suL", 2000002: "suR", 1000001: "sdL", 2000001: "sdR",
    1000004: "scL", 2000004: "scR", 1000003: "ssL", 2000003: "ssR",
    1000011: "selL", 2000011: "selR", 1000013: "smuL", 2000013: "smuR",
    1000012: "snue", 1000014: "snumu", 1000016: "snutau",
}  # fmt: skip
_NAMES = _STANDARD_MODEL | _HIGGS | _SPARTICLES
_ORDER = {code: position for position, code in enumerate(_NAMES)}

MAJORANA_OR_CHARGINO = frozenset({1000022, 1000023, 1000024, 1000025, 1000035, 1000037, 1000045})
"""Their masses carry the sign of the mixing convention."""

HIGGS = frozenset(_HIGGS)
LIGHT = frozenset(_STANDARD_MODEL) - {24}
"""Particles whose masses are inputs."""

SHORT = frozenset(_STANDARD_MODEL) | HIGGS
"""Particles whose names can be written one after the other."""

# What the mass eigenstates of a mixing block are called where they are ordered by mass.
_PREFIX = {"USQMIX": "su", "DSQMIX": "sd", "SELMIX": "sl", "SNUMIX": "snu"}
# The gauge eigenstates by their place in those blocks: the same names mean the same particles.
STATES = {
    "USQMIX": {"stop1": "3 6: 1", "stop2": "3 6: 2", "suL": "1: 1", "suR": "4: 1"},
    "DSQMIX": {"sbot1": "3 6: 1", "sbot2": "3 6: 2", "sdL": "1: 1", "sdR": "4: 1"},
    "SELMIX": {
        "stau1": "3 6: 1", "stau2": "3 6: 2",
        "selL": "1: 1", "selR": "4: 1", "smuL": "2: 1", "smuR": "5: 1",
    },
    "SNUMIX": {"snue": "1: 1", "snumu": "2: 1", "snutau": "3: 1"},
}  # fmt: skip


def names(codes: Iterable[int], comments: Mapping[int, str], blocks: Set[str]) -> dict[int, str]:
    """A short name for each particle.

    Parameters
    ----------
    codes : iterable of int
        PDG codes, without signs.
    comments : mapping of int to str
        What the MASS block says of them, for those that have no common name.
    blocks : set of str
        Blocks of the spectrum: those of SLHA2 show that sfermions are ordered by mass.

    Returns
    -------
    dict of int to str
        Different for different codes.
    """
    known = dict(_NAMES)
    for block in SFERMION_CODES.keys() & blocks:
        for place, code in enumerate(SFERMION_CODES[block], 1):
            known[code] = f"{_PREFIX[block]}{place}"
    found: dict[int, str] = {}
    for code in codes:
        said = re.fullmatch(r"[^\W\d]\w*", comments.get(code, ""), re.ASCII)
        name = known.get(code) or (said[0] if said else str(code))
        found[code] = name if name not in found.values() else str(code)
    return found


def in_order(codes: Iterable[int]) -> list[int]:
    """Decay products as they are usually named: Z h, t b, b bbar."""
    return sorted(codes, key=lambda code: (_ORDER.get(abs(code), len(_ORDER) + abs(code)), -code))
