from __future__ import annotations

import pytest

from mlscanner_hep.setup.adapter_file import OptionTable
from mlscanner_hep.setup.adapter_options import fill, settle

DECLARED = {
    "model": OptionTable(doc="name of the model"),
    "loops": OptionTable(default=2),
}


def test_options_are_given_or_have_a_default() -> None:
    assert settle(DECLARED, {"model": "THDM"}) == {"model": "THDM", "loops": 2}
    assert settle(DECLARED, {"loops": 1, "model": "x"}) == {"model": "x", "loops": 1}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, r"needs the option 'model' \(name of the model\): options = \{ model = \.\.\. \}"),
        ({"modle": "x"}, "no option 'modle': did you mean 'model'"),
    ],
)
def test_mistakes(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        settle(DECLARED, given)


def test_an_adapter_without_options() -> None:
    with pytest.raises(ValueError, match="it has none"):
        settle({}, {"a": 1})


def test_every_text_and_every_key_is_filled() -> None:
    data = {
        "timeout": 3.0,
        "command": ["{exe}", "--model={model}", "{{ model }}", "{{model}}", "{model}{n}"],
        "outputs": {"SPheno.spc.{model}": {"format": "slha", "optional": True}},
        "success": {"fatal": [r"a{2}b{1,3}", "{Model}", "{other}"]},
    }
    assert fill(data, {"model": "THDM", "n": 2}) == {
        "timeout": 3.0,
        "command": ["{exe}", "--model=THDM", "{{ model }}", "{{model}}", "THDM2"],
        "outputs": {"SPheno.spc.THDM": {"format": "slha", "optional": True}},
        "success": {"fatal": [r"a{2}b{1,3}", "{Model}", "{other}"]},
    }


def test_a_value_is_not_filled_again() -> None:
    assert fill("{a} {b}", {"a": "{b}", "b": "{a}"}) == "{b} {a}"


def test_keys_that_become_the_same() -> None:
    with pytest.raises(ValueError, match=r"two of the keys \{a\}, x become the same"):
        fill({"{a}": 1, "x": 2}, {"a": "x"})
