"""The menu of the commands. Each reads its arguments, calls the Python API and shows the answer."""

from __future__ import annotations

import sys
import traceback
from importlib import metadata
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from mlscanner_hep.cli.adapters import app as adapters
from mlscanner_hep.cli.archive import archive, unarchive
from mlscanner_hep.cli.cite import cite
from mlscanner_hep.cli.console import error, out
from mlscanner_hep.cli.export import export, files
from mlscanner_hep.cli.importing import import_
from mlscanner_hep.cli.merging import merge
from mlscanner_hep.cli.monitor import watch
from mlscanner_hep.cli.new import app as new
from mlscanner_hep.cli.plot import plot
from mlscanner_hep.cli.predict import predict
from mlscanner_hep.cli.replay import recover, replay, retry
from mlscanner_hep.cli.report import report
from mlscanner_hep.cli.reread import reread
from mlscanner_hep.cli.scanning import INTERRUPTED, check, run, status
from mlscanner_hep.errors import MachineError, ScannerError

HELP = """Find where a new-physics model is still alive.

Start with `mlscanner-hep new my-model`, look at one point with `mlscanner-hep check my-model`, then
fill the region with `mlscanner-hep run my-model`. `mlscanner-hep COMMAND --help` tells more, with
examples.

Exit codes: 0 done, 1 a bug, or the command says no (a point that failed in `check`, a difference in
`replay` or `adapters test`), 2 a mistake in a file or on the command line, 3 something found before
the scan, 4 the ledger, 5 too many points failed, 6 the cluster, 7 the machine (disk, memory), 130
interrupted.
"""

MENU: dict[str, dict[str, Any]] = {
    "Scan": {"new": new, "check": check, "run": run, "merge": merge, "import": import_},
    "Look": {
        "status": status,
        "watch": watch,
        "plot": plot,
        "report": report,
        "predict": predict,
    },
    "Take out": {
        "export": export,
        "files": files,
        "archive": archive,
        "unarchive": unarchive,
        "cite": cite,
    },
    "Adapters": {"adapters": adapters},
    "Repair": {"replay": replay, "retry": retry, "reread": reread, "recover": recover},
}
"""The commands in the order in which they are needed, in the panels of `--help`."""


class _Menu(TyperGroup):
    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return [name for panel in MENU.values() for name in panel]


app = typer.Typer(
    cls=_Menu,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=HELP,
)
for panel, commands in MENU.items():
    for name, command in commands.items():
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name, rich_help_panel=panel)
        else:
            app.command(name, rich_help_panel=panel)(command)


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"mlscanner-hep {metadata.version('mlscanner-hep')}")
        raise typer.Exit()


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="show the version"),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; every expected error becomes a message and an exit code."""
    try:
        app()
    except ScannerError as problem:
        error(str(problem))
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:  # where typer does not catch it: while it ends
        sys.exit(INTERRUPTED)
    except Exception as problem:
        if isinstance(problem, OSError) and (fault := MachineError.of(problem)):
            error(str(fault))
            sys.exit(fault.exit_code)
        error("This is a bug in mlscanner-hep. Please report it with the text below.")
        traceback.print_exc()
        sys.exit(1)
