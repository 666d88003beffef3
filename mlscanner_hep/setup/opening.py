"""Open the ledger of a model for writing: its points have to mean what the model says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.errors import LedgerError
from mlscanner_hep.problem import Problem
from mlscanner_hep.record.ledger import FILE, Ledger
from mlscanner_hep.record.writer import Writer
from mlscanner_hep.setup import meaning, provenance
from mlscanner_hep.setup.config import ModelFile


def open_ledger(
    model: ModelFile, file: Path, problem: Problem, pipeline: Pipeline, folder: Path
) -> tuple[Writer, tuple[str, ...]]:
    """Open the ledger of a run folder, or make it, and write down what makes its points.

    Parameters
    ----------
    model, file : ModelFile, Path
        The model.toml.
    problem, pipeline : Problem, Pipeline
        What it describes.
    folder : Path
        The run folder.

    Returns
    -------
    Writer, tuple of str
        The ledger, and what a user should know: programs that are others than the last time.

    Raises
    ------
    LedgerError
        If it is locked, damaged, or its points mean something else than the model.
    """
    if (folder / FILE).is_file():
        with Ledger(folder) as old:
            check_meaning(file, problem, pipeline, old)
    ledger = Writer(folder, problem.space.names, problem.observables)
    ledger.set_meta(
        name=model.scan.name,
        model_file=str(file),
        model_toml=file.read_text(encoding="utf-8"),
        seed=str(model.scan.seed),
        meaning=json.dumps({**ledger.meaning(), **_described(problem, pipeline)}),
        versions=json.dumps(provenance.versions()),
    )
    return ledger, tuple(provenance.note_codes(ledger, pipeline))


def check_meaning(file: Path, problem: Problem, pipeline: Pipeline, ledger: Ledger) -> None:
    """Refuse points that mean something else than the model does, with the differences.

    Raises
    ------
    LedgerError
        If they do.
    """
    recorded = ledger.meaning()  # empty if the scan was killed before it could write it
    described = _described(problem, pipeline)
    if changed := meaning.changes(recorded, described) if recorded else []:
        raise LedgerError(
            f"the points in {ledger.path.parent} mean something else than {file}:\n  "
            + "\n  ".join(changed)
            + "\nTake the change back, or give the new scan another name or folder."
        )


def _described(problem: Problem, pipeline: Pipeline) -> dict[str, Any]:
    """The meaning as it comes back from the ledger."""
    found: dict[str, Any] = json.loads(json.dumps(meaning.describe(problem.space, pipeline)))
    return found
