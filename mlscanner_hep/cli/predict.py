"""The `predict` command, and the models that `run` leaves for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from mlscanner_hep.cli.console import err, out, print_json
from mlscanner_hep.cli.options import Json, Run, open_run

if TYPE_CHECKING:
    from mlscanner_hep.scan import Scan


def predict(
    run: Run,
    points: Annotated[
        Path,
        typer.Argument(
            metavar="POINTS",
            help="a CSV file with a column for each parameter, and any others",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--out", help="the file to write; by default POINTS-predicted.csv"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Predict points from what a scan has learnt; no code is run.

    Writes the table with further columns: `in_box`; for each constrained number that is learnt its
    median and, as NAME_sd, half the width of its central 68 % interval; `p_spectrum`, the
    probability that there is a spectrum; and `p_inside`. A classifier gives the probability to pass
    each limit instead of numbers: `p_NAME_min`, `p_NAME_max`. With `--json` these columns are
    printed, and a file is written only with `--out`.

    Example: `mlscanner-hep predict runs/my-model points.csv` with a points.csv like
    `m0,m12,tanb` / `500,1200,10` / `800,1500,20`
    """
    from mlscanner_hep.results import predictions

    scan = open_run(run)
    table = predictions.read(points, scan.problem)
    with err.status("learning from all points"):
        learnt = scan.learn()
        predicted = learnt.predict(table.parameters)
    target = output or points.with_name(f"{points.stem}-predicted.csv")
    if output is not None or not as_json:
        predictions.write(target, table, predicted)
    if as_json:
        parts = {"parameters": table.parameters, "predicted": predicted}
        lists = {part: {n: c.tolist() for n, c in of.items()} for part, of in parts.items()}
        print_json({"notes": learnt.notes, **lists})
        return
    for note in learnt.notes:
        out.print(Text(f"Note: {note}."), soft_wrap=True)
    count, outside = len(table.rows), int((~predicted["in_box"]).sum())
    where = f", {outside} of them outside of the scanned box (in_box is False)" if outside else ""
    out.print(Text(f"{count} points predicted in {target}{where}"), soft_wrap=True)


def save(scan: Scan) -> None:
    """Save what the proposer of a finished run has learnt; that this fails is only told."""
    from mlscanner_hep.results.learnt import NothingLearnt

    try:
        with out.status("learning from all points"):
            scan.learn()
    except NothingLearnt:
        pass
    except (Exception, KeyboardInterrupt) as error:  # the points are safe, and that is what counts
        reason = str(error) or type(error).__name__
        err.print(Text(f"The models are not saved: {reason}", "yellow"), soft_wrap=True)
