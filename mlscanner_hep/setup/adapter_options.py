"""The options of an adapter: set in model.toml, put into the text of adapter.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mlscanner_hep.errors import nearest
from mlscanner_hep.setup.adapter_file import OptionTable, Setting


def settle(declared: Mapping[str, OptionTable], given: Mapping[str, Setting]) -> dict[str, Setting]:
    """The value of each option.

    Parameters
    ----------
    declared : mapping of str to OptionTable
        What the adapter has.
    given : mapping of str to int, float or str
        What the model sets.

    Raises
    ------
    ValueError
        If the model sets one that there is not, or none for one without a default.
    """
    for name in given:
        if name not in declared:
            hint = nearest(name, declared) if declared else "it has none"
            raise ValueError(f"the adapter has no option '{name}': {hint}")
    values: dict[str, Setting] = {}
    for name, option in declared.items():
        value = given.get(name, option.default)
        if value is None:
            about = f" ({option.doc})" if option.doc else ""
            raise ValueError(f"needs the option '{name}'{about}: options = {{ {name} = ... }}")
        values[name] = value
    return values


def fill(data: Any, values: Mapping[str, Setting]) -> Any:
    """What was read from adapter.toml, with ``{name}`` replaced in each text and each key.

    ``{{ name }}`` is left to the templates, and so are braces around anything else.

    Raises
    ------
    ValueError
        If two keys of a table become the same.
    """
    if not values:
        return data
    names = "|".join(map(re.escape, values))
    return _fill(data, re.compile(rf"(?<!\{{)\{{({names})\}}(?!\}})"), values)


def _fill(data: Any, pattern: re.Pattern[str], values: Mapping[str, Setting]) -> Any:
    def of(part: Any) -> Any:
        return _fill(part, pattern, values)

    if isinstance(data, str):
        return pattern.sub(lambda match: str(values[match[1]]), data)
    if isinstance(data, list):
        return [of(part) for part in data]
    if isinstance(data, dict):
        filled = {of(key): of(part) for key, part in data.items()}
        if len(filled) < len(data):
            raise ValueError(f"two of the keys {', '.join(data)} become the same")
        return filled
    return data
