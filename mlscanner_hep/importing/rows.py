"""What an earlier scan says, by the names of the model, before it is judged."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.errors import ConfigError, nearest
from mlscanner_hep.problem import Problem

Array = NDArray[np.float64]

Watch = Callable[[float], None]
"""Gets the share that is read, 0 ... 1."""


@dataclass
class LeftOut:
    """Rows that are not imported: how many for each reason, and where an example stands."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, reason: str, place: str) -> None:
        """Count one more row."""
        self.counts[reason] += 1
        self.examples.setdefault(reason, place)

    def copy(self) -> LeftOut:
        """The same, to go on with."""
        return LeftOut(self.counts.copy(), self.examples.copy())


@dataclass(frozen=True)
class Rows:
    """Points of an earlier scan.

    Parameters
    ----------
    values : mapping of str to ndarray, shape (n,)
        Numbers by the name of a parameter, a constant or an observable; NaN where missing.
    source : str
        What they are from: the name of a file, a folder or a program.
    places : sequence of str
        Where each row stands in it, e.g. ``line 17``; by default rows from 1.
    unphysical : mapping of int to str
        Rows that the source itself calls unphysical, each with its words.
    left_out : LeftOut
        What could not be read.
    """

    values: Mapping[str, Array]
    source: str
    places: Sequence[str] = ()
    unphysical: Mapping[int, str] = field(default_factory=dict)
    left_out: LeftOut = field(default_factory=LeftOut)

    def __len__(self) -> int:
        return len(next(iter(self.values.values()), ()))

    def place(self, row: int) -> str:
        """Where a row stands."""
        return self.places[row] if self.places else f"row {row + 1}"


def numbers(problem: Problem) -> tuple[str, ...]:
    """Names that a source may have a number for; derived values follow from the others."""
    constants = problem.space.constants.items()
    fixed = (name for name, value in constants if not isinstance(value, str))
    return (*problem.space.names, *fixed, *problem.observables)


def check_names(problem: Problem, names: Mapping[str, str]) -> None:
    """Refuse a renaming of something that the model does not have."""
    for name, theirs in names.items():
        if name not in (allowed := numbers(problem)):
            raise ConfigError(
                f"--map {name}={theirs}: the model has no parameter, constant or observable "
                f"'{name}'; {_hint(name, allowed)}"
            )


def check_complete(
    problem: Problem, have: Collection[str], source: str, offered: Collection[str], example: str
) -> None:
    """Refuse a source that lacks a parameter, or that has no observable.

    Parameters
    ----------
    problem : Problem
        What is needed.
    have : collection of str
        Names of the model that the source has numbers for.
    source : str
        Its name.
    offered : collection of str
        All that it has, in its own words, for the hints.
    example : str
        How to name a number of the source.
    """
    lacking = [name for name in problem.space.names if name not in have]
    if lacking:
        lines = [f"  {name}: {_hint(name, offered)}".rstrip(": ") for name in lacking]
        raise ConfigError(
            f"{source} has no number for these parameters; name it with "
            f"--map {lacking[0]}={example}\n" + "\n".join(lines)
        )
    if not any(name in have for name in problem.observables):
        some = textwrap.shorten(", ".join(problem.observables), 200, placeholder=" ...")
        raise ConfigError(
            f"{source} has none of the observables of the model ({some}); "
            f"name one with --map {next(iter(problem.observables), 'NAME')}={example}"
        )


def _hint(name: str, allowed: Collection[str]) -> str:
    return textwrap.shorten(nearest(name, allowed), 300, placeholder=" ...")
