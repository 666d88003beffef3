"""The commands `run`, `check` and `status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mlscanner_hep.cli.console import make_empty, out, print_json, warnings
from mlscanner_hep.cli.options import Folder, Json, Keep, Model, Run, model_file, open_run
from mlscanner_hep.errors import ConfigError, nearest
from mlscanner_hep.points import Status

if TYPE_CHECKING:
    from mlscanner_hep.scan import Scan

INTERRUPTED = 130


def run(
    model: Model,
    folder: Folder = None,
    workers: Annotated[int | None, typer.Option(min=1, help="points that run at a time")] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="I/N",
            help="a part of the points, for job arrays: 0/8 is the first of eight; see merge",
        ),
    ] = None,
) -> None:
    """Fill the allowed region of a model; run it again to go on.

    Ctrl-C finishes the points that are running; a second Ctrl-C kills them. Nothing is lost.

    Example: `mlscanner-hep run examples/thdm/model.toml --workers 4`
    """
    from mlscanner_hep.cli import diagnosis
    from mlscanner_hep.cli.predict import save
    from mlscanner_hep.cli.watch import watching
    from mlscanner_hep.scan import Scan
    from mlscanner_hep.shards import Shard

    part = None if shard is None else Shard.parse(shard)
    with Scan.load(model_file(model), folder, part) as scan:
        if workers is not None:
            table = scan.model.run.model_copy(update={"workers": workers})
            scan.model = scan.model.model_copy(update={"run": table})
        with watching(scan) as watch:
            progress = scan.run(watch)
    interrupted = progress.ended_by == "interrupted"
    done = part is not None and not interrupted
    out.print(f"Ended: {f'all points of shard {part}' if done else progress.ended_by}.")
    out.print(
        f"{progress.calls} calls, {progress.inside} points inside, in {scan.folder}", soft_wrap=True
    )
    if progress.calls and not progress.inside:
        diagnosis.show(diagnosis.as_data(scan.problem, scan.points))
    if interrupted:
        again = f"{model} --shard {part}" if part else model
        out.print(f"Go on with: mlscanner-hep run {again}", soft_wrap=True)
        raise typer.Exit(INTERRUPTED)
    if part is not None:
        out.print(f"Next, with all shards: mlscanner-hep merge {model}", soft_wrap=True)
        return
    save(scan)
    more = f", plot {model}, export {model} points.csv" if progress.inside else ""
    out.print(f"Next: mlscanner-hep status {model}{more}", soft_wrap=True)


def check(
    model: Model,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="a parameter value; may be repeated"),
    ] = None,
    keep: Keep = None,
    as_json: Json = False,
) -> None:
    """Run one point through the whole chain and show every step.

    The point is the centre of the box, moved by `--set`. The exit code is 1 if the point failed.

    Example: `mlscanner-hep check model.toml --set tanb=10 --set m12sq=2e4`
    """
    from mlscanner_hep.cli import check as view
    from mlscanner_hep.scan import Scan

    scan = Scan.load(model_file(model))
    values = _settings(scan, settings or [])
    if keep is not None:
        make_empty(keep)
    scan.preflight()
    inputs, outcome = scan.check(values, keep)
    space = scan.problem.space
    if not space.contains([[inputs[name] for name in space.names]])[0]:
        warnings(["the point is outside of the ranges in [parameters]: the scan never goes there"])
    if as_json:
        print_json(view.as_data(scan, inputs, outcome))
    else:
        view.show(scan, inputs, outcome)
        if outcome.status == Status.FAILED and keep is None:
            out.print("With --keep FOLDER its files stay, to run the command there by hand.")
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


def status(run: Run, as_json: Json = False) -> None:
    """Tell what was found, how complete it is, where points died.

    Example: `mlscanner-hep status my-model`
    """
    from mlscanner_hep.cli import status as view

    scan = open_run(run)
    if as_json:
        print_json(view.as_data(scan))
    else:
        view.show(scan)
