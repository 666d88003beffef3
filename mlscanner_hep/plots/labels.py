"""What the axes of parameters and observables are called."""

from __future__ import annotations

import re
from collections.abc import Mapping

from matplotlib.mathtext import MathTextParser

from mlscanner_hep.expressions import RESERVED
from mlscanner_hep.results.labels import POWER, Label

NAME = re.compile(r"[A-Za-z_]\w*")
OWN = {"chi2": Label(latex=r"\chi^2"), "delta_chi2": Label(latex=r"\Delta\chi^2")}
"""Labels of numbers that follow from the constraints."""


def of(text: str, known: Mapping[str, Label]) -> str:
    """The label of a name, or of an expression with the symbols of its names.

    A sum has the unit that all of its terms have.
    """
    names = [name for name in NAME.findall(text) if name not in RESERVED]
    shown = NAME.sub(lambda found: symbol(found[0], known) if found[0] in names else found[0], text)
    for sign, better in (("-", "\N{MINUS SIGN}"), ("*", "\N{MIDDLE DOT}")):
        shown = shown.replace(f" {sign} ", f" {better} ")
    units = {unit(name, known) for name in names}
    if len(units) == 1 and re.fullmatch(rf"{NAME.pattern}( [+-] {NAME.pattern})*", text):
        return _with(shown, units.pop())
    return shown


def symbol(name: str, known: Mapping[str, Label]) -> str:
    """The LaTeX of a name, or the name itself."""
    return _formula(name, known.get(name, OWN.get(name, Label())).latex)


def unit(name: str, known: Mapping[str, Label]) -> str:
    """The unit of a name, with raised powers; empty if it has none."""
    return _raised(known.get(name, Label()).unit)


def label(name: str, latex: str = "", unit: str = "") -> str:
    """The label of an axis: LaTeX where that is given and can be read, with the unit."""
    return _with(_formula(name, latex), _raised(unit))


def plain(text: str) -> str:
    """Text that is shown as it is: a dollar sign would start a formula."""
    return text.replace("$", r"\$")


def _formula(name: str, latex: str) -> str:
    formula = f"${latex.strip().strip('$')}$"
    return formula if latex and _readable(formula) else plain(name)


def _raised(unit: str) -> str:
    return POWER.sub(r"$^{\1}$", plain(unit))


def _with(text: str, unit: str) -> str:
    return f"{text} [{unit}]" if unit else text


def _readable(formula: str) -> bool:
    """Whether matplotlib, which knows a part of LaTeX, can read a formula."""
    try:
        MathTextParser("path").parse(formula)
    except ValueError:
        return False
    return True
