"""What a stage makes if its adapter computes observables and the model has wishes of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlscanner_hep.errors import ConfigError
from mlscanner_hep.expressions import Expression
from mlscanner_hep.setup.adapter_file import AdapterFile
from mlscanner_hep.setup.config import ObservableTable
from mlscanner_hep.setup.outputs import Made, made

ADAPTER = {
    "command": ["x"],
    "outputs": {
        "a.spc": {
            "format": "slha",
            "m1": {"slha": "MASS 1", "abs": True},
            "m2": {"slha": "MASS 2"},
            "m3": {"sfermion": "SELMIX 3 6: 1"},
        }
    },
    "computed": {
        "twice": {"expr": "2 * gap"},  # before what it needs
        "gap": {"expr": "m2 - m1", "unit": "GeV", "doc": "between them"},
    },
}


def make(
    *rules: str,
    elsewhere: set[str] | None = None,
    computed: dict[str, str] | None = None,
    **wanted: str | None,
) -> Made:
    more = {name: {"expr": text} for name, text in (computed or {}).items()}
    adapter = AdapterFile.model_validate(ADAPTER | {"computed": ADAPTER["computed"] | more})  # type: ignore[operator]
    tables = {
        name: ObservableTable.model_validate({"from": "code", **({"slha": slha} if slha else {})})
        for name, slha in wanted.items()
    }
    parsed = [Expression.parse(rule) for rule in rules]
    return made(adapter, Path("a.toml"), parsed, tables, elsewhere or set(), Path("m.toml"))


def read(result: Made) -> set[str]:
    return {o.name for output in result.outputs for o in output.observables}


def test_computed_observables_come_after_what_they_need() -> None:
    result = make()
    assert [computed.name for computed in result.computed] == ["gap", "twice"]
    assert result.computed[0].unit == "GeV"
    assert read(result) == {"m1", "m2", "m3"}
    assert not result.hidden


def test_what_the_model_hides_is_still_read_for_what_is_computed() -> None:
    result = make(elsewhere={"m1"})
    assert read(result) == {"m1", "m2", "m3"}
    assert result.hidden == {"m1"}


def test_a_computed_observable_that_the_model_hides_is_left_out() -> None:
    result = make(elsewhere={"gap", "twice", "m1"})
    assert not result.computed
    assert read(result) == {"m2", "m3"}


def test_rules_keep_what_they_need_of_computed_observables() -> None:
    result = make("twice > 0", elsewhere={"gap", "twice", "m1"})
    assert [computed.name for computed in result.computed] == ["gap", "twice"]
    assert result.hidden == {"gap", "twice", "m1"}
    assert read(result) == {"m1", "m2", "m3"}


def test_the_model_can_ask_for_a_computed_observable() -> None:
    assert [c.name for c in make(gap=None).computed] == ["gap", "twice"]


def test_the_model_can_read_something_else_by_the_name() -> None:
    result = make(twice="MASS 9")
    assert [computed.name for computed in result.computed] == ["gap"]
    assert read(result) == {"m1", "m2", "m3", "twice"}


@pytest.mark.parametrize("name", ["m1", "gap"])
def test_but_not_of_what_others_are_computed_from(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"observables.{name}: .*needs its own '{name}'"):
        make(**{name: "MASS 9"})


@pytest.mark.parametrize(
    ("name", "expression", "said"),
    [
        ("a", "m1 + m4", "computed.a: unknown name 'm4'"),
        ("a", "m1 +", "computed.a: 'm1 +'"),
        ("gap", "twice", "goes round in a circle"),
        ("m1", "m2", "computed.m1: 'm1' is read from an output already"),
        (
            "a",
            "x",
            "unknown name 'x'",
        ),  # a parameter of the model, perhaps: not known to an adapter
    ],
)
def test_mistakes(name: str, expression: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make(computed={name: expression})
    assert said in str(caught.value)
    assert "a.toml" in str(caught.value)


def test_rules_on_names_that_nothing_makes() -> None:
    with pytest.raises(ConfigError, match=r"the rule 'gapp > 0' needs 'gapp'.*did you mean 'gap'"):
        make("gapp > 0")


def test_a_name_cannot_be_read_twice() -> None:
    outputs = {"b.spc": {"format": "slha", "m1": {"slha": "MASS 1"}}}
    twice = ADAPTER | {"outputs": ADAPTER["outputs"] | outputs}  # type: ignore[operator]
    with pytest.raises(ConfigError, match=r"outputs\.b\.spc\.m1: 'm1' is read from a\.spc already"):
        made(AdapterFile.model_validate(twice), Path("a.toml"), [], {}, set(), Path("m.toml"))
