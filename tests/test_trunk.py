"""Hidden layers in numpy: their features, their slopes and where training starts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from mlscanner_hep.surrogates.trunk import SQUARED, aligned, polynomial, standard


def points(n: int, dim: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((n, dim))


@pytest.mark.parametrize("activation", ["tanh", "elu", "relu"])
@pytest.mark.parametrize("sides", [[3, 7], [3, 7, 6, 5]])
def test_slopes_are_those_of_the_features(activation: str, sides: list[int]) -> None:
    u, step = points(5), 1e-6
    trunk = aligned(activation, sides, 1, points(20), points(20, 1)[:, 0], 0)[0]
    slopes = np.random.default_rng(1).normal(size=(5, sides[-1]))

    def total(bias: np.ndarray) -> float:
        moved = replace(trunk, weights=[trunk.weights[0], bias[None], *trunk.weights[2:]])
        return float((moved.features(u)[0][:, -sides[-1] :] * slopes).sum())

    numeric = approx_fprime(trunk.weights[1][0], total, step)
    assert trunk.pull(u, slopes).sum(axis=0) == pytest.approx(numeric, rel=1e-4, abs=1e-5)


def test_features_are_in_their_groups() -> None:
    for dim in (3, SQUARED + 1):
        u = points(5, dim)
        trunk = aligned("tanh", [dim, 7], 2, points(20, dim), points(20, 1)[:, 0], 0)[0]
        features, groups = trunk.features(u), trunk.groups(dim)
        assert features.shape == (2, 5, sum(groups))
        assert groups[-1] == 7
        assert (features[:, :, :-7] == polynomial(u)).all()
        assert (features[0, :, -7:] != features[1, :, -7:]).all()
    assert polynomial(points(5))[:, 1:4] == pytest.approx(standard(points(5)))


def test_networks_start_with_a_look_along_what_matters() -> None:
    u = points(150, 6)
    z = np.sin(4 * (u[:, 0] + u[:, 1]))
    kernel = aligned("tanh", [6, 50], 2, u, (z - z.mean()) / z.std(), 0)[0].weights[0]
    size = np.sqrt((kernel**2).mean(axis=(0, 2)))
    assert size[:2].min() > 3 * size[2:].max()
    along, across = (np.abs(kernel[:, 0] + sign * kernel[:, 1]).mean() for sign in (1, -1))
    assert along > 3 * across


def test_the_start_follows_from_the_seed() -> None:
    u, z = points(30), points(30, 1)[:, 0]
    first, again, other = (
        aligned("elu", [3, 5, 4], 2, u, z, seed)[0].weights for seed in (1, 1, 2)
    )
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert [w.shape for w in first] == [(2, 3, 5), (2, 5), (2, 5, 4), (2, 4)]
    assert (first[0] != other[0]).any()
