"""The folder in which the points of a run have their files."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlscanner_hep.errors import PreflightError


@contextmanager
def opened(folder: Path, place: str | None) -> Iterator[Path]:
    """A folder for the points of a run; what a killed run has left there is removed.

    Parameters
    ----------
    folder : Path
        The run folder. The name follows from it, and it is locked, so no other scan uses it.
    place : str, optional
        Where it is made; the system's place for temporary files by default.

    Raises
    ------
    PreflightError
        If it cannot be made.
    """
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    scratch = Path(place or tempfile.gettempdir()).expanduser() / f"mlscanner-hep-{name}"
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        scratch.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise PreflightError([f"scratch folder {scratch}: {error.strerror}"]) from error
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
