from __future__ import annotations

from pathlib import Path

import pytest

from mlscanner_hep.errors import ConfigError
from mlscanner_hep.setup.adapter_file import AdapterFile, Declared, HandoverTable
from mlscanner_hep.setup.tables import check, load


def test_outputs_of_an_adapter_hold_their_observables(tmp_path: Path) -> None:
    (tmp_path / "adapter.toml").write_text(
        "command = ['{exe}']\n[outputs.'a.spc']\nformat = 'slha'\nmh = { slha = 'MASS 25' }\n"
    )
    adapter = load(AdapterFile, tmp_path / "adapter.toml")
    assert adapter.outputs["a.spc"].observables["mh"].source == ("slha", "MASS 25")


def test_the_spectrum_of_an_earlier_stage_needs_no_file_name(tmp_path: Path) -> None:
    file = tmp_path / "adapter.toml"
    file.write_text("command = ['a']\n[inputs]\nb = { from = 'spectrum' }")
    origin = load(AdapterFile, file).inputs["b"]
    assert isinstance(origin, HandoverTable)
    assert origin.file is None


def test_declared_options_are_known_before_the_rest(tmp_path: Path) -> None:
    data = {"options": {"a": {"default": 1}, "b": {}}, "command": "no list"}
    declared = check(Declared, data, tmp_path)
    assert [option.default for option in declared.options.values()] == [1, None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("command = []", "command"),
        ("command = ['a']\ntimout = 3", "did you mean 'timeout'?"),
        (
            "command = ['a']\n[outputs.b]\nmh = { slha = 'MASS 25' }",
            "outputs.b.format: is required",
        ),
        ("command = ['a']\n[outputs.b]\nformat = 'slah'", "outputs.b.format"),
        ("command = ['a']\n[success]\nrequires = ['a']", "did you mean 'require'?"),
        ("command = ['a']\nwarm_up = 0", "warm_up: has to be greater than 0"),
        ("command = ['a']\nspectrum = 'b'", "spectrum = 'b' is none of its output files"),
        (
            "command = ['a']\nspectrum = 'stdout'\n[outputs.stdout]\nformat = 'slha'",
            "spectrum = 'stdout' is none of its output files",
        ),
        ("command = ['a']\n[complete]\nb = ['MINPAR 1']", "complete: no input 'b'"),
        ("command = ['a']\n[computed]\nb = { unit = 'GeV' }", "computed.b.expr: is required"),
        ("command = ['a']\n[inputs]\nb = { from = 'c' }", "needs 'file', a file of stage 'c'"),
        ("command = ['a']\n[options]\nexe = {}", "options: 'exe' cannot be used as a name"),
        ("command = ['a']\n[options]\n'a-b' = {}", "options: 'a-b' cannot be used as a name"),
        ("command = ['a']\n[options]\na = { defualt = 1 }", "did you mean 'default'?"),
        ("command = ['a']\n[outputs.b]\nformat = 'slha'\noptional = 'no way'", "b.optional"),
    ],
)
def test_mistakes_in_an_adapter(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "adapter.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(AdapterFile, tmp_path / "adapter.toml")
    assert said in str(caught.value)
