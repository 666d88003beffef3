"""Options of proposers and surrogates."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pytest

from mlscanner_hep import proposers, surrogates
from mlscanner_hep.filling.memo import memoise
from mlscanner_hep.tools.options import Options, build, number, word


@dataclass(frozen=True)
class Oven(Options):
    heat: float = number(180.0, 0.0, 300.0, "Temperature.")
    trays: int = number(1, 1, 4, "Trays.")
    mode: str = word("fan", ("fan", "grill"), "Mode.")
    hidden: int = 0


KINDS = {"oven": Oven}


def test_defaults_and_whole_numbers_for_floats() -> None:
    assert build(KINDS, "device", "oven", {"heat": 200}) == Oven(heat=200)


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("ofen", {}, ["unknown device 'ofen'", "'oven'"]),
        ("oven", {"heet": 1.0}, ["no option 'heet'", "'heat'"]),
        ("oven", {"hidden": 1}, ["no option 'hidden'"]),
        ("oven", {"heat": 301.0}, ["heat = 301", "0 ... 300"]),
        ("oven", {"heat": float("nan")}, ["heat = nan"]),
        ("oven", {"heat": "hot"}, ["heat must be a number", "'hot'"]),
        ("oven", {"heat": True}, ["heat must be a number"]),
        ("oven", {"trays": 1.5}, ["trays must be a whole number"]),
        ("oven", {"mode": "gril"}, ["mode = 'gril'", "'grill'"]),
    ],
)
def test_mistakes_are_told(kind: str, options: dict[str, object], words: list[str]) -> None:
    with pytest.raises(ValueError, match=words[0]) as error:
        build(KINDS, "device", kind, options)
    assert all(word in str(error.value) for word in words)


@pytest.mark.parametrize("kinds", [proposers.KINDS, surrogates.KINDS])
def test_every_public_option_is_documented(kinds: dict[str, type]) -> None:
    for cls in kinds.values():
        for option in fields(cls):
            if option.metadata:
                assert option.metadata["text"].endswith(".")


def test_model_as_name_or_table() -> None:
    named = proposers.make("regressor", {"model": "gp"})
    assert proposers.make("regressor", {"model": {"kind": "gp"}}) == named
    table = {"kind": "dnn", "layers": 3, "nodes": 100, "activation": "tanh", "members": 4}
    assert "nodes=100" in repr(proposers.make("classifier", {"model": table}))


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("dn", "did you mean 'dnn'"),
        ({"layers": 3}, "model must be a name, or a table with a kind"),
        ({"kind": "dnn", "nodes": 0}, "model 'dnn': nodes = 0"),
        (3, "model must be a name"),
    ],
)
def test_wrong_models_are_told(model: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        proposers.make("regressor", {"model": model})


def test_memory_goes_by_content_and_is_limited() -> None:
    calls: list[float] = []

    @memoise(2)
    def total(values: np.ndarray, weight: float = 1.0) -> float:
        calls.append(weight)
        return float(values.sum() * weight)

    values = np.arange(3.0)
    assert total(values) == total(values.copy()) == 3.0
    assert len(calls) == 1
    values[0] = 5.0
    assert total(values) == 8.0
    assert total(values, weight=2.0) == 16.0
    assert total(values.astype(np.float32)) == 8.0
    assert len(calls) == 4
    assert total(np.arange(3.0)) == 3.0  # forgotten meanwhile
    assert len(calls) == 5


def test_memory_refuses_what_it_cannot_compare() -> None:
    with pytest.raises(TypeError, match="list"):
        memoise(2)(lambda values: 0)([1, 2])
