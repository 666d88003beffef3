"""Which rows of an earlier scan are points of this one, and what they mean here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.expressions import Expression
from mlscanner_hep.importing.rows import Array, LeftOut, Rows, check_complete
from mlscanner_hep.points import IMPORT, Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.space import Choice, Space

CONSTANT = 1e-5
"""Constants agree within this relative difference: a table of six digits has no more."""


@dataclass(frozen=True)
class Sifted:
    """Rows that may be imported.

    Parameters
    ----------
    points : Points
        The n of them, of origin ``import``.
    reasons : list of str
        For each, where it is from and why it is unphysical if it is.
    places : list of str
        For each, where it stands in the source.
    source : str
        What they are from.
    left_out : LeftOut
        The others.
    """

    points: Points
    reasons: list[str]
    places: list[str]
    source: str
    left_out: LeftOut


class _Verdicts:
    """A word for each row; the first one stands."""

    def __init__(self, n: int) -> None:
        self.words = np.full(n, "", dtype=object)

    def add(self, rows: NDArray[np.bool_], word: str) -> None:
        self.words[rows & (self.words == "")] = word

    @property
    def given(self) -> NDArray[np.bool_]:
        return np.asarray(self.words != "", dtype=bool)


def sift(
    problem: Problem, pipeline: Pipeline, rows: Rows, *, empty_unphysical: bool = False
) -> Sifted:
    """Judge rows by the model: its space, its constants, its rules on values.

    Observables that are computed from others are so here, where all they need is there.

    Parameters
    ----------
    problem, pipeline : Problem, Pipeline
        The model.
    rows : Rows
        With numbers for all parameters and for an observable.
    empty_unphysical : bool
        Take rows without any observable for unphysical points; else they are left out.
    """
    check_complete(problem, rows.values.keys(), rows.source, (), "...")
    x = np.stack([rows.values[name] for name in problem.space.names], axis=1)
    read = [name for name in problem.observables if name in rows.values]
    y = np.full((len(x), len(problem.observables)), np.nan)
    for name in read:
        y[:, problem.observables.index(name)] = rows.values[name]
    y[~np.isfinite(y)] = np.nan
    empty = np.isnan(y).all(axis=1)
    _compute(problem, pipeline, x, y)
    faults, complaints = _Verdicts(len(x)), _Verdicts(len(x))
    for row, word in rows.unphysical.items():
        complaints.words[row] = word
    _judge_inputs(problem.space, rows, x, faults)
    _judge_values(problem, pipeline, y, faults, complaints)
    empty &= ~complaints.given
    if empty_unphysical:
        complaints.add(empty, "no observable in")
    else:
        faults.add(empty, "no observable; --empty unphysical takes such rows for unphysical points")
    left_out = rows.left_out.copy()
    for row in np.flatnonzero(faults.given).tolist():
        left_out.add(faults.words[row], rows.place(row))
    good = np.flatnonzero(~faults.given)
    points = Points.of(
        problem.space.to_unit(x[good]),
        x[good],
        y[good],
        status=np.where(complaints.given[good], Status.UNPHYSICAL, Status.OK).astype(np.int8),
        origin=np.full(len(good), IMPORT),
    )
    places = [rows.place(row) for row in good.tolist()]
    # Unphysical points are counted by reason: no place in it.
    reasons = [
        f"{word} {rows.source}" if word else f"imported from {rows.source}, {place}"
        for word, place in zip(complaints.words[good], places, strict=True)
    ]
    return Sifted(points, reasons, places, rows.source, left_out)


def _judge_inputs(space: Space, rows: Rows, x: Array, faults: _Verdicts) -> None:
    for j, parameter in enumerate(space.parameters):
        faults.add(~np.isfinite(x[:, j]), f"no number for {parameter.name}")
    for name, constant in space.constants.items():
        if name in rows.values and not isinstance(constant, str):
            same = np.isclose(rows.values[name], constant, rtol=CONSTANT, atol=0.0)
            faults.add(~same, f"{name} is not {constant:g}: such a point means something else")
    for j, parameter in enumerate(space.parameters):
        where = (
            f"outside of {parameter.min:g} .. {parameter.max:g}"
            if not isinstance(parameter, Choice)
            else "none of its choices"
        )
        outside = ~Space((parameter,)).contains(x[:, [j]])
        faults.add(outside, f"{parameter.name} is {where}")


def _judge_values(
    problem: Problem, pipeline: Pipeline, y: Array, faults: _Verdicts, complaints: _Verdicts
) -> None:
    """Apply the adapters' conditions on observables, as far as those are there."""
    for stage in pipeline.stages:
        if not isinstance(stage, Adapter):
            continue
        # Of hidden names the model means something else.
        columns = {
            n: y[:, problem.observables.index(n)]
            for n in stage.observables
            if n in problem.observables
        }
        for condition in stage.unphysical.values:
            complaints.add(_known(condition, columns) == 1, f"{condition.text}, in")
        for condition in stage.success.plausible:
            implausible = (_known(condition, columns) == 0) & ~complaints.given
            faults.add(implausible, f"implausible: not {condition.text}")


def _compute(problem: Problem, pipeline: Pipeline, x: Array, y: Array) -> None:
    """Fill the columns of y (n, m) that are expressions of others."""
    values = problem.space.columns(x)
    values |= {name: y[:, j] for j, name in enumerate(problem.observables)}
    for name, expression in {**_formulas(pipeline), **pipeline.expressions}.items():
        computed = _known(expression, values)
        column = values[name]
        column[np.isfinite(computed)] = computed[np.isfinite(computed)]


def _formulas(pipeline: Pipeline) -> dict[str, Expression]:
    """What adapters compute, as far as the model means the same by all names in it."""
    return {
        computed.name: computed.expression
        for stage in pipeline.stages
        if isinstance(stage, Adapter)
        for computed in stage.computed
        if not (computed.expression.names | {computed.name}) & stage.hidden
    }


def _known(expression: Expression, values: dict[str, Array]) -> Array:
    """An expression for each row, NaN where a value that it needs is missing."""
    n = len(next(iter(values.values()), ()))
    if not expression.names <= values.keys():
        return np.full(n, np.nan)
    have = np.ones(n, dtype=bool)
    for name in expression.names:
        have &= np.isfinite(values[name])
    return np.where(have, np.broadcast_to(expression(values), (n,)), np.nan)
