from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlscanner_hep.codes.template import Template, number
from mlscanner_hep.errors import PointError

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(finite)
def test_a_code_reads_the_very_same_double(value: float) -> None:
    text = Template("{{ x }}", "t").render({"x": value})
    assert float(text) == value
    assert math.copysign(1, float(text)) == math.copysign(1, value)
    assert "E" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [(3, "3"), (np.int64(4), "4"), (0.1, "1.0000000000000001E-01"), (np.float64(2), None)],
)
def test_numbers(value: object, text: str | None) -> None:
    assert number(value) == (text or "2.0000000000000000E+00")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, "1.0", None])
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    with pytest.raises(PointError, match="cannot be given to a code"):
        number(value)


def test_arithmetic_and_filters_keep_all_digits() -> None:
    text = Template("{{ x / 3 }} {{ (x * 2) | num }}", "t").render({"x": 1.0})
    assert [float(part) for part in text.split()] == [1 / 3, 2.0]


@pytest.mark.parametrize("source", ["{{ y }}", "{{ x | num }}", "{{ 1 / zero }}", "{{ x ~ y }}"])
def test_faults_name_the_template(source: str) -> None:
    with pytest.raises(PointError, match=r"template in\.j2"):
        Template(source, "in.j2").render({"x": math.nan, "zero": 0})


@pytest.mark.parametrize(
    "source",
    [
        "{{ x }}",
        "{{ x | num }}",
        "{{ x | string }}",
        "{{ x ~ '' }}",
        "{{ '%.8E' | format(x) }}",
        "{{ '%g' % (x * 1e308 * 10) }}",
        "{{ ' 1  %.3f  # m0' % x }}",
        "{{ x | round(2) }}",
    ],
)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_way_to_write_what_is_not_finite(source: str, value: float) -> None:
    with pytest.raises(PointError, match="cannot be given to a code"):
        Template(source, "t").render({"x": value})


def test_words_that_only_look_like_it_are_written() -> None:
    assert Template("{{ x }}", "t").render({"x": "nano infinite"}) == "nano infinite"


def test_the_text_of_a_file_is_passed_on_as_it_is() -> None:
    files = {"a.spc": "Block MASS\n 25 NaN # h\n"}
    text = Template("{{ files['a.spc'] }}", "t").render({"files": files})
    assert text == files["a.spc"]


def test_the_sandbox_holds() -> None:
    with pytest.raises(PointError):
        Template("{{ x.__class__.__mro__ }}", "t").render({"x": 1.0})


def test_uses_gives_lines_and_leaves_optional_names_out() -> None:
    template = Template(
        "{{ a }}\n{% for i in rows %}{{ i }}{% endfor %}\n"
        "{{ b | default(1.0) }}{% if c is defined %}x{% endif %}\n{{ d | num }}{{ a }}",
        "t",
    )
    assert template.uses() == {"a": 1, "rows": 2, "d": 4}
    assert template.mentions() == {"a", "b", "c", "d", "rows"}


def test_templates_travel_to_workers() -> None:
    template = Template("{{ x }}", "t")
    template.render({"x": 1})
    assert pickle.loads(pickle.dumps(template)).render({"x": 2}) == "2"


def test_what_has_no_end_is_cut_short() -> None:
    loop = "{% for i in range(50000) %}"
    endless = Template(f"{loop}{loop}{'x' * 200}{{% endfor %}}{{% endfor %}}", "in.j2")
    with pytest.raises(PointError, match=r"template in\.j2: renders to more than 8 MiB"):
        endless.render({})
