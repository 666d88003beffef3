"""The `import` command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from mlscanner_hep.cli.console import out, table, warnings
from mlscanner_hep.cli.options import Folder, Run, open_run
from mlscanner_hep.errors import ConfigError

if TYPE_CHECKING:
    from mlscanner_hep.importing import Imported, Rows
    from mlscanner_hep.importing.rows import Watch
    from mlscanner_hep.scan import Scan


class Empty(StrEnum):
    """What a row without any observable is."""

    SKIP = "skip"
    UNPHYSICAL = "unphysical"


def import_(
    run: Run,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE",
            help="a table (CSV, TSV, blanks, Parquet), an SLHA file, or a folder of those",
            exists=True,
            show_default=False,
        ),
    ],
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="OURS=THEIRS",
            help="a column, or BLOCK:INDEX of SLHA, that has another name here; may be repeated",
        ),
    ] = None,
    empty: Annotated[Empty, typer.Option(help="what rows without any observable are")] = Empty.SKIP,
    status: Annotated[
        str | None, typer.Option(help="table: a column that says ok or unphysical")
    ] = None,
    glob: Annotated[
        str | None, typer.Option(help="SLHA folder: which files, by default all in it")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("--as", metavar="NAME", help="SLHA: which output of the chain the files are"),
    ] = None,
    folder: Folder = None,
) -> None:
    """Take over points of an earlier scan, to learn from them.

    They are no calls of the codes. Importing the same points again changes nothing.

    Examples: `mlscanner-hep import model.toml scan.csv --map tanb=TB --map mh=Mh`,
    `mlscanner-hep import model.toml spectra/ --glob '*.slha' --map tanb=MINPAR:3`
    """
    names = _names(mapping or [])
    with open_run(run, folder) as scan:
        rows = _read(scan, source, names, status, glob, output)
        imported = scan.add(rows, empty_unphysical=empty is Empty.UNPHYSICAL)
        warnings(scan.notes)
    _show(imported)
    if not imported.points and any(_lost(imported)):
        raise ConfigError(f"nothing of {imported.source} is a new point of this model: see above")
    out.print(f"Next: mlscanner-hep run {scan.file} | status {scan.folder}", soft_wrap=True)


def _names(mapping: list[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for text in mapping:
        ours, _, theirs = (part.strip() for part in text.partition("="))
        if not ours or not theirs:
            raise ConfigError(f"--map {text}: write OURS=THEIRS, for example tanb=TB")
        if ours in names:
            raise ConfigError(f"--map {text}: '{ours}' is '{names[ours]}' already")
        names[ours] = theirs
    return names


def _read(
    scan: Scan,
    source: Path,
    names: dict[str, str],
    status: str | None,
    glob: str | None,
    output: str | None,
) -> Rows:
    from mlscanner_hep.importing import spectra, tables

    pipeline = scan.pipeline  # first: it knows of observables that an old ledger lacks
    slha = source.is_dir() or spectra.recognised(source)
    options = {"--status": status} if slha else {"--glob": glob, "--as": output}
    for option, given in options.items():
        if given is not None:
            kind = "SLHA" if slha else "a table"
            raise ConfigError(f"{option} {given}: has no meaning here, {source} is {kind}")
    with _watching(source) as watch:
        if slha:
            return spectra.read(source, scan.problem, pipeline, names, glob or "*", output, watch)
        return tables.read(source, scan.problem, names, status, watch)


@contextmanager
def _watching(source: Path) -> Iterator[Watch]:
    """Give the function that shows how far reading is, on a terminal."""
    columns = (
        TextColumn("reading {task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as bar:
        task = bar.add_task(source.name, total=1.0)
        yield lambda share: bar.update(task, completed=share)


def _lost(imported: Imported) -> Iterator[str]:
    """Reasons for which rows were left out, other than that they are there already."""
    from mlscanner_hep.importing import Imported

    return (reason for reason in imported.left_out.counts if reason != Imported.KNOWN)


def _show(imported: Imported) -> None:
    """Print what was imported and what was not."""
    left_out = imported.left_out
    total = imported.points + left_out.counts.total()
    where = "" if imported.round is None else f" as round {imported.round}"
    out.print(
        f"{imported.points} of {total} points of {imported.source} imported{where}: "
        f"{imported.ok} ok, {imported.unphysical} unphysical; {imported.inside} inside.",
        soft_wrap=True,
    )
    rows = table("Left out", "reason", "points", "example")
    for reason, count in left_out.counts.most_common():
        rows.add_row(Text(reason), str(count), Text(left_out.examples[reason]))
    if rows.row_count:
        out.print("", rows)
    partly = {name: n for name, n in imported.missing.items() if n < imported.ok}
    absent = [name for name in imported.missing if name not in partly]
    if partly:
        some = ", ".join(f"{name} in {n}" for name, n in partly.items())
        out.print(f"Missing in the imported points: {some}", soft_wrap=True)
    if absent:
        out.print(f"In none of them: {', '.join(absent)}", soft_wrap=True)
