from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlscanner_hep.codes.adapter import ANY_SPECTRUM, Adapter, Handover
from mlscanner_hep.codes.pipeline import Stage
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.setup import chain
from mlscanner_hep.setup.config import ModelFile
from mlscanner_hep.setup.tables import load

SECOND = '[[chain]]\nadapter = "fake"\nexe = "./fake.sh"\nname = "second"\n[constraints]'


def stages(file: Path) -> tuple[Stage, ...]:
    return chain.stages(load(ModelFile, file), file)


def test_options_of_the_chain_win(fake_model: Callable[..., Path]) -> None:
    options = 'exe = "./fake.sh"\nname = "mine"\ntimeout = 9\nmemory = 0.5\nskip_if = "x > 1"'
    (stage,) = stages(fake_model(replace={'exe = "./fake.sh"': options}))
    assert isinstance(stage, Adapter)
    assert stage.name == "mine"
    assert (stage.timeout, stage.limits.memory) == (9, 2**29)
    assert stage.skip_if is not None
    assert stage.exe.name == "fake.sh"
    assert stage.exe.is_absolute()


def test_a_name_on_the_path(fake_model: Callable[..., Path]) -> None:
    (stage,) = stages(fake_model(replace={"./fake.sh": "sh"}))
    assert isinstance(stage, Adapter)
    assert stage.exe.is_file()


def test_two_stages_that_make_the_same_name(fake_model: Callable[..., Path]) -> None:
    with pytest.raises(ConfigError, match=r"'fake' and 'second' both make 'mh': choose with"):
        stages(fake_model(replace={"[constraints]": SECOND}))
    chosen = SECOND.replace(
        "[constraints]", '[observables]\nmh = { from = "second" }\n[constraints]'
    )
    first, second = stages(fake_model(replace={"[constraints]": chosen}))
    assert (first.observables, second.observables) == ((), ("mh",))


def test_rules_need_their_observable_even_if_another_stage_gives_the_name(
    fake_model: Callable[..., Path],
) -> None:
    """The first stage judges its own mh, which the ledger takes from the second."""
    text = '[observables]\nmh = { from = "second" }\n[constraints]'
    model = fake_model(replace={"[constraints]": SECOND.replace("[constraints]", text)})
    first = stages(model)[0]
    assert isinstance(first, Adapter)
    assert [o.name for output in first.outputs for o in output.observables] == ["mh"]
    folder = model.parent / "point"
    folder.mkdir()
    assert first.run(folder, {"x": 125.0, "mode": 0}).values == {}
    assert "implausible" in first.run(folder, {"x": 125.0, "mode": 11}).reason


def _take_the_spectrum(model: Path, *, made: bool = True) -> None:
    """Two more adapters: `second` has no spectrum, `third` takes one over."""
    first = model.parent / "fake" / "adapter.toml"
    if made:
        first.write_text('spectrum = "out.slha"\n' + first.read_text())
    for name in ("second", "third"):
        (model.parent / name).mkdir()
        (model.parent / name / "adapter.toml").write_text('command = ["{exe}", "s.in"]\n')
    with (model.parent / "third" / "adapter.toml").open("a") as file:
        file.write('[inputs]\n"s.in" = { from = "spectrum" }\n')


MORE = "".join(f'[[chain]]\nadapter = "{n}"\nexe = "./fake.sh"\n' for n in ("second", "third"))


def test_the_spectrum_is_that_of_the_last_stage_that_makes_one(
    fake_model: Callable[..., Path],
) -> None:
    model = fake_model(replace={"[constraints]": MORE + "[constraints]"})
    _take_the_spectrum(model)
    third = stages(model)[-1]
    assert isinstance(third, Adapter)
    assert third.inputs == {"s.in": Handover("fake", "out.slha")}


def test_without_a_spectrum_it_stays_open(fake_model: Callable[..., Path]) -> None:
    model = fake_model(replace={"[constraints]": MORE + "[constraints]"})
    _take_the_spectrum(model, made=False)
    third = stages(model)[-1]
    assert isinstance(third, Adapter)
    assert third.inputs == {"s.in": ANY_SPECTRUM}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[constraints]", SECOND.replace("second", "fake"), "two stages are called 'fake'"),
        (
            "[constraints]",
            "[observables]\nm = {slha='MASS 1'}\n[constraints]",
            "needs from = ..., the stage that makes it (fake)",
        ),
        (
            "[constraints]",
            "[observables]\nm = {from='fakke', slha='MASS 1'}\n[constraints]",
            "from = 'fakke' names no stage; did you mean 'fake'?",
        ),
        ('"fake"\nexe', '"fakes"\nexe', "no adapter 'fakes'"),
        ('"fake"\nexe', '""\nexe', "no adapter ''"),
        ('"./fake.sh"', '"./fake.sh"\nskip_if = "x >"', "chain #1.skip_if"),
        ('"./fake.sh"', '"./fake.sh"\noptions = { a = 1 }', "chain #1.options: the adapter has no"),
    ],
)
def test_mistakes(fake_model: Callable[..., Path], old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        stages(fake_model(replace={old: new}))
    assert said in str(caught.value)
