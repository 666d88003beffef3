"""Names of numbers as a page shows them: the symbol and the unit beside the name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from markupsafe import Markup, escape

from mlscanner_hep.results import labels as results

SPACE = "{http://www.w3.org/1998/Math/MathML}"
ELEMENTS = {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot"}
ELEMENTS |= {"msub", "msup", "msubsup", "munder", "mover", "munderover"}
ATTRIBUTES = {"display", "stretchy", "mathvariant", "accent", "form", "fence", "separator"}
"""A formula of anything else, a link for instance, is not shown."""

NONE = Markup()


@dataclass(frozen=True)
class Label:
    """What a number is called.

    Parameters
    ----------
    name : str
        As in model.toml and in exported tables.
    symbol : Markup
        Its formula in MathML; empty if it has none.
    unit : str
        As given, e.g. ``GeV^2``.
    doc : str
        What it is.
    """

    name: str
    symbol: Markup = NONE
    unit: str = ""
    doc: str = ""

    @property
    def unit_html(self) -> Markup:
        """The unit with raised powers."""
        return Markup(results.POWER.sub(r"<sup>\1</sup>", str(escape(self.unit))))


def labels(known: Mapping[str, results.Label]) -> Mapping[str, Label]:
    """The labels of numbers by name."""
    return {
        name: Label(name, NONE if told.latex == name else symbol(told.latex), told.unit, told.doc)
        for name, told in known.items()
    }


def symbol(latex: str) -> Markup:
    """A formula in MathML; empty if it cannot be read or is more than a formula."""
    from latex2mathml.converter import convert

    try:
        text = convert(latex.strip().strip("$"))
        parts = list(ElementTree.fromstring(text).iter())
    except Exception:  # the library has no common error for LaTeX that it cannot read
        return NONE
    tags = {part.tag.removeprefix(SPACE) for part in parts}
    attributes = {name for part in parts for name in part.attrib}
    return Markup(text) if tags <= ELEMENTS and attributes <= ATTRIBUTES else NONE
