"""Options of proposers and surrogates: dataclass fields with a range and a sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields
from typing import Any, TypeVar

from mlscanner_hep.errors import nearest

T = TypeVar("T", int, float)
Built = TypeVar("Built")


def number(default: T, low: float, high: float, text: str) -> T:
    """Declare a numeric option with its range, ends included, and one sentence on what it does."""
    result: T = field(default=default, metadata={"range": (low, high), "text": text})
    return result


def word(default: str, allowed: tuple[str, ...], text: str) -> str:
    """Declare an option that is one of a few words."""
    result: str = field(default=default, metadata={"allowed": allowed, "text": text})
    return result


class Options:
    """Base of the option classes: checks each declared field when an object is made.

    Raises
    ------
    ValueError
        If a value has the wrong type or lies outside of its range.
    """

    def __post_init__(self) -> None:
        for option in fields(self):  # type: ignore[arg-type]
            value = getattr(self, option.name)
            if "allowed" in option.metadata and value not in option.metadata["allowed"]:
                hint = nearest(str(value), option.metadata["allowed"])
                raise ValueError(f"{option.name} = {value!r} is unknown: {hint}")
            if "range" in option.metadata:
                _check_number(option.name, value, option.default, *option.metadata["range"])


def build(
    classes: Mapping[str, type[Built]], noun: str, kind: str, options: Mapping[str, Any]
) -> Built:
    """Make the object of a kind from the options of a configuration file.

    Parameters
    ----------
    classes : mapping of str to type
        The option class of each kind.
    noun : str
        What is made, for error messages.
    kind : str
        Which one.
    options : mapping of str to object
        Its options; those left out keep their default.

    Raises
    ------
    ValueError
        If the kind or an option is unknown, with the nearest name, or a value is not allowed.
    """
    if kind not in classes:
        raise ValueError(f"unknown {noun} '{kind}': {nearest(kind, classes)}")
    allowed = [option.name for option in fields(classes[kind]) if option.metadata]  # type: ignore[arg-type]
    for name in options:
        if name not in allowed:
            raise ValueError(f"{noun} '{kind}' has no option '{name}': {nearest(name, allowed)}")
    try:
        return classes[kind](**options)
    except ValueError as error:
        raise ValueError(f"{noun} '{kind}': {error}") from error


def _check_number(name: str, value: object, default: object, low: float, high: float) -> None:
    whole = isinstance(default, int)
    numeric = isinstance(value, int) or (isinstance(value, float) and not whole)
    if isinstance(value, bool) or not numeric:
        kind = "a whole number" if whole else "a number"
        raise ValueError(f"{name} must be {kind}, not {value!r}")
    if not low <= float(value) <= high:  # type: ignore[arg-type]
        raise ValueError(f"{name} = {value} lies outside of {low:g} ... {high:g}")
