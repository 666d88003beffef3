"""Whatever stands in the place of a file."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from mlscanner_hep.codes import point_files
from mlscanner_hep.errors import PointError


@pytest.fixture
def point(tmp_path: Path) -> Path:
    (tmp_path / "point").mkdir()
    (tmp_path / "secret").write_text("mine")
    return tmp_path / "point"


def test_a_file_and_a_link_to_it_are_read(point: Path) -> None:
    point_files.write(point, "sub/a", b"x\0y")
    (point / "b").symlink_to("sub/a")
    assert point_files.read(point, "sub/a") == point_files.read(point, "b") == b"x\0y"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "wrote no file 'a'"),
        (lambda path: path.mkdir(), "left a folder as 'a'"),
        (os.mkfifo, "left a named pipe as 'a'"),
        (lambda path: path.symlink_to("a"), "left 'a' as a link that leads nowhere"),
        (lambda path: path.symlink_to("none"), "left 'a' as a link that leads nowhere"),
        (lambda path: path.symlink_to("../secret"), "link out of the folder"),
        (lambda path: path.symlink_to("/dev/zero"), "link out of the folder"),
        (lambda path: socket.socket(socket.AF_UNIX).bind(str(path)), "left a socket as 'a'"),
        (lambda path: path.write_bytes(bytes(point_files.MAX_BYTES + 1)), "8 MiB, more than"),
    ],
)
def test_what_is_no_file(
    point: Path, make: object, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(point)  # the name of a socket has to be short
    make(Path("a"))  # type: ignore[operator]
    with pytest.raises(PointError, match=reason):
        point_files.read(point, "a")


def test_what_was_there_gives_way_and_what_a_link_leads_to_stays(point: Path) -> None:
    for name in ("link", "fifo", "folder/full"):
        (point / name).parent.mkdir(exist_ok=True)
    (point / "link").symlink_to("../secret")
    os.mkfifo(point / "fifo")
    (point / "folder" / "full").write_text("x")
    for name in ("link", "fifo", "folder"):
        point_files.write(point, name, b"new")
        assert (point / name).read_bytes() == b"new"
        assert not (point / name).is_symlink()
    assert (point.parent / "secret").read_text() == "mine"


def test_nothing_is_written_through_the_link_of_a_folder(point: Path) -> None:
    (point / "sub").symlink_to("..")
    for name in ("sub/secret", "sub/new/secret"):
        with pytest.raises(PointError, match="out of the folder"):
            point_files.write(point, name, b"new")
    assert (point.parent / "secret").read_text() == "mine"
    assert not (point.parent / "new").exists()
