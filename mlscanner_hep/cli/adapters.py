"""The `adapters` commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from mlscanner_hep.cli import reference
from mlscanner_hep.cli.console import out, print_json, table
from mlscanner_hep.cli.options import Json

if TYPE_CHECKING:
    from mlscanner_hep.setup.adapter_file import AdapterFile, HandoverTable

KINDS = ("spectrum generator", "dark matter", "Higgs", "flavour", "collider")
"""In this order they are listed; others follow."""

app = typer.Typer(
    help="List the adapters; show one, or try it with your installation.\n\n"
    "With each stands where its code is on this machine: as `[paths]` of your configuration says, "
    "else by its names on PATH; in a model, `exe` of its `[[chain]]` can say otherwise.\n\n"
    "Example: `mlscanner-hep adapters`",
    rich_markup_mode="markdown",
)


@app.callback(invoke_without_command=True)
def list_(context: typer.Context, as_json: Json = False) -> None:
    """List the adapters that can be used, and which of their codes are found here."""
    if context.invoked_subcommand is not None:
        return
    from mlscanner_hep.setup import adapters

    folders = adapters.found(Path())
    found = [(folder, adapters.read(folder)) for folder in folders]
    found.sort(key=lambda pair: _rank(pair[1].kind))
    if as_json:
        print_json([_as_data(folder, adapter) for folder, adapter in found])
        return
    rows = Table(show_edge=False)
    for column in ("name", "code", "tested with", "found"):
        rows.add_column(column)
    kind = None
    for folder, adapter in found:
        if adapter.kind != kind:
            kind = adapter.kind
            rows.add_section()
            rows.add_row(Text(kind or "other", "bold"))
        program = _program(folder, adapter)
        rows.add_row(
            f"  {folder.name}", adapter.description, adapter.version_tested, Text(program or "-")
        )
    out.print(rows, "", "mlscanner-hep adapters show NAME tells more; test NAME tries it.")


@app.command()
def show(
    name: reference.Name,
    as_json: Json = False,
) -> None:
    """Show one: command, inputs, options, observables, rules, citations.

    Example: `mlscanner-hep adapters show spheno`
    """
    from mlscanner_hep.setup import adapters

    folder = adapters.find(name, Path())
    adapter = adapters.read(folder)
    if as_json:
        print_json(adapter.model_dump(mode="json", by_alias=True))
        return
    out.print(Text.assemble((folder.name, "bold"), f"  {adapter.description}"))
    rows = Table.grid(padding=(0, 2))
    for key, value in _facts(folder, adapter).items():
        if value:
            rows.add_row(f"[dim]{key}[/dim]", Text(value))
    out.print(rows)
    if adapter.options:
        options = table("Options", "name", "default", "what it decides")
        for key, option in adapter.options.items():
            default = "has to be set" if option.default is None else str(option.default)
            options.add_row(key, default, Text(option.doc))
        out.print("", options)
    made = table("Observables", "name", "file", "where", "unit", "what it is")
    for row in _observables(adapter):
        made.add_row(*map(Text, row))
    out.print("", made)
    for target, origin in adapter.inputs.items():
        if isinstance(origin, str) and (folder / origin).is_file():
            out.print("", Text(f"{target}, from the template {origin}:", "dim"))
            text = (folder / origin).read_text(encoding="utf-8").rstrip()
            out.print(Syntax(text, "jinja", background_color="default"))


app.command("test")(reference.compare)
app.command()(reference.record)


def _as_data(folder: Path, adapter: AdapterFile) -> dict[str, Any]:
    return {
        "name": folder.name,
        "kind": adapter.kind,
        "folder": str(folder),
        "description": adapter.description,
        "version_tested": adapter.version_tested,
        "program": _program(folder, adapter),
    }


def _program(folder: Path, adapter: AdapterFile) -> str | None:
    """Where the code is on this machine, if it is."""
    from mlscanner_hep.setup import programs

    found = programs.find(None, Path(), folder.name, adapter.exe)
    return str(found.path) if found.is_there else None


def _rank(kind: str) -> tuple[int, str]:
    return (KINDS.index(kind) if kind in KINDS else len(KINDS), kind)


def _facts(folder: Path, adapter: AdapterFile) -> Mapping[str, str]:
    names = f" (looked for: {', '.join(adapter.exe)})" if adapter.exe else ""
    return {
        "kind": adapter.kind,
        "folder": str(folder),
        "tested with": adapter.version_tested,
        "found": _program(folder, adapter) or f"no{names}",
        "home page": adapter.homepage,
        "cite": ", ".join(adapter.cite),
        "command": " ".join(adapter.command),
        "service": f"asked about {', '.join(adapter.service.told)}" if adapter.service else "",
        "standard input": adapter.stdin or "",
        "standard output": adapter.stdout or "",
        "timeout": f"{adapter.timeout:g} s",
        "inputs": "; ".join(f"{file} {_origin(origin)}" for file, origin in adapter.inputs.items()),
        "spectrum": adapter.spectrum or "",
        "needed entries": "; ".join(
            f"{file}: {', '.join(entries)}" for file, entries in adapter.complete.items()
        ),
        "reference points": ", ".join(f.stem for f in sorted(folder.glob("reference/*.toml"))),
        "success": _rules(adapter.success),
        "unphysical": _rules(adapter.unphysical),
    }


def _origin(origin: str | HandoverTable) -> str:
    if isinstance(origin, str):
        return f"from the template {origin}"
    if origin.file is None:
        return "is the spectrum of an earlier stage"
    return f"is {origin.file} of stage {origin.from_}"


def _observables(adapter: AdapterFile) -> Iterator[tuple[str, str, str, str, str]]:
    for file, output in adapter.outputs.items():
        for name, read in output.observables.items():
            where = " ".join(map(str, read.source or ())) + (", absolute value" if read.abs else "")
            yield name, file, where, read.unit, read.doc
    for name, computed in adapter.computed.items():
        yield name, "", computed.expr, computed.unit, computed.doc


def _rules(rules: Any) -> str:
    given = {name: value for name, value in rules.model_dump().items() if value}
    return "; ".join(f"{name} {list(value)}" for name, value in given.items())
