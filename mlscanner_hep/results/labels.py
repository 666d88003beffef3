"""Units, LaTeX and meaning of the numbers of a scan."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.errors import ConfigError

if TYPE_CHECKING:
    from mlscanner_hep.scan import Scan


POWER = re.compile(r"\^\{?(-?\d+)\}?")
"""A power in a unit: ``GeV^2`` or ``GeV^{-2}``."""


class Label(NamedTuple):
    """How a number is called among people."""

    unit: str = ""
    latex: str = ""
    doc: str = ""


def labels(scan: Scan) -> dict[str, Label]:
    """By name: what the model says, or else the adapters do.

    A run can be read where its adapters are not; then only the model is asked.
    """
    found: dict[str, Label] = {}
    with suppress(ConfigError):
        for stage in scan.pipeline.stages:
            if isinstance(stage, Adapter):
                found |= {o.name: Label(o.unit, o.latex, o.doc) for o in stage.makes}
    for name, table in scan.model.observables.items():
        other = found.get(name, Label())
        found[name] = Label(
            table.unit or other.unit, table.latex or other.latex, table.doc or other.doc
        )
    space = scan.problem.space
    found |= {p.name: Label(p.unit, p.latex) for p in space.parameters}
    found |= {name: Label(doc=e.text) for name, e in space.derived.items()}
    return found
