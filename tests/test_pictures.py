from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import matplotlib.style
import numpy as np
import pytest

from mlscanner_hep import Outcome, Scan, Status
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.findings.islands import weights
from mlscanner_hep.plots import corner, faults, picture, pictures, progress
from mlscanner_hep.plots.picture import Picture
from mlscanner_hep.plots.results import Results
from mlscanner_hep.plots.style import styled
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.space import Choice, Parameter, Space

Ring = Callable[..., Path]
FILES = {
    "inside.png", "inside.pdf", "inside.csv", "progress.png", "progress.pdf", "progress.csv",
    "faults.png", "faults.pdf", "faults.csv", "faults-constraints.csv",
}  # fmt: skip


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.open(encoding="utf-8")))


def test_every_picture_has_its_numbers(ring_model: Ring, tmp_path: Path) -> None:
    with Scan.load(ring_model()) as scan:
        scan.run()
    paths = pictures.draw(scan, tmp_path / "pictures")
    assert {path.name for path in paths} == FILES
    assert all(path.stat().st_size > 0 for path in paths)
    points, inside = scan.points, scan.problem.inside(scan.points)
    shown = rows(tmp_path / "pictures" / "inside.csv")
    assert [float(row["x"]) for row in shown] == points.x[:, 0].tolist()
    assert [row["inside"] == "True" for row in shown] == inside.tolist()
    assert [float(row["weight"]) for row in shown] == weights(scan.problem, points).tolist()
    steps = rows(tmp_path / "pictures" / "progress.csv")
    assert (steps[-1]["calls"], steps[-1]["inside"]) == ("40", str(inside.sum()))
    dead = rows(tmp_path / "pictures" / "faults.csv")
    assert dead[0]["reason"] == "too far left"
    assert int(dead[0]["points"]) == points.unphysical.sum()
    verdicts = rows(tmp_path / "pictures" / "faults-constraints.csv")
    assert int(verdicts[-1]["fulfilled"]) == inside.sum()


@pytest.mark.parametrize("status", [None, Status.FAILED, Status.UNPHYSICAL])
def test_a_run_with_nothing_to_show(
    ring_model: Ring, tmp_path: Path, status: Status | None
) -> None:
    with Scan.load(ring_model()) as scan:
        batch = scan.ask(3)
        if status is not None:
            scan.tell(batch.ids, [Outcome(status, stage="s", reason="why")] * 3)
        paths = pictures.draw(scan, tmp_path)
    assert {path.name for path in paths} == FILES


def test_one_point_inside(ring_model: Ring, tmp_path: Path) -> None:
    with Scan.load(ring_model()) as scan:
        scan.tell(scan.ask(1).ids, [{"r": 0.7, "angle": 0.0}])
        pictures.draw(scan, tmp_path)
    assert len(rows(tmp_path / "inside.csv")) == 1


def results(n: int, space: Space) -> Results:
    rng = np.random.default_rng(0)
    u = rng.random((n, space.dim))
    x = space.from_unit(u)
    points = Points.of(u, x, np.empty((n, 0)), origin=np.full(n, "initial"))
    problem = Problem(space, (), ())
    inside = u[:, 0] < 0.3
    return Results("big", problem, points, np.arange(n), inside, np.zeros(n), inside * 1.0, [])


def test_many_points_of_every_scale() -> None:
    space = Space(
        (
            Parameter("a", 1e-3, 10.0, "log"),
            Parameter("b", -100.0, 1e4, "symlog", threshold=1.0),
            Parameter("c", 165.0, 180.0, "normal", mean=172.5, sigma=1.0),
            Choice("d", (1, 2, 5)),
        )
    )
    made = results(100_000, space)
    drawn_as = corner.draw(made)
    assert len(drawn_as.tables[""]["a"]) == 100_000
    drawn = sum(len(c.get_offsets()) for axes in drawn_as.figure.axes for c in axes.collections)
    assert drawn < 500_000


def test_points_outside_never_hide_those_inside() -> None:
    space = Space((Parameter("a", 0.0, 1.0), Parameter("b", 0.0, 1.0)))
    figure = corner.draw(results(50, space)).figure
    (panel,) = (axes for axes in figure.axes if axes.lines and axes.collections)
    assert panel.lines[0].get_zorder() < panel.collections[0].get_zorder()


def test_histograms_weight_the_points_inside() -> None:
    made = results(50, Space((Parameter("a", 0.0, 1.0),)))
    heavy = replace(made, weights=10 * made.weights)
    tops = [corner.draw(r).figure.axes[0].get_ylim()[1] for r in (made, heavy)]
    assert tops[1] == pytest.approx(10 * tops[0])
    assert any("volume" in t.get_text() for t in corner.draw(made).figure.texts)


