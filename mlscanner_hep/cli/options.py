"""What several commands take, always spelt alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlscanner_hep.errors import ConfigError
from mlscanner_hep.scan import Scan

Run = Annotated[
    Path,
    typer.Argument(help="a run folder, or its model.toml", exists=True, show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="print JSON, for programs")]
Where = Annotated[
    str | None,
    typer.Option(
        metavar="CONDITION", help="only points for which this holds, e.g. 'mh > 124 and inside'"
    ),
]
Best = Annotated[
    int | None, typer.Option(min=1, help="only so many points, those with the lowest chi2")
]


def open_run(run: Path) -> Scan:
    """The scan of a run folder, or of the model.toml that made it.

    Raises
    ------
    ConfigError
        If it is an archive, or the model cannot be meant.
    """
    if run.suffix.lower() == ".zip":
        raise ConfigError(f"{run} is an archive: unpack it with `mlscanner-hep unarchive {run}`")
    return Scan.load(run) if run.is_file() else Scan.open(run)
