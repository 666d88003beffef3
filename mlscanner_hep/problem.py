"""What a proposer may know of a scan: the space and the constraints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep import constraints
from mlscanner_hep.constraints import Constraint
from mlscanner_hep.expressions import Expression
from mlscanner_hep.points import Points
from mlscanner_hep.space import Space

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """Space and constraints: the question that a scan answers.

    Parameters
    ----------
    space : Space
        The scanned parameters, constants and derived values.
    observables : sequence of str
        Names of the columns of `Points.y`.
    constraints : sequence of Constraint
        All of them have to hold for a point to be inside.
    computed : mapping of str to Expression
        Observables that follow from the parameters alone, each after those that it needs.
    """

    space: Space
    observables: Sequence[str]
    constraints: Sequence[Constraint]
    computed: Mapping[str, Expression] = field(default_factory=dict)

    @cached_property
    def bounds(self) -> Array:
        """Accepted interval of each target, shape (c, 2)."""
        return np.array([c.interval for c in self.constraints], dtype=float).reshape(-1, 2)

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Constraints that follow from the parameters alone, without running a code; shape (c,)."""
        free = {*self.space.names, *self.space.constants, *self.space.derived, *self.computed}
        return np.array([free.issuperset(c.needs) for c in self.constraints], dtype=bool)

    def values(self, points: Points) -> dict[str, Array]:
        """All numbers of the points by name, each of shape (n,): inputs and observables."""
        given = self._given(points.x)
        stored = {name: points.y[:, j] for j, name in enumerate(self.observables)}
        return given | {name: y for name, y in stored.items() if name not in given}

    def _given(self, x: Array) -> dict[str, Array]:
        """The numbers that follow from the parameters x (n, d) alone, each of shape (n,)."""
        values = self.space.columns(x)
        for name, expression in self.computed.items():
            value = np.broadcast_to(np.asarray(expression(values), float), (len(x),))
            values[name] = np.where(np.isfinite(value), value, np.nan)
        return values

    def targets(self, points: Points) -> Array:
        """The constrained numbers, shape (n, c); NaN where one is missing."""
        values = self.values(points)
        if not self.constraints:
            return np.empty((len(points), 0))
        return np.stack([c.target(values) for c in self.constraints], axis=1)

    def known_targets(self, u: Array) -> Array:
        """The targets of the `known` constraints at any position (n, d); NaN for the others."""
        values = self._given(self.space.from_unit(u))
        targets = np.full((len(u), len(self.constraints)), np.nan)
        for j in np.flatnonzero(self.known):
            targets[:, j] = self.constraints[int(j)].target(values)
        return targets

    def inside(self, points: Points) -> NDArray[np.bool_]:
        """Which points the codes answered and every constraint accepts; shape (n,)."""
        values = self.values(points)
        result = points.ok.copy()
        for constraint in self.constraints:
            result &= constraints.inside(constraint, values)
        return result

    def chi2(self, points: Points) -> Array:
        """Total chi2, shape (n,): infinite beyond a sharp limit, NaN where a value is missing."""
        values = self.values(points)
        parts = [c.chi2(values) for c in self.constraints]
        total = np.sum(parts, axis=0) if parts else np.zeros(len(points))
        return np.where(points.ok, total, np.nan)
