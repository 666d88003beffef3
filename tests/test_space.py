from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlscanner_hep.expressions import Expression
from mlscanner_hep.space import Choice, Parameter, Space

PARAMETERS = [
    Parameter("flat", -3.0, 8.0),
    Parameter("log", 1e-6, 1e3, "log"),
    Parameter("symlog", -1e4, 1e6, "symlog", threshold=10.0),
    Parameter("normal", 170.0, 176.0, "normal", mean=172.5, sigma=0.7),
]


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda p: p.scale)
@given(u=st.floats(0, 1))
def test_there_and_back(parameter: Parameter, u: float) -> None:
    x = parameter.from_unit(np.array([u]))
    assert parameter.min <= x[0] <= parameter.max
    assert parameter.to_unit(x)[0] == pytest.approx(u, abs=1e-9)


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda p: p.scale)
def test_ends_and_order(parameter: Parameter) -> None:
    x = parameter.from_unit(np.linspace(0, 1, 101))
    assert x[0] == pytest.approx(parameter.min)
    assert x[-1] == pytest.approx(parameter.max)
    assert (np.diff(x) > 0).all()


def test_middle_is_that_of_the_scale() -> None:
    middle = {p.name: p.from_unit(np.array([0.5]))[0] for p in PARAMETERS}
    assert middle["flat"] == pytest.approx(2.5)
    assert middle["log"] == pytest.approx(10**-1.5)
    # the truncation is not symmetric around the mean, hence not exactly 172.5
    assert middle["normal"] == pytest.approx(172.5, abs=0.01)
    symlog = Parameter("s", -100.0, 100.0, "symlog", threshold=1.0)
    assert symlog.from_unit(np.array([0.5]))[0] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"min": 2.0, "max": 1.0}, "min < max"),
        ({"min": 1.0, "max": 1.0}, "min < max"),
        ({"min": 0.0, "max": float("inf")}, "finite"),
        ({"min": 0.0, "max": 1.0, "scale": "log"}, "min > 0"),
        ({"min": -1.0, "max": 1.0, "scale": "symlog"}, "threshold"),
        ({"min": -1.0, "max": 1.0, "scale": "normal"}, "mean"),
    ],
)
def test_bad_ranges(options: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Parameter("p", **options)  # type: ignore[arg-type]


def test_choices_share_the_unit_interval() -> None:
    choice = Choice("type", (1, 2, 4))
    x = choice.from_unit(np.array([0.0, 0.3, 0.34, 0.66, 0.67, 1.0]))
    assert x.tolist() == [1, 1, 2, 2, 4, 4]
    assert choice.to_unit(np.array([1.0, 2.0, 4.0])).tolist() == pytest.approx([1 / 6, 0.5, 5 / 6])
    assert np.isnan(choice.to_unit(np.array([3.0])))[0]
    assert choice.native(2.0) == 2
    assert isinstance(choice.native(2.0), int)


@pytest.mark.parametrize("choices", [(1,), (1, 1), (1.0, float("nan"))])
def test_bad_choices(choices: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="choices"):
        Choice("type", choices)


@pytest.fixture
def space() -> Space:
    return Space(
        (Parameter("a", 0.0, 10.0), Choice("kind", (1, 2))),
        {"mt": 172.5, "n": 3, "label": "SM"},
        {"twice": Expression.parse("2 * a"), "sum": Expression.parse("twice + mt * kind")},
    )


def test_row_is_what_a_template_sees(space: Space) -> None:
    row = space.row(np.array([1.5, 2.0]))
    assert row == {
        "a": 1.5, "kind": 2, "mt": 172.5, "n": 3, "label": "SM", "twice": 3.0, "sum": 348.0,
    }  # fmt: skip
    assert isinstance(row["kind"], int)
    assert isinstance(row["n"], int)


def test_columns_agree_with_rows(space: Space) -> None:
    x = np.array([[1.5, 2.0], [4.0, 1.0]])
    columns = space.columns(x)
    assert "label" not in columns
    for i, point in enumerate(x):
        row = space.row(point)
        assert {name: column[i] for name, column in columns.items()} == {
            name: row[name] for name in columns
        }


def test_the_middle_is_that_of_each_scale() -> None:
    log = Parameter("m", 1.0, 100.0, scale="log")
    assert Space((Parameter("x", -1.0, 3.0), log)).middle == pytest.approx([1.0, 10.0])


def test_snap_moves_choices_only(space: Space) -> None:
    snapped = space.snap(np.array([[0.123, 0.1]]))
    assert snapped.tolist() == [[pytest.approx(0.123), 0.25]]


def test_contains(space: Space) -> None:
    inside = space.contains([[0.0, 1.0], [10.0, 2.0], [10.1, 1.0], [5.0, 3.0], [np.nan, 1.0]])
    assert inside.tolist() == [True, True, False, False, False]


def test_shape_errors_name_the_columns(space: Space) -> None:
    with pytest.raises(ValueError, match=r"shape \(n, 2\).*a, kind; got \(1, 3\)"):
        space.to_unit(np.zeros((1, 3)))
