"""Points in bins, on numbers that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mlscanner_hep.plots.binning import Grid, index, many, reasons, shares

GRID = Grid(np.array([0.0, 1.0, 2.0]), np.array([0.0, 10.0, 20.0, 30.0]))
X = np.array([0.5, 0.5, 1.5, 2.0, 9.0, np.nan])
Y = np.array([5.0, 6.0, 25.0, 30.0, 5.0, 5.0])


def test_the_bin_of_a_value() -> None:
    edges = np.array([0.0, 1.0, 2.0])
    values = np.array([0.0, 0.99, 1.0, 2.0, 2.1, -0.1, np.nan])
    assert index(values, edges).tolist() == [0, 0, 1, 1, -1, -1, -1]


def test_points_are_counted() -> None:
    counts = GRID.count(X, Y, np.ones(6, bool))
    assert counts.tolist() == [[2, 0, 0], [0, 0, 2]]
    assert GRID.count(X, Y, np.arange(6) == 0).sum() == 1


def test_the_least_chi2_of_a_bin() -> None:
    chi2 = np.array([3.0, 1.0, np.nan, 7.0, 0.0, 0.0])
    least = GRID.least(X, Y, chi2)
    assert least[0, 0] == 1
    assert least[1, 2] == 7
    assert np.isnan(least).sum() == 4
    assert np.isnan(GRID.least(X, Y, np.full(6, np.inf))).all()


def test_shares_are_by_weight_and_of_all_points() -> None:
    edges = np.array([0.0, 1.0, 2.0])
    share = shares(np.array([0.5, 1.5, 1.5, 7.0]), np.array([1.0, 2.0, 2.0, 5.0]), edges)
    assert share == pytest.approx([0.1, 0.4])
    assert shares(np.empty(0), np.empty(0), edges).tolist() == [0, 0]


def test_what_excludes_a_bin() -> None:
    # conditions a, b, c; bins from left to right
    passed = np.array([[[0, 5, 0, 0]], [[1, 0, 0, 2]], [[1, 1, 1, 0]]])
    enough = np.array([[True, True, True, True]])
    # the third is excluded by a and by b: a excludes more bins; the fourth by a and by c
    assert reasons(passed, enough).tolist() == [[0, 1, 0, 0]]
    assert reasons(passed, ~enough).tolist() == [[-1, -1, -1, -1]]
    assert reasons(np.ones((3, 1, 4), int), enough).tolist() == [[-1, -1, -1, -1]]


def test_bins_grow_with_the_points() -> None:
    assert many(0, 2) == many(100, 2) == 8
    assert many(2000, 2) == 20
    assert many(10**9, 1) == 40
