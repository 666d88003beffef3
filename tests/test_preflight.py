"""Everything that is wrong is found before a code is run, and told together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ADAPTER

from mlscanner_hep.errors import ConfigError, PreflightError
from mlscanner_hep.points import Status
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
        (
            "mh = {",
            "mhh = {",
            "nothing makes 'mhh'; did you mean 'mh'? Else declare it in [observables]",
        ),
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
        ('"b" = { from = "spectrum" }', "stage 'second' needs a spectrum as b: no earlier stage"),
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


def test_a_spectrum_and_what_is_printed_can_be_taken_over(fake_model: Callable[..., Path]) -> None:
    file = fake_model(replace={"[constraints]": SECOND})
    first = file.parent / "fake" / "adapter.toml"
    first.write_text('stdout = "log"\nspectrum = "out.slha"\n' + first.read_text())
    (file.parent / "second").mkdir()
    adapter = (
        'command = ["{exe}", "b"]\n[inputs]\n"b" = { from = "spectrum" }\n'
        '"c" = { from = "fake", file = "log" }\n'
    )
    (file.parent / "second" / "adapter.toml").write_text(adapter)
    Scan.load(file).preflight()


def test_where_a_program_was_looked_for(fake_model: Callable[..., Path]) -> None:
    file = fake_model(replace={'exe = "./fake.sh"\n': ""})
    said = found(file)
    assert "there is no program fake; set exe in [[chain]], or fake = " in said
    assert "PATH" not in said
    adapter = file.parent / "fake" / "adapter.toml"
    adapter.write_text('exe = ["fake-code.x"]\n' + adapter.read_text())
    said = found(file)
    assert "there is no program fake-code.x; set exe in [[chain]], or fake = " in said
    assert "mlscanner-hep/config.toml, or put fake-code.x on PATH" in said


def test_a_file_beside_is_not_the_program_on_path(
    fake_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would not be found in the folder of a point."""
    file = fake_model(replace={'exe = "./fake.sh"\n': ""})
    (file.parent / "fake" / "adapter.toml").write_text('exe = ["fake.sh"]\n' + ADAPTER)
    monkeypatch.chdir(file.parent)
    assert "there is no program fake.sh" in found(file)


# --- options and entries that have to be given


def _with_options(file: Path, template: str, entries: str = '"MINPAR 1, 2"') -> Path:
    adapter = f'[options]\nmodel = {{ default = 1 }}\n[complete]\n"in.slha" = [{entries}]\n'
    (file.parent / "fake" / "adapter.toml").write_text(ADAPTER + adapter)
    (file.parent / "fake" / "in.slha.j2").write_text(template)
    return file


def test_an_option_is_known_to_the_templates(fake_model: Callable[..., Path]) -> None:
    template = "Block MINPAR\n 1 {{ x }}\n 2 {{ mode }}\n 3 {{ model }}"
    Scan.load(_with_options(fake_model(), template)).preflight()
    said = found(_with_options(fake_model(), template.replace("model", "modell")))
    assert "'modell' is not known here; did you mean 'model'" in said


def test_an_option_of_the_name_of_a_parameter_is_refused(fake_model: Callable[..., Path]) -> None:
    file = fake_model(replace={"x = {": "model = { min = 0, max = 1 }\nx = {"})
    _with_options(file, "Block MINPAR\n 1 {{ x }}\n 2 {{ mode }} {{ model }}")
    with pytest.raises(ConfigError, match="the adapter 'fake' has an option 'model'"):
        Scan.load(file)


def test_entries_are_looked_for_at_the_middle_of_the_space(fake_model: Callable[..., Path]) -> None:
    """With constants, derived values and options, whatever the template does to write them."""
    row = " {{ n }} {{ d * c }} #{{ mode }}{{ model }}\n"
    template = f"Block MINPAR\n{{% for n in [1, 2] %}}{row}{{% endfor %}}"
    numbers = "[constants]\nc = 2\n[derived]\nd = 'x + 1'\n[[chain]]"
    file = _with_options(fake_model(replace={"[[chain]]": numbers}), template)
    Scan.load(file).preflight()
    said = found(_with_options(file, template.replace("[1, 2]", "[1]")))
    assert "stage 'fake': in.slha, from " in said
    assert "in.slha.j2: 'MINPAR 2' is not given (no entry MINPAR 2)" in said


def test_each_missing_entry_is_told(fake_model: Callable[..., Path]) -> None:
    template = "Block MINPAR\n 1 {{ x }}\n 2 1.0D+9999 # {{ mode }}\n"
    said = found(_with_options(fake_model(), template, '"MINPAR 1, 2, 3", "EXTPAR 23"'))
    assert "'MINPAR 2' is not given (line 3: '1.0D+9999' is too large" in said
    assert "'MINPAR 3' is not given" in said
    assert "'EXTPAR 23' is not given (no block EXTPAR)" in said


def test_conditions_of_entries_go_by_the_rendered_file(fake_model: Callable[..., Path]) -> None:
    template = "Block MODSEL\n 1 {{ model }}\nBlock MINPAR\n 1 {{ x }} # {{ mode }}\n"
    entries = '"MINPAR 1, 2 if MODSEL 1 = 0", "MINPAR 1 if MODSEL 1 = 1"'
    Scan.load(_with_options(fake_model(), template, entries)).preflight()
    file = fake_model(replace={'sh"': 'sh"\noptions = { model = 0 }'})
    assert "MINPAR 2" in found(_with_options(file, template, entries))


def test_what_needs_an_earlier_observable_is_looked_at_point_by_point(
    fake_model: Callable[..., Path],
) -> None:
    file = fake_model(0, 3, replace={"[constraints]": SECOND})
    (file.parent / "second").mkdir()
    adapter = ADAPTER.replace("mh", "mh2") + '[complete]\n"in.slha" = ["MINPAR 3"]\n'
    (file.parent / "second" / "adapter.toml").write_text(adapter)
    template = "Block MINPAR\n 1 {{ mh }}\n 2 {{ mode }}\n"
    (file.parent / "second" / "in.slha.j2").write_text(template)
    scan = Scan.load(file)
    scan.preflight()
    _, outcome = scan.check({"mode": 0})
    assert (outcome.status, outcome.stage) == (Status.FAILED, "second")
    assert "second/in.slha.j2: 'MINPAR 3' is not given" in outcome.reason


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
