from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlscanner_hep import observables, slha
from mlscanner_hep.expressions import Expression
from mlscanner_hep.observables import Column, Computed, Format, JsonPath, Observable, Regex
from mlscanner_hep.slha import Reading


def one(format: Format, data: str | bytes, source: Any) -> observables.Reading:
    raw = data.encode() if isinstance(data, str) else data
    return observables.read(format, raw, [Observable("x", source)])["x"]


def test_slha() -> None:
    text = "Block MASS\n 25 1.25D+02 # h\nDECAY 25 4.0D-03\n 2.0E-03 2 22 22\n"
    assert one("slha", text, slha.entry_query("MASS 25")).value == 125
    assert one("slha", text, slha.decay_query("25 -> 22 22")).value == 0.002
    assert "MASS" in one("slha", text, slha.entry_query("MASS 35")).reason


@pytest.mark.parametrize(("number", "value"), [("-97.5", 97.5), ("97.5", 97.5)])
def test_absolute_values(number: str, value: float) -> None:
    query = slha.entry_query("MASS 1000022")
    text = f"Block MASS\n 1000022 {number} # ~chi_10\n".encode()
    found = observables.read("slha", text, [Observable("m", query, absolute=True)])
    assert found["m"] == (value, "")
    found = observables.read("slha", b"", [Observable("m", query, absolute=True)])
    assert math.isnan(found["m"].value)
    assert "no block MASS" in found["m"].reason


def test_computed_observables() -> None:
    formulas = {"sum": "a + b", "twice": "2 * sum", "root": "sqrt(a)", "other": "a + c"}
    computed = [Computed(name, Expression.parse(text)) for name, text in formulas.items()]
    readings = {"a": Reading(-1.0, ""), "b": Reading(3.0, ""), "c": observables.missing("lost")}
    found = observables.compute(computed, readings)
    assert (found["sum"], found["twice"]) == ((2.0, ""), (4.0, ""))
    assert found["root"].reason == "sqrt(a) is nan"
    assert found["other"].reason == "needs 'c': lost"
    assert all(math.isnan(found[name].value) for name in ("root", "other"))
    assert observables.compute(computed, {})["sum"].reason == "needs 'a': nothing has read it"


def test_json() -> None:
    text = json.dumps({"r": [{"max": 0.5}, {"max": "1.0D-2"}], "ok": True, "bad": float("nan")})
    assert one("json", text, JsonPath("r.0.max")).value == 0.5
    assert one("json", text, JsonPath("r.-1.max")).value == 0.01
    for path in ("r.2.max", "r.max", "nothing", "ok", "bad", "r"):
        reading = one("json", text, JsonPath(path))
        assert math.isnan(reading.value)
        assert reading.reason
    assert "not a JSON file" in one("json", "{", JsonPath("r")).reason


HB = """ # generated with HiggsBounds
#cols:  n     Mh(1)     HBresult   chan   obsratio
#
      1   125.0900        1         5     0.512345E+00
      2   125.1000        0         5     ********
"""


def test_columns_by_name_as_higgsbounds_writes_them() -> None:
    assert one("columns", HB, Column("HBresult")).value == 0
    assert one("columns", HB, Column("HBresult", row=0)).value == 1
    assert one("columns", HB, Column("obsratio", row=0)).value == 0.512345
    assert "overflow" in one("columns", HB, Column("obsratio")).reason
    assert one("columns", HB, Column(2)).value == 125.1


def test_columns_of_a_csv_with_a_header_line() -> None:
    assert one("columns", "a,b c\n1, 2.5\n3,4\n", Column("b c")).value == 4
    assert one("columns", "a,b c\n1, 2.5\n3,4\n", Column("b c", row=0)).value == 2.5


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("", Column(1), "0 rows"),
        ("1 2", Column(3), "no column 3"),
        ("1 2", Column(0), "no column 0"),
        ("# a b\n1 2", Column("c"), "no column 'c'"),
        ("# a b\n1 2 3", Column("a"), "the header has 2 columns, the row 3"),
        ("1 2", Column(1, row=4), "no row 4"),
    ],
)
def test_columns_that_are_not_there(text: str, column: Column, reason: str) -> None:
    assert reason in one("columns", text, column).reason


def test_text_takes_the_last_match() -> None:
    omega = Regex.parse(r"Omega(?:_\d)?\s*(?:h\^2)?\s*=\s*(\S+)")
    assert one("text", "Xf=2.5e+01 Omega=1.2e-01\nOmega h^2=1.1E-01", omega).value == 0.11
    assert "nothing matches" in one("text", "Xf=2", omega).reason
    assert one("text", "r = *****", Regex.parse(r"r = (\S+)")).reason


def test_exponents_are_read_whole() -> None:
    pattern = Regex.parse(r"Cross-section :\s+(\S+)")
    assert one("text", "Cross-section :   1.234e-05 +- 1e-07 pb", pattern).value == 1.234e-5


@pytest.mark.parametrize("text", ["a(b", "ab", "(a)(b)"])
def test_a_regex_needs_one_group(text: str) -> None:
    with pytest.raises(ValueError, match=r"regular expression|exactly one group"):
        Regex.parse(text)


@pytest.mark.parametrize("token", [True, None, [], {}])
def test_number_takes_numbers_only(token: object) -> None:
    assert observables.number(token).reason


@given(st.binary(max_size=300))
@pytest.mark.parametrize(
    ("format", "source"),
    [
        ("slha", slha.entry_query("MASS 25")),
        ("json", JsonPath("a.0")),
        ("columns", Column("a")),
        ("text", Regex.parse("a(.)")),
    ],
)
def test_garbage_is_missing_or_a_number(format: Format, source: Any, data: bytes) -> None:
    reading = one(format, data, source)
    assert math.isfinite(reading.value) != bool(reading.reason)
