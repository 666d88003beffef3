"""The `adapters` commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from mlscanner_hep import adapters
from mlscanner_hep.cli.console import out, table
from mlscanner_hep.config import AdapterFile, load

app = typer.Typer(help="List the adapters, or show one.", rich_markup_mode="markdown")

Json = Annotated[bool, typer.Option("--json", help="print JSON, for programs")]


@app.callback(invoke_without_command=True)
def list_(context: typer.Context, as_json: Json = False) -> None:
    """List the adapters that can be used, or `show` one."""
    if context.invoked_subcommand is not None:
        return
    found = [(folder, load(AdapterFile, folder / "adapter.toml")) for folder in _found()]
    if as_json:
        data = [{"name": f.name, "folder": str(f), "description": a.description} for f, a in found]
        out.print_json(json.dumps(data))
        return
    rows = Table(show_edge=False)
    for column in ("name", "code", "tested with"):
        rows.add_column(column)
    for folder, adapter in found:
        rows.add_row(folder.name, adapter.description, adapter.version_tested)
    out.print(rows, "", "mlscanner-hep adapters show NAME tells more.")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="name or folder of the adapter")],
    as_json: Json = False,
) -> None:
    """Show one adapter: command, inputs, observables with units, rules, citations."""
    folder = adapters.find(name, Path())
    adapter = load(AdapterFile, folder / "adapter.toml")
    if as_json:
        out.print_json(adapter.model_dump_json(by_alias=True))
        return
    out.print(Text.assemble((folder.name, "bold"), f"  {adapter.description}"))
    rows = Table.grid(padding=(0, 2))
    facts: dict[str, Any] = {
        "folder": folder,
        "tested with": adapter.version_tested,
        "home page": adapter.homepage,
        "cite": ", ".join(adapter.cite),
        "command": " ".join(adapter.command),
        "timeout": f"{adapter.timeout:g} s",
        "success": _rules(adapter.success),
        "unphysical": _rules(adapter.unphysical),
    }
    for key, value in facts.items():
        if value:
            rows.add_row(f"[dim]{key}[/dim]", Text(str(value)))
    out.print(rows, "")
    made = table("Observables", "name", "file", "where", "unit", "what it is")
    for file, output in adapter.outputs.items():
        for key, observable in output.observables.items():
            where = " ".join(str(part) for part in observable.source or ())
            made.add_row(key, file, Text(where), observable.unit, Text(observable.doc))
    out.print(made)
    for target, origin in adapter.inputs.items():
        if isinstance(origin, str):
            out.print("", Text(f"{target}, from the template {origin}:", "dim"))
            text = (folder / origin).read_text(encoding="utf-8").rstrip()
            out.print(Syntax(text, "jinja", background_color="default"))


def _rules(rules: Any) -> str:
    given = {name: value for name, value in rules.model_dump().items() if value}
    return "; ".join(f"{name} {list(value)}" for name, value in given.items())


def _found() -> list[Path]:
    return adapters.found(Path())
