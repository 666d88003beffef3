from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlscanner_hep.codes.written import Written
from mlscanner_hep.errors import PointError


def test_what_was_written_is_read(tmp_path: Path) -> None:
    written = Written(tmp_path, ["a", "b"])
    (tmp_path / "a").write_text("hello")
    assert written.read("a") == b"hello"
    assert written.read("b", optional=True) is None


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, None, "wrote no file 'a'"),
        ("old", None, "left 'a' as it was"),
        (None, " \n", "wrote an empty file"),
        ("old", "", "wrote an empty file"),
    ],
)
def test_what_is_no_answer(
    tmp_path: Path, before: str | None, after: str | None, said: str
) -> None:
    if before is not None:
        (tmp_path / "a").write_text(before)
    written = Written(tmp_path, ["a"])
    if after is not None:
        (tmp_path / "a").write_text(after)
    with pytest.raises(PointError, match=said):
        written.read("a")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    written = Written(tmp_path, ["a"])
    (tmp_path / "a").mkdir()
    with pytest.raises(PointError, match="left a folder as 'a'"):
        written.read("a", optional=True)


def test_an_old_file_is_no_answer_even_if_it_is_optional(tmp_path: Path) -> None:
    written = Written(tmp_path, ["a"])
    (tmp_path / "a").write_text("hello")
    os.utime(tmp_path / "a", (0, 0))
    with pytest.raises(PointError, match="put an old 'a' there"):
        written.read("a", optional=True)
