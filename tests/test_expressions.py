"""Arithmetic from configuration files: what it computes, and what it refuses."""

from __future__ import annotations

import math
import pickle
import time
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlscanner_hep.expressions import RESERVED, Expression, in_order, obstacle

NAN = math.nan


def value(text: str, **values: float) -> float:
    result = Expression.parse(text)(values)
    assert isinstance(result, float)
    return result


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3 - 4 / 8", 6.5),
        ("-2**2", -4.0),
        ("2**-1", 0.5),
        ("2**3**2", 512.0),
        ("+3", 3.0),
        ("7 / 2", 3.5),
        ("-7 % 3", 2.0),
        ("1e3 + 0x10", 1016.0),
        ("  (1\n + 1) ", 2.0),
        ("pi", math.pi),
        ("e", math.e),
        ("sqrt(2)", math.sqrt(2)),
        ("exp(1)", math.e),
        ("log(10)", math.log(10)),
        ("log10(1000)", 3.0),
        ("log2(8)", 3.0),
        ("sin(1)", math.sin(1)),
        ("cos(1)", math.cos(1)),
        ("tan(1)", math.tan(1)),
        ("asin(0.5)", math.asin(0.5)),
        ("acos(0.5)", math.acos(0.5)),
        ("atan(0.5)", math.atan(0.5)),
        ("atan2(1, -1)", math.atan2(1, -1)),
        ("sinh(1)", math.sinh(1)),
        ("cosh(1)", math.cosh(1)),
        ("tanh(1)", math.tanh(1)),
        ("asinh(1)", math.asinh(1)),
        ("acosh(2)", math.acosh(2)),
        ("atanh(0.5)", math.atanh(0.5)),
        ("abs(-3)", 3.0),
        ("sign(-3)", -1.0),
        ("floor(-1.5)", -2.0),
        ("ceil(-1.5)", -1.0),
        ("hypot(3, 4)", 5.0),
        ("min(3, 1, 2)", 1.0),
        ("max(3, 1, 2)", 3.0),
        ("isfinite(1)", 1.0),
        ("where(1 < 2, 3, 4)", 3.0),
        ("3 if 1 > 2 else 4", 4.0),
        ("1 < 2", 1.0),
        ("2 <= 2 >= 2 == 2 != 3", 1.0),
        ("1 < 2 < 2", 0.0),
        ("1 and 0", 0.0),
        ("3 and 2", 1.0),
        ("0 or 0 or 5", 1.0),
        ("not 0", 1.0),
        ("not 2 < 1 and 1", 1.0),
    ],
)
def test_values(text: str, expected: float) -> None:
    assert value(text) == pytest.approx(expected, rel=1e-15)


def test_names() -> None:
    expression = Expression.parse(" 10 < mh < max(e, mA) + cos(beta) * pi ")
    assert expression.names == {"mh", "mA", "beta"}
    assert expression.text == "10 < mh < max(e, mA) + cos(beta) * pi"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sqrt(-1)", NAN),
        ("log(-1)", NAN),
        ("log(0)", -math.inf),
        ("acos(2)", NAN),
        ("1 / 0", math.inf),
        ("0 / 0", NAN),
        ("1 % 0", NAN),
        ("(-8) ** (1/3)", NAN),
        ("0 ** -1", math.inf),
        ("exp(1000)", math.inf),
        ("9 ** 9 ** 9 ** 9", math.inf),
        ("sin(1e308 * 10)", NAN),
    ],
)
def test_numbers_never_raise_or_warn(text: str, expected: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert value(text) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x + 1", NAN),
        ("x ** 0", 1.0),  # IEEE 754
        ("min(x, 1)", NAN),
        ("max(1, x)", NAN),
        ("x < 1", NAN),
        ("x == x", NAN),
        ("x != 1", NAN),
        ("0 < 1 < x", NAN),
        ("1 < 0 < x", 0.0),
        ("not x < 1", NAN),
        ("not x", NAN),
        ("x < 1 and 0", 0.0),
        ("0 and x < 1", 0.0),
        ("x < 1 and 1", NAN),
        ("x < 1 or 1", 1.0),
        ("x < 1 or 0", NAN),
        ("1 if x else 2", NAN),
        ("where(x < 1, 1, 2)", NAN),
        ("1 if 1 else x", 1.0),
        ("isfinite(x)", 0.0),
        ("5 if isfinite(x) else 6", 6.0),
    ],
)
def test_missing_stays_missing(text: str, expected: float) -> None:
    assert value(text, x=NAN) == pytest.approx(expected, nan_ok=True)


def test_arrays_and_scalars_mix() -> None:
    x = np.array([1.0, -1.0, np.nan])
    result = Expression.parse("sqrt(x) + y if x > -2 else 0")({"x": x, "y": 1})
    np.testing.assert_array_equal(result, [2.0, np.nan, np.nan])
    flags = Expression.parse("x > 0 and y == 1")({"x": x, "y": 1.0})
    np.testing.assert_array_equal(flags, [1.0, 0.0, np.nan])
    assert x.tolist()[:2] == [1.0, -1.0]


def test_integers_are_floats() -> None:
    result = Expression.parse("n ** 20 * n")({"n": np.array([1000, -7])})
    assert isinstance(result, np.ndarray)
    assert result.dtype == float
    np.testing.assert_allclose(result, [1e63, (-7.0) ** 21])


finite = st.floats(-1e3, 1e3)


