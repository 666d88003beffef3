"""The wheel, and the package that is installed from it into an empty environment."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from mlscanner_hep.setup import adapters

CHECKOUT = Path(__file__).parents[1]

# A program that answers like the adapter `thdmspec`, and a model that runs it.
PROGRAM = """#!/bin/sh
grep -q '^Block MINPAR' "$1" || exit 1
printf 'Block MASS\\n  25 125.1 # h\\n  36 400 # A\\n  37 410 # H+\\n' > "$2"
"""
MODEL = """
[scan]
name = "installed"
stop = { calls = 4 }
[parameters]
lambda1 = { min = 0, max = 10 }
[constants]
lambda2 = 1
lambda3 = 1
lambda4 = 1
lambda5 = 1
m12sq   = 1e4
tanb    = 2
[[chain]]
adapter = "thdmspec"
exe     = "./program"
[observables]
mh = { from = "thdmspec" }
[constraints]
mh = { min = 120, max = 130 }
[proposer]
kind  = "uniform"
batch = 4
"""
QUESTION = """
import pathlib, mlscanner_hep
with mlscanner_hep.Scan.load("model.toml") as scan:
    print(pathlib.Path(mlscanner_hep.__file__).parent)
    print(len(scan.points), scan.problem.inside(scan.points).sum())
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True, timeout=60)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty environment with the wheel; what it depends on is borrowed from this one."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=60)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index"]
    subprocess.run([*pip, wheel], check=True, capture_output=True, timeout=60)
    # A path line makes no other .pth file count, so that this environment's own installation of
    # the package stays out of sight.
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def files_below(folder: Path) -> set[str]:
    return {
        path.relative_to(folder.parent).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__"} & set(path.parts) and "_cache/" not in str(path)
    }


def test_wheel_holds_the_package_and_the_adapters(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    templates = {f"mlscanner_hep/{name}" for name in files_below(CHECKOUT / "templates")}
    assert templates
    assert names == files_below(CHECKOUT / "mlscanner_hep") | templates


def test_wheel_says_what_it_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        text = archive.read(metadata).decode()
        (entry_points,) = (n for n in archive.namelist() if n.endswith("/entry_points.txt"))
        assert "mlscanner-hep = mlscanner_hep.cli:main" in archive.read(entry_points).decode()
    assert "Requires-Python: >=3.11" in text
    assert "License-Expression: MIT" in text


def test_adapters_are_found_in_a_checkout(tmp_path: Path) -> None:
    assert adapters.find("thdmspec", tmp_path) == CHECKOUT / "templates" / "thdmspec"


def test_adapters_beside_the_model_come_first(tmp_path: Path) -> None:
    (tmp_path / "thdmspec").mkdir()
    (tmp_path / "thdmspec" / "adapter.toml").touch()
    assert adapters.find("thdmspec", tmp_path) == tmp_path / "thdmspec"


def test_installed_package_runs_its_adapters(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "model.toml").write_text(MODEL)
    (tmp_path / "program").write_text(PROGRAM)
    (tmp_path / "program").chmod(0o755)

    def call(*command: str) -> str:
        variables = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        done = subprocess.run(
            [environment / "bin" / command[0], *command[1:]],
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    call("mlscanner-hep", "run", "model.toml")
    folder, counts = call("python", "-c", QUESTION).splitlines()
    assert Path(folder).resolve().is_relative_to(environment.resolve())
    assert counts == "4 4"
