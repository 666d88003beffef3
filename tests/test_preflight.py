"""Everything that is wrong is found before a code is run, and told together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlscanner_hep.errors import PreflightError
from mlscanner_hep.scan import Scan


def found(file: Path) -> str:
    with pytest.raises(PreflightError) as caught:
        Scan.load(file).preflight()
    return str(caught.value)


def test_a_sound_model_passes(fake_model: Callable[..., Path]) -> None:
    Scan.load(fake_model()).preflight()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("./fake.sh", "./gone.sh", "stage 'fake': there is no program"),
        ("./fake.sh", "./model.toml", "is not an executable program"),
        ("mh = {", "mhh = {", "constraint 'mhh': nothing makes 'mhh'; declare it in [observables]"),
        ("x = {", "y = { min = 0, max = 1 }\nx = {", "parameter 'y' is used by no template"),
        ("[constraints]", "[derived]\nd = '2*x'\n[constraints]\nd = {min=0}\n", ""),
        (
            'sh"\n[con',
            'sh"\nskip_if = "oh2 > 1"\n[con',
            "skip_if of 'fake': 'oh2' is not known here",
        ),
        ('sh"\n[con', 'sh"\nskip_if = "not inside(mhh)"\n[con', "'inside(mhh)' is not known here"),
    ],
)
def test_what_is_found(fake_model: Callable[..., Path], old: str, new: str, said: str) -> None:
    file = fake_model(replace={old: new})
    if said:
        assert said in found(file)
    else:
        Scan.load(file).preflight()


def test_an_undefined_variable_has_template_and_line(fake_model: Callable[..., Path]) -> None:
    file = fake_model()
    template = file.parent / "fake" / "in.slha.j2"
    template.write_text("Block MINPAR\n 1 {{ x }}\n 2 {{ mode }}\n 3 {{ tanb }}\n")
    said = found(file)
    assert "in.slha.j2, line 4: 'tanb' is not known here" in said
    template.write_text("Block MINPAR\n 1 {{ x }\n")
    assert "in.slha.j2, line 2" in found(file)


def test_a_parameter_may_reach_the_code_through_a_derived_value(
    fake_model: Callable[..., Path],
) -> None:
    file = fake_model(replace={"[[chain]]": "[derived]\nd = '2 * x'\n[[chain]]"})
    template = file.parent / "fake" / "in.slha.j2"
    template.write_text(" 1 {{ d }}\n 2 {{ mode }}\n")
    Scan.load(file).preflight()


SECOND = """
[[chain]]
adapter = "second"
exe = "./fake.sh"
[constraints]"""


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ('"b" = { from = "fake", file = "out.slha" }', ""),
        ('"b" = { from = "fakke", file = "out.slha" }', "did you mean 'fake'?"),
        ('"b" = { from = "fake", file = "out.shla" }', "'fake' makes no 'out.shla'"),
    ],
)
def test_files_of_earlier_stages(fake_model: Callable[..., Path], inputs: str, said: str) -> None:
    file = fake_model(replace={"[constraints]": SECOND})
    (file.parent / "second").mkdir()
    adapter = f'command = ["{{exe}}", "b"]\n[inputs]\n{inputs}\n'
    (file.parent / "second" / "adapter.toml").write_text(adapter)
    if said:
        assert said in found(file)
    else:
        Scan.load(file).preflight()


def test_standard_input_has_to_be_an_input(fake_model: Callable[..., Path]) -> None:
    file = fake_model()
    adapter = file.parent / "fake" / "adapter.toml"
    adapter.write_text('stdin = "other"\n' + adapter.read_text())
    assert "stdin = 'other' is none of its inputs" in found(file)


def test_all_problems_are_told_together(fake_model: Callable[..., Path]) -> None:
    said = found(fake_model(replace={"./fake.sh": "./gone.sh", "mh = {": "mhh = {"}))
    assert said.startswith("2 problems found")


def test_nothing_to_run(fake_model: Callable[..., Path]) -> None:
    chain = '[[chain]]\nadapter = "fake"\nexe = "./fake.sh"\n'
    assert "no [[chain]]" in found(fake_model(replace={chain: ""}))


def test_a_python_stage_that_cannot_be_loaded(ring_model: Callable[..., Path]) -> None:
    assert "no Python file" in found(ring_model({"shell.py:shell": "shel.py:shell"}))


def test_a_run_folder_that_cannot_be_written(ring_model: Callable[..., Path]) -> None:
    file = ring_model()
    (file.parent / "runs").write_text("a file where a folder should be")
    assert "run folder" in found(file)
