"""Surrogates: cheap models of what the codes compute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from mlscanner_hep.surrogates.base import Model, Surrogate
from mlscanner_hep.surrogates.dnn import Dnn
from mlscanner_hep.surrogates.ensembles import Boosting, ExtraTrees, Forest, SvrPoly, SvrRbf
from mlscanner_hep.surrogates.gp import Gp
from mlscanner_hep.surrogates.probit import Probit
from mlscanner_hep.tools.options import build
from mlscanner_hep.tools.plugins import Kinds

__all__ = ["KINDS", "Model", "Surrogate", "from_table", "make", "to_table"]

KINDS: dict[str, type[Surrogate]] = {
    "gp": Gp,
    "dnn": Dnn,
    "forest": Forest,
    "extra-trees": ExtraTrees,
    "boosting": Boosting,
    "svr-rbf": SvrRbf,
    "svr-poly": SvrPoly,
}
"""The surrogates that a proposer's option `model` may name without another package."""

_METHODS = ("max_points", "for_labels", "variants", "tune", "train", "fit", "restore")
# what a gp becomes for labels has to be found in the files of saved models, too
_OWN: dict[str, type[Surrogate]] = {**KINDS, "probit": Probit}
_ALL = Kinds("mlscanner_hep.surrogates", _OWN, _METHODS)


def make(kind: str, options: Mapping[str, Any]) -> Surrogate:
    """Make a surrogate.

    Parameters
    ----------
    kind : str
        A key of `KINDS`, or the name of an entry point ``mlscanner_hep.surrogates``.
    options : mapping of str to object
        Its options.

    Raises
    ------
    ValueError
        If the kind or an option is unknown, with the nearest name, or a value is not allowed, or
        if the package of the kind cannot be loaded.
    """
    return build(_ALL, "model", kind, options)


def from_table(table: object) -> Surrogate:
    """Make a surrogate from its name, or from a mapping with its `kind` and options."""
    if isinstance(table, str):
        return make(table, {})
    if not isinstance(table, Mapping) or "kind" not in table:
        raise ValueError('model must be a name, or a table with a kind, e.g. { kind = "gp" }')
    return make(table["kind"], {name: value for name, value in table.items() if name != "kind"})


def to_table(surrogate: Surrogate) -> dict[str, Any]:
    """The kind and the options of a surrogate: what `from_table` makes it from."""
    kind = next(kind for kind, made in _ALL.items() if type(surrogate) is made)
    options = [option.name for option in fields(_ALL[kind]) if option.metadata]  # type: ignore[arg-type]
    return {"kind": kind, **{name: getattr(surrogate, name) for name in options}}
