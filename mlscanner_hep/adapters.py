"""Adapters: where their folders are, and what their adapter.toml makes of a program."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path

from mlscanner_hep import slha
from mlscanner_hep.adapter import Adapter, Handover, Output, Success, Unphysical
from mlscanner_hep.config import AdapterFile, ObservableTable, ReadTable, load
from mlscanner_hep.errors import ConfigError, located, nearest
from mlscanner_hep.expressions import Expression
from mlscanner_hep.observables import (
    SOURCE_OF_FORMAT,
    Column,
    Format,
    JsonPath,
    Observable,
    Regex,
    Source,
)
from mlscanner_hep.template import Template


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
    looked = ", ".join(str(place) for place in places(beside))
    raise ConfigError(f"no adapter '{name}' (looked in {looked}): {hint}", key="chain.adapter")


def places(beside: Path | None = None) -> list[Path]:
    """Folders in which adapters are looked for, in this order."""
    package = Path(__file__).parent
    own = [] if beside is None else [beside, beside / "templates"]
    # An editable install does not see templates/ inside of the package: it is one level up.
    return [*own, package / "templates", package.parent / "templates"]


def found(beside: Path | None = None) -> list[Path]:
    """Folders of all adapters that can be found."""
    files = [path for place in places(beside) for path in place.glob("*/adapter.toml")]
    first = {file.parent.name: file.parent for file in reversed(files)}
    return [first[name] for name in sorted(first)]


def make(
    folder: Path,
    name: str,
    exe: Path,
    wanted: Mapping[str, ObservableTable],
    elsewhere: Container[str],
    file: Path,
) -> Adapter:
    """Build the adapter of a folder.

    Parameters
    ----------
    folder : Path
        The folder with its adapter.toml.
    name : str
        Name of the stage.
    exe : Path
        The program.
    wanted : mapping of str to ObservableTable
        Observables that the model asks of this stage.
    elsewhere : container of str
        Names that the model gives to something else: the adapter's own are left out.
    file : Path
        The model.toml, for messages.

    Raises
    ------
    ConfigError
        If adapter.toml or the wishes of the model cannot be meant.
    """
    adapter_file = folder / "adapter.toml"
    adapter = load(AdapterFile, adapter_file)
    return Adapter(
        name=name,
        command=tuple(Template(part, f"{adapter_file}: command") for part in adapter.command),
        exe=exe,
        inputs={
            target: _input(origin, folder)
            if isinstance(origin, str)
            else Handover(origin.from_, origin.file)
            for target, origin in adapter.inputs.items()
        },
        outputs=_outputs(adapter, adapter_file, wanted, elsewhere, file),
        success=_success(adapter, adapter_file),
        unphysical=_unphysical(adapter, adapter_file),
        timeout=adapter.timeout,
        stdin=adapter.stdin,
        env=adapter.env,
        cite=adapter.cite,
        hidden=frozenset(n for n in _needed_by_rules(adapter, adapter_file) if n in elsewhere),
    )


def _input(origin: str, folder: Path) -> Template:
    path = folder / origin
    try:
        return Template(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        reason = f"template '{origin}' cannot be read: {error.strerror}"
        raise ConfigError(reason, folder / "adapter.toml", "inputs") from error


def _outputs(
    adapter: AdapterFile,
    adapter_file: Path,
    wanted: Mapping[str, ObservableTable],
    elsewhere: Container[str],
    file: Path,
) -> tuple[Output, ...]:
    """The output files with what is read from them: what the adapter lists and the model adds."""
    listed = {name for output in adapter.outputs.values() for name in output.observables}
    replaced = {name for name, read in wanted.items() if read.source is not None}
    needed = _needed_by_rules(adapter, adapter_file)
    for name in needed - listed:
        hint = nearest(name, listed)
        raise ConfigError(f"a rule needs '{name}', which no output makes: {hint}", adapter_file)
    for name in needed & replaced:
        raise ConfigError(
            f"the rules of stage '{wanted[name].from_}' use its own '{name}': choose another name",
            file,
            f"observables.{name}",
        )
    chosen: dict[str, dict[str, Observable]] = {output: {} for output in adapter.outputs}
    for output, table in adapter.outputs.items():
        for name, read in table.observables.items():
            if name in needed or (name not in elsewhere and name not in replaced):
                key = f"outputs.{output}.{name}"
                chosen[output][name] = _observable(name, read, table.format, adapter_file, key)
    for name, added in wanted.items():
        key = f"observables.{name}"
        if name in replaced:
            output = _output_of(name, added, adapter, file)
            format = adapter.outputs[output].format
            chosen[output][name] = _observable(name, added, format, file, key)
        elif name not in listed:
            raise ConfigError(
                f"stage '{added.from_}' makes no '{name}': {nearest(name, listed)}; or say where "
                "it stands, e.g. slha = 'MASS 25'",
                file,
                key,
            )
    return tuple(
        Output(output, table.format, tuple(chosen[output].values()))
        for output, table in adapter.outputs.items()
    )


def _needed_by_rules(adapter: AdapterFile, file: Path) -> set[str]:
    rules = [*adapter.success.plausible, *adapter.unphysical.values]
    return {name for rule in _conditions(rules, file, "success") for name in rule.names}


def _output_of(name: str, read: ObservableTable, adapter: AdapterFile, file: Path) -> str:
    kind = (read.source or ("", ""))[0]
    fitting = [o for o, t in adapter.outputs.items() if kind in _kinds_of(t.format)]
    if read.file is not None:
        if read.file not in adapter.outputs:
            hint = nearest(read.file, adapter.outputs)
            raise ConfigError(f"no output '{read.file}': {hint}", file, f"observables.{name}.file")
        return read.file
    if len(fitting) != 1:
        raise ConfigError(
            f"'{kind}' fits {len(fitting)} outputs of '{read.from_}' "
            f"({', '.join(adapter.outputs)}): say which with file = ...",
            file,
            f"observables.{name}",
        )
    return fitting[0]


def _kinds_of(format: Format) -> Sequence[str]:
    kinds: dict[Format, Sequence[str]] = {
        "slha": ("slha", "decay", "width"),
        "json": ("json",),
        "columns": ("column",),
        "text": ("regex",),
    }
    return kinds[format]


def _observable(name: str, read: ReadTable, format: Format, file: Path, key: str) -> Observable:
    with located(file, key):
        source = _source(read)
    if not isinstance(source, SOURCE_OF_FORMAT[format]):
        kinds = ", ".join(_kinds_of(format))
        raise ConfigError(f"an output of format '{format}' is read by {kinds}", file, key)
    return Observable(name, source, read.unit, read.latex, read.doc)


def _source(read: ReadTable) -> Source:
    match read.source:
        case ("slha", text):
            return slha.entry_query(text)
        case ("decay", text):
            return slha.decay_query(text, read.absent)
        case ("width", text):
            return slha.width_query(text)
        case ("json", text):
            return JsonPath(text)
        case ("column", column):
            return Column(column, -1 if read.row is None else read.row)
        case ("regex", text):
            return Regex.parse(text)
    raise ValueError("needs one of slha, decay, width, json, column, regex")


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
