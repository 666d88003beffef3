"""Fitted models in a file: arrays and JSON, no code, so that a file of a stranger is harmless.

The file is a zip of arrays as ``numpy.savez`` writes it. ``about`` is JSON: what the models are for
and what they were learnt from. ``3.u`` is the array `u` of the model of factor 3, and
``4.first.u`` that of the first of its branches.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from mlscanner_hep import surrogates
from mlscanner_hep.errors import ScannerError
from mlscanner_hep.filling.gauge import Gauge
from mlscanner_hep.filling.region import Branched, Factor, Known, Labelled, Measured, Region
from mlscanner_hep.filling.transform import Transform
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.surrogates.base import Model
from mlscanner_hep.tools import npz

FILE = "models.npz"
"""Name of the file in a run folder."""
FORMAT = 1
BRANCHED = ("side", "first", "second")
"""The parts of a target on two branches."""
MADE_BY = ("mlscanner-hep", "numpy", "scipy", "scikit-learn", "keras")

Positive = Annotated[float, Field(gt=0)]
Options = dict[str, int | float | str]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class _Constraint(_Table):
    """A constraint; `min` and `max` are those of its target, `scale` is that of the gauge."""

    name: str
    min: float | None
    max: float | None
    scale: Positive


class _Target(_Table):
    constraint: Annotated[int, Field(ge=0)]
    centre: float
    width: Positive
    calibration: Positive


class _Known(_Table):
    factor: Literal["known"] = "known"


class _Measured(_Table):
    factor: Literal["measured"] = "measured"
    targets: Annotated[list[_Target], Field(min_length=1)]
    model: Options


class _Labelled(_Table):
    factor: Literal["labelled"] = "labelled"
    name: str
    slope: float
    offset: float
    model: Options


class _Branched(_Table):
    factor: Literal["branched"] = "branched"
    side: _Labelled
    first: _Measured
    second: _Measured


_Plain = _Known | _Measured | _Labelled | _Branched
_Factor = Annotated[_Plain, Field(discriminator="factor")]


class About(_Table):
    """What the models of a file are for, and what they were learnt from.

    Attributes
    ----------
    fingerprint : str
        Of all that decides what is learnt.
    points, rounds : int
        How many points were learnt from, and the number of rounds that they belong to.
    date : str
        When, in ISO 8601.
    versions : dict of str to str
        Of the packages that made the models.
    parameters, constraints, factors : list
        The space in column order, what inside means, and the parts of the region.
    complete : bool
        Whether every constraint was learnt.
    """

    format: Literal[1] = 1
    fingerprint: str
    points: int
    rounds: int
    date: str
    versions: dict[str, str]
    parameters: list[dict[str, JsonValue]]
    constraints: list[_Constraint]
    complete: bool
    factors: list[_Factor]


def versions() -> dict[str, str]:
    """The packages that decide what a fitted model predicts."""
    return {name: metadata.version(name) for name in MADE_BY}


def write(
    path: Path, region: Region, problem: Problem, gauge: Gauge, points: Points, fingerprint: str
) -> None:
    """Write a region, all or nothing.

    Parameters
    ----------
    path : Path
        The file; what was there is replaced.
    region : Region
        What was learnt.
    problem : Problem
        What it was learnt for.
    gauge : Gauge
        Of all targets.
    points : Points
        What it was learnt from.
    fingerprint : str
        To be found in `About`.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    arrays: npz.Arrays = {}
    factors: list[_Plain] = []
    for i, factor in enumerate(region.factors):
        factors.append(_describe(factor))
        arrays |= {f"{i}.{name}": array for name, array in _arrays(factor).items()}
    arrays["about"] = np.array(
        About(
            fingerprint=fingerprint,
            points=len(points),
            rounds=len(np.unique(points.round)),
            date=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            versions=versions(),
            parameters=_parameters(problem),
            constraints=_constraints(problem, gauge.scale.tolist()),
            complete=region.complete,
            factors=factors,
        ).model_dump_json()
    )
    npz.write(path, arrays)


def _arrays(factor: Factor) -> npz.Arrays:
    match factor:
        case Labelled() | Measured():
            return dict(factor.model.state().arrays)
        case Branched():
            parts = {name: _arrays(getattr(factor, name)) for name in BRANCHED}
            return {f"{part}.{name}": a for part, own in parts.items() for name, a in own.items()}
    return {}


def _describe(factor: Factor) -> _Plain:
    match factor:
        case Known():
            return _Known()
        case Labelled():
            return _describe_label(factor)
        case Measured():
            return _describe_number(factor)
        case Branched(side, first, second):
            numbers = _describe_number(first), _describe_number(second)
            return _Branched(side=_describe_label(side), first=numbers[0], second=numbers[1])
    raise TypeError(f"cannot be saved: {factor!r}")


def _describe_label(factor: Labelled) -> _Labelled:
    table = surrogates.to_table(factor.model.state().surrogate)
    return _Labelled(name=factor.name, slope=factor.slope, offset=factor.offset, model=table)


