"""Why nothing is inside: the constraints that cut, those at odds, the point that comes closest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.filling.gauge import MISSING, Gauge, violations
from mlscanner_hep.findings.conflicts import Conflict, conflicts
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem

Array = NDArray[np.float64]

LISTED = 5
"""Conflicts that are spelt out."""


@dataclass(frozen=True)
class Alone:
    """A constraint by itself.

    Parameters
    ----------
    name : str
        The constraint.
    met : int
        Points that fulfil it.
    missing : int
        Points that the codes answered but whose target is missing.
    others : int
        Points that fulfil all other constraints.
    """

    name: str
    met: int
    missing: int
    others: int


@dataclass(frozen=True)
class Miss:
    """A constraint that a point violates.

    Parameters
    ----------
    name : str
        The constraint.
    value : float
        The target; NaN if missing.
    bound : float
        The end of the accepted interval that it misses; NaN if the target is missing.
    """

    name: str
    value: float
    bound: float

    def __str__(self) -> str:
        if np.isnan(self.value):
            return f"{self.name} missing"
        return f"{self.name} = {self.value:.6g} against {self.bound:.6g}"


@dataclass(frozen=True)
class Closest:
    """The point with the smallest violation.

    Parameters
    ----------
    row : int
        Its row in `Points`.
    parameters : dict
        Its parameter values.
    misses : tuple of Miss
        The constraints that it violates, the worst first.
    """

    row: int
    parameters: dict[str, float]
    misses: tuple[Miss, ...]


@dataclass(frozen=True)
class Diagnosis:
    """What keeps points from being inside.

    Parameters
    ----------
    ok, unphysical, failed, inside : int
        Evaluated points by status, and those inside.
    closest : Closest or None
        None if no point has any target.
    alone : tuple of Alone
        Each constraint by itself.
    conflicts : tuple of Conflict
        The fewest constraints at odds, the most contradictory first.
    """

    ok: int
    unphysical: int
    failed: int
    inside: int
    closest: Closest | None
    alone: tuple[Alone, ...]
    conflicts: tuple[Conflict, ...]

    def sentences(self, ids: Sequence[int] | None = None) -> list[str]:
        """What to tell the user, the most telling first; empty if something is inside.

        Parameters
        ----------
        ids : sequence of int, optional
            The number of each point in the ledger, by which the closest one is called.
        """
        if self.inside:
            return []
        evaluated = self.ok + self.unphysical + self.failed
        if not evaluated:
            return ["No point has been evaluated yet."]
        if not self.ok:
            return [
                f"None of {evaluated} points gave a spectrum: {self.unphysical} are unphysical, "
                f"{self.failed} failed. `status` tells the reasons: are the ranges meant like this?"
            ]
        lines = [f"None of {evaluated} points is inside; the codes answered {self.ok} of them."]
        lines += [self._lacking(a) for a in self.alone if a.missing]
        lines += [conflict.sentence() for conflict in self.conflicts[:LISTED]]
        if len(self.conflicts) > LISTED:
            lines.append(f"{len(self.conflicts) - LISTED} more such conflicts.")
        never = [a for a in self.alone if not a.met and a.missing < self.ok]
        lines += [f"'{a.name}' is fulfilled by no point at all." for a in never]
        if len(self.alone) > 1:
            ranked = sorted(self.alone, key=lambda a: -a.others)
            lines += [
                f"Without '{a.name}', {a.others} point{'s' * (a.others != 1)} would be inside."
                for a in ranked
                if a.others
            ]
        if self.closest is not None:
            place = ", ".join(f"{k} = {value:.6g}" for k, value in self.closest.parameters.items())
            misses = ", ".join(map(str, self.closest.misses))
            which = "a point" if ids is None else f"point {ids[self.closest.row]}"
            lines.append(f"Closest is {which} ({place}): {misses}.")
        if not self.conflicts and all(a.met for a in self.alone):
            lines.append(
                "No constraints are seen to exclude each other: the region may just be rare."
            )
        return lines

    def _lacking(self, alone: Alone) -> str:
        if alone.missing == self.ok:
            return f"'{alone.name}' is missing in all of them: no point can be inside."
        return f"'{alone.name}' is missing in {alone.missing}."


def diagnose(problem: Problem, points: Points) -> Diagnosis:
    """Find out what keeps points from being inside.

    Violations are distances to the accepted intervals in units of what is typical of points
    outside (see `Gauge`). Constraints at odds are found as in `conflicts`.
    """
    names = [c.name for c in problem.constraints]
    targets = problem.targets(points)[points.ok]
    distance = _distances(violations(problem, points)[0], targets)
    met = distance == 0
    broken = (~met).sum(axis=1, keepdims=True)
    others = (broken == ~met).sum(axis=0)
    drawn = int((points.uniform & (points.ok | points.unphysical)).sum())
    return Diagnosis(
        ok=int(points.ok.sum()),
        unphysical=int(points.unphysical.sum()),
        failed=int(points.failed.sum()),
        inside=int(problem.inside(points).sum()),
        closest=_closest(problem, points, targets, distance),
        alone=tuple(
            Alone(name, int(met[:, j].sum()), int(np.isnan(targets[:, j]).sum()), int(others[j]))
            for j, name in enumerate(names)
        ),
        conflicts=tuple(conflicts(names, distance, points.uniform[points.ok], drawn)),
    )


def _distances(gauge: Gauge, targets: Array) -> Array:
    """Distance (n, c) of each target to its interval over its scale; NaN where it is missing."""
    distance = np.empty_like(targets)
    for j in range(targets.shape[1]):
        one = Gauge(gauge.bounds[[j]], gauge.scale[[j]])
        distance[:, j] = one.violation(targets[:, [j]])
    return np.where(np.isnan(targets), np.nan, distance)


def _closest(problem: Problem, points: Points, targets: Array, distance: Array) -> Closest | None:
    """The point with the smallest largest violation, ties going to the smallest sum."""
    known = np.flatnonzero(np.isfinite(targets).any(axis=1))
    if not len(known):
        return None
    distance = np.where(np.isnan(distance), MISSING, distance)
    ranked = np.lexsort((distance[known].sum(axis=1), distance[known].max(axis=1)))
    best = int(known[ranked[0]])
    misses = []
    for j in np.argsort(-distance[best], kind="stable").tolist():
        if distance[best, j] > 0:
            value, (low, high) = targets[best, j], problem.bounds[j]
            bound = np.nan if np.isnan(value) else low if value < low else high
            misses.append(Miss(problem.constraints[j].name, float(value), float(bound)))
    row = int(np.flatnonzero(points.ok)[best])
    values = dict(zip(problem.space.names, points.x[row].tolist(), strict=True))
    return Closest(row, values, tuple(misses))