def test_a_narrow_region_is_zoomed_and_says_so() -> None:
    space = Space((Parameter("a", 0.0, 100.0, latex="\\alpha"), Parameter("b", 0.0, 1.0)))
    made = results(2000, space)
    made = replace(made, inside=(made.points.u[:, 0] > 0.4) & (made.points.u[:, 0] < 0.5))
    figure = corner.draw(made).figure
    (panel,) = (axes for axes in figure.axes if axes.lines and axes.collections)
    low, high = panel.get_xlim()
    assert 30 < low < 40
    assert 50 < high < 60
    assert panel.get_ylim() == (0, 1)
    assert any("$\\alpha$ is scanned from 0 to 100." in t.get_text() for t in figure.texts)


@pytest.mark.parametrize("dim", [1, 10])
def test_one_parameter_and_many(dim: int, tmp_path: Path) -> None:
    space = Space(tuple(Parameter(f"p{i}", 0.0, 1.0) for i in range(dim)))
    made = results(50, space)
    for draw in (corner.draw, progress.draw, faults.draw):
        drawn: Picture = draw(made)
        assert drawn.write(tmp_path / "p.png")


def test_the_uniform_rate_is_an_interval() -> None:
    space = Space((Parameter("a", 0.0, 1.0),))
    rate = progress.uniform_rate(results(2000, space))
    assert rate.calls == 2000
    assert rate.low < 0.3 < rate.high
    none = progress.Rate.of(np.zeros(100, bool))
    # the rule of three, exactly: 1 - 0.05 ** (1 / 100)
    assert (none.low, none.high) == (0.0, pytest.approx(1 - 0.05**0.01))


def test_reasons_that_differ_in_a_number_are_one() -> None:
    space = Space((Parameter("a", 0.0, 1.0),))
    made = results(3, space)
    why = [("failed", "s", f"mh = {x} is implausible", 1, i) for i, x in enumerate((0.1, 2.5))]
    merged = faults.reasons(replace(made, faults=why))
    assert (merged["points"], merged["example"]) == ([2], [0])


def test_reasons_that_begin_alike_are_one() -> None:
    space = Space((Parameter("a", 0.0, 1.0),))
    texts = ("no convergence", "tachyon", "no convergence; tachyon")
    why = [("unphysical", "s", f"SPINFO 4: {text}", 2, i) for i, text in enumerate(texts)]
    merged = faults.reasons(replace(results(3, space), faults=why))
    assert merged["reason"] == ["SPINFO 4: no convergence", "SPINFO 4: tachyon"]
    assert merged["points"] == [4, 2]


def test_a_picture_is_the_same_file_whenever_it_is_drawn(tmp_path: Path) -> None:
    made = results(50, Space((Parameter("a", 0.0, 1.0), Parameter("b", 0.0, 1.0))))
    for folder in ("first", "second"):
        progress.draw(made).write(*(tmp_path / folder / f"p.{end}" for end in ("pdf", "svg")))
    for name in ("p.pdf", "p.svg", "p.csv"):
        first, second = ((tmp_path / folder / name).read_bytes() for folder in ("first", "second"))
        assert first == second
    assert b"CreationDate" not in (tmp_path / "first" / "p.pdf").read_bytes()


def test_a_file_that_no_figure_becomes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"'\.pgn'; did you mean '\.png'"):
        picture.check(tmp_path / "p.pgn")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError, match="none of xelatex, lualatex, pdflatex is on PATH"):
        picture.check(tmp_path / "p.pgf")


def test_the_style_is_one_for_matplotlib_too(tmp_path: Path) -> None:
    own = tmp_path / "own.mplstyle"
    own.write_text("font.size: 11\n")
    with matplotlib.style.context("mlscanner_hep.plots.paper"):
        assert matplotlib.rcParams["font.family"] == ["STIXGeneral"]
    with styled(own):
        assert matplotlib.rcParams["font.size"] == 11
        assert matplotlib.rcParams["savefig.dpi"] == 300
    with pytest.raises(ConfigError, match="nowhere"), styled(tmp_path / "nowhere"):
        pass


@pytest.mark.slow
@pytest.mark.skipif(not any(map(shutil.which, picture.LATEX)), reason="needs LaTeX")
def test_pgf(tmp_path: Path) -> None:
    made = results(50, Space((Parameter("a_1", 0.0, 1.0, latex="\\alpha"),)))
    path, *_ = progress.draw(made).write(tmp_path / "p.pgf")
    assert "pgfpicture" in path.read_text(encoding="utf-8")
