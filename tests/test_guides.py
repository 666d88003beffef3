"""The guides can be followed to the letter."""

from __future__ import annotations

import os
import re
import shlex
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from mlscanner_hep import Scan
from mlscanner_hep.adapter_file import AdapterFile
from mlscanner_hep.ledger import FILE

DOCS = Path(__file__).parent.parent / "docs"
BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(page: str, language: str) -> list[tuple[str, str]]:
    """File name (or nothing) and text of the code blocks of a language."""
    found = BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))
    return [(file, text) for kind, file, text in found if kind == language]


def commands(page: str) -> list[list[str]]:
    lines = "".join(text for _, text in blocks(page, "console")).splitlines()
    assert all(line.startswith("$ ") for line in lines)
    return [shlex.split(line[2:]) for line in lines]


def call(command: list[str], folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def follow(page: str, folder: Path) -> dict[str, str]:
    """Do what a page says, in its order: write its files, run its commands; what those print."""
    printed = {}
    for language, file, text in BLOCK.findall((DOCS / page).read_text(encoding="utf-8")):
        if file:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text)
        elif language == "console":
            for line in text.splitlines():
                assert line.startswith("$ ")
                printed[line[2:]] = call(shlex.split(line[2:]), folder)
    return printed


def test_a_code_is_added_as_described(tmp_path: Path) -> None:
    printed = follow("add-a-code.md", tmp_path)
    drafted = printed[next(c for c in printed if c.startswith("mlscanner-hep new adapter"))]
    assert "2 parameters (muS2, lambdaHS)" in drafted
    tried = printed["mlscanner-hep adapters test singlet --exe ./singlet.py"]
    assert "2 of 2 points agree: this installation answers as singlet 1.0 did." in tried
    assert "tachyon │ unphysical" in tried
    assert "m_S" in printed["mlscanner-hep adapters show singlet"]
    assert "This point is ok" in printed["mlscanner-hep check model.toml"]
    bad = printed["mlscanner-hep check model.toml --set muS2=-1e4 --set lambdaHS=0.01"]
    assert "unphysical: stage 'singlet', Stopping calculation because of negative" in bad
    asked = printed["mlscanner-hep adapters test limits"]
    assert "1 of 1 points agree" in asked
    (service,) = (command for command in printed if command.endswith("record limits"))
    assert "heavy │ ok" in printed[service]
    # Cline, Kainulainen, Scott and Weniger, arXiv:1306.4710: 0.3 per TeV, some 1e-9 pb
    scan = Scan.load(tmp_path / "model.toml")
    _, outcome = scan.check({"muS2": 1e6 - 0.15 * 246.22**2, "lambdaHS": 0.3})
    assert outcome.values["oh2"] == pytest.approx(0.12)
    assert outcome.values["m_S"] == pytest.approx(1000.0)
    assert 1e-10 < outcome.values["sigma_si"] < 1e-8


def test_the_handover_is_one() -> None:
    (text,) = (text for file, text in blocks("add-a-code.md", "toml") if not file)
    adapter = AdapterFile.model_validate({"command": ["x"], **tomllib.loads(text)})
    assert list(adapter.inputs) == ["spectrum.slha"]


@pytest.mark.slow
def test_the_first_scan_is_as_described(tmp_path: Path) -> None:
    first, *others = commands("getting-started.md")
    call(first, tmp_path)
    model = tmp_path / "my-model" / "model.toml"
    model.write_text(model.read_text().replace("inside = 300, calls = 2000", "calls = 100"))
    for command in others:
        call(command, tmp_path)
    pictures = tmp_path / "my-model" / "runs" / "my-model" / "pictures"
    for name in re.findall(r"^\| `(\w+)` \|", (DOCS / "getting-started.md").read_text(), re.M)[-3:]:
        assert (pictures / f"{name}.png").is_file()


def test_the_ledger_answers_the_question(ring_model: Callable[..., Path]) -> None:
    ((_, question),) = blocks("getting-started.md", "sql")
    with Scan.load(ring_model()) as scan:
        scan.run()
        counts = sqlite3.connect(scan.folder / FILE).execute(question).fetchall()
    assert sum(row[-1] for row in counts) == 40
    assert ("unphysical", "shell", "too far left") in {row[:3] for row in counts}
