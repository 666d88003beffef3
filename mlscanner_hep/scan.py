"""A scan: model.toml as objects, with a run folder. The command line is a thin shell over it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlscanner_hep import importing, loop, progress, proposers, rounds, shards
from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.errors import ConfigError, PreflightError, located, nearest
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.points import Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers.base import Proposer
from mlscanner_hep.record.ledger import FILE, Ledger
from mlscanner_hep.record.writer import Writer
from mlscanner_hep.results import replay
from mlscanner_hep.results.learnt import Learnt, learn
from mlscanner_hep.results.replay import Replay
from mlscanner_hep.rounds import Batch
from mlscanner_hep.running import scratch
from mlscanner_hep.setup import build, chain, engine, opening, preflight
from mlscanner_hep.setup.config import ModelFile
from mlscanner_hep.setup.tables import load
from mlscanner_hep.shards import Shard


class Scan:
    """The scan that a model.toml describes.

    Use `Scan.load`. A scan that is written to (`ask`, `tell`, `run`) holds the lock of its run
    folder until `close`; it is a context manager.

    Attributes
    ----------
    model : ModelFile
        The validated configuration.
    problem : Problem
        Space and constraints.
    pipeline : Pipeline
        The chain of codes.
    proposer : Proposer
        What proposes the points.
    folder : Path
        The run folder.
    shard : Shard or None
        The part of the points that `run` runs, if not all.
    notes : tuple of str
        What a user should know since the run folder was opened for writing: programs that are
        others than those that made the earlier points.
    """

    def __init__(self, model: ModelFile, file: Path, folder: Path | None = None) -> None:
        self.model = model
        self.file = file.resolve()
        self._space = build.space(model, self.file)
        self._constraints = build.constraints(model, self.file)
        self._computed = build.computed(model, self.file)
        default = Path("runs") / model.scan.name
        self.folder = folder or self.file.parent / Path(model.run.folder or default).expanduser()
        self.shard: Shard | None = None
        self.notes: tuple[str, ...] = ()
        self._ledger: Writer | None = None

    @cached_property
    def problem(self) -> Problem:
        """Space, observables and constraints."""
        if (self.folder / FILE).is_file() and "pipeline" not in self.__dict__:
            with Ledger(self.folder) as ledger:
                recorded = ledger.names("observable")
            space = self._space
            known = {*space.names, *space.constants, *space.derived, *self._computed}
            # one that is new in the model is missing in all points so far
            needed = [n for c in self._constraints for n in c.needs if n not in known]
            observables = tuple(dict.fromkeys([*recorded, *needed]))
            return Problem(space, observables, self._constraints, self._computed)
        made = [name for stage in self.pipeline.stages for name in stage.observables]
        names = dict.fromkeys([*made, *self.pipeline.expressions, *self.model.observables])
        return Problem(self._space, tuple(names), self._constraints, self._computed)

    @cached_property
    def pipeline(self) -> Pipeline:
        """The chain of codes."""
        stages = chain.stages(self.model, self.file)
        made = [name for stage in stages for name in stage.observables]
        return Pipeline(
            stages,
            build.expressions(self.model, self.file, made),
            self._constraints,
        )

    @cached_property
    def proposer(self) -> Proposer:
        """What proposes the points."""
        table = self.model.proposer
        with located(self.file, "proposer"):
            return proposers.make(table.kind, table.options)

    @classmethod
    def load(
        cls, file: str | Path, folder: str | Path | None = None, shard: Shard | None = None
    ) -> Scan:
        """Read a model.toml; nothing is run and nothing is written.

        Parameters
        ----------
        file : path
            The model.toml.
        folder : path, optional
            The run folder, instead of the one in the model.
        shard : Shard, optional
            A part of the points, which `run` runs alone, in a folder beside the run folder.

        Raises
        ------
        ConfigError
            If the file or an adapter says something that cannot be meant.
        """
        path = Path(file)
        scan = cls(load(ModelFile, path), path, None if folder is None else Path(folder))
        # Built when first used: a run can be read where its codes are not. Here they must be right.
        _ = scan.pipeline, scan.problem, scan.proposer
        if shard is not None:
            shards.check(scan.model, scan.proposer, scan.file)
            scan.shard, scan.folder = shard, shard.folder(scan.folder)
        return scan

    @classmethod
    def open(cls, folder: str | Path) -> Scan:
        """The scan of a run folder, as its model.toml is today, or else as it was recorded.

        Raises
        ------
        LedgerError
            If the folder holds no scan.
        """
        folder = Path(folder)
        with Ledger(folder) as ledger:
            file = Path(ledger.meta("model_file") or "")
            recorded = ledger.meta("model_toml") or ""
        if file.is_file():
            return cls(load(ModelFile, file), file, folder)
        with tempfile.TemporaryDirectory() as place:
            copy = Path(place) / "model.toml"
            copy.write_text(recorded, encoding="utf-8")
            return cls(load(ModelFile, copy), copy, folder)

    # --- reading

    @property
    def points(self) -> Points:
        """All points of the run folder, in the order in which they were proposed.

        Raises
        ------
        LedgerError
            If none was ever asked for, or the ledger is damaged.
        """
        if self._ledger is not None:
            return self._ledger.points(self.problem.space, self.problem.observables)
        with Ledger(self.folder) as ledger:
            return ledger.points(self.problem.space, self.problem.observables)

    def preflight(self) -> None:
        """Check everything that can be checked without running a code.

        Raises
        ------
        PreflightError
            With all problems.
        """
        found = preflight.problems(self.problem, self.pipeline, self.folder)
        if found:
            raise PreflightError(found)

    # --- writing

    @property
    def ledger(self) -> Writer:
        """The ledger, opened for writing.

        Raises
        ------
        LedgerError
            If it is locked, damaged, or its points mean something else than the model.
        """
        if self._ledger is None:
            self._ledger, self.notes = opening.open_ledger(
                self.model, self.file, self.problem, self.pipeline, self.folder
            )
        return self._ledger

    def retry(self, stage: str | None = None) -> int:
        """Let failed points wait to be run again, all or those of a stage; how many they are."""
        return self.ledger.retry(stage)

    def ask(self, n: int | None = None) -> Batch:
        """Propose a round of points, write them to the ledger as pending, and return them.

        Parameters
        ----------
        n : int, optional
            How many; by default as many up to ``proposer.batch`` as the proposer wants.
        """
        table = self.model.proposer
        ledger = self.ledger  # first: it makes a folder that is not there yet
        points = self.points
        basis = rounds.Basis.of(points, np.unique(points.round[points.status == Status.PENDING]))
        draft = rounds.propose(
            self.problem, self.proposer, basis, self.model.scan.seed, table.batch, n
        )
        return rounds.write(self.problem, draft, table.kind, ledger)

    def tell(self, ids: Sequence[int], results: Sequence[Outcome | Mapping[str, float]]) -> None:
        """Write what came of asked points.

        Parameters
        ----------
        ids : sequence of int
            As given by `ask`.
        results : sequence of Outcome or mapping
            For each point an outcome, or its observables by name; those left out are missing.

        Raises
        ------
        ConfigError
            If the model has no observable of a name; nothing is written then.
        LedgerError
            If a point is not pending.
        """
        known = self.problem.observables
        told: list[tuple[int, Outcome]] = []
        for point, result in zip(ids, results, strict=True):
            if isinstance(result, Outcome):
                told.append((point, result))
                continue
            for name in result.keys() - set(known):
                raise ConfigError(f"the model has no observable '{name}': {nearest(name, known)}")
            told.append((point, Outcome(Status.OK, dict(result))))
        for point, outcome in told:
            self.ledger.record(point, outcome)
        self.ledger.commit()

    def add(self, rows: importing.Rows, *, empty_unphysical: bool = False) -> importing.Imported:
        """Take over points of an earlier scan, as a finished round of their own.

        They are learnt from like all others, but are no calls of the codes. A row with exactly the
        parameters of a point that is there already is left out, and so is one that is no point of
        this model: outside of the space, with another constant, implausible to an adapter.

        Parameters
        ----------
        rows : Rows
            The points.
        empty_unphysical : bool
            Take rows without any observable for unphysical points; else they are left out.

        Returns
        -------
        Imported
            How many, and what was left out for which reason.

        Raises
        ------
        ConfigError
            If a parameter has no numbers, or no observable has.
        LedgerError
            If the ledger is locked, damaged, or its points mean something else than the model.
        """
        pipeline = self.pipeline  # first: it knows of observables that an old ledger lacks
        sifted = importing.sift(self.problem, pipeline, rows, empty_unphysical=empty_unphysical)
        return importing.append(self.problem, sifted, self.ledger)

    def pending(self) -> Batch:
        """The points of the first unfinished round that were asked for and not told."""
        none = Batch(-1, [], np.empty((0, self.problem.space.dim)), self.problem.space)
        return next(iter(rounds.unfinished(self.problem, self.ledger)), none)

    def run(self, watch: progress.Watch | None = None) -> progress.Progress:
        """Run the scan until a stop rule; go on where it was left.

        Parameters
        ----------
        watch : callable, optional
            Gets a `Progress` after each point.

        Returns
        -------
        Progress
            How it ended.

        Raises
        ------
        PreflightError, LedgerError, ScanStalled, ClusterError
            See there.
        """
        self.preflight()
        ledger = self.ledger
        if self.shard is not None:
            shards.plan(self.model, self.problem, self.proposer, ledger)
        run = self.model.run
        with (
            scratch.opened(self.folder, run.scratch) as place,
            engine.opened(run, self.file) as start,
        ):
            pipeline = replace(self.pipeline, scratch=place)
            parts = self.model, self.problem, pipeline, self.proposer, ledger, start
            return loop.run(*parts, watch, self.shard)

    def learn(self) -> Learnt:
        """What the proposer learns from all points, which is saved in the run folder.

        It is not learnt again as long as points, model and versions are those of the saved file.

        Raises
        ------
        NothingLearnt
            If the proposer has no models that predict, or there are too few points.
        """
        return learn(self.problem, self.proposer, self.points, self.model.scan.seed, self.folder)

    def predict(self, table: Mapping[str, ArrayLike]) -> dict[str, NDArray[Any]]:
        """Predict points, given by name of the parameters, without a code; see `Learnt.predict`."""
        return self.learn().predict(table)

    def check(
        self, settings: Mapping[str, float] | None = None, folder: Path | None = None
    ) -> tuple[dict[str, float | int | str], Outcome]:
        """Run one point through the chain, without a ledger.

        Parameters
        ----------
        settings : mapping of str to float, optional
            Parameter values; the others stay at the centre of their range.
        folder : Path, optional
            Where to leave the files of the point.

        Returns
        -------
        dict, Outcome
            The inputs by name, and what the codes said.

        Raises
        ------
        ConfigError
            If there is no parameter of a name.
        """
        space = self.problem.space
        x = space.middle
        for name, value in (settings or {}).items():
            if name not in space.names:
                raise ConfigError(f"no parameter '{name}': {nearest(name, space.names)}")
            x[space.names.index(name)] = value
        inputs = space.row(x)
        return inputs, self.pipeline.one(inputs, folder)

    def replay(self, point: int, folder: Path | None = None) -> Replay:
        """Run a recorded point once more, with exactly its inputs; nothing is written.

        Parameters
        ----------
        point : int
            Its id.
        folder : Path, optional
            Where to leave the files of the point.

        Raises
        ------
        LedgerError
            If there is no such point, or it means something else than the model does now.
        PreflightError
            If the chain cannot be run, or only a copy of the model is left, in the run folder:
            what may come from somebody else is not run.
        """
        if not self.file.is_file():
            raise PreflightError([f"{self.file} is not there any more: give the model.toml"])
        with Ledger(self.folder) as ledger:
            opening.check_meaning(self.file, self.problem, self.pipeline, ledger)
            self.preflight()
            return replay.replay(self.problem, self.pipeline, ledger, point, folder)

    def close(self) -> None:
        """Give the lock back."""
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None

    def __enter__(self) -> Scan:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
