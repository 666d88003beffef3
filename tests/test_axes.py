"""The axes of figures: labels, limits, bins and ticks."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from mlscanner_hep.plots.axes import NumberAxis, ParameterAxis
from mlscanner_hep.plots.labels import label, of
from mlscanner_hep.plots.ticks import linear, short
from mlscanner_hep.results.labels import Label
from mlscanner_hep.space import Choice, Parameter

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    "parameter",
    [
        Parameter("a", -1.0, 1.0),
        Parameter("a", 0.0, 3e5),
        Parameter("a", 1.5, 40.0, "log"),
        Parameter("a", 110.0, 130.0, "log"),
        Parameter("a", 1e-12, 1e3, "log"),
        Parameter("a", -1e4, 1e4, "symlog", threshold=1.0),
        Parameter("a", -0.1, 0.1, "symlog", threshold=1.0),
        Parameter("a", 165.0, 180.0, "normal", mean=172.5, sigma=1.0),
    ],
)
@pytest.mark.parametrize("away", [True, False])
def test_every_axis_has_a_few_ticks(parameter: Parameter, away: bool) -> None:
    axes = Figure().subplots()
    axis = ParameterAxis(parameter)
    axis.dress(axes, "x", away=away)
    low, high = axis.limits
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    assert 2 <= len(ticks) <= 8
    assert len({short(tick) for tick in ticks}) == len(ticks)


def test_labels() -> None:
    assert label("tanb", r"\tan\beta") == r"$\tan\beta$"
    assert label("m12sq", "m_{12}^2", "GeV^2") == "$m_{12}^2$ [GeV$^{2}$]"
    assert label("a$b", r"\frac{") == r"a\$b"


def test_labels_of_expressions() -> None:
    known = {
        "mA": Label("GeV", "m_A"),
        "mHp": Label("GeV", r"m_{H^\pm}"),
        "tanb": Label("", r"\tan\beta"),
    }
    assert of("mA", known) == "$m_A$ [GeV]"
    assert of("mHp - mA", known) == rf"$m_{{H^\pm}}$ {MINUS} $m_A$ [GeV]"
    assert of("mA * tanb", known) == "$m_A$ \N{MIDDLE DOT} $\\tan\\beta$"
    assert of("chi2", known) == r"$\chi^2$"
    assert of("log10(abs(tanb))", known) == r"log10(abs($\tan\beta$))"


def test_numbers_at_ticks() -> None:
    assert [short(v) for v in (0.0, 0.5, -2.5, 3e5, 1e-7, -1e4)] == [
        "0", "0.5", f"{MINUS}2.5", r"$3\times10^{5}$", "$10^{-7}$", "$-10^{4}$",
    ]  # fmt: skip
    assert linear(0.0, 10.0) == [0, 2, 4, 6, 8, 10]


def test_bins_are_equally_wide_as_they_are_seen() -> None:
    axis = ParameterAxis(Parameter("a", 1.0, 100.0, "log"))
    assert axis.edges(2) == pytest.approx([1, 10, 100])
    assert axis.prior(axis.edges(4)) == pytest.approx([0.25] * 4)
    choice = ParameterAxis(Choice("d", (1, 5)))
    assert choice.prior(choice.edges(40)) == pytest.approx([0.5, 0.5])
    assert choice.place(np.array([5.0, 1.0])).tolist() == [1, 0]
    assert NumberAxis("", (1e-4, 1.0), log=True).edges(2) == pytest.approx([1e-4, 1e-2, 1])


def test_an_axis_of_numbers_shows_those_inside_and_what_is_around() -> None:
    values = np.array([-1000.0, 0.0, 4.0, 5.0, 6.0, 1000.0, np.nan])
    axis = NumberAxis.around("", values, np.array([4.0, 6.0]))
    assert axis.limits == pytest.approx((2 - 0.04 * 6, 8 + 0.04 * 6))
    assert not axis.log
    with_tail = np.append(np.linspace(0, 1, 1000), 1e6)
    assert NumberAxis.around("", with_tail, np.empty(0)).limits[1] < 2


def test_positive_numbers_over_many_decades_are_logarithmic() -> None:
    values = np.geomspace(1e-4, 10, 50)
    assert NumberAxis.around("", values, np.empty(0)).log
    assert not NumberAxis.around("", values - 1, np.empty(0)).log
    assert NumberAxis.around("", np.array([1.0, 2.0]), np.empty(0), log=True).log


@pytest.mark.parametrize("values", [[], [3.0], [0.0, 0.0], [np.nan]])
def test_an_axis_has_a_length(values: list[float]) -> None:
    low, high = NumberAxis.around("", np.array(values), np.empty(0)).limits
    assert low < high
