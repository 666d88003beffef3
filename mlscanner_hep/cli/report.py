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
        Path | None, typer.Option("--output", "-o", help="the file, by default RUN/report.html")
    ] = None,
) -> None:
    """Write a page of a run that can be sent to a collaborator: one HTML file, no network.

    It tells what was scanned, what was found, how complete that is and what to cite, and has the
    points in linked panels to look at.

    Example: `mlscanner-hep report runs/thdm --output thdm.html`
    """
    from mlscanner_hep.report import render

    scan = open_run(run)
    path = render.write(scan, file or scan.folder / "report.html")
    out.print(f"{path}  ({path.stat().st_size / 1e6:.1f} MB)", soft_wrap=True)
