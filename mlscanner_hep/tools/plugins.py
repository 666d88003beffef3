"""Proposers and surrogates of other packages, found by their entry points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

T = TypeVar("T")


class Kinds(Mapping[str, type[T]]):
    """The classes of a kind of thing by name: ours, and those of installed packages.

    Entry points are looked up when a name that is not ours is first asked for, and a package is
    imported only if what it adds is used. A name of ours is ours, whatever a package says.

    Parameters
    ----------
    group : str
        The group of entry points, e.g. ``mlscanner_hep.proposers``.
    own : mapping of str to type
        The classes that are there without any package.
    methods : sequence of str
        What every class needs besides being a dataclass.

    Raises
    ------
    ValueError
        On access, if a package cannot be imported, or what it names is of no use.
    """

    def __init__(self, group: str, own: Mapping[str, type[T]], methods: tuple[str, ...]) -> None:
        self._group, self._methods = group, methods
        self._own = own
        self._loaded: dict[str, type[T]] = {}

    @cached_property
    def _found(self) -> dict[str, list[EntryPoint]]:
        found: dict[str, list[EntryPoint]] = {}
        for entry in sorted(entry_points(group=self._group), key=lambda entry: entry.name):
            if entry.name not in self._own:
                found.setdefault(entry.name, []).append(entry)
        return found

    def __getitem__(self, kind: str) -> type[T]:
        if kind in self._own:
            return self._own[kind]
        if kind not in self._loaded:
            self._loaded[kind] = self._load(kind, self._found[kind])
        return self._loaded[kind]

    def __iter__(self) -> Iterator[str]:
        """Names of ours first, then those in use."""
        return iter(dict.fromkeys([*self._own, *self._loaded, *self._found]))

    def __len__(self) -> int:
        return len(self._own) + len(self._found)

    def __contains__(self, kind: object) -> bool:
        return kind in self._own or kind in self._found

    def _load(self, kind: str, entries: list[EntryPoint]) -> type[T]:
        sources = [f"{e.value} of {e.dist.name if e.dist else 'a package'}" for e in entries]
        if len(entries) > 1:
            raise ValueError(f"'{kind}' is ambiguous: {', '.join(sources)}; uninstall all but one")
        try:
            made: type[T] = entries[0].load()
        except Exception as error:  # whatever the import of somebody else's module raises
            raise ValueError(
                f"'{kind}' ({sources[0]}) cannot be loaded: {type(error).__name__}: {error}; "
                "repair or uninstall that package"
            ) from error
        abstract: frozenset[str] = getattr(made, "__abstractmethods__", frozenset())
        missing = [n for n in self._methods if n in abstract or not hasattr(made, n)]
        if missing or not (isinstance(made, type) and is_dataclass(made)):
            needed = ", ".join(self._methods)
            raise ValueError(f"'{kind}' ({sources[0]}) must be a dataclass with {needed}")
        return made