@given(finite, finite, finite)
def test_agrees_with_python(a: float, b: float, c: float) -> None:
    values = {"a": a, "b": b, "c": c}
    assert value("a * b - c", **values) == a * b - c
    assert value("a < b < c", **values) == (a < b < c)
    assert value("not a < b or b > c and a > c", **values) == (not a < b or (b > c and a > c))
    assert value("a if b > c else abs(-b)", **values) == (a if b > c else abs(-b))


@given(st.lists(finite, min_size=1, max_size=5))
def test_a_column_is_its_elements(column: list[float]) -> None:
    expression = Expression.parse("log(x) if x > 1 else x ** 2 % 3 - max(x, 0.5)")
    result = expression({"x": np.array(column)})
    np.testing.assert_array_equal(result, [expression({"x": x}) for x in column])


@given(st.text("aex019.+-*/%() <=!", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        expression = Expression.parse(text)
    except ValueError:
        return
    expression(dict.fromkeys(expression.names, 2.0))


def test_inside_is_one_value() -> None:
    expression = Expression.parse("not inside(unitarity)")
    assert expression.names == {"inside(unitarity)"}
    assert expression({"inside(unitarity)": 0.0}) == 1
    assert expression({"inside(unitarity)": True}) == 0


def test_value_that_is_not_there() -> None:
    with pytest.raises(KeyError, match="mh"):
        Expression.parse("mh > 1")({"mH": 1.0})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "column 1: not an arithmetic expression"),
        ("1 +", "column 4: not an arithmetic expression"),
        ("a b", "not an arithmetic expression"),
        ("a = 1", "not an arithmetic expression"),
        ("x := 1", "not an arithmetic expression"),
        ("x\0", "not an arithmetic expression"),
        ("1 + sqr(2)", r"column 5: 'sqr\(2\)': there is no function 'sqr'; did you mean 'sqrt'\?"),
        ("µ + sqr(2)", r"column 5: 'sqr\(2\)'"),
        ("Sqrt(2)", "did you mean 'sqrt'"),
        ("__import__('os')", "there is no function '__import__'; allowed: abs, acos"),
        ("sqrt", "'sqrt' is a function and needs its arguments"),
        ("sqrt(1, 2)", r"sqrt\(\) takes 1 argument, not 2"),
        ("atan2(1)", r"atan2\(\) takes 2 arguments, not 1"),
        ("min(x)", r"min\(\) takes two or more arguments, not 1"),
        ("min(*x)", "takes two or more"),
        ("min(*x, *y)", "only numbers, names"),
        ("sqrt(x=1)", "only numbers, names"),
        ("inside", "needs its arguments"),
        ("inside(1)", "the name of one constraint"),
        ("inside(a, b)", "the name of one constraint"),
        ("x.real", "only numbers, names"),
        ("x[0]", "only numbers, names"),
        ("x // 2", "only numbers, names"),
        ("x & y", "only numbers, names"),
        ("~x", "only numbers, names"),
        ("x is y", "only numbers, names"),
        ("x in y", "only numbers, names"),
        ("x << 9999999", "only numbers, names"),
        ("(a, b)", "only numbers, names"),
        ("[x for x in y]", "only numbers, names"),
        ("lambda: 1", "only numbers, names"),
        ("f'{x}'", "only numbers, names"),
        ("f(x)(y)", "only numbers, names"),
        ("(yield)", "only numbers, names"),
        ("'text'", "a number or a name has to stand here"),
        ("True", "a number or a name has to stand here"),
        ("None", "a number or a name has to stand here"),
        ("...", "a number or a name has to stand here"),
        ("1j", "a number or a name has to stand here"),
        ("1e999", "the number is too large"),
        ("9" * 500, "the number is too large"),
    ],
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Expression.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "1" * 3000,
        "9" * 5000,
        "(" * 900 + "1" + ")" * 900,
        "-" * 1900 + "1",
        "not " * 400 + "1",
        "+".join("1" * 900),
        "max(" + ",".join("1" * 900) + ")",
        "sqrt(" * 300 + "1" + ")" * 300,
    ],
)
def test_hostile_text_is_refused_at_once(text: str) -> None:
    begin = time.perf_counter()
    with pytest.raises(ValueError, match=r"too l|cannot be read|not an arithmetic") as caught:
        Expression.parse(text)
    assert time.perf_counter() - begin < 1.0
    assert len(str(caught.value)) < 250


def test_sums_of_many_terms_are_not_hostile() -> None:
    assert value("+".join(["x"] * 90), x=1.0) == 90


def test_travels_to_worker_processes() -> None:
    expression = Expression.parse("x ** 2 if x > 0 else inside(y)")
    copy = pickle.loads(pickle.dumps(expression))
    assert copy == expression
    assert copy({"x": 3.0, "inside(y)": 0.0}) == 9.0


def test_reserved_names() -> None:
    assert {"e", "pi", "sqrt", "min", "inside", "where", "lambda", "if"} <= RESERVED
    assert not {"mh", "tanb", "beta"} & RESERVED


def parsed(**texts: str) -> dict[str, Expression]:
    return {name: Expression.parse(text) for name, text in texts.items()}


def test_expressions_come_after_what_they_need() -> None:
    ordered = in_order(parsed(c="b + a", b="a + x", a="x", d="y", e_="d"), {"x"})
    assert list(ordered) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ({"a": "x", "b": "a"}, None),
        ({"a": "b", "b": "a"}, ("a", "goes round in a circle")),
        ({"a": "b", "b": "lenght"}, ("b", "unknown name 'lenght': did you mean 'length'?")),
        ({"a": "a"}, ("a", "goes round in a circle")),
    ],
)
def test_what_is_in_the_way(texts: dict[str, str], found: tuple[str, str] | None) -> None:
    assert obstacle(parsed(**texts), {"x", "length"}) == found
