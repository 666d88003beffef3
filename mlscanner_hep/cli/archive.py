"""The commands `archive` and `unarchive`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mlscanner_hep.cli.console import out, warnings
from mlscanner_hep.cli.options import Run, open_run
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.results import archive as archives


def archive(
    run: Run,
    file: Annotated[Path, typer.Argument(help="the file .zip to write", show_default=False)],
) -> None:
    """Put a run into one file: its points, its models, and the model with adapters and tables.

    The scan may be running: the archive is what the ledger was at one moment. Programs are not in
    it; the ledger has their checksums.

    Example: `mlscanner-hep archive runs/my-model my-model.zip`
    """
    if file.suffix.lower() != ".zip":
        raise ConfigError(f"{file}: an archive needs the ending .zip")
    done = archives.write(open_run(run), file)
    size = file.stat().st_size / 1e6
    out.print(
        Text(f"{done.points} points and {len(done.files)} files in {file} ({size:.1f} MB)"),
        soft_wrap=True,
    )
    if done.left_behind:
        warnings([f"not in the archive: {', '.join(done.left_behind)}"])
    out.print(f"Open it with: mlscanner-hep unarchive {file}", soft_wrap=True)


def unarchive(
    file: Annotated[
        Path, typer.Argument(help="an archive", exists=True, dir_okay=False, show_default=False)
    ],
    folder: Annotated[
        Path | None, typer.Argument(help="a new folder, by default named as the archive")
    ] = None,
    most: Annotated[
        float, typer.Option(min=0, help="largest size of what is unpacked, in GB")
    ] = archives.MOST_BYTES / 1e9,
) -> None:
    """Unpack an archive into a folder that all commands can read, and `run` can go on with.

    Nothing of it is run. Look at the Python files and adapters of an archive of somebody else
    before you do.

    Example: `mlscanner-hep unarchive my-model.zip`
    """
    target = folder or Path(file.stem)
    run = archives.read(file, target, int(most * 1e9))
    out.print(Text(f"Unpacked into {target}"), soft_wrap=True)
    out.print(f"Next: mlscanner-hep status {run} | run {target}/model.toml", soft_wrap=True)
