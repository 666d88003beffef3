"""A stand-in for a chain of codes whose accepted region is known, and how well points cover it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import gamma

from mlscanner_hep.constraints import Limit
from mlscanner_hep.points import Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.space import Parameter, Scale, Space

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Limits = Mapping[str, tuple[float, float]]

REFERENCE = 4000
"""Number of positions that stand for the region."""
DRAWN = 400_000
"""How many positions are tried at a time."""


@dataclass(frozen=True)
class Hull:
    """A part of the unit cube that holds the region: what its reference sample is drawn from.

    Parameters
    ----------
    volume : float
        Its volume.
    draw : callable
        Draws n uniform positions (n, d) in it, from a generator and n.
    """

    volume: float
    draw: Callable[[np.random.Generator, int], Array]


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
    volume : float
        Share of the unit cube that is inside.
    hull : Hull, optional
        Where to look for the region. Default: the unit cube.
    islands : int
        How many separate parts the region has, as far as `island` tells.
    island : callable, optional
        Maps parameter values (n, d) of points inside to the number of their island (n,).
    """

    name: str
    problem: Problem
    observables: Callable[[Array], Array]
    volume: float
    hull: Hull | None = None
    islands: int = 1
    island: Callable[[Array], Labels] | None = None

    def evaluate(self, u: Array, round: int = 0) -> Points:
        """Run the positions (n, d)."""
        x = self.problem.space.from_unit(u)
        y = self.observables(x)
        ok = np.isfinite(y).all(axis=1)
        status = np.where(ok, Status.OK, Status.UNPHYSICAL).astype(np.int8)
        return Points.of(u, x, y, status=status, round=np.full(len(u), round))

    def draw(self, n: int, rng: np.random.Generator) -> tuple[Array, float]:
        """Positions inside, uniform, of n tried in the hull; and the volume of one trial."""
        if self.hull is None:
            u, volume = rng.random((n, self.problem.space.dim)), 1.0
        else:
            u, volume = self.hull.draw(rng, n), self.hull.volume
        return u[self.problem.inside(self.evaluate(u))], volume / n

    @cached_property
    def reference(self) -> Array:
        """4000 positions that are uniform inside; kept in the temporary folder."""
        kept = Path(tempfile.gettempdir()) / f"mlscanner-hep-{self.name}-{self._definition}.npy"
        if kept.exists():
            return np.asarray(np.load(kept))
        rng = np.random.default_rng(99)
        found: list[Array] = []
        while sum(map(len, found)) < REFERENCE:
            found.append(self.draw(DRAWN, rng)[0])
        sample = np.concatenate(found)[:REFERENCE]
        partial = kept.with_suffix(f".{os.getpid()}.npy")
        np.save(partial, sample)
        partial.replace(kept)
        return sample

    @property
    def _definition(self) -> str:
        """Hash of the code of the targets and of what this one answers."""
        digest = hashlib.sha256()
        for module in sorted(Path(__file__).parent.glob("*.py")):
            digest.update(module.read_bytes())
        probe = self.evaluate(np.random.default_rng(0).random((256, self.problem.space.dim)))
        for part in (self.problem.bounds, probe.x, probe.y):
            digest.update(part.tobytes())
        return digest.hexdigest()[:16]

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


def problem_of(
    ranges: Sequence[tuple[float, float]], limits: Limits, scale: Scale = "flat"
) -> Problem:
    """A problem with parameters p0, p1 ... and an accepted interval for each observable."""
    parameters = (Parameter(f"p{j}", low, high, scale) for j, (low, high) in enumerate(ranges))
    constraints = tuple(Limit(key, min=low, max=high) for key, (low, high) in limits.items())
    return Problem(Space(tuple(parameters)), tuple(limits), constraints)


def shell_volume(dim: int, inner: float, outer: float) -> float:
    """Volume between two spheres."""
    ball = np.pi ** (dim / 2) / float(gamma(dim / 2 + 1))
    return float(ball * (outer**dim - inner**dim))


def shell_points(rng: np.random.Generator, n: int, dim: int, inner: float, outer: float) -> Array:
    """Uniform positions (n, dim) between two spheres around the origin."""
    direction = rng.normal(size=(n, dim))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    power = inner**dim + rng.random((n, 1)) * (outer**dim - inner**dim)
    return np.asarray(direction * power ** (1 / dim))
