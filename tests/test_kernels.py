"""Kernels, and the matrices from which a Gaussian process predicts and is tuned."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from mlscanner_hep.surrogates.evidence import inverse, squares, unpacked
from mlscanner_hep.surrogates.kernels import ROWS, Correlation, squared_norms, with_slope

LENGTHS = np.array([0.2, 0.7, 3.0])


def points(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((n, 3))


def triangle(n: int) -> np.ndarray:
    return np.tril(np.random.default_rng(0).normal(size=(n, n)), -1) / n + np.diag(
        1 + points(n)[:, 0]
    )


def expected(kernel: str, u: np.ndarray, known: np.ndarray) -> np.ndarray:
    r = cdist(u / LENGTHS, known / LENGTHS)
    if kernel == "rbf":
        return np.exp(-0.5 * r**2)
    return (1 + np.sqrt(5) * r + 5 / 3 * r**2) * np.exp(-np.sqrt(5) * r)


@pytest.mark.parametrize("kernel", ["rbf", "matern"])
def test_correlations_of_any_number_of_positions(kernel: str) -> None:
    u, known = points(2 * ROWS + 3), points(7, 1)
    correlation = Correlation(kernel, LENGTHS, known)
    assert correlation(u) == pytest.approx(expected(kernel, u, known), abs=1e-12)
    for some in (u[:0], u[:ROWS], u):
        total = correlation.each(lambda rows: rows.sum(axis=1), some)
        assert total == pytest.approx(expected(kernel, some, known).sum(axis=1))
    assert np.isfinite(correlation(known)).all()


@pytest.mark.parametrize("kernel", ["rbf", "matern"])
def test_of_the_known_points_each_pair_is_there_once(kernel: str) -> None:
    u = points(6)
    shape = with_slope(kernel, LENGTHS**-2.0 @ squares(u))[0]
    assert unpacked(shape, 6) == pytest.approx(expected(kernel, u, u))


@pytest.mark.parametrize("n", [1, 64, 65, 150, 259])
def test_triangles_are_inverted(n: int) -> None:
    result = inverse(triangle(n))
    assert result @ triangle(n) == pytest.approx(np.eye(n), abs=1e-12)
    assert (np.triu(result, 1) == 0).all()


def test_norms_behind_a_triangle() -> None:
    rows = points(20).T
    norms = ((rows @ triangle(20).T) ** 2).sum(axis=1)
    assert squared_norms(np.asfortranarray(triangle(20)), rows) == pytest.approx(norms)
