"""The commands `export` and `files`: points for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.text import Text

from mlscanner_hep.cli.console import out, print_json, warnings
from mlscanner_hep.cli.options import Best, Json, Run, Where, open_run
from mlscanner_hep.results import export
from mlscanner_hep.results.export import Table

MOST_IDS = 5


def export_(
    run: Run,
    file: Annotated[
        Path, typer.Argument(help="a file .csv, .parquet, .h5 or .json", show_default=False)
    ],
    where: Where = None,
    best: Best = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(metavar="NAMES", help="only these, with commas between; may be repeated"),
    ] = None,
) -> None:
    """Write points as a table: parameters, observables, verdicts, and what made them.

    A condition is arithmetic with names of parameters, observables and columns, `and`, `or`, `not`.
    `inside` alone is the verdict of all constraints, `inside(mh)` of one; `ok`, `unphysical` and
    `failed` are the status.

    Examples: `mlscanner-hep export runs/my-model inside.parquet --where inside`,
    `mlscanner-hep export runs/my-model best.csv --best 10 --columns id,tanb,mh,chi2`
    """
    scan = open_run(run)
    names = [name.strip() for text in columns or [] for name in text.split(",") if name.strip()]
    table = export.table(scan, where, names or None, best)
    export.write(table, file)
    beside = ""
    if file.suffix.lower() == ".csv":
        beside = f", what the columns are to {export.description(file).name}"
    out.print(Text(f"{_count(len(table), 'point')} written to {file}{beside}"), soft_wrap=True)
    _note(table, best)


def files(
    run: Run,
    into: Annotated[Path, typer.Argument(help="a new folder, or a file .zip", show_default=False)],
    where: Where = None,
    best: Best = None,
    as_json: Json = False,
) -> None:
    """Write what the codes read and wrote at chosen points: spectra, inputs, what was printed.

    `index.csv` lists the points with their numbers and the folder of each. Files are kept while a
    scan runs, by `[run] keep` of the model: of points inside, if nothing else is said.

    Example: `mlscanner-hep files runs/my-model best.zip --best 10`
    """
    scan = open_run(run)
    table = export.table(scan, where, None, best)
    done = export.collect(scan, table, into)
    if as_json:
        print_json({"into": str(into), **vars(done)})
        return
    what = f"{_count(done.files, 'file')} of {_count(done.points, 'point')}"
    out.print(Text(f"{what} written to {into}"), soft_wrap=True)
    _note(table, best)
    if done.without:
        some = ", ".join(map(str, done.without[:MOST_IDS]))
        more = ", ..." if len(done.without) > MOST_IDS else ""
        out.print(
            Text(
                f"Nothing is kept of {_count(len(done.without), 'point')} ({some}{more}). "
                f"`mlscanner-hep replay {run} {done.without[0]}` runs one of them again; "
                "`[run] keep` says what is kept from now on."
            ),
            soft_wrap=True,
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _note(table: Table, best: int | None) -> None:
    """Tell where the best points are not better than others."""
    chi2 = table.columns.get("chi2")
    if best is not None and chi2 is not None and len(table) > 1 and np.ptp(chi2.values) == 0:
        warnings([f"these {len(table)} points have the same chi2, {chi2.values[0]:g}: "
                  "the first ones in the ledger were taken"])  # fmt: skip
