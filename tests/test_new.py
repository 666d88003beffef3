"""What `mlscanner-hep new` makes works at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Cli

from mlscanner_hep import Scan, Status
from mlscanner_hep.cli.new import model as new
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.setup.config import ModelFile


@pytest.fixture
def made(tmp_path: Path) -> Path:
    new(tmp_path / "mine")
    return tmp_path / "mine" / "model.toml"


def test_the_centre_of_its_box_has_a_spectrum(made: Path) -> None:
    scan = Scan.load(made)
    scan.preflight()
    _, outcome = scan.check()
    assert outcome.status == Status.OK, outcome.reason
    assert outcome.values.keys() == set(scan.problem.observables)


def test_it_finds_its_region(made: Path) -> None:
    text = made.read_text().replace("inside = 300, calls = 2000", "calls = 200")
    made.write_text(text.replace("workers = 2", "workers = 1"))
    with Scan.load(made) as scan:
        progress = scan.run()
    assert progress.counts[Status.FAILED] == 0
    assert progress.counts[Status.UNPHYSICAL] > 0
    assert progress.inside > 20


def test_its_commented_lines_are_right_too(made: Path) -> None:
    """A line that is commented out has to work for whoever removes the #."""
    text = made.read_text()
    for old, new_ in {
        "# mtop ": "mtop ",
        "# sgnmu =": "sgnmu =",
        "sgnmu = 1\n": "",
        "# timeout": "timeout",
        "# memory": "memory",
        "# chi2_total = { max = 12 }": "chi2_total = { max = 12 }",
        "# model = { kind": "model = { kind",
        'model = "gp" ': "# ",
    }.items():
        assert old in text, old
        text = text.replace(old, new_)
    made.write_text(text)
    scan = Scan.load(made)
    assert scan.problem.space.names[-2:] == ("mtop", "sgnmu")
    assert type(scan.proposer.model).__name__ == "Dnn"  # type: ignore[attr-defined]


def test_every_section_of_the_schema_is_explained(made: Path) -> None:
    text = made.read_text()
    for section in ModelFile.model_fields:
        assert f"[{section}]" in text or f"[[{section}]]" in text


def test_the_short_form_is_that_of_a_model(cli: Cli, tmp_path: Path) -> None:
    assert cli("new", tmp_path / "short")[0] == 0
    assert cli("new", "model", tmp_path / "long")[0] == 0
    assert (tmp_path / "short" / "model.toml").exists()
    assert (tmp_path / "long" / "model.toml").exists()
    _, out, _ = cli("new", "--help")
    assert "adapter" in out
    assert cli("new", "adapter", tmp_path / "x")[0] == 2, "it says which files it needs"


MODEL = """
[scan]
name = "drafted"
stop = { calls = 1 }
[parameters]
m0 = { min = 100, max = 1700 }
[constants]
m12 = 1100
tanb = 15
sgnmu = 1
a0 = -2200
[[chain]]
adapter = "code"
exe = "./code.sh"
"""


def test_a_drafted_adapter_runs(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake reads m0 from its input and has the spectrum of one value of it only."""
    monkeypatch.chdir(tmp_path)
    given = Path(__file__).parent / "fixtures" / "slha"
    source, spectrum = given / "spheno-cmssm.in", given / "spheno-cmssm.spc"
    Path("code.sh").write_text(f'#!/bin/sh\ngrep -q "9.0*E+02 *# m0" $1 && cp {spectrum} $2\n')
    Path("code.sh").chmod(0o755)
    code, out, _ = cli("new", "adapter", "code", "--from-input", source, "--from-slha", spectrum)
    assert code == 0
    assert "5 parameters (m0, m12, tanb, sgnmu, a0)" in out
    told = next(line for line in out.splitlines() if "adapters test" in line).split()
    assert cli(*told[2:-1], "./code.sh")[0] == 0
    Path("model.toml").write_text(MODEL)
    code, out, _ = cli("check", "model.toml")
    assert code == 0
    assert "This point is ok" in out
    assert cli("check", "model.toml", "--set", "m0=901")[0] == 1
    Path("model.toml").write_text(MODEL.replace("a0 = -2200\n", ""))
    code, _, err = cli("check", "model.toml")
    assert (code, "'a0' is not known here" in err) == (3, True)


def test_an_existing_folder_is_left_alone(made: Path) -> None:
    with pytest.raises(ConfigError, match="not empty"):
        new(made.parent)
