"""The rules that tell answers of a code from its faults."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mlscanner_hep.expressions import Expression


@dataclass(frozen=True)
class Success:
    """When an answer of the code counts.

    Parameters
    ----------
    exit_codes : tuple of int
        Accepted exit codes.
    require : tuple of (str, str)
        Pairs of output file and SLHA block or entry that have to be there.
    fatal : tuple of re.Pattern
        Texts on stdout, stderr or in an output of format text that mean a fault.
    plausible : tuple of Expression
        Conditions on the observables: a present, finite number is not proof.
    """

    exit_codes: tuple[int, ...] = (0,)
    require: tuple[tuple[str, str], ...] = ()
    fatal: tuple[re.Pattern[str], ...] = ()
    plausible: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Unphysical:
    """How the code says that there is no spectrum at this point.

    Parameters
    ----------
    exit_codes : tuple of int
        Exit codes that say so.
    text : tuple of re.Pattern
        Texts on stdout, stderr or in an output of format text that say so.
    slha : tuple of tuple
        Block and indices of entries whose presence says so, e.g. ``("SPINFO", 4)``.
    values : tuple of Expression
        Conditions on the observables that say so.
    """

    exit_codes: tuple[int, ...] = ()
    text: tuple[re.Pattern[str], ...] = ()
    slha: tuple[tuple[str, tuple[int, ...]], ...] = ()
    values: tuple[Expression, ...] = ()


def first_match(patterns: Sequence[re.Pattern[str]], texts: Iterable[bytes]) -> str:
    """The line around the first match in several texts; empty if nothing matches."""
    for data in texts if patterns else ():
        text = data.decode("utf-8", errors="replace")
        for pattern in patterns:
            if match := pattern.search(text):
                start = text.rfind("\n", 0, match.start()) + 1
                end = text.find("\n", match.end())
                return text[start : end if end >= 0 else None].strip()[:300]
    return ""


def explain(condition: Expression, numbers: Mapping[str, float]) -> str:
    """A condition with the numbers that it judges."""
    facts = ", ".join(f"{name} = {numbers[name]:g}" for name in sorted(condition.names))
    return f"{condition.text} ({facts})"
