"""Shells and sheets: regions that are thin, curved and in one piece, or nearly so."""

from __future__ import annotations

import numpy as np

from targets.base import Array, Hull, Target, problem_of, shell_points, shell_volume

BAND = {"y": (90.82, 109.18)}
"""The accepted interval of the toys of A. Hammad et al., arXiv:2207.09959."""


def shell2d() -> Target:
    """Curved bands in two dimensions: the first toy of arXiv:2207.09959."""

    def observables(x: Array) -> Array:
        return np.asarray((2 + np.cos(x[:, 0] / 5) * np.cos(x[:, 1] / 7)) ** 5)[:, None]

    box = [(-10 * np.pi, 10 * np.pi)] * 2
    return Target("shell2d", problem_of(box, BAND), observables, volume=4.24e-2)


def shell3d() -> Target:
    """Shells in three dimensions: the second toy of arXiv:2207.09959."""

    def observables(x: Array) -> Array:
        return np.asarray((2 + np.prod(np.cos(x / 7), axis=1)) ** 5)[:, None]

    box = [(-10 * np.pi, 10 * np.pi)] * 3
    return Target("shell3d", problem_of(box, BAND), observables, volume=3.31e-2)


def sheet8d(slack: float = 0.0) -> Target:
    """A thin curved sheet in eight dimensions.

    Parameters
    ----------
    slack : float
        Relative error of the observables that the hull has to leave room for.
    """
    inner, outer = 0.20 * (1 - slack), 0.22 * (1 + slack)

    def observables(x: Array) -> Array:
        even, odd = x[:, ::2], x[:, 1::2]
        radius = np.sqrt(((even - 0.5) ** 2).sum(axis=1))
        return np.stack([radius, (odd * np.roll(even, 1, axis=1)).sum(axis=1)], axis=1)

    def draw(rng: np.random.Generator, n: int) -> Array:
        u = rng.random((n, 8))
        u[:, ::2] = 0.5 + shell_points(rng, n, 4, inner, outer)
        return u

    problem = problem_of([(0.0, 1.0)] * 8, {"r": (0.20, 0.22), "s": (0.95, 1.0)})
    hull = Hull(shell_volume(4, inner, outer), draw)
    return Target("sheet8d", problem, observables, volume=2.30e-4, hull=hull)


def shell10d() -> Target:
    """The shell between two spheres in ten dimensions."""
    inner, outer = 0.57, 0.63

    def observables(x: Array) -> Array:
        return np.linalg.norm(x, axis=1, keepdims=True)

    def draw(rng: np.random.Generator, n: int) -> Array:
        return (1 + shell_points(rng, n, 10, inner, outer)) / 2

    problem = problem_of([(-1.0, 1.0)] * 10, {"r": (inner, outer)})
    volume = shell_volume(10, inner, outer) / 2**10
    return Target("shell10d", problem, observables, volume, Hull(volume, draw))


def sheet16d() -> Target:
    """Six observables in sixteen dimensions: the radii of five groups, and one of all parameters.

    The hull is the product of the five shells.
    """
    groups = [range(4), range(4, 7), range(7, 10), range(10, 13), range(13, 16)]
    shells = [(0.38, 0.48), (0.36, 0.46), (0.33, 0.43), (0.30, 0.42), (0.36, 0.45)]
    weights = np.cos(np.arange(16.0))

    def observables(x: Array) -> Array:
        radii = [np.linalg.norm(x[:, list(group)] - 0.5, axis=1) for group in groups]
        common = (weights * np.roll(x, 5, axis=1) * x**2).sum(axis=1)
        return np.stack([*radii, common], axis=1)

    def draw(rng: np.random.Generator, n: int) -> Array:
        parts = [
            shell_points(rng, n, len(group), *shell)
            for group, shell in zip(groups, shells, strict=True)
        ]
        return 0.5 + np.concatenate(parts, axis=1)

    limits = {f"r{j}": shell for j, shell in enumerate(shells)} | {"s": (0.1, 0.2)}
    volumes = [shell_volume(len(g), *shell) for g, shell in zip(groups, shells, strict=True)]
    hull = Hull(float(np.prod(volumes)), draw)
    problem = problem_of([(0.0, 1.0)] * 16, limits)
    return Target("sheet16d", problem, observables, volume=2.04e-5, hull=hull)
