"""The commands `export` and `files`: points for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from mlscanner_hep.cli.console import out, print_json, warnings
from mlscanner_hep.cli.options import Best, Json, Run, Where, open_run

if TYPE_CHECKING:
    from mlscanner_hep.results.export import Table

MOST_IDS = 5


def export(
    run: Run,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="a file .csv, .parquet, .h5 or .json", show_default=False
        ),
    ],
    where: Where = None,
    best: Best = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(metavar="NAMES", help="only these, with commas between; may be repeated"),
    ] = None,
) -> None:
    """Write points as a table: CSV, Parquet, HDF5 or JSON.

    It has parameters, observables, verdicts, and what made the points.

    A condition is arithmetic with names of parameters, observables and columns, `and`, `or`, `not`.
    `inside` alone is the verdict of all constraints, `inside(mh)` of one; `ok`, `unphysical` and
    `failed` are the status.

    Examples: `mlscanner-hep export runs/my-model inside.parquet --where inside`,
    `mlscanner-hep export runs/my-model best.csv --best 10 --columns id,tanb,mh,chi2`
    """
    from mlscanner_hep.results import export as tables

    scan = open_run(run)
    names = [name.strip() for text in columns or [] for name in text.split(",") if name.strip()]
    table = tables.table(scan, where, names or None, best)
    tables.write(table, file)
    beside = ""
    if file.suffix.lower() == ".csv":
        beside = f"; {tables.description(file).name} says what the columns are"
    out.print(Text(f"{_count(len(table), 'point')} written to {file}{beside}"), soft_wrap=True)
    _note(table, best)


def files(
    run: Run,
    into: Annotated[
        Path,
        typer.Argument(metavar="INTO", help="a new folder, or a file .zip", show_default=False),
    ],
    where: Where = None,
    best: Best = None,
    as_json: Json = False,
) -> None:
    """Write the raw files of chosen points: inputs, spectra, logs.

    `index.csv` lists the points with their numbers and the folder of each. Files are kept while a
    scan runs, by `[run] keep` of the model: of points inside, if nothing else is said.

    Example: `mlscanner-hep files runs/my-model best.zip --best 10`
    """
    from mlscanner_hep.results import export as tables

    scan = open_run(run)
    table = tables.table(scan, where, None, best)
    done = tables.collect(scan, table, into)
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
    if (
        best is not None
        and chi2 is not None
        and len(table) > 1
        and chi2.values.min() == chi2.values.max()
    ):
        warnings([f"these {len(table)} points have the same chi2, {chi2.values[0]:g}: "
                  "the first ones in the ledger were taken"])  # fmt: skip
