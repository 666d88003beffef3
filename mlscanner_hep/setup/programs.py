"""Which program a stage runs: as the model says, as the user says, or as it is called on PATH."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from mlscanner_hep.errors import closest
from mlscanner_hep.setup import user_config


class Program(NamedTuple):
    """The program of a stage.

    Parameters
    ----------
    path : Path
        Where it should be; nothing says that it is there.
    hint : str
        What to do if it is not.
    """

    path: Path
    hint: str

    @property
    def is_there(self) -> bool:
        """Whether it can be run."""
        # What nothing says where to find has a relative path.
        is_file = self.path.is_absolute() and self.path.is_file()
        return is_file and os.access(self.path, os.X_OK)


def find(exe: str | None, beside: Path, adapter: str, names: Sequence[str]) -> Program:
    """Find the program of a stage.

    Parameters
    ----------
    exe : str, optional
        What model.toml says: a path from the home folder or from beside the model, or a name on
        PATH.
    beside : Path
        The folder of model.toml.
    adapter : str
        Name of the adapter, by which the user's configuration knows the program.
    names : sequence of str
        What the program is called on PATH; ``python`` is this interpreter.

    Raises
    ------
    ConfigError
        If the user's configuration cannot be meant.
    """
    if exe is not None:
        told = _as_told(exe, beside)
        return Program(told, _correction(exe, told))
    user = user_config.location()
    if path := user_config.program(adapter):
        return Program(path, f"set {adapter} in [paths] of {user}")
    if "python" in names:
        return Program(Path(sys.executable), "")
    for name in names:
        if path := _on_path(name):
            return Program(path, "")
    hint = f'set exe in [[chain]], or {adapter} = "..." in [paths] of {user}'
    if names:
        hint += f", or put {' or '.join(names)} on PATH"
    return Program(Path(names[0] if names else adapter), hint)


def _as_told(exe: str, beside: Path) -> Path:
    # Not Path(exe).parent: that of ./code is the same as that of code.
    if "/" not in exe and (found := _on_path(exe)):
        return found
    path = Path(exe).expanduser()
    return path if path.is_absolute() else (beside / path).resolve()


def _correction(exe: str, path: Path) -> str:
    """What to do if there is no program where the model says."""
    near = [file.name for file in path.parent.glob("*") if os.access(file, os.X_OK)]
    if close := closest(path.name, near):
        return f"did you mean exe = '{exe.removesuffix(path.name)}{close}'?"
    if "/" not in exe:
        return f"'{exe}' is not on PATH either: set exe in [[chain]] to the path of the program"
    return "set exe in [[chain]] to the path of the program"


def _on_path(name: str) -> Path | None:
    found = shutil.which(name)
    # PATH may name folders from here, but a code runs in the folder of its point.
    return None if found is None else Path(found).absolute()
