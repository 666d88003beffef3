"""From a TOML file to checked tables: every mistake is told with its place."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from mlscanner_hep.errors import ConfigError, nearest

Positive = Annotated[float, Field(gt=0)]


def _no_escapes(text: str) -> str:
    # TOML makes a tab of \t in "\tan\beta", and a picture would silently say "an beta"
    if not text.isprintable():
        raise ValueError(
            r"write LaTeX in single quotes, e.g. '\tan\beta': in double ones \t is a tab"
        )
    return text


Latex = Annotated[str, AfterValidator(_no_escapes)]


class Table(BaseModel):
    """A table of a configuration file; a key it does not know is an error with the nearest name."""

    model_config = ConfigDict(
        extra="forbid", populate_by_name=True, frozen=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if isinstance(data, dict):
            fields = {f.alias or name: f for name, f in cls.model_fields.items()}
            for key, value in data.items():
                if key not in fields:
                    if cls.model_config.get("extra") == "forbid":
                        raise ValueError(f"unknown key '{key}': {nearest(key, fields)}")
                elif _like_number(value) and _takes_numbers(fields[key].annotation):
                    raise ValueError(f"'{key}' needs a number, without quotes, not {value!r}")
        return data


def _like_number(value: Any) -> bool:
    """Whether it is no number, but pydantic would make one of it."""
    return isinstance(value, bool) or (
        isinstance(value, str)
        and bool(re.fullmatch(r"\s*[-+]?[\d_.]+(e[-+]?\d+)?\s*", value, re.I))
    )


def _takes_numbers(annotation: Any) -> bool:
    """Whether a field is a number and nothing else."""
    kinds = {getattr(kind, "__origin__", kind) for kind in get_args(annotation) or [annotation]}
    return bool(kinds & {int, float}) and not kinds & {str, bool}


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
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"is not UTF-8: {error}", path) from error
    try:
        return tomllib.loads(text)
    except ValueError as error:  # a TOMLDecodeError, or a number of 5000 digits
        raise ConfigError(f"is not valid TOML: {error}{_line(text, str(error))}", path) from error


def _line(text: str, message: str) -> str:
    """The line of a file that the message of a parser names, and what may be wrong with it."""
    found = re.search(r"line (\d+), column (\d+)", message)
    lines = text.splitlines()
    number, column = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 0 < number <= len(lines):
        return ""
    line = lines[number - 1]
    word = re.match(r"[~./]*[A-Za-z][^\s,\]}]*", line[column - 1 :])
    hint = f'\ntext needs quotes: "{word[0]}"' if word and "Invalid value" in message else ""
    return f"\n  {number} | {line.strip()}{hint}"


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
    key = _dotted([part for part in mistake["loc"] if part not in unions])
    message = mistake["msg"].removeprefix("Value error, ")
    if mistake["type"] == "missing":
        return key, "is required"
    if mistake["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return key, f"needs a table, {{ key = value }}, not {mistake['input']!r}"
    if mistake["type"] == "tuple_type":
        brackets = key == "chain"
        return key, "write [[chain]], one for each code" if brackets else "needs a list: [ ... ]"
    value = mistake["input"]
    if mistake["type"] == "float_parsing":
        return key, f"needs a number, without quotes or unit, not {value!r}"
    if mistake["type"] != "value_error" and not isinstance(value, dict | list):
        message = f"{message.replace('Input should', 'has to')}, not {value!r}"
    return key, message


def _dotted(parts: list[str | int]) -> str:
    """The path of a key as a person counts: the first [[chain]] is ``chain #1``."""
    if parts[:1] == ["outputs"]:  # in the file, observables stand beside the keys of an output
        parts = [part for part in parts if part != "observables"]
    counted = (f" #{part + 1}" if isinstance(part, int) else f".{part}" for part in parts)
    return "".join(counted).lstrip(".")
