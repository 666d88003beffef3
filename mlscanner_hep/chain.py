"""The chain that model.toml describes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from mlscanner_hep import adapters
from mlscanner_hep.config import ChainTable, ModelFile
from mlscanner_hep.errors import ConfigError, located, nearest
from mlscanner_hep.expressions import Expression
from mlscanner_hep.pipeline import Stage
from mlscanner_hep.python_stage import PythonStage


def stages(model: ModelFile, file: Path) -> tuple[Stage, ...]:
    """The stages of a model, each with the observables that it makes.

    A stage makes what its adapter lists and what ``[observables]`` asks of it. A name that the
    model gives to something else (a parameter, another stage) is left out.

    Raises
    ------
    ConfigError
        If the chain cannot be meant, or two stages make the same name.
    """
    result: list[Stage] = []
    makers: dict[str, str] = {}
    for number, table in enumerate(model.chain):
        key = f"chain.{number}"
        stage = _stage(model, table, file, key)
        if stage.name in {earlier.name for earlier in result}:
            raise ConfigError(f"two stages are called '{stage.name}': give one a name", file, key)
        for name in stage.observables:
            if name in makers:
                raise ConfigError(
                    f"'{makers[name]}' and '{stage.name}' both make '{name}': choose with "
                    f'{name} = {{ from = "{stage.name}" }} in [observables]',
                    file,
                    key,
                )
            makers[name] = stage.name
        result.append(stage)
    names = [stage.name for stage in result]
    for name, observable in model.observables.items():
        asked = bool(names) or observable.from_ is not None
        if observable.expr is None and asked and observable.from_ not in names:
            reason = f"needs from = ..., the stage that makes it ({', '.join(names)})"
            if observable.from_:
                hint = nearest(observable.from_, names)
                reason = f"from = '{observable.from_}' names no stage; {hint}"
            raise ConfigError(reason, file, f"observables.{name}")
    return tuple(result)


def _stage(model: ModelFile, table: ChainTable, file: Path, key: str) -> Stage:
    name = table.name or Path(table.adapter or (table.python or "").split(":")[1]).name
    wanted = {n: o for n, o in model.observables.items() if o.from_ == name and o.expr is None}
    skip_if = None
    if table.skip_if is not None:
        with located(file, f"{key}.skip_if"):
            skip_if = Expression.parse(table.skip_if)
    if table.python is not None:
        script, function = table.python.split(":")
        return PythonStage(name, file.parent / script, function, tuple(wanted), skip_if)
    inputs = {*model.parameters, *model.constants, *model.derived}
    elsewhere = inputs | (model.observables.keys() - wanted.keys())
    adapter = adapters.make(
        adapters.find(table.adapter or "", file.parent),
        name,
        find_program(table.exe or "", file.parent),
        wanted,
        elsewhere,
        file,
    )
    return replace(
        adapter,
        timeout=table.timeout or adapter.timeout,
        memory=None if table.memory is None else int(table.memory * 2**30),
        skip_if=skip_if,
    )


def find_program(exe: str, beside: Path) -> Path:
    """The program: a path from the home folder or from beside the model, or a name on PATH."""
    # Not Path(exe).parent: that of ./code is the same as that of code.
    if "/" not in exe and (found := shutil.which(exe)):
        return Path(found)
    path = Path(exe).expanduser()
    return path if path.is_absolute() else (beside / path).resolve()
