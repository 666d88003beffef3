"""What several commands take, always spelt alike.

Modules of `cli/` import what is heavy where it is used, so that `--help` answers at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlscanner_hep.errors import ConfigError

if TYPE_CHECKING:
    from mlscanner_hep.scan import Scan

MODEL_FILE = "model.toml"
MOST_SHOWN = 3

Model = Annotated[
    Path,
    typer.Argument(metavar="MODEL", help="the model.toml, or its folder", show_default=False),
]
Run = Annotated[
    Path,
    typer.Argument(
        metavar="RUN", help="a model.toml or its folder, or a run folder", show_default=False
    ),
]
Folder = Annotated[Path | None, typer.Option(help="run folder, instead of the model's")]
Keep = Annotated[Path | None, typer.Option(help="new folder to leave the point's files in")]
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


def model_file(path: Path) -> Path:
    """The model.toml that a user means: the file itself, or the one in this folder.

    Raises
    ------
    ConfigError
        If there is none; it says what there is instead, and what to do.
    """
    if path.is_dir():
        if (file := path / MODEL_FILE).is_file():
            return file
        if _has_run(path):
            raise ConfigError(f"{path} is a run folder: give the model.toml that made it")
        raise ConfigError(
            f"{path}: neither a run nor a {MODEL_FILE} is in this folder; {_elsewhere(path)}"
        )
    if not path.exists():
        raise ConfigError(f"{path}: no such file; {_elsewhere(path)}")
    return path


def open_run(path: Path, folder: Path | None = None) -> Scan:
    """The scan of a run folder, or of the model.toml that made it.

    Raises
    ------
    ConfigError
        If it is an archive, or neither a run nor a model; or if another folder is wanted for a run.
    """
    from mlscanner_hep.scan import Scan

    if path.suffix.lower() == ".zip":
        raise ConfigError(f"{path} is an archive: unpack it with `mlscanner-hep unarchive {path}`")
    if _has_run(path):
        if folder is not None:
            raise ConfigError(f"--folder goes with a model.toml; {path} is a run folder itself")
        return Scan.open(path)
    return Scan.load(model_file(path), folder)


def _has_run(path: Path) -> bool:
    from mlscanner_hep.record.ledger import FILE

    return (path / FILE).is_file()


def _elsewhere(path: Path) -> str:
    """Where what is not in this place may be: near it, or below the working directory."""
    places = (path.parent, path, Path())
    near = [*path.parent.glob(MODEL_FILE)]
    for place in places:
        near += sorted(place.glob(f"*/{MODEL_FILE}"))
    shown = list(dict.fromkeys(str(file) for file in near))[:MOST_SHOWN]
    if shown:
        return f"did you mean {' or '.join(shown)}?"
    return "`mlscanner-hep new my-model` makes a model to start with"
