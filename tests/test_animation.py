"""The animation of the rounds."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlscanner_hep.errors import ConfigError
from mlscanner_hep.plots import animation
from mlscanner_hep.plots.results import Results
from mlscanner_hep.plots.style import styled
from mlscanner_hep.plots.wanted import Wanted
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.space import Parameter, Space


@pytest.fixture(autouse=True)
def look() -> Iterator[None]:
    """Draw as the command does."""
    with styled():
        yield


def results(dim: int = 2) -> Results:
    """Three rounds of four points; of each the first is inside."""
    space = Space(tuple(Parameter(f"p{i}", 0.0, 1.0) for i in range(dim)))
    u = np.random.default_rng(0).random((12, dim))
    number = np.repeat([0, 1, 2], 4)
    predicted = np.where(number > 0, 0.5, np.nan)
    points = Points.of(u, u, np.empty((12, 0)), round=number, predicted=predicted)
    inside = np.arange(12) % 4 == 0
    problem = Problem(space, (), ())
    return Results(
        "run", problem, points, np.arange(12) + 1, inside, np.zeros(12), inside * 1.0, []
    )


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_a_frame_for_each_round(tmp_path: Path, suffix: str) -> None:
    path, table = animation.write(results(), Wanted(), tmp_path / "new" / f"rounds{suffix}")
    with Image.open(path) as image:
        assert getattr(image, "n_frames", 1) == 3
    rounds = list(csv.DictReader(table.open()))
    assert [row["inside"] for row in rounds] == ["1", "2", "3"]
    assert [row["predicted"] for row in rounds] == ["", "0.5", "0.5"]


def test_a_frame_tells_new_points_from_old_ones() -> None:
    made = results()
    film = animation.Film(made, Wanted(x="p1", y="p0"))
    film.show(1)
    panel, rates = film.figure.axes
    drawn = [len(line.get_xdata()) for line in panel.lines]
    # outside and inside of the round before, then of this one
    assert drawn == [3, 1, 3, 1]
    assert panel.lines[1].get_xdata()[0] == made.points.u[0, 1]
    assert panel.get_title(loc="left") == "run: 8 calls, 2 inside"
    assert list(rates.lines[0].get_ydata()) == [0.25, 0.25]


def test_a_gif_has_the_colours_of_the_style(tmp_path: Path) -> None:
    path, _ = animation.write(results(), Wanted(), tmp_path / "rounds.gif")
    with Image.open(path) as image:
        image.seek(2)
        colours = {colour for _, colour in image.convert("RGB").getcolors() or []}
    assert {(255, 255, 255), (0, 114, 178), (213, 94, 0), (230, 159, 0)} <= colours


def test_what_cannot_be_animated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="needs two numbers: give --x and --y"):
        animation.write(results(1), Wanted(), tmp_path / "rounds.gif")
    with pytest.raises(ConfigError, match=r"did you mean '\.gif'"):
        animation.check(tmp_path / "rounds.gf")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError, match="MP4 needs the program ffmpeg"):
        animation.check(tmp_path / "rounds.mp4")


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
def test_a_video(tmp_path: Path) -> None:
    path, _ = animation.write(results(), Wanted(), tmp_path / "rounds.mp4")
    assert path.read_bytes()[4:8] == b"ftyp"
