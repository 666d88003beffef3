from __future__ import annotations

import numpy as np
import pytest

from mlscanner_hep.constraints import (
    Chi2,
    Constraint,
    Gaussian,
    Limit,
    TableLimit,
    TotalChi2,
    inside,
    is_sharp,
)

NAN, INF = np.nan, np.inf


def verdict(constraint: Constraint, **values: list[float]) -> tuple[list[bool], list[float]]:
    arrays = {name: np.array(column, float) for name, column in values.items()}
    return inside(constraint, arrays).tolist(), constraint.chi2(arrays).tolist()


def test_gaussian_adds_theory_in_quadrature() -> None:
    mh = Gaussian("mh", 125.0, 3.0, theory=4.0, within=2.0)
    ok, chi2 = verdict(mh, mh=[125.0, 134.9, 135.1, 115.0])
    assert ok == [True, True, False, True]
    assert chi2 == pytest.approx([0.0, 1.98**2, 2.02**2, 4.0])


def test_sharp_band() -> None:
    band = Limit("x", min=1.0, max=2.0)
    ok, chi2 = verdict(band, x=[0.9, 1.0, 1.5, 2.0, 2.1])
    assert ok == [False, True, True, True, False]
    assert chi2 == [INF, 0, 0, 0, INF]
    assert is_sharp(band)


def test_soft_upper_and_lower_limit() -> None:
    upper = Limit("x", max=1.0, theory=0.1, within=2.0)
    ok, chi2 = verdict(upper, x=[-5.0, 1.0, 1.1, 1.19, 1.3])
    assert ok == [True, True, True, True, False]
    assert chi2 == pytest.approx([0, 0, 1, 3.61, 9])
    lower = Limit("x", min=1.0, theory=0.1, within=1.0)
    ok, chi2 = verdict(lower, x=[0.85, 0.95, 7.0])
    assert ok == [False, True, True]
    assert chi2 == pytest.approx([2.25, 0.25, 0])
    assert not is_sharp(upper)


@pytest.fixture
def table() -> TableLimit:
    return TableLimit("sigma", "mass", (10.0, 100.0, 1000.0), (1e-45, 1e-46, 1e-45))


def test_table_is_interpolated_in_the_logarithms(table: TableLimit) -> None:
    bound = table.bound(np.array([10.0, 10**1.5, 100.0, 1000.0]))
    assert bound == pytest.approx([1e-45, 10**-45.5, 1e-46, 1e-45])
    ok, chi2 = verdict(table, sigma=[0.9e-46, 1.1e-46], mass=[100.0, 100.0])
    assert ok == [True, False]
    assert chi2 == [0, INF]


def test_beyond_the_table_nothing_is_claimed(table: TableLimit) -> None:
    ok, chi2 = verdict(table, sigma=[1e-50, 1e-50], mass=[9.0, 1001.0])
    assert ok == [False, False]
    assert np.isnan(chi2).all()


def test_beyond_the_table_can_be_allowed() -> None:
    table = TableLimit("s", "m", (1.0, 2.0), (1.0, 1.0), beyond="allowed")
    ok, _ = verdict(table, s=[5.0, 5.0, NAN, 5.0], m=[0.5, 1.5, 0.5, NAN])
    assert ok == [True, False, False, False]


def test_lower_limit_from_a_table_with_theory_error() -> None:
    table = TableLimit("s", "m", (0.0, 2.0), (4.0, 4.0), side="min", theory=0.1, within=1.0)
    ok, chi2 = verdict(table, s=[4.1, 3.7, 3.5], m=[1.0, 1.0, 1.0])
    assert ok == [True, True, False]
    assert chi2 == pytest.approx([0, 0.5625, 1.5625])


@pytest.mark.parametrize(
    ("grid", "limit", "complaint"),
    [
        ((1.0,), (1.0,), "two rows"),
        ((1.0, 2.0), (1.0,), "two rows"),
        ((2.0, 1.0), (1.0, 1.0), "increasing"),
        ((1.0, 2.0), (0.0, 1.0), "positive"),
        ((1.0, NAN), (1.0, 1.0), "finite"),
    ],
)
def test_bad_tables(grid: tuple[float, ...], limit: tuple[float, ...], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        TableLimit("s", "m", grid, limit)


def test_total_chi2_sums_what_is_smooth() -> None:
    parts = (Gaussian("a", 0.0, 1.0), Limit("b", max=1.0), Chi2("c", max=10.0))
    total = TotalChi2(parts, max=6.0)
    assert total.needs == ("a", "c")
    ok, chi2 = verdict(total, a=[1.0, 2.0, 1.0], b=[9.0, 9.0, 9.0], c=[4.0, 4.0, NAN])
    assert ok == [True, False, False]
    assert chi2[:2] == [0, 0]
    assert np.isnan(chi2[2])


@pytest.mark.parametrize(
    "constraint",
    [
        Gaussian("x", 0.0, 1.0),
        Limit("x", max=1.0),
        Limit("x", max=1.0, theory=1.0),
        Chi2("x", max=5.0),
        TableLimit("x", "x", (-1.0, 1.0), (1.0, 1.0)),
        TotalChi2((Gaussian("x", 0.0, 1.0),), 5.0),
    ],
    ids=lambda c: type(c).__name__,
)
def test_missing_fulfils_nothing_and_has_no_chi2(constraint: Constraint) -> None:
    ok, chi2 = verdict(constraint, x=[NAN])
    assert ok == [False]
    assert np.isnan(chi2).all()
