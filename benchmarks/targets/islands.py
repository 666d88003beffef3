"""Regions of several small islands, known in closed form."""

from __future__ import annotations

import numpy as np

from targets.base import Array, Hull, Labels, Target, problem_of, shell_points, shell_volume

DIM, COUNT = 6, 4


def islands6d() -> Target:
    """Four ellipsoids of different shape in six dimensions."""
    return _islands("islands6d", 1e-5)


def islands6d7() -> Target:
    """The same with a hundredth of the volume: random points never meet them."""
    return _islands("islands6d7", 1e-7)


def _islands(name: str, volume: float) -> Target:
    rng = np.random.default_rng(3)
    centres = rng.uniform(0.15, 0.85, (COUNT, DIM))
    axes = rng.lognormal(0.0, 0.5, (COUNT, DIM))
    ball = shell_volume(DIM, 0.0, 1.0)
    axes *= (volume / COUNT / (ball * axes.prod(axis=1, keepdims=True))) ** (1 / DIM)

    def squares(x: Array) -> Array:
        return np.asarray((((x[:, None] - centres) / axes) ** 2).sum(axis=2))

    def draw(rng: np.random.Generator, n: int) -> Array:
        # The ellipsoids are disjoint, of equal volume and within the box.
        which = rng.integers(COUNT, size=n)
        return np.asarray(centres[which] + axes[which] * shell_points(rng, n, DIM, 0.0, 1.0))

    def observables(x: Array) -> Array:
        return squares(x).min(axis=1, keepdims=True)

    def island(x: Array) -> Labels:
        return squares(x).argmin(axis=1)

    problem = problem_of([(0.0, 1.0)] * DIM, {"y": (0.0, 1.0)})
    return Target(name, problem, observables, volume, Hull(volume, draw), COUNT, island)
