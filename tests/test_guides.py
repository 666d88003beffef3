"""The guides can be followed to the letter."""

from __future__ import annotations

import csv
import re
import shlex
import sqlite3
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pages import DOCS, blocks, call, follow

from mlscanner_hep import Scan
from mlscanner_hep.record.ledger import FILE
from mlscanner_hep.setup.adapter_file import AdapterFile

TUTORIALS = DOCS / "tutorials"


def test_a_code_is_added_as_described(tmp_path: Path) -> None:
    printed = follow(DOCS / "add-a-code.md", tmp_path)
    (drafted,) = printed[next(c for c in printed if c.startswith("mlscanner-hep new adapter"))]
    assert "2 parameters (muS2, lambdaHS)" in drafted
    *_, tried = printed["mlscanner-hep adapters test singlet --exe ./singlet.py"]
    assert "2 of 2 points agree: this installation answers as singlet 1.0 did." in tried
    assert "tachyon │ unphysical" in tried
    assert "m_S" in printed["mlscanner-hep adapters show singlet"][0]
    assert "This point is ok" in printed["mlscanner-hep check model.toml"][0]
    (bad,) = printed["mlscanner-hep check model.toml --set muS2=-1e4 --set lambdaHS=0.01"]
    assert "unphysical: stage 'singlet', Stopping calculation because of negative" in bad
    (asked,) = printed["mlscanner-hep adapters test limits"]
    assert "1 of 1 points agree" in asked
    (service,) = (command for command in printed if command.endswith("record limits"))
    assert "heavy │ ok" in printed[service][0]
    # Cline, Kainulainen, Scott and Weniger, arXiv:1306.4710: 0.3 per TeV, some 1e-9 pb
    scan = Scan.load(tmp_path / "model.toml")
    _, outcome = scan.check({"muS2": 1e6 - 0.15 * 246.22**2, "lambdaHS": 0.3})
    assert outcome.values["oh2"] == pytest.approx(0.12)
    assert outcome.values["m_S"] == pytest.approx(1000.0)
    assert 1e-10 < outcome.values["sigma_si"] < 1e-8


def test_the_handover_is_one() -> None:
    found = blocks(DOCS / "add-a-code.md", "toml")
    (text,) = (block.text for block in found if not block.action)
    adapter = AdapterFile.model_validate({"command": ["x"], **tomllib.loads(text)})
    assert list(adapter.inputs) == ["spectrum.slha"]


@pytest.mark.slow
def test_getting_started_is_as_described(tmp_path: Path) -> None:
    page = DOCS / "getting-started.md"
    console = "".join(block.text for block in blocks(page, "console"))
    first, *others = [shlex.split(line[2:]) for line in console.splitlines()]
    call(first, tmp_path)
    model = tmp_path / "my-model" / "model.toml"
    model.write_text(model.read_text().replace("inside = 300, calls = 2000", "calls = 100"))
    for command in others:
        call(command, tmp_path)
    pictures = tmp_path / "my-model" / "runs" / "my-model" / "pictures"
    for name in re.findall(r"^\| `(\w+)` \|", page.read_text(), re.M)[-3:]:
        assert (pictures / f"{name}.png").is_file()


def test_the_ledger_answers_the_question(ring_model: Callable[..., Path]) -> None:
    (question,) = blocks(DOCS / "getting-started.md", "sql")
    with Scan.load(ring_model()) as scan:
        scan.run()
        counts = sqlite3.connect(scan.folder / FILE).execute(question.text).fetchall()
    assert sum(row[-1] for row in counts) == 40
    assert ("unphysical", "shell", "too far left") in {row[:3] for row in counts}


@pytest.mark.slow
def test_the_first_scan_is_as_described(tmp_path: Path) -> None:
    printed = follow(TUTORIALS / "first-scan.md", tmp_path)
    (checked,) = (said for command, said in printed.items() if " check " in command)
    assert "This point is ok and inside." in checked[0]
    assert "points inside (stop.inside = 150)" in printed["mlscanner-hep run model.toml"][0]
    for figure in ("share.pdf", "singlet.pdf"):
        assert (tmp_path / figure).read_bytes().startswith(b"%PDF")
    with (tmp_path / "points.csv").open() as file:
        points = list(csv.DictReader(file))
    assert len(points) >= 150
    # relic density and direct detection, as the page says: only above some 2.5 TeV
    assert 2000 < min(float(point["m_S"]) for point in points) < 3500
    assert all(float(point["oh2"]) <= 0.12 + 2 * 0.012 for point in points)


@pytest.mark.slow
def test_a_sarah_model_is_scanned_as_described(tmp_path: Path) -> None:
    printed = follow(TUTORIALS / "sarah.md", tmp_path)
    (drafted,) = printed[next(c for c in printed if c.startswith("mlscanner-hep new adapter"))]
    assert "3 parameters (Lambda, LamSH, MS2)" in drafted
    assert "This point is ok" in printed["mlscanner-hep check model.toml"][0]
    (bad,) = printed["mlscanner-hep check model.toml --set MS2=-2e4 --set LamSH=0.01"]
    assert "unphysical: stage 'spheno-sarah', Stopping calculation because of negative" in bad
    scan = Scan.open(tmp_path / "runs" / "ssdm")
    inside = scan.points[scan.problem.inside(scan.points)]
    assert len(inside) >= 40
    mass = inside.y[:, scan.problem.observables.index("m_S")]
    assert mass.min() >= 45
    assert mass.max() <= 80


@pytest.mark.slow
def test_a_constraint_is_added_as_described(tmp_path: Path) -> None:
    printed = follow(TUTORIALS / "new-constraint.md", tmp_path)
    (read,) = printed["mlscanner-hep reread my-model/model.toml"]
    assert "m_stau" in read
    scan = Scan.open(tmp_path / "my-model" / "runs" / "my-model")
    points = scan.points
    stau = points.y[:, scan.problem.observables.index("m_stau")]
    assert np.isfinite(stau[points.ok]).all()  # also of the points that were run before
    first = points.round == 0
    assert first.any()
    assert np.isfinite(stau[first & points.ok]).any()
    assert scan.problem.inside(points).sum() >= 30


@pytest.mark.slow
def test_python_is_as_described(tmp_path: Path) -> None:
    said = follow(TUTORIALS / "python.md", tmp_path)["python"]
    assert re.search(r"\d+ calls, 1\d\d inside: ", said[0])
    assert "unphysical" in said[2]
    assert re.search(r"\d+ of 100 inside", said[4])
    assert (tmp_path / "in-a-notebook" / FILE).is_file()


def test_the_cluster_of_the_tutorial_is_one(ring_model: Callable[..., Path]) -> None:
    model = ring_model()
    text = model.read_text().replace('kind = "uniform"\nbatch = 10', "")
    text = text.replace("[proposer]", "")
    small, large = (block.text for block in blocks(TUTORIALS / "cluster.md", "toml"))
    model.write_text(text + small)
    assert Scan.load(model).model.run.workers == 32
    model.write_text(text + large)
    assert Scan.load(model).model.run.dask.system == "slurm"
