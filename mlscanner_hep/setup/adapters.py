"""Adapters: where their folders are, and what their adapter.toml makes of a program."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Any

from mlscanner_hep.codes import input_rules
from mlscanner_hep.codes.adapter import ANY_SPECTRUM, Adapter, Handover
from mlscanner_hep.codes.input_rules import Complete
from mlscanner_hep.codes.limits import Limits
from mlscanner_hep.codes.rules import Success, Unphysical
from mlscanner_hep.codes.service_stage import ServiceStage
from mlscanner_hep.codes.template import Template
from mlscanner_hep.errors import ConfigError, located, nearest
from mlscanner_hep.expressions import Expression
from mlscanner_hep.setup import adapter_options, outputs, programs, tables
from mlscanner_hep.setup.adapter_file import AdapterFile, Declared, HandoverTable, Setting
from mlscanner_hep.setup.config import ChainTable, ObservableTable


def find(name: str, beside: Path | None = None) -> Path:
    """The folder of an adapter: beside the model, in the package, or in a checkout.

    Raises
    ------
    ConfigError
        If there is none, with the nearest name.
    """
    for place in places(beside):
        if (place / name / "adapter.toml").is_file():
            return place / name
    hint = nearest(Path(name).name, (path.name for path in found(beside)))
    raise ConfigError(
        f"no adapter '{name}' beside the model, in templates/ beside it, or among the shipped "
        f"ones; {hint}"
    )


def places(beside: Path | None = None) -> list[Path]:
    """Folders in which adapters are looked for, in this order."""
    package = Path(__file__).parents[1]
    own = [] if beside is None else [beside, beside / "templates"]
    # An editable install does not see templates/ inside of the package: it is one level up.
    return [*own, package / "templates", package.parent / "templates"]


def found(beside: Path | None = None) -> list[Path]:
    """Folders of all adapters that can be found."""
    files = [path for place in places(beside) for path in place.glob("*/adapter.toml")]
    first = {file.parent.name: file.parent for file in reversed(files)}
    return [first[name] for name in sorted(first)]


def read(folder: Path) -> AdapterFile:
    """The adapter.toml of a folder, with the options that a model need not set.

    Raises
    ------
    ConfigError
        If it cannot be meant.
    """
    file = folder / "adapter.toml"
    data = tables.read(file)
    options = tables.check(Declared, data, file).options
    values = {n: option.default for n, option in options.items() if option.default is not None}
    return _filled(data, values, file)


def _filled(data: dict[str, Any], options: Mapping[str, Setting], file: Path) -> AdapterFile:
    with located(file, "options"):
        data = adapter_options.fill(data, options)
    return tables.check(AdapterFile, data, file)


def make(
    folder: Path,
    name: str,
    table: ChainTable,
    wanted: Mapping[str, ObservableTable],
    elsewhere: Container[str],
    file: Path,
    key: str = "chain #1",
) -> Adapter:
    """Build the adapter of a folder.

    Parameters
    ----------
    folder : Path
        The folder with its adapter.toml.
    name : str
        Name of the stage.
    table : ChainTable
        What the model says of the stage: program, options, templates, limits.
    wanted : mapping of str to ObservableTable
        Observables that the model asks of this stage.
    elsewhere : container of str
        Names that the model gives to something else: the adapter's own are left out.
    file : Path
        The model.toml.
    key : str
        Where `table` stands in it, for messages.

    Raises
    ------
    ConfigError
        If adapter.toml or the wishes of the model cannot be meant.
    """
    adapter_file = folder / "adapter.toml"
    data = tables.read(adapter_file)
    with located(file, f"{key}.options"):
        declared = tables.check(Declared, data, adapter_file).options
        options = adapter_options.settle(declared, table.options)
        for option in options:
            if option in elsewhere:
                raise ValueError(
                    f"the adapter '{folder.name}' has an option '{option}': the model cannot give "
                    "the name to something else"
                )
    adapter = _filled(data, options, adapter_file)
    program = programs.find(table.exe, file.parent, folder.name, adapter.exe)
    success, unphysical = _success(adapter, adapter_file), _unphysical(adapter, adapter_file)
    rules = [*success.plausible, *unphysical.values]
    made = outputs.made(adapter, adapter_file, rules, wanted, elsewhere, file)
    kind, more = _kind(adapter)
    if kind is ServiceStage and table.at_once is not None:
        raise ConfigError(
            "does not go with a service: one stays in each worker; use fewer [run] workers",
            file,
            f"{key}.at_once",
        )
    return kind(
        name=name,
        command=tuple(Template(part, f"{adapter_file}: command") for part in adapter.command),
        exe=program.path,
        folder=folder.resolve(),
        hint=program.hint,
        options=options,
        inputs=_inputs(adapter, folder, table, file, key),
        complete=_complete(adapter, adapter_file),
        outputs=made.outputs,
        computed=made.computed,
        hidden=made.hidden,
        spectrum=adapter.spectrum,
        success=success,
        unphysical=unphysical,
        timeout=table.timeout or adapter.timeout,
        warm_up=adapter.warm_up,
        limits=Limits(
            None if table.memory is None else int(table.memory * 2**30),
            int(table.file_size * 2**30),
        ),
        at_once=table.at_once,
        install=_install(adapter, program.path),
        stdin=adapter.stdin,
        stdout=adapter.stdout,
        env=adapter.env,
        cite=adapter.cite,
        packages=adapter.packages,
        **more,
    )


def _kind(adapter: AdapterFile) -> tuple[type[Adapter], dict[str, Any]]:
    """What a stage of this adapter is, and the fields that only this kind has."""
    if adapter.service is None:
        return Adapter, {}
    table = adapter.service
    return ServiceStage, {"start_timeout": table.start_timeout, "told": table.told}


def _install(adapter: AdapterFile, program: Path) -> Path | None:
    """The folder of the installed code, if each worker has to run a copy of it."""
    if not adapter.install.copy_per_worker:
        return None
    return Path(os.path.normpath(program.resolve().parent / adapter.install.tree))


def _inputs(
    adapter: AdapterFile, folder: Path, table: ChainTable, file: Path, key: str
) -> dict[str, Template | Handover]:
    """The input files: templates, or what earlier stages leave.

    A template is that of the model, else that of the adapter. An adapter for many models may name
    one that it does not have: then it stands beside model.toml.
    """
    for target in table.inputs:
        if target not in adapter.inputs:
            reason = f"no input '{target}' of '{folder.name}': {nearest(target, adapter.inputs)}"
            raise ConfigError(reason, file, f"{key}.inputs")
    inputs: dict[str, Template | Handover] = {}
    for target, origin in adapter.inputs.items():
        if target in table.inputs:
            inputs[target] = _template(file.parent / table.inputs[target], file, f"{key}.inputs")
        elif isinstance(origin, str):
            own, beside = folder / origin, file.parent / origin
            path = beside if beside.is_file() and not own.is_file() else own
            inputs[target] = _template(path, folder / "adapter.toml", f"inputs.{target}")
        else:
            inputs[target] = _handover(origin)
    return inputs


def _template(path: Path, file: Path, key: str) -> Template:
    try:
        return Template(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        reason = f"template '{path}' cannot be read: {error.strerror}"
        raise ConfigError(reason, file, key) from error


def _handover(origin: HandoverTable) -> Handover:
    return ANY_SPECTRUM if origin.file is None else Handover(origin.from_, origin.file)


def _complete(adapter: AdapterFile, file: Path) -> dict[str, tuple[Complete, ...]]:
    rules: dict[str, tuple[Complete, ...]] = {}
    for target, texts in adapter.complete.items():
        with located(file, f"complete.{target}"):
            rules[target] = tuple(map(input_rules.parse, texts))
    return rules


def _success(adapter: AdapterFile, file: Path) -> Success:
    rules = adapter.success
    require: list[tuple[str, str]] = []
    for text in rules.require:
        output, _, entry = text.partition(":")
        if output not in adapter.outputs or not entry.strip():
            raise ConfigError(
                f"'{text}' should read 'file: BLOCK' with one of {', '.join(adapter.outputs)}",
                file,
                "success.require",
            )
        require.append((output, entry.strip()))
    return Success(
        rules.exit_codes,
        tuple(require),
        _patterns(rules.fatal, file, "success.fatal"),
        _conditions(rules.plausible, file, "success.plausible"),
    )


def _unphysical(adapter: AdapterFile, file: Path) -> Unphysical:
    rules = adapter.unphysical
    entries: list[tuple[str, tuple[int, ...]]] = []
    for text in rules.slha:
        block, *index = text.split()
        with located(file, "unphysical.slha"):
            entries.append((block, tuple(map(int, index))))
    return Unphysical(
        rules.exit_codes,
        _patterns(rules.stdout, file, "unphysical.stdout"),
        tuple(entries),
        _conditions(rules.values, file, "unphysical.values"),
    )


def _patterns(texts: Iterable[str], file: Path, key: str) -> tuple[re.Pattern[str], ...]:
    try:
        return tuple(re.compile(text, re.MULTILINE) for text in texts)
    except re.error as error:
        raise ConfigError(
            f"{error.pattern!r}: no regular expression: {error}", file, key
        ) from error


def _conditions(texts: Iterable[str], file: Path, key: str) -> tuple[Expression, ...]:
    with located(file, key):
        return tuple(Expression.parse(text) for text in texts)
