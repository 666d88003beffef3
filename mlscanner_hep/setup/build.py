"""The space and the constraints that model.toml describes."""

from __future__ import annotations

import keyword
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from mlscanner_hep.constraints import Chi2, Constraint, Gaussian, Limit, TableLimit, TotalChi2
from mlscanner_hep.errors import ConfigError, located, nearest
from mlscanner_hep.expressions import RESERVED, Expression, in_order, obstacle
from mlscanner_hep.setup.config import ConstraintTable, ModelFile, ParameterTable
from mlscanner_hep.space import Choice, Parameter, Space

TOTAL_CHI2 = "chi2_total"
"""The constraint of this name limits the summed chi2."""


def space(model: ModelFile, file: Path) -> Space:
    """The parameters, constants and derived values of a model."""
    names = [*model.parameters, *model.constants, *model.derived, *model.observables]
    for name in names:
        _check_name(name, file)
    for name in {name for name in names if names.count(name) > 1}:
        raise ConfigError(f"'{name}' is declared twice: every name stands for one value", file)
    parameters: list[Parameter | Choice] = []
    for name, table in model.parameters.items():
        with located(file, f"parameters.{name}"):
            parameters.append(_parameter(name, table))
    derived: dict[str, Expression] = {}
    known = {*model.parameters, *model.constants}
    for name, text in model.derived.items():
        key = f"derived.{name}"
        with located(file, key):
            expression = Expression.parse(text)
        for used in sorted(expression.names - known):
            hint = nearest(used, known)
            if used in model.derived:
                hint = f"'{used}' has to be declared before it"
            elif used in model.observables:
                hint = f"'{used}' is an observable: use expr = \"...\" in [observables] instead"
            raise ConfigError(f"unknown name '{used}': {hint}", file, key)
        derived[name] = expression
        known.add(name)
    return Space(tuple(parameters), dict(model.constants), derived)


def _check_name(name: str, file: Path) -> None:
    if not name.isidentifier() or keyword.iskeyword(name) or name in RESERVED or name == "files":
        raise ConfigError(
            f"'{name}' cannot be used as a name: letters, digits and _ that do not start with a "
            "digit, and no word with a meaning of its own "
            f"({', '.join(sorted(RESERVED)[:6])} ..., lambda, if, files)",
            file,
        )


def _parameter(name: str, table: ParameterTable) -> Parameter | Choice:
    if table.choices is not None:
        given = table.model_fields_set - {"choices", "unit", "latex"}
        if given:
            raise ValueError(f"'{min(given)}' does not go with 'choices'")
        return Choice(name, table.choices, table.unit, table.latex)
    low, high = table.min, table.max
    if table.scale == "normal" and table.mean is not None and table.sigma is not None:
        low = table.mean - 5 * table.sigma if low is None else low
        high = table.mean + 5 * table.sigma if high is None else high
    if low is None or high is None:
        raise ValueError("needs min and max, or choices")
    spare = {"symlog": ("threshold",), "normal": ("mean", "sigma")}.get(table.scale, ())
    for option in ("threshold", "mean", "sigma"):
        if getattr(table, option) is not None and option not in spare:
            raise ValueError(f"'{option}' does not go with scale '{table.scale}'")
    options = {name: float(getattr(table, name)) for name in spare if getattr(table, name)}
    return Parameter(name, low, high, table.scale, unit=table.unit, latex=table.latex, **options)


def constraints(model: ModelFile, file: Path) -> tuple[Constraint, ...]:
    """The constraints of a model; tables of limits are read from beside model.toml."""
    result: list[Constraint] = []
    for name, table in model.constraints.items():
        if name != TOTAL_CHI2:
            with located(file, f"constraints.{name}"):
                result.append(_constraint(name, table, file.parent))
    if TOTAL_CHI2 in model.constraints:
        limit = model.constraints[TOTAL_CHI2].max
        if limit is None:
            raise ConfigError("needs max, the largest sum", file, f"constraints.{TOTAL_CHI2}")
        total = TotalChi2(tuple(result), limit)
        if not total.smooth:
            raise ConfigError(
                "has nothing to sum: sharp limits have no chi2; give a theory uncertainty",
                file,
                f"constraints.{TOTAL_CHI2}",
            )
        result.append(total)
    return tuple(result)


def _constraint(name: str, table: ConstraintTable, folder: Path) -> Constraint:
    if table.chi2_max is not None:
        return Chi2(name, table.chi2_max)
    if table.value is not None and table.sigma is not None:
        return Gaussian(name, table.value, table.sigma, table.theory, table.within)
    if table.table is not None and table.against is not None:
        grid, limit = _read_table(folder / table.table)
        return TableLimit(
            name, table.against, grid, limit, table.side, table.theory, table.within, table.beyond
        )
    low = -math.inf if table.min is None else table.min
    high = math.inf if table.max is None else table.max
    return Limit(name, low, high, table.theory, table.within)


def _read_table(path: Path) -> tuple[tuple[float, ...], tuple[float, ...]]:
    delimiter = "," if path.suffix == ".csv" else None
    rows = np.atleast_2d(np.loadtxt(path, delimiter=delimiter))
    if rows.shape[1] != 2:
        raise ValueError(f"{path} needs two columns, value and limit; it has {rows.shape[1]}")
    return tuple(map(float, rows[:, 0])), tuple(map(float, rows[:, 1]))


def expressions(model: ModelFile, file: Path, made: Iterable[str]) -> dict[str, Expression]:
    """Observables that are computed from other values, in an order in which that is possible.

    Parameters
    ----------
    model : ModelFile
        The model.
    file : Path
        Its file, for messages.
    made : iterable of str
        Observables that the stages make.
    """
    parsed = _parsed(model, file)
    known = {*model.parameters, *model.constants, *model.derived, *made}
    if found := obstacle(parsed, known):
        raise ConfigError(found[1], file, f"observables.{found[0]}.expr")
    return in_order(parsed, known)


def computed(model: ModelFile, file: Path) -> dict[str, Expression]:
    """Observables that follow from the parameters alone, in an order in which that is possible."""
    numbers = {name for name, value in model.constants.items() if not isinstance(value, str)}
    return in_order(_parsed(model, file), {*model.parameters, *numbers, *model.derived})


def _parsed(model: ModelFile, file: Path) -> dict[str, Expression]:
    parsed: dict[str, Expression] = {}
    for name, table in model.observables.items():
        if table.expr:
            with located(file, f"observables.{name}.expr"):
                parsed[name] = Expression.parse(table.expr)
    return parsed
