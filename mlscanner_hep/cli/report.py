"""The command `report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlscanner_hep.cli.console import out
from mlscanner_hep.cli.options import Run, open_run


def report(
    run: Run,
    file: Annotated[
        Path | None,
        typer.Option("--out", help="the file; by default report.html in the run folder"),
    ] = None,
) -> None:
    """Write a run as one HTML page, for a collaborator.

    The page needs no network. It tells what was scanned, what was found, how complete that is and
    what to cite, and has the points in linked panels to look at.

    Example: `mlscanner-hep report runs/thdm --out thdm.html`
    """
    from mlscanner_hep.report import render

    scan = open_run(run)
    path = render.write(scan, file or scan.folder / "report.html")
    out.print(f"{path}  ({path.stat().st_size / 1e6:.1f} MB)", soft_wrap=True)
