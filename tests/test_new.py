"""What `mlscanner-hep new` makes works at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlscanner_hep import Scan, Status
from mlscanner_hep.cli.app import new
from mlscanner_hep.config import ModelFile
from mlscanner_hep.errors import ConfigError


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


def test_an_existing_folder_is_left_alone(made: Path) -> None:
    with pytest.raises(ConfigError, match="not empty"):
        new(made.parent)
