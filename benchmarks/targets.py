"""Targets whose accepted region is known, and how well a set of points covers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import gamma

from mlscanner_hep.constraints import Limit
from mlscanner_hep.points import Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.space import Parameter, Space

Array = NDArray[np.float64]
VEV = 246.22
"""Vacuum expectation value in GeV."""


@dataclass(frozen=True)
class Target:
    """A stand-in for a chain of codes.

    Parameters
    ----------
    name : str
        For tables.
    problem : Problem
        Space, observables and limits.
    observables : callable
        Maps parameter values (n, d) to observables (n, m); NaN where there is no spectrum.
    """

    name: str
    problem: Problem
    observables: Callable[[Array], Array]

    def evaluate(self, u: Array, round: int = 0) -> Points:
        """Run the positions (n, d)."""
        x = self.problem.space.from_unit(u)
        y = self.observables(x)
        ok = np.isfinite(y).all(axis=1)
        status = np.where(ok, Status.OK, Status.UNPHYSICAL).astype(np.int8)
        return Points.of(u, x, y, status=status, round=np.full(len(u), round))

    @cached_property
    def reference(self) -> Array:
        """4000 positions that are uniform inside, by rejection."""
        rng = np.random.default_rng(99)
        found: list[Array] = []
        while sum(map(len, found)) < 4000:
            u = rng.random((400_000, self.problem.space.dim))
            found.append(u[self.problem.inside(self.evaluate(u))])
        return np.concatenate(found)[:4000]

    @cached_property
    def radius(self) -> float:
        """Radius within which 500 ideal, uniform points inside leave a tenth uncovered."""
        rows = np.random.default_rng(5).permutation(len(self.reference))
        tree = cKDTree(self.reference[rows[:500]])
        return float(np.quantile(tree.query(self.reference[rows[500:]])[0], 0.9))

    def covered(self, found: Array) -> float:
        """Share of the region within `radius` of one of the points inside (k, d)."""
        if not len(found):
            return 0.0
        return float(np.mean(cKDTree(found).query(self.reference)[0] <= self.radius))

    def ideal_calls(self, share: float = 0.8) -> int:
        """Calls that a sampler uniform inside the region, which nobody has, needs for a share."""
        rows = np.random.default_rng(6).permutation(len(self.reference))
        test, pool = self.reference[rows[:2000]], self.reference[rows[2000:]]
        apart = np.full(len(test), np.inf)
        for calls, point in enumerate(pool, 1):
            apart = np.minimum(apart, np.linalg.norm(test - point, axis=1))
            if np.mean(apart <= self.radius) >= share:
                return calls
        raise RuntimeError(f"{self.name}: {len(pool)} ideal points do not cover {share}")


def _target(
    name: str,
    ranges: list[tuple[float, float]],
    limits: dict[str, tuple[float, float]],
    observables: Callable[[Array], Array],
) -> Target:
    space = Space(tuple(Parameter(f"p{j}", low, high) for j, (low, high) in enumerate(ranges)))
    constraints = tuple(Limit(key, min=low, max=high) for key, (low, high) in limits.items())
    return Target(name, Problem(space, tuple(limits), constraints), observables)


def shell2d() -> Target:
    """Curved bands in two dimensions, 4 % of the box."""
    box = [(-10 * np.pi, 10 * np.pi)] * 2

    def observables(x: Array) -> Array:
        return ((2 + np.cos(x[:, 0] / 5) * np.cos(x[:, 1] / 7)) ** 5)[:, None]

    return _target("shell2d", box, {"y": (90.82, 109.18)}, observables)


def shell3d() -> Target:
    """Shells in three dimensions, 4 % of the box: A. Hammad et al., arXiv:2207.09959."""
    box = [(-10 * np.pi, 10 * np.pi)] * 3

    def observables(x: Array) -> Array:
        return ((2 + np.prod(np.cos(x / 7), axis=1)) ** 5)[:, None]

    return _target("shell3d", box, {"y": (90.82, 109.18)}, observables)


def thdm2() -> Target:
    """Tree-level two-Higgs-doublet model of type II, 1.5e-4 of the box; half has no spectrum.

    Parameters are the quartic couplings 1 to 5, m12^2 in GeV^2 and tan(beta). Masses and mixing
    follow Branco et al., arXiv:1106.0034; unitarity follows Kanemura et al., hep-ph/9303263.
    """
    box = [(0.0, 10.0)] * 2 + [(-10.0, 10.0)] * 3 + [(0.0, 3e5), (1.5, 40.0)]
    limits = {
        "mh": (122.0, 128.0),
        "mHp": (580.0, np.inf),
        "kV": (0.95, np.inf),
        "ku": (0.8, 1.2),
        "kd": (0.7, 1.3),
        "stability": (0.0, np.inf),
        "unitarity": (-np.inf, 1.0),
    }
    return _target("thdm2", box, limits, _thdm2_observables)


def _thdm2_observables(x: Array) -> Array:
    l1, l2, l3, l4, l5, m12, tanb = x.T
    beta = np.arctan(tanb)
    sb, cb = np.sin(beta), np.cos(beta)
    ma2 = m12 / (sb * cb) - l5 * VEV**2
    mhp2 = ma2 + 0.5 * VEV**2 * (l5 - l4)
    m11 = m12 * tanb + l1 * VEV**2 * cb**2
    m22 = m12 / tanb + l2 * VEV**2 * sb**2
    mix = -m12 + (l3 + l4 + l5) * VEV**2 * sb * cb
    mh2 = (m11 + m22 - np.sqrt((m11 - m22) ** 2 + 4 * mix**2)) / 2
    alpha = 0.5 * np.arctan2(2 * mix, m11 - m22)
    kv = np.sin(beta - alpha)
    sign = np.where(kv < 0, -1.0, 1.0)
    ku, kd = sign * np.cos(alpha) / sb, -sign * np.sin(alpha) / cb
    root = np.sqrt(np.abs(l1 * l2))
    stability = np.minimum.reduce([l1, l2, l3 + root, l3 + l4 - np.abs(l5) + root])
    eigenvalues = [
        base + sign * np.sqrt(factor * (l1 - l2) ** 2 / 4 + mixing**2)
        for base, factor, mixing in (
            (1.5 * (l1 + l2), 9, 2 * l3 + l4),
            (0.5 * (l1 + l2), 1, l4),
            (0.5 * (l1 + l2), 1, l5),
        )
        for sign in (1, -1)
    ]
    eigenvalues += [l3 + 2 * l4 + 3 * l5, l3 + 2 * l4 - 3 * l5, l3 + l5, l3 - l5, l3 + l4, l3 - l4]
    unitarity = np.abs(eigenvalues).max(axis=0) / (8 * np.pi)
    valid = (mh2 > 0) & (ma2 > 0) & (mhp2 > 0)
    masses = [np.sqrt(np.where(valid, square, np.nan)) for square in (mh2, mhp2)]
    y = np.stack([*masses, sign * kv, ku, kd, stability, unitarity], axis=1)
    return np.where(valid[:, None], y, np.nan)


def islands6d() -> Target:
    """Four ellipsoids of different shape in six dimensions, 1e-5 of the box in all."""
    rng = np.random.default_rng(3)
    dim, count, volume = 6, 4, 1e-5
    centres = rng.uniform(0.15, 0.85, (count, dim))
    axes = rng.lognormal(0.0, 0.5, (count, dim))
    ball = np.pi ** (dim / 2) / gamma(dim / 2 + 1)
    axes *= (volume / count / (ball * axes.prod(axis=1, keepdims=True))) ** (1 / dim)

    def observables(x: Array) -> Array:
        return (((x[:, None] - centres) / axes) ** 2).sum(axis=2).min(axis=1, keepdims=True)

    return _target("islands6d", [(0.0, 1.0)] * dim, {"y": (0.0, 1.0)}, observables)


def sheet8d() -> Target:
    """A thin curved sheet in eight dimensions, 2.3e-4 of the box."""

    def observables(x: Array) -> Array:
        even, odd = x[:, ::2], x[:, 1::2]
        radius = np.sqrt(((even - 0.5) ** 2).sum(axis=1))
        return np.stack([radius, (odd * np.roll(even, 1, axis=1)).sum(axis=1)], axis=1)

    return _target("sheet8d", [(0.0, 1.0)] * 8, {"r": (0.20, 0.22), "s": (0.95, 1.0)}, observables)


TARGETS = {make.__name__: make for make in (shell2d, shell3d, thdm2, islands6d, sheet8d)}
