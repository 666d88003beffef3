"""The chain that model.toml describes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mlscanner_hep.codes.adapter import ANY_SPECTRUM, Adapter, Handover
from mlscanner_hep.codes.pipeline import Stage
from mlscanner_hep.codes.python_stage import PythonStage
from mlscanner_hep.errors import ConfigError, located, nearest
from mlscanner_hep.expressions import Expression
from mlscanner_hep.setup import adapters
from mlscanner_hep.setup.config import ChainTable, ModelFile


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
    for number, table in enumerate(model.chain, 1):
        key = f"chain #{number}"
        stage = _stage(model, table, result, file, key)
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


def _stage(
    model: ModelFile, table: ChainTable, earlier: Sequence[Stage], file: Path, key: str
) -> Stage:
    made_by = table.adapter if table.python is None else table.python.split(":")[1]
    name = table.name or Path(made_by or "").name
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
    try:
        folder = adapters.find(table.adapter or "", file.parent)
    except ConfigError as error:
        raise ConfigError(error.message, file, f"{key}.adapter") from error
    adapter = adapters.make(folder, name, table, wanted, elsewhere, file, key)
    spectrum = _last_spectrum(earlier)
    return replace(
        adapter,
        inputs={f: spectrum if o == ANY_SPECTRUM else o for f, o in adapter.inputs.items()},
        skip_if=skip_if,
    )


def _last_spectrum(stages: Sequence[Stage]) -> Handover:
    for stage in reversed(stages):
        if isinstance(stage, Adapter) and stage.spectrum is not None:
            return Handover(stage.name, stage.spectrum)
    return ANY_SPECTRUM
