"""Files in a folder where a code has run and may have left anything: links, pipes, gigabytes."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO

from mlscanner_hep.errors import PointError

MAX_BYTES = 8 * 2**20
"""A larger file is a fault, not a spectrum: to read it as one would take a minute, and gigabytes.

Spectra have some 0.1 MB.
"""


def read(folder: Path, name: str) -> bytes:
    """Read a file of a folder.

    Raises
    ------
    PointError
        If there is none, it is too large, or something else than a file, for instance a link that
        leads out of the folder, or a pipe, which could be waited for in vain.
    """
    path = folder / name
    try:
        # Most names are of files in the folder itself, and to resolve a path takes long.
        real = path.resolve(strict=True) if os.sep in name or path.is_symlink() else path
        found = real.stat()
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        if path.is_symlink():
            raise PointError(f"left '{name}' as a link that leads nowhere") from error
        raise PointError(f"wrote no file '{name}'") from error
    if real is not path and not real.is_relative_to(folder.resolve()):
        raise PointError(f"left '{name}' as a link out of the folder of the point")
    if not stat.S_ISREG(found.st_mode):
        raise PointError(f"left a {_KINDS.get(stat.S_IFMT(found.st_mode), 'device')} as '{name}'")
    if found.st_size > MAX_BYTES:
        size = f"{found.st_size / 2**20:.0f} MiB"
        raise PointError(f"'{name}' has {size}, more than a spectrum can")
    try:
        return real.read_bytes()
    except OSError as error:
        raise PointError(f"'{name}' cannot be read: {error.strerror}") from error


_KINDS = {stat.S_IFDIR: "folder", stat.S_IFIFO: "named pipe", stat.S_IFSOCK: "socket"}


def write(folder: Path, name: str, data: bytes) -> None:
    """Write a new file in a folder, in place of whatever has that name.

    Raises
    ------
    PointError
        If the name leads out of the folder, through a link that a code has left.
    OSError
        If it cannot be written.
    """
    path = folder / name
    if os.sep in name and not path.parent.resolve().is_relative_to(folder.resolve()):
        raise PointError(f"cannot write '{name}': it is out of the folder of the point")
    try:
        file = _new(path)
    except OSError:  # the name is taken, or there is no folder for it
        path.parent.mkdir(parents=True, exist_ok=True)
        remove(path)
        file = _new(path)
    with file:
        file.write(data)


def _new(path: Path) -> IO[bytes]:
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb")


def remove(path: Path) -> None:
    """Remove whatever has this name; a link, not what it leads to."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    with suppress(FileNotFoundError):
        path.unlink()
