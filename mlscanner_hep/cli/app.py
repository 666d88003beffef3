"""The commands. Each one reads its arguments, calls the Python API and shows the answer."""

from __future__ import annotations

import sys
import traceback
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from mlscanner_hep.cli import check as check_view
from mlscanner_hep.cli import diagnosis
from mlscanner_hep.cli import status as status_view
from mlscanner_hep.cli.adapters import app as adapters_app
from mlscanner_hep.cli.archive import archive, unarchive
from mlscanner_hep.cli.cite import cite
from mlscanner_hep.cli.console import error, make_empty, out, print_json
from mlscanner_hep.cli.export import export_, files
from mlscanner_hep.cli.importing import import_
from mlscanner_hep.cli.monitor import watch
from mlscanner_hep.cli.new import app as new_app
from mlscanner_hep.cli.options import Json, Run, open_run
from mlscanner_hep.cli.plot import plot
from mlscanner_hep.cli.predict import predict, save
from mlscanner_hep.cli.replay import recover, replay, retry
from mlscanner_hep.cli.report import report
from mlscanner_hep.cli.reread import reread
from mlscanner_hep.cli.watch import watching
from mlscanner_hep.errors import ConfigError, MachineError, ScannerError, nearest
from mlscanner_hep.points import Status
from mlscanner_hep.scan import Scan

INTERRUPTED = 130

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Find where a new-physics model is still alive.\n\n"
        "Start with `mlscanner-hep new my-model`, look at one point with "
        "`mlscanner-hep check my-model/model.toml`, then fill the region with "
        "`mlscanner-hep run my-model/model.toml`.\n\n"
        "Exit codes: 0 done, 1 a bug, a failed point in `check` or a difference in `adapters "
        "test`, 2 a mistake in a file or on the command line, 3 something found before the scan, "
        "4 the ledger, 5 the first points all failed, 6 the cluster, 7 the machine (disk, memory), "
        "130 interrupted."
    ),
)
app.add_typer(adapters_app, name="adapters")
app.add_typer(new_app, name="new")
app.command(name="import")(import_)
app.command()(plot)
app.command()(predict)
app.command()(report)
app.command()(cite)
app.command(name="export")(export_)
app.command()(files)
app.command()(reread)
app.command()(replay)
app.command()(retry)
app.command()(recover)
app.command()(archive)
app.command()(unarchive)
app.command()(watch)

Model = Annotated[Path, typer.Argument(help="the model.toml", show_default=False)]


@app.command()
def run(
    model: Model,
    folder: Annotated[Path | None, typer.Option(help="run folder, instead of the model's")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="points that run at a time")] = None,
) -> None:
    """Fill the allowed region of a model. Run it again to go on where it was left.

    Ctrl-C finishes the points that are running; a second Ctrl-C kills them. Nothing is lost.

    Example: `mlscanner-hep run examples/thdm/model.toml --workers 4`
    """
    with Scan.load(model, folder) as scan:
        if workers is not None:
            table = scan.model.run.model_copy(update={"workers": workers})
            scan.model = scan.model.model_copy(update={"run": table})
        with watching(scan) as watch:
            progress = scan.run(watch)
    out.print(f"Ended: {progress.ended_by}.")
    out.print(
        f"{progress.calls} calls, {progress.inside} points inside, in {scan.folder}", soft_wrap=True
    )
    if progress.calls and not progress.inside:
        diagnosis.show(diagnosis.as_data(scan.problem, scan.points))
    if progress.ended_by == "interrupted":
        out.print(f"Go on with: mlscanner-hep run {model}", soft_wrap=True)
        raise typer.Exit(INTERRUPTED)
    save(scan)
    out.print(
        f"Next: mlscanner-hep status {scan.folder} | plot {scan.folder} | "
        f"export {scan.folder} points.csv",
        soft_wrap=True,
    )


@app.command()
def check(
    model: Model,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="a parameter value; may be repeated"),
    ] = None,
    keep: Annotated[Path | None, typer.Option(help="folder to leave the point's files in")] = None,
    as_json: Json = False,
) -> None:
    """Run one point through the whole chain and show every step.

    The point is the centre of the box, moved by `--set`. The exit code is 1 if the point failed.

    Example: `mlscanner-hep check model.toml --set tanb=10 --set m12sq=2e4`
    """
    scan = Scan.load(model)
    values = _settings(scan, settings or [])
    if keep is not None:
        make_empty(keep)
    scan.preflight()
    inputs, outcome = scan.check(values, keep)
    if as_json:
        print_json(check_view.as_data(scan, inputs, outcome))
    else:
        check_view.show(scan, inputs, outcome)
    if outcome.status == Status.FAILED:
        raise typer.Exit(1)


def _settings(scan: Scan, settings: list[str]) -> dict[str, float]:
    values: dict[str, float] = {}
    for setting in settings:
        name, _, text = setting.partition("=")
        names = scan.problem.space.names
        if name not in names:
            raise ConfigError(f"--set {setting}: no parameter '{name}'; {nearest(name, names)}")
        try:
            values[name] = float(text)
        except ValueError as problem:
            raise ConfigError(f"--set {setting}: '{text}' is not a number") from problem
    return values


@app.command()
def status(run: Run, as_json: Json = False) -> None:
    """Show what a run has found so far, and where and why points died."""
    scan = open_run(run)
    if as_json:
        print_json(status_view.as_data(scan))
    else:
        status_view.show(scan)


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