def _describe_number(factor: Measured) -> _Measured:
    rows = zip(factor.columns, factor.transforms, factor.calibration.tolist(), strict=True)
    targets = [
        _Target(constraint=j, centre=t.centre, width=t.width, calibration=c) for j, t, c in rows
    ]
    return _Measured(targets=targets, model=surrogates.to_table(factor.model.state().surrogate))


def _parameters(problem: Problem) -> list[dict[str, JsonValue]]:
    """The parameters as plain data, without what does not apply."""
    plain = ({k: v for k, v in asdict(p).items() if v == v} for p in problem.space.parameters)
    made: list[dict[str, JsonValue]] = json.loads(json.dumps(list(plain)))
    return made


def _constraints(problem: Problem, scales: Sequence[float]) -> list[_Constraint]:
    ends = [[None if math.isinf(end) else end for end in row] for row in problem.bounds.tolist()]
    return [
        _Constraint(name=c.name, min=low, max=high, scale=scale)
        for c, (low, high), scale in zip(problem.constraints, ends, scales, strict=True)
    ]


def about(path: Path) -> About:
    """Read what the models of a file are for; no model is made.

    Raises
    ------
    ScannerError
        If the file was not written by `write` or is damaged.
    """
    with _refusing(path):
        return _about(npz.read(path))


def read(path: Path, problem: Problem) -> Region:
    """Read a region.

    Parameters
    ----------
    path : Path
        The file.
    problem : Problem
        What the region has to have been learnt for.

    Raises
    ------
    ScannerError
        If the file was not written by `write`, is damaged, or was written for another problem.
    """
    with _refusing(path), np.errstate(all="ignore"):
        arrays = npz.read(path)
        return _region(_about(arrays), arrays, problem)


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # whatever the bytes of a stranger lead to
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        else:
            reason = str(error) or type(error).__name__
        raise ScannerError(f"{path} holds no models that can be used: {reason}") from error


def _about(arrays: npz.Arrays) -> About:
    text = str(arrays["about"])
    data = json.loads(text)
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError(f"it does not have format {FORMAT}")
    return About.model_validate_json(text)


def _region(about: About, arrays: npz.Arrays, problem: Problem) -> Region:
    scales = [c.scale for c in about.constraints]
    if about.parameters != _parameters(problem):
        raise ValueError("they are for other parameters")
    if len(scales) != len(problem.constraints) or about.constraints != _constraints(
        problem, scales
    ):
        raise ValueError("they are for other constraints")
    gauge = Gauge(problem.bounds, np.array(scales))
    left = {name: array for name, array in arrays.items() if name != "about"}
    factors: list[Factor] = []
    for i, described in enumerate(about.factors):
        factors.append(_factor(described, _part(left, str(i)), problem, gauge))
    if left:
        raise ValueError(f"nothing needs the arrays {sorted(left)}")
    return Region(problem.space, tuple(factors), about.complete)


def _part(arrays: npz.Arrays, name: str) -> npz.Arrays:
    """Take the arrays ``name.*`` out, under what follows the dot."""
    own = [key for key in arrays if key.startswith(f"{name}.")]
    return {key.partition(".")[2]: arrays.pop(key) for key in own}


def _factor(described: _Plain, arrays: npz.Arrays, problem: Problem, gauge: Gauge) -> Factor:
    match described:
        case _Known():
            return Known(problem, gauge)
        case _Labelled():
            return _label(described, arrays, problem)
        case _Measured():
            return _number(described, arrays, problem, gauge)
        case _Branched(side=side, first=first, second=second):
            own = [_part(arrays, name) for name in BRANCHED]
            if arrays:
                raise ValueError(f"nothing needs the arrays {sorted(arrays)}")
            return Branched(
                _label(side, own[0], problem),
                _number(first, own[1], problem, gauge),
                _number(second, own[2], problem, gauge),
            )


def _label(described: _Labelled, arrays: npz.Arrays, problem: Problem) -> Labelled:
    model = _model(described.model, arrays, problem, 1)
    return Labelled(model, described.slope, described.offset, described.name)


def _number(described: _Measured, arrays: npz.Arrays, problem: Problem, gauge: Gauge) -> Measured:
    columns = [target.constraint for target in described.targets]
    if max(columns) >= len(problem.constraints) or len(set(columns)) < len(columns):
        raise ValueError(f"the constraints {columns} are not there")
    return Measured(
        _model(described.model, arrays, problem, len(columns)),
        [Transform(target.centre, target.width) for target in described.targets],
        Gauge(gauge.bounds[columns], gauge.scale[columns]),
        np.array([target.calibration for target in described.targets]),
        columns=columns,
    )


def _model(options: Options, arrays: npz.Arrays, problem: Problem, targets: int) -> Model:
    model = surrogates.from_table(options).restore(arrays)
    u, z = arrays["u"], arrays["z"]
    if u.shape[1] != problem.space.dim or z.shape[1] != targets:
        raise ValueError(f"a model of {u.shape[1]} parameters and {z.shape[1]} targets")
    if not np.isfinite(model.predict(u[:1])).all():
        raise ValueError("a model predicts what is no number")
    return model
