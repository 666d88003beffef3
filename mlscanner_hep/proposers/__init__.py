"""Proposers: pure functions from the points so far to the next batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlscanner_hep import surrogates
from mlscanner_hep.proposers.auto import Auto
from mlscanner_hep.proposers.base import Proposal, Proposer
from mlscanner_hep.proposers.classifier import Classifier
from mlscanner_hep.proposers.filling import Filling
from mlscanner_hep.proposers.mlscanner import MLscannerClassifier, MLscannerRegressor
from mlscanner_hep.proposers.regressor import Regressor
from mlscanner_hep.proposers.uniform import Uniform
from mlscanner_hep.tools.options import build
from mlscanner_hep.tools.plugins import Kinds

__all__ = ["KINDS", "Proposal", "Proposer", "make"]

KINDS: dict[str, type[Proposer]] = {
    "uniform": Uniform,
    "regressor": Regressor,
    "classifier": Classifier,
    "auto": Auto,
    "mlscanner-regressor": MLscannerRegressor,
    "mlscanner-classifier": MLscannerClassifier,
}
"""The proposers that ``[proposer] kind`` may name without another package."""

_ALL = Kinds("mlscanner_hep.proposers", KINDS, ("size", "propose"))


def make(kind: str, options: Mapping[str, Any]) -> Proposer:
    """Make a proposer from ``[proposer]`` of a configuration file.

    Parameters
    ----------
    kind : str
        A key of `KINDS`, or the name of an entry point ``mlscanner_hep.proposers``.
    options : mapping of str to object
        Its options. `model` is the name of a surrogate, or a mapping with its `kind` and options;
        those of arXiv:2207.09959 have models of their own, by name.

    Raises
    ------
    ValueError
        If the kind or an option is unknown, with the nearest name, or a value is not allowed, or
        if the package of the kind cannot be loaded.
    """
    options = dict(options)
    if "model" in options and issubclass(_ALL.get(kind, Filling), Filling):
        options["model"] = surrogates.from_table(options["model"])
    return build(_ALL, "proposer", kind, options)
