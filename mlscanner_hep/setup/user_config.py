"""config.toml of the user: what holds for all models on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field

from mlscanner_hep.errors import ConfigError
from mlscanner_hep.setup.tables import Table, load


class UserFile(Table):
    """The tables of the file."""

    paths: dict[str, str] = Field(
        default_factory=dict, description="the program of each adapter, by the adapter's name"
    )


def location() -> Path:
    """Where the file is: in the folder that the XDG base directory specification gives."""
    base = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    # A relative path has to be ignored, says the specification.
    return (base if base.is_absolute() else Path.home() / ".config") / "mlscanner-hep/config.toml"


def program(adapter: str) -> Path | None:
    """The program that the user has set for an adapter, or None.

    Raises
    ------
    ConfigError
        If the file cannot be meant.
    """
    file = location()
    paths = load(UserFile, file).paths if file.is_file() else {}
    if adapter not in paths:
        return None
    path = Path(paths[adapter]).expanduser()
    if not path.is_absolute():
        reason = f"'{paths[adapter]}' has to be a full path, or one that starts with ~/"
        raise ConfigError(reason, file, f"paths.{adapter}")
    return path
