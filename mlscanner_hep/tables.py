"""From a TOML file to checked tables: every mistake is told with its place."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mlscanner_hep.errors import ConfigError, nearest

Positive = Annotated[float, Field(gt=0)]


class Table(BaseModel):
    """A table of a configuration file; a key it does not know is an error with the nearest name."""

    model_config = ConfigDict(
        extra="forbid", populate_by_name=True, frozen=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if isinstance(data, dict) and cls.model_config.get("extra") == "forbid":
            allowed = {f.alias or name for name, f in cls.model_fields.items()}
            for key in data:
                if key not in allowed:
                    raise ValueError(f"unknown key '{key}': {nearest(key, allowed)}")
        return data


File = TypeVar("File", bound=Table)


def load(kind: type[File], path: Path) -> File:
    """Read and check a TOML file.

    Parameters
    ----------
    kind : type of Table
        What the file should be.
    path : Path
        The file.

    Raises
    ------
    ConfigError
        With the file, the key, the value and what is allowed; every mistake at once.
    """
    return check(kind, read(path), path)


def read(path: Path) -> dict[str, Any]:
    """What stands in a TOML file, unchecked; ConfigError if it is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"is not UTF-8: {error}", path) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"is not valid TOML: {error}", path) from error


def check(kind: type[File], data: dict[str, Any], path: Path) -> File:
    """The tables of what was read from a file; ConfigError as `load`."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        mistakes = [_tell(mistake) for mistake in error.errors()]
        if len(mistakes) == 1:
            raise ConfigError(mistakes[0][1], path, mistakes[0][0]) from error
        lines = "".join(f"\n  {key}: {text}" for key, text in mistakes)
        raise ConfigError(f"{len(mistakes)} mistakes{lines}", path) from error


def _tell(mistake: Any) -> tuple[str, str]:
    """The key path and the message of one of pydantic's errors."""
    unions = {"int", "float", "str", *(table.__name__ for table in Table.__subclasses__())}
    key = ".".join(str(part) for part in mistake["loc"] if part not in unions)
    message = mistake["msg"].removeprefix("Value error, ")
    if mistake["type"] == "missing":
        return key, "is required"
    if mistake["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return key, f"needs a table, e.g. {{ min = 1 }}, not {mistake['input']!r}"
    if mistake["type"] == "tuple_type":
        brackets = key == "chain"
        return key, "write [[chain]], one for each code" if brackets else "needs a list: [ ... ]"
    value = mistake["input"]
    if mistake["type"] != "value_error" and not isinstance(value, dict | list):
        message = f"{message[0].lower()}{message[1:]}, not {value!r}"
    return key, message
