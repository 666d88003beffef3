"""The reference of the command line, from the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import Enum
from typing import Any

import typer

from mlscanner_hep import errors
from mlscanner_hep.cli.app import MENU, app
from mlscanner_hep.cli.scanning import INTERRUPTED

INTRO = """# The command line

Every command of `mlscanner-hep`, as its `--help` says it. MODEL is a model.toml, or the folder that
it is in. RUN is the same, or a run folder. `--out` is a file that has a default name, `--into` such
a folder; what has none is an argument. `--json` is for programs ([scripts](scripts.md)). Colours
are for terminals only, and `NO_COLOR` turns them off. What a message means:
[what it says when](mistakes.md).
"""

OTHER_CODES = {
    0: "Done.",
    1: "A bug, or the command says no: a point that failed in `check`, a difference in `replay` or"
    " `adapters test`.",
    2: "A mistake in a file or on the command line.",
    INTERRUPTED: "Interrupted; the same command goes on.",
}


def exit_codes() -> Iterator[str]:
    """The exit codes as Markdown: those of the errors, and those that are none."""
    meanings = dict(OTHER_CODES)
    for error in vars(errors).values():
        if inspect.isclass(error) and issubclass(error, errors.ScannerError):
            summary = (inspect.getdoc(error) or "").splitlines()[0]
            meanings.setdefault(error.exit_code, f"{summary.partition(';')[0].rstrip('.')}.")
    yield "| exit code | what |"
    yield "| --- | --- |"
    for code, meaning in sorted(meanings.items()):
        yield f"| {code} | {meaning} |"


def commands(command: Any = None, name: str = "") -> Iterator[tuple[str, Any]]:
    """All commands by their full name, in alphabetical order; groups are followed by theirs."""
    command = command or typer.main.get_command(app)
    if name:
        yield name, command
    for below, one in sorted(getattr(command, "commands", {}).items()):
        yield from commands(one, f"{name} {below}".strip())


def menu() -> Iterator[str]:
    """The commands by what they are for, as Markdown."""
    known = dict(commands())
    yield "| | command | what |"
    yield "| --- | --- | --- |"
    for panel, names in MENU.items():
        for name in names:
            summary = (known[name].help or "").split("\n\n")[0]
            first = panel.lower() if name == next(iter(names)) else ""
            yield f"| {first} | [`{name}`](#{name}) | {_cell(summary)} |"


def section(name: str, command: Any) -> Iterator[str]:
    """A command as Markdown: how it is called, what it does, its options."""
    yield f"\n## {name}\n"
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    words = ["mlscanner-hep", name, *map(_argument, arguments), *(["[OPTIONS]"] if options else [])]
    if hasattr(command, "commands"):
        words.append("COMMAND")
    yield f"```text\n{' '.join(words)}\n```\n"
    yield _paragraphs(command.help or "")
    if options or arguments:
        yield "\n| | default | what |"
        yield "| --- | --- | --- |"
    for parameter in arguments:
        yield f"| `{_argument(parameter)}` | | {_cell(parameter.help)} |"
    for parameter in options:
        yield f"| {_option(parameter)} | {_default(parameter)} | {_cell(parameter.help)} |"


def _argument(parameter: Any) -> str:
    name = parameter.metavar or parameter.name.upper()
    name = f"{name}..." if parameter.nargs == -1 else name
    return name if parameter.required else f"[{name}]"


def _option(parameter: Any) -> str:
    names = " ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    return f"{names} `{parameter.metavar}`" if parameter.metavar else names


def _default(parameter: Any) -> str:
    value = parameter.default
    if parameter.required:
        return "required"
    if parameter.is_flag or value is None or value in ("", ()) or callable(value):
        return ""
    return f"`{value.value if isinstance(value, Enum) else value}`"


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def _paragraphs(text: str) -> str:
    return inspect.cleandoc(text.replace("\b", ""))


def page() -> str:
    """docs/cli.md"""
    lines = [INTRO, *menu(), "", *exit_codes()]
    for name, command in commands():
        lines += section(name, command)
    return "\n".join(lines).rstrip() + "\n"
