from __future__ import annotations

from pathlib import Path

import pytest

from mlscanner_hep.errors import ConfigError
from mlscanner_hep.tools.folders import new_file, new_folder, unused, within


def test_names_stay_inside(tmp_path: Path) -> None:
    assert within(tmp_path, "a/b.txt") == tmp_path / "a" / "b.txt"


@pytest.mark.parametrize(
    "name",
    ["../a", "a/../../b", "/etc/passwd", "", ".", "a/./b", "..", "a\\..\\b", "C:x", "a\0b"],
)
def test_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"leads out of|cannot be the name"):
        within(tmp_path, name)


def test_a_file_is_there_completely_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), new_file(path) as place:
        place.write_text("x" * (place.write_text("half") // 0))
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert path.read_text() == "old"
    with new_file(path) as place:
        place.write_text("new")
    assert path.read_text() == "new"


def test_what_is_in_use_is_refused(tmp_path: Path) -> None:
    unused(tmp_path / "nowhere")
    unused(tmp_path)
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file"):
        with pytest.raises(ConfigError, match="is there already"):
            unused(path)


def test_a_folder_is_there_completely_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "folder"
    with pytest.raises(ZeroDivisionError), new_folder(path) as place:
        (place / f"half{(place / 'file').write_text('half') // 0}").mkdir()
    assert list((tmp_path / "deep").iterdir()) == []
    with new_folder(path) as place:
        (place / "file").write_text("all")
    assert (path / "file").read_text() == "all"
    with pytest.raises(ConfigError, match="is there already"), new_folder(path):
        pass
    assert (path / "file").read_text() == "all"
