"""Folders and files that are there completely or not at all, and names that stay inside of them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from mlscanner_hep.errors import ConfigError


def within(folder: Path, name: str) -> Path:
    """Where a relative name is in a folder.

    Raises
    ------
    ValueError
        If the name leads out of the folder, or is none on some system.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or {"..", "."} & {*name.split("/")}:
        raise ValueError(f"'{name}' leads out of the folder")
    if any(character in name for character in "\\:\0"):
        raise ValueError(f"'{name}' cannot be the name of a file everywhere")
    return folder / path


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A place to write to that becomes the file when all is well; what was there is replaced."""
    place = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        yield place
        place.replace(path)
    finally:
        place.unlink(missing_ok=True)


def unused(path: Path) -> None:
    """Refuse a path at which there is something already, other than an empty folder.

    Raises
    ------
    ConfigError
        With what to do.
    """
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise ConfigError(f"{path} is there already and not empty: name a new folder")


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill that becomes the one of this name when all is well.

    Raises
    ------
    ConfigError
        If there is something of this name already, other than an empty folder.
    """
    unused(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        place.chmod(0o755)
        yield place
        place.replace(path)
    finally:
        shutil.rmtree(place, ignore_errors=True)
