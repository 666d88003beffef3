"""What a scan has learnt, and what that predicts for any point."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlscanner_hep.constraints import TableLimit
from mlscanner_hep.errors import ConfigError, ScannerError, nearest
from mlscanner_hep.filling.gauge import violations
from mlscanner_hep.filling.prediction import predict
from mlscanner_hep.filling.region import Region
from mlscanner_hep.points import Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers import KINDS
from mlscanner_hep.proposers.base import Proposer
from mlscanner_hep.proposers.filling import Filling
from mlscanner_hep.record import saved
from mlscanner_hep.tools.cores import one_core

Array = NDArray[np.float64]


class NothingLearnt(ConfigError):
    """There is nothing to predict with: the proposer has no models, or too few points."""


@dataclass(frozen=True)
class Learnt:
    """What a proposer has learnt from the points of a scan.

    Parameters
    ----------
    problem : Problem
        Space and constraints.
    region : Region
        The fitted models.
    notes : tuple of str
        What a user should know: why it was learnt anew, why it was not saved, what it lacks.
    """

    problem: Problem
    region: Region
    notes: tuple[str, ...] = ()

    def predict(self, table: Mapping[str, ArrayLike]) -> dict[str, NDArray[Any]]:
        """Predict points; no code is run.

        Parameters
        ----------
        table : mapping of str to array_like, shape (n,)
            The parameters by name, at least one point; other columns do not matter.

        Returns
        -------
        dict of str to ndarray, shape (n,)
            ``in_box``, whether the point lies in the scanned box, outside of which nothing was
            learnt; then what `mlscanner_hep.filling.prediction.predict` says. The target of a limit
            that depends on another value is ``<name>_over_limit``. NaN where a parameter is no
            number, or has a value that the scan does not know.

        Raises
        ------
        ConfigError
            If a parameter is missing.
        """
        space = self.problem.space
        check_columns(self.problem, table)
        x = np.stack([np.asarray(table[name], dtype=float) for name in space.names], axis=1)
        u = space.to_unit(x)
        usable: NDArray[np.bool_] = np.asarray(np.isfinite(u).all(axis=1))
        # where nothing can be said, the middle of the box is asked instead, and not reported
        asked = np.where(usable[:, None], u, 0.5)
        names = [
            f"{c.name}_over_limit" if isinstance(c, TableLimit) else c.name
            for c in self.problem.constraints
        ]
        with one_core():
            predicted = predict(self.region, names, asked)
        columns = {name: np.where(usable, column, np.nan) for name, column in predicted.items()}
        return {"in_box": space.contains(x), **columns}


def check_columns(problem: Problem, have: Collection[str], file: Path | None = None) -> None:
    """Refuse a table that lacks a parameter or has it twice; the hint is the nearest column."""
    lacking = [name for name in problem.space.names if name not in have]
    if lacking:
        hints = "".join(f"\n  {name}: {nearest(name, have)}" for name in lacking)
        raise ConfigError(f"no column for these parameters:{hints}", file)
    for name in problem.space.names:
        if list(have).count(name) > 1:
            raise ConfigError(f"several columns are called '{name}'", file)


def learn(problem: Problem, proposer: Proposer, points: Points, seed: int, folder: Path) -> Learnt:
    """Learn from all points, and save it in the run folder.

    What is saved already is used if it was learnt from the same points for the same problem by the
    same proposer and versions.

    Parameters
    ----------
    problem : Problem
        Space and constraints.
    proposer : Proposer
        What learns.
    points : Points
        All points; pending ones are left out.
    seed : int
        Of the scan.
    folder : Path
        The run folder.

    Raises
    ------
    NothingLearnt
        If the proposer learns nothing that predicts, or there are too few points.
    """
    if not isinstance(proposer, Filling):
        kinds = " or ".join(f"'{k}'" for k, made in KINDS.items() if issubclass(made, Filling))
        raise NothingLearnt(
            "the proposer of this scan has no models that can predict: set kind in [proposer] of "
            f"model.toml to {kinds}; it learns from the points that are there"
        )
    points = points[points.status != Status.PENDING]
    gauge, violation = violations(problem, points)
    if not proposer.enough(problem, points, violation):
        raise NothingLearnt(f"{len(points)} points are too few to learn from: run the scan on")
    path, key = folder / saved.FILE, fingerprint(problem, proposer, points, seed)
    notes = []
    with one_core():
        if path.is_file():
            try:
                about = saved.about(path)
                if about.fingerprint == key:
                    return Learnt(problem, saved.read(path, problem), _lacks(about.complete))
                notes.append(_changed(about, points))
            except ScannerError as error:
                notes.append(f"{error}; learnt anew")
        rng = np.random.default_rng([seed, int(points.round.max()) + 1])
        region = proposer.learn(problem, points, gauge, violation, int(rng.integers(2**32)))
        try:
            saved.write(path, region, problem, gauge, points, key)
        except OSError as error:
            notes.append(f"{path} cannot be written: {error.strerror}")
    return Learnt(problem, region, (*notes, *_lacks(region.complete)))


def fingerprint(problem: Problem, proposer: Proposer, points: Points, seed: int) -> str:
    """A hash of all that decides what is learnt."""
    space = problem.space
    # the text of an expression: its set of names has another order in each process
    derived = {name: e.text for name, e in {**space.derived, **problem.computed}.items()}
    asked = (space.parameters, dict(space.constants), derived, tuple(problem.constraints))
    said = (*asked, proposer, seed, saved.versions(), points.origin.tolist())
    digest = hashlib.sha256(repr(said).encode())
    targets = problem.targets(points)
    for array in (points.x, targets, points.status, points.round, points.predicted):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _changed(about: saved.About, points: Points) -> str:
    if about.points != len(points):
        return f"learnt anew: from {len(points)} points, {about.points} the last time"
    return "learnt anew: the model, the points or a version has changed"


def _lacks(complete: bool) -> tuple[str, ...]:
    return () if complete else ("p_inside is missing: not every constraint could be learnt yet",)
