"""The command `watch`: a run that another process makes, on the terminal or on a local page."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from mlscanner_hep.cli.console import STYLE, duration, figure, out, percent, print_json, table
from mlscanner_hep.cli.options import Json, Run, open_run
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.points import Status

if TYPE_CHECKING:
    from mlscanner_hep.results.monitor import Monitor
    from mlscanner_hep.results.state import State
    from mlscanner_hep.scan import Scan


def watch(
    run: Run,
    once: Annotated[bool, typer.Option("--once", help="show it once and end")] = False,
    every: Annotated[float, typer.Option(min=0.5, help="seconds between two looks")] = 2.0,
    as_web: Annotated[
        bool, typer.Option("--web", help="on a page for a browser on this machine")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="port of the page; any free one by default")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Follow live a run that goes on elsewhere.

    Another process makes it, on this or another node with the same file system. Nothing is written,
    and the scan does not notice: the ledger is read at most a tenth of the time. Ctrl-C ends the
    watching, not the scan. `--json` prints one JSON object per look, on a line of its own.

    Examples: `mlscanner-hep watch runs/my-model`, `mlscanner-hep watch runs/my-model --web`,
    `mlscanner-hep watch runs/my-model --once --json`
    """
    from mlscanner_hep.results.monitor import Monitor

    scan = open_run(run)
    monitor = Monitor(scan)
    if as_web and (once or as_json):
        raise ConfigError("--web does not go with --once or --json: its page has the JSON")
    with suppress(KeyboardInterrupt):
        if as_web:
            _serve(scan, monitor, port)
        elif as_json:
            _print(monitor, once, every)
        elif once or not out.is_terminal:
            out.print(frame(scan, monitor.state()))
        else:
            with Live(console=out, auto_refresh=False, screen=False) as live:
                while True:
                    live.update(frame(scan, monitor.state()), refresh=True)
                    time.sleep(every)


def _print(monitor: Monitor, once: bool, every: float) -> None:
    print_json(monitor.state().as_data(), indent=2 if once else None)
    while not once:
        time.sleep(every)
        print_json(monitor.state().as_data(), indent=None)


def _serve(scan: Scan, monitor: Monitor, port: int) -> None:
    from mlscanner_hep.cli import web

    monitor.state()  # that there is nothing to see is told here
    with web.Server(scan.model.scan.name, monitor, port) as server:
        out.print(Text(f"Watch {scan.folder} at {server.address}"), soft_wrap=True)
        out.print("Only this machine can open it. Ctrl-C ends it; the scan goes on.")
        server.serve_forever()


def frame(scan: Scan, state: State) -> RenderableType:
    """What is shown at one moment."""
    from mlscanner_hep.cli.watch import panel

    grids = (_goals(state), _rounds(state), _stages(state), _failures(state))
    shown = [part for grid in grids if grid.row_count for part in ("", grid)]
    return Group(panel(scan, state.progress, state.remaining), _writer(state), *shown)


def _writer(state: State) -> Text:
    text = Text(f"run by {state.writer}" if state.writer else "nobody runs it", "dim")
    if state.pending:
        text.append(f", {state.pending} points pending")
    if state.note:
        text.append(
            f"\nas it was {duration(time.time() - state.taken)} ago: {state.note}", "yellow"
        )
    return text


def _goals(state: State) -> Table:
    grid = table("Stop rules", "rule", "now", "at", "per hour", "in")
    per_hour = {"calls": state.pace, "inside": state.gain}
    for goal in state.goals:
        pace = figure(per_hour.get(goal.rule))
        grid.add_row(goal.rule, figure(goal.now), figure(goal.goal), pace, duration(goal.seconds))
    return grid


def _rounds(state: State) -> Table:
    grid = table("Last rounds", "round", "proposer", "points", "predicted", "achieved", "took")
    for row, points in state.rounds:
        took = "-" if row.seconds is None else duration(row.seconds)
        shares = percent(row.predicted), percent(row.achieved)
        grid.add_row(str(row.number), row.proposer, str(points), *shares, took)
    return grid


def _stages(state: State) -> Table:
    grid = table("Stages, at the last points", "stage", "points", "mean", "longest")
    for stage in state.stages:
        times = (f"{seconds:.3g} s" for seconds in (stage.mean, stage.longest))
        grid.add_row(stage.name, str(stage.points), *times)
    return grid


def _failures(state: State) -> Table:
    grid = table("Last failures", "point", "stage", "reason")
    for failure in state.failures:
        reason = Text(failure.reason, STYLE[Status.FAILED])
        grid.add_row(str(failure.point), failure.stage, reason)
    return grid
