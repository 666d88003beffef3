from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mlscanner_hep.setup import programs, user_config


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PATH with two programs; nothing else is on it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("code.x", "other"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def user_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program that the user has set for the adapter `mine`."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    user_config.location().parent.mkdir()
    program = tmp_path / "mine.x"
    user_config.location().write_text(f'[paths]\nmine = "{program}"\n')
    return program


def test_the_model_wins(tmp_path: Path, on_path: Path, user_path: Path) -> None:
    for exe in ("./code.x", "bin/code.x", str(tmp_path / "code.x")):
        found = programs.find(exe, tmp_path, "mine", ["code.x"])
        assert found.path == tmp_path / exe
    assert programs.find("other", tmp_path, "mine", ["code.x"]).path == on_path / "other"


def test_then_what_the_user_has_set(tmp_path: Path, on_path: Path, user_path: Path) -> None:
    found = programs.find(None, tmp_path, "mine", ["code.x"])
    assert found.path == user_path
    assert found.hint == f"set mine in [paths] of {user_config.location()}"


def test_a_misspelt_program_is_corrected(tmp_path: Path, on_path: Path) -> None:
    assert "did you mean exe = 'bin/code.x'?" in programs.find("bin/cod.x", tmp_path, "c", []).hint
    assert "not on PATH" in programs.find("SPhenoMSSM", tmp_path, "c", []).hint


def test_then_the_names_on_path(tmp_path: Path, on_path: Path, user_path: Path) -> None:
    assert programs.find(None, tmp_path, "code", ["gone.x", "code.x"]).path == on_path / "code.x"


def test_else_all_three_ways_are_told(tmp_path: Path, on_path: Path, user_path: Path) -> None:
    found = programs.find(None, tmp_path, "code", ["gone.x", "lost.x"])
    assert not found.path.is_absolute()
    assert found.hint == (
        f'set exe in [[chain]], or code = "..." in [paths] of {user_config.location()}, '
        "or put gone.x or lost.x on PATH"
    )
    assert "PATH" not in programs.find(None, tmp_path, "code", []).hint


def test_python_is_this_interpreter(tmp_path: Path, on_path: Path) -> None:
    assert programs.find(None, tmp_path, "code", ["python"]).path == Path(sys.executable)
    (on_path / "other").rename(on_path / "python")
    assert programs.find(None, tmp_path, "code", ["python"]).path == Path(sys.executable)


def test_a_relative_path_on_path_is_one_from_here(
    tmp_path: Path, on_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "bin")
    monkeypatch.chdir(tmp_path)
    assert programs.find("code.x", tmp_path / "else", "code", []).path == on_path / "code.x"
    assert programs.find(None, tmp_path / "else", "code", ["code.x"]).path == on_path / "code.x"


def test_the_configuration_of_the_user_is_read_only_where_it_is_needed(
    tmp_path: Path, user_path: Path
) -> None:
    user_config.location().write_text("[paths")
    assert programs.find("./code.x", tmp_path, "mine", []).path == tmp_path / "code.x"
