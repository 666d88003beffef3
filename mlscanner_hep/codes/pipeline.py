"""The chain of codes: one point in, one outcome out. The only input and output on points."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from mlscanner_hep import constraints
from mlscanner_hep.codes import lifeline
from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.constraints import Constraint
from mlscanner_hep.expressions import Expression
from mlscanner_hep.outcome import Answer, Outcome
from mlscanner_hep.points import Status


class _Texts(Mapping[str, str]):
    """The files of the earlier stages as a template sees them; decoded only when read."""

    def __init__(self) -> None:
        self.data: dict[str, bytes] = {}

    def __getitem__(self, name: str) -> str:
        return self.data[name].decode("utf-8", errors="replace")

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)


class Stage(Protocol):
    """One link of the chain: an `Adapter` or a `PythonStage`."""

    @property
    def name(self) -> str: ...

    @property
    def observables(self) -> tuple[str, ...]: ...

    @property
    def skip_if(self) -> Expression | None: ...

    def run(self, folder: Path, values: Mapping[str, object]) -> Answer: ...


@dataclass(frozen=True)
class Pipeline:
    """The stages in order.

    Parameters
    ----------
    stages : sequence of Stage
        Run one after the other, in one fresh folder per point, until one does not answer.
    expressions : mapping of str to Expression
        Observables computed from others as soon as those are known.
    constraints : sequence of Constraint
        Only for ``inside(name)`` in `skip_if`.
    scratch : Path, optional
        Where the folders of the points are made and removed, and what stages keep between them;
        the system's place by default.
    """

    stages: Sequence[Stage]
    expressions: Mapping[str, Expression] = field(default_factory=dict)
    constraints: Sequence[Constraint] = ()
    scratch: Path | None = None

    def __post_init__(self) -> None:
        if self.scratch is not None:
            placed = (
                replace(stage, scratch=self.scratch) if isinstance(stage, Adapter) else stage
                for stage in self.stages
            )
            object.__setattr__(self, "stages", tuple(placed))

    def one(self, inputs: Mapping[str, float | int | str], folder: Path | None = None) -> Outcome:
        """Run the chain on one point.

        Parameters
        ----------
        inputs : mapping
            Parameters, constants and derived values by name.
        folder : Path, optional
            A fresh folder to use and to leave; by default one is made and removed.

        Returns
        -------
        Outcome
            Whatever the codes do.
        """
        if folder is not None:
            return self._chain(inputs, folder)
        try:
            own = lifeline.make_folder("point-", self.scratch)
        except OSError as error:
            return Outcome(Status.FAILED, reason=f"no folder for the point: {error}")
        try:
            return self._chain(inputs, own)
        finally:
            lifeline.remove_folder(own)

    def _chain(self, inputs: Mapping[str, float | int | str], folder: Path) -> Outcome:
        values: dict[str, float] = {}
        files = _Texts()
        answers: list[Answer] = []
        for stage in self.stages:
            known = _numbers(inputs) | values
            if stage.skip_if is not None and self._holds(stage.skip_if, known):
                reason = f"{stage.name} not run: {stage.skip_if.text}"
                return Outcome(Status.OK, values, stage.name, reason, answers=tuple(answers))
            answer = _run(stage, folder, {**inputs, **values, "files": files})
            answers.append(answer)
            values |= answer.values
            values = self.complete(inputs, values)
            if answer.status != Status.OK:
                return Outcome(
                    answer.status,
                    values,
                    stage.name,
                    answer.reason,
                    answer.exit_code,
                    answer.log_tail(),
                    tuple(answers),
                )
            files.data.update(answer.files)
        missing = [f"{n}: {why}" for answer in answers for n, why in answer.missing.items()]
        return Outcome(Status.OK, values, reason="; ".join(missing), answers=tuple(answers))

    def complete(
        self, inputs: Mapping[str, float | int | str], values: Mapping[str, float]
    ) -> dict[str, float]:
        """Observables, and those of the `expressions` that are not there and follow from them."""
        return {**values, **dict(self._computed(_numbers(inputs) | dict(values), values))}

    def _computed(
        self, known: Mapping[str, float], done: Mapping[str, float]
    ) -> Iterator[tuple[str, float]]:
        for name, expression in self.expressions.items():
            if name not in done and expression.names <= known.keys():
                value = float(expression(known))
                if np.isfinite(value):
                    known = {**known, name: value}
                    yield name, value

    def _holds(self, condition: Expression, known: Mapping[str, float]) -> bool:
        """Whether a condition is true; what it needs and is missing makes it untrue."""
        columns = {name: np.array([value]) for name, value in known.items()}
        judged = {
            f"inside({c.name})": bool(constraints.inside(c, columns)[0])
            for c in self.constraints
            if columns.keys() >= set(c.needs)
        }
        numbers = {**known, **{name: float(verdict) for name, verdict in judged.items()}}
        return condition.names <= numbers.keys() and bool(condition(numbers) == 1)


def _run(stage: Stage, folder: Path, values: Mapping[str, object]) -> Answer:
    """Run a stage. One point never ends a scan, also if what nobody thought of goes wrong here."""
    try:
        return stage.run(folder, values)
    except Exception as error:
        reason = f"mlscanner-hep itself failed: {type(error).__name__}: {error}"
        log = traceback.format_exc().encode(errors="replace")
        return Answer(stage.name, Status.FAILED, reason=reason, files={"stderr": log})


def _numbers(values: Mapping[str, float | int | str]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items() if not isinstance(value, str)}
