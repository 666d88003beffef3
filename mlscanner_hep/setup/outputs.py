"""What a stage makes: what its adapter lists, and what the model adds, redefines or hides."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlscanner_hep import slha
from mlscanner_hep.codes.judging import Output
from mlscanner_hep.errors import ConfigError, located, nearest
from mlscanner_hep.expressions import Expression, in_order, obstacle
from mlscanner_hep.observables import (
    SOURCE_OF_FORMAT,
    Ask,
    Column,
    Computed,
    Format,
    JsonPath,
    Observable,
    Regex,
    Source,
)
from mlscanner_hep.setup.adapter_file import SOURCES, AdapterFile, ReadTable
from mlscanner_hep.setup.config import ObservableTable


@dataclass(frozen=True)
class Made:
    """What a stage makes; see the fields of the same names of `Adapter`."""

    outputs: tuple[Output, ...]
    computed: tuple[Computed, ...]
    hidden: frozenset[str]


def made(
    adapter: AdapterFile,
    adapter_file: Path,
    rules: Iterable[Expression],
    wanted: Mapping[str, ObservableTable],
    elsewhere: Container[str],
    file: Path,
) -> Made:
    """Choose what is read from the outputs of an adapter, and computed from that.

    Parameters
    ----------
    adapter : AdapterFile
        What the adapter lists.
    adapter_file : Path
        Its file, for messages.
    rules : iterable of Expression
        Its conditions on observables: what they need is read even if the model hides it.
    wanted : mapping of str to ObservableTable
        Observables that the model asks of this stage.
    elsewhere : container of str
        Names that the model gives to something else: the adapter's own are hidden.
    file : Path
        The model.toml, for messages.

    Raises
    ------
    ConfigError
        If adapter.toml or the wishes of the model cannot be meant.
    """
    listed = _listed(adapter, adapter_file)
    formulas = _formulas(adapter, adapter_file, listed)
    replaced = {name for name, read in wanted.items() if read.source is not None}
    own = {n for n in (*listed, *formulas) if n not in elsewhere and n not in replaced}
    needed: set[str] = set()
    for rule in rules:
        for name in rule.names:
            if name not in listed and name not in formulas:
                hint = nearest(name, [*listed, *formulas])
                reason = f"the rule '{rule.text}' needs '{name}', which no output makes; {hint}"
                raise ConfigError(reason, adapter_file)
        needed |= rule.names
    for name in reversed(formulas):
        if name in own | needed:
            needed |= formulas[name].names
    for name in sorted(needed & replaced):
        raise ConfigError(
            f"stage '{wanted[name].from_}' needs its own '{name}' in its rules or to compute "
            "others: choose another name",
            file,
            f"observables.{name}",
        )
    kept = own | needed
    chosen: dict[str, dict[str, Observable]] = {output: {} for output in adapter.outputs}
    for name, (output, read) in listed.items():
        if name in kept:
            key = f"outputs.{output}.{name}"
            format = adapter.outputs[output].format
            chosen[output][name] = _observable(name, read, format, adapter_file, key)
    for name, added in wanted.items():
        key = f"observables.{name}"
        if name in replaced:
            output = _output_of(name, added, adapter, file)
            format = adapter.outputs[output].format
            chosen[output][name] = _observable(name, added, format, file, key)
        elif name not in listed and name not in formulas:
            raise ConfigError(
                f"stage '{added.from_}' makes no '{name}': {nearest(name, [*listed, *formulas])}; "
                "or say where it stands, e.g. slha = 'MASS 25'",
                file,
                key,
            )
    return Made(
        tuple(
            Output(output, table.format, tuple(chosen[output].values()), table.optional)
            for output, table in adapter.outputs.items()
        ),
        tuple(
            Computed(name, formula, table.unit, table.latex, table.doc)
            for name, formula in formulas.items()
            if name in kept and (table := adapter.computed[name])
        ),
        frozenset(name for name in needed if name in elsewhere),
    )


def _listed(adapter: AdapterFile, file: Path) -> dict[str, tuple[str, ReadTable]]:
    """The observables of the outputs, each with the output in which it stands."""
    listed: dict[str, tuple[str, ReadTable]] = {}
    for output, table in adapter.outputs.items():
        for name, read in table.observables.items():
            if name in listed:
                reason = f"'{name}' is read from {listed[name][0]} already"
                raise ConfigError(reason, file, f"outputs.{output}.{name}")
            listed[name] = output, read
    return listed


def _formulas(
    adapter: AdapterFile, file: Path, listed: Mapping[str, object]
) -> dict[str, Expression]:
    """The expressions of computed observables, each after those that it needs."""
    formulas: dict[str, Expression] = {}
    for name, table in adapter.computed.items():
        with located(file, f"computed.{name}"):
            if name in listed:
                raise ValueError(f"'{name}' is read from an output already")
            formulas[name] = Expression.parse(table.expr)
    if found := obstacle(formulas, listed.keys()):
        raise ConfigError(found[1], file, f"computed.{found[0]}")
    return in_order(formulas, listed.keys())


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
        "slha": ("slha", "decay", "width", "sfermion"),
        "json": ("json",),
        "columns": ("column",),
        "text": ("regex",),
        "answer": ("ask",),
    }
    return kinds[format]


def _observable(name: str, read: ReadTable, format: Format, file: Path, key: str) -> Observable:
    with located(file, key):
        source = _source(read)
    if not isinstance(source, SOURCE_OF_FORMAT[format]):
        kinds = ", ".join(_kinds_of(format))
        raise ConfigError(f"an output of format '{format}' is read by {kinds}", file, key)
    return Observable(name, source, read.unit, read.latex, read.doc, read.abs)


def _source(read: ReadTable) -> Source:
    match read.source:
        case ("slha", text):
            return slha.entry_query(text)
        case ("decay", text):
            return slha.decay_query(text, read.absent)
        case ("width", text):
            return slha.width_query(text)
        case ("sfermion", text):
            return slha.sfermion_query(text)
        case ("json", text):
            return JsonPath(text)
        case ("column", column):
            return Column(column, -1 if read.row is None else read.row)
        case ("regex", text):
            return Regex.parse(text)
        case ("ask", text):
            return Ask(text)
    raise ValueError(f"needs one of {', '.join(SOURCES)}")
