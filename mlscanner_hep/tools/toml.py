"""TOML as it is written here: drafts of adapters, recorded values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

Value = str | float | int | bool


def key(name: str) -> str:
    """A key, in quotes where TOML wants them."""
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else text(name)


def text(words: str) -> str:
    """A string."""
    return json.dumps("".join(c if c.isprintable() else " " for c in words), ensure_ascii=False)


def value(thing: Value) -> str:
    """A string, a number with all its digits, or a truth."""
    if isinstance(thing, bool):
        return str(thing).lower()
    return text(thing) if isinstance(thing, str) else repr(thing)


def inline(table: Mapping[str, Value]) -> str:
    """A table in one line."""
    return "{ " + ", ".join(f"{key(name)} = {value(thing)}" for name, thing in table.items()) + " }"


def lines(table: Mapping[str, Value], comments: Mapping[str, str] | None = None) -> list[str]:
    """The lines of a table, with what there is to say behind them."""
    width = max(map(len, map(key, table)), default=0)
    settings = {name: f"{key(name):{width}} = {value(thing)}" for name, thing in table.items()}
    if not comments:
        return list(settings.values())
    width = max(map(len, settings.values()), default=0)
    return [f"{text:{width}}  # {comments[name]}" for name, text in settings.items()]
