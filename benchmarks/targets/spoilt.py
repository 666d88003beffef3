"""What codes do to a target: noise, jumps, and parts of the box without a spectrum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from targets.base import Array, Target

Words = NDArray[np.uint64]
GOLDEN = 0x9E3779B97F4A7C15


def noisy(clean: Target, percent: float, volume: float) -> Target:
    """The target with relative Gaussian noise, the same each time a point is run.

    What is inside is judged with the noise, as in a scan. The hull of `clean` has to leave room.
    """

    def observables(x: Array) -> Array:
        y = clean.observables(x)
        return np.asarray(y * (1 + percent / 100 * noise(x, y.shape[1])))

    name = f"{clean.name}-noise{percent:g}"
    return replace(clean, name=name, observables=observables, volume=volume)


def edged(whole: Target, i: int, j: int, volume: float) -> Target:
    """The target without a spectrum beyond a circle in two parameters: 30 % of the box."""

    def observables(x: Array) -> Array:
        return np.where(_beyond(whole, x, i, j)[:, None], np.nan, whole.observables(x))

    return replace(whole, name=f"{whole.name}-edge", observables=observables, volume=volume)


def jumping(smooth: Target, i: int, j: int, about: float, volume: float) -> Target:
    """The target whose last observable is mirrored at `about` beyond the same circle."""

    def observables(x: Array) -> Array:
        y = smooth.observables(x)
        y[:, -1] = np.where(_beyond(smooth, x, i, j), 2 * about - y[:, -1], y[:, -1])
        return y

    return replace(smooth, name=f"{smooth.name}-jump", observables=observables, volume=volume)


def _beyond(target: Target, x: Array, i: int, j: int) -> NDArray[np.bool_]:
    u = target.problem.space.to_unit(x)
    # The quarter of a disc within the unit square has an area of 0.7.
    return np.asarray(u[:, i] ** 2 + u[:, j] ** 2 > 2.8 / np.pi)


def noise(x: Array, columns: int) -> Array:
    """Standard normal numbers (n, columns) that follow from the bytes of each row of x (n, d)."""
    words = np.ascontiguousarray(x + 0.0).view(np.uint64)  # + 0.0: there is one zero only
    state = np.zeros(len(x), np.uint64)
    for word in words.T:
        state = _mixed(state ^ word)
    steps = [np.uint64(GOLDEN * (j + 1) % 2**64) for j in range(columns)]
    bits = np.stack([_mixed(state + step) for step in steps], axis=1)
    return np.asarray(ndtri(((bits >> np.uint64(11)) + 0.5) * 2.0**-53))


def _mixed(state: Words) -> Words:
    """One step of SplitMix64: G. Steele, D. Lea and C. Flood, OOPSLA 2014."""
    state = state + np.uint64(GOLDEN)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
