"""The commands `archive` and `unarchive`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mlscanner_hep.cli.console import out, warnings
from mlscanner_hep.cli.options import Run, open_run
from mlscanner_hep.errors import ConfigError


def archive(
    run: Run,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="the file .zip to write", show_default=False)
    ],
) -> None:
    """Pack a run with its model and adapters into one file.

    In it are the points, the fitted models, model.toml, adapters and tables. The scan may be
    running: the archive is what the ledger was at one moment. Programs are not in it; the ledger
    has their checksums.

    Example: `mlscanner-hep archive runs/my-model my-model.zip`
    """
    from mlscanner_hep.results import archive as archives

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
        Path,
        typer.Argument(
            metavar="FILE", help="an archive", exists=True, dir_okay=False, show_default=False
        ),
    ],
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="INTO", help="a new folder, by default named as the archive"),
    ] = None,
    most: Annotated[
        float | None, typer.Option(min=0, help="largest size of what is unpacked, in GB")
    ] = None,
) -> None:
    """Unpack an archive, to look at it or to go on with it.

    Nothing of it is run. Look at the Python files and adapters of an archive of somebody else
    before you do.

    Example: `mlscanner-hep unarchive my-model.zip`
    """
    from mlscanner_hep.results import archive as archives

    target = folder or Path(file.stem)
    limit = archives.MOST_BYTES if most is None else int(most * 1e9)
    run = archives.read(file, target, limit)
    out.print(Text(f"Unpacked into {target}"), soft_wrap=True)
    out.print(f"Next: mlscanner-hep status {run} | run {target}/model.toml", soft_wrap=True)
