"""What was found: ranges of each number, and the best point."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mlscanner_hep.constraints import is_sharp
from mlscanner_hep.findings.profiles import Profile, middle, profile, within
from mlscanner_hep.report.facts import Facts
from mlscanner_hep.report.labels import Label
from mlscanner_hep.space import Choice, Parameter

Interval = tuple[float, float]


@dataclass(frozen=True)
class Range:
    """What is known of one number.

    Parameters
    ----------
    label : Label
        Its name.
    parameter : Parameter, Choice or None
        What was scanned; None for an observable.
    inside : tuple of float or None
        Smallest and largest value inside.
    middle : tuple of float or None
        Where the middle 95 % of the volume inside lies.
    one, two : tuple of float or None
        Among the points with chi2 at most 1, and 4, above the best.
    best : float
        At the best point; NaN if there is none.
    """

    label: Label
    parameter: Parameter | Choice | None
    inside: Interval | None
    middle: Interval | None
    one: Interval | None
    two: Interval | None
    best: float


@dataclass(frozen=True)
class Part:
    """One number of the best point.

    Parameters
    ----------
    label : Label
        Its name.
    value : float
        NaN if it is missing.
    chi2 : float or None
        What the constraint of this name adds to the total; None if it adds nothing.
    sharp : bool
        Whether a sharp limit has this name.
    """

    label: Label
    value: float
    chi2: float | None = None
    sharp: bool = False


@dataclass(frozen=True)
class Best:
    """The best point: all of its numbers.

    Parameters
    ----------
    parameters, limited, others : list of Part
        The scanned ones, those that constraints need, and the rest.
    """

    parameters: list[Part]
    limited: list[Part]
    others: list[Part]


def ranges(facts: Facts) -> list[Range]:
    """The ranges of all parameters, then of all observables that constraints need."""
    parameters = {p.name: p for p in facts.problem.space.parameters}
    return [_range(facts, name, parameters.get(name)) for name in [*parameters, *facts.limited]]


def _range(facts: Facts, name: str, parameter: Parameter | Choice | None) -> Range:
    values, chi2 = facts.values[name], facts.results.chi2
    here = values[facts.results.inside & np.isfinite(values)]
    known = facts.best is not None
    return Range(
        facts.label(name),
        parameter,
        (float(here.min()), float(here.max())) if len(here) else None,
        None if isinstance(parameter, Choice) else middle(values, facts.results.weights, 0.95),
        within(values, chi2, 1.0) if known else None,
        within(values, chi2, 4.0) if known else None,
        float(values[facts.best]) if facts.best is not None else np.nan,
    )


def near(facts: Facts, delta: float) -> int:
    """Number of points with chi2 at most `delta` above the best; 0 if there is no best."""
    if facts.best is None:
        return 0
    chi2 = facts.results.chi2
    return int((chi2 - chi2[facts.best] <= delta).sum())


def best_point(facts: Facts) -> Best | None:
    """All numbers of the best point; None if there is none."""
    if facts.best is None:
        return None
    values = facts.problem.values(facts.points[np.array([facts.best])])
    conditions = {c.name: c for c in facts.problem.constraints}

    def part(name: str) -> Part:
        constraint, value = conditions.get(name), float(values[name][0])
        if constraint is None or is_sharp(constraint):
            return Part(facts.label(name), value, sharp=constraint is not None)
        return Part(facts.label(name), value, float(constraint.chi2(values)[0]))

    parameters, limited = facts.problem.space.names, facts.limited
    others = [name for name in facts.values if name not in (*parameters, *limited)]
    return Best(*([part(name) for name in names] for names in (parameters, limited, others)))


def inside_best(facts: Facts) -> bool:
    """Whether the best point is inside: a constraint may be missed for the sake of the others."""
    return facts.best is not None and bool(facts.results.inside[facts.best])


def profiles(facts: Facts) -> Iterator[Profile]:
    """The profile of chi2 in each parameter; none if there is no best point."""
    if facts.best is not None:
        for parameter in facts.problem.space.parameters:
            values = facts.values[parameter.name]
            yield profile(parameter, values, facts.results.chi2)
