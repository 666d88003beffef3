"""Numbers in the shapes in which Fortran and C programs print them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

# Stands in the text where the file ends inside a line: what stood there may have lost its tail.
CUT = "…"

_DECIMAL = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_PLAIN = re.compile(rf"{_DECIMAL}(?:[Ee][+-]?\d+)?", re.ASCII)
_FORTRAN = re.compile(rf"({_DECIMAL})[DdQq]([+-]?\d+)", re.ASCII)
# A Fortran field without room for the letter drops it, and does so for three-digit exponents only.
_NO_LETTER = re.compile(r"([+-]?(?:\d+\.\d*|\.\d+))([+-]\d{3})", re.ASCII)
_TAIL_LOST = re.compile(rf"(?:{_DECIMAL}[DdEeQq][+-]?|{_DECIMAL}[+-]|[+-])", re.ASCII)
_LONGEST = 200
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)


class Reading(NamedTuple):
    """What a file says about one number.

    Parameters
    ----------
    value : float
        The number, NaN if it is missing.
    reason : str
        Why it is missing; empty if and only if the value is finite.
    """

    value: float
    reason: str


def missing(reason: str) -> Reading:
    """A reading without a value."""
    return Reading(math.nan, reason)


def read_number(token: str) -> Reading:
    """Read one printed number.

    Besides what C prints, the shapes of Fortran are numbers: ``1.25D+02``, ``1.d0``, ``-.5`` and
    ``0.1234-149``, which is 0.1234e-149. Overflown fields (``****``), NaN, infinities, numbers
    that lost their end and everything else are missing. What is too small for a float is 0.

    Parameters
    ----------
    token : str
        The characters, without blanks.

    Returns
    -------
    Reading
        A finite value, or missing with the reason.
    """
    if len(token) > _LONGEST:  # the patterns take the square of its length
        return missing(f"'{_shown(token)}' is too long for a number")
    if _PLAIN.fullmatch(token):
        value = float(token)
    elif match := _FORTRAN.fullmatch(token) or _NO_LETTER.fullmatch(token):
        value = float("e".join(match.groups()))
    else:
        return missing(_complaint(token))
    if math.isinf(value):
        return missing(f"'{_shown(token)}' is too large for a float")
    return Reading(value, "")


def agree(readings: Sequence[Reading], conflict: str) -> Reading:
    """The common value of several readings of one thing.

    Parameters
    ----------
    readings : sequence of Reading
        At least one.
    conflict : str
        The reason to give if the values differ.

    Returns
    -------
    Reading
        The value, the first reason if one of them is missing, or missing with `conflict`.
    """
    for reading in readings:
        if reading.reason:
            return reading
    if any(reading.value != readings[0].value for reading in readings):
        return missing(conflict)
    return readings[0]


def is_integer(token: str) -> bool:
    """Whether the token can be an index, a PDG code or a count."""
    return _INTEGER.fullmatch(token) is not None


def canonical(token: str) -> str:
    """An integer without leading zeros and plus sign (``0305`` is ``305``); the rest unchanged."""
    if token[0] in "0+-" and is_integer(token):
        return str(int(token))
    return token


def _complaint(token: str) -> str:
    if CUT in token:
        return "the last line of the file has no end: the file may be cut short"
    shown = _shown(token)
    word = token.lower().lstrip("+-")
    if "**" in token or token == "*":
        return f"'{shown}' is a Fortran overflow: the number did not fit its field"
    if word.startswith("nan"):
        return f"'{shown}' is not a number"
    if word in ("inf", "infinity"):
        return f"'{shown}' is infinite"
    if _TAIL_LOST.fullmatch(token):
        return f"'{shown}' is a number that lost its end"
    return f"'{shown}' is not a readable number"


def _shown(token: str) -> str:
    return token if len(token) <= 40 else f"{token[:37]}..."
