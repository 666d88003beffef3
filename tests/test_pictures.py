from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from mlscanner_hep import Outcome, Scan, Status
from mlscanner_hep.islands import weights
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.report import corner, faults, pictures, progress
from mlscanner_hep.report.axes import ParameterAxis, label, short
from mlscanner_hep.report.picture import Picture
from mlscanner_hep.report.results import Results
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
    picture = corner.draw(made)
    assert len(picture.tables[""]["a"]) == 100_000
    drawn = sum(len(c.get_offsets()) for axes in picture.figure.axes for c in axes.collections)
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


@pytest.mark.parametrize(
    "parameter",
    [
        Parameter("a", -1.0, 1.0),
        Parameter("a", 0.0, 3e5),
        Parameter("a", 1.5, 40.0, "log"),
        Parameter("a", 110.0, 130.0, "log"),
        Parameter("a", 1e-12, 1e3, "log"),
        Parameter("a", -1e4, 1e4, "symlog", threshold=1.0),
        Parameter("a", -0.1, 0.1, "symlog", threshold=1.0),
        Parameter("a", 165.0, 180.0, "normal", mean=172.5, sigma=1.0),
    ],
)
def test_every_axis_has_a_few_ticks(parameter: Parameter) -> None:
    axes = Figure().subplots()
    axis = ParameterAxis(parameter)
    axis.dress(axes, "x")
    low, high = axis.limits
    ticks = [tick for tick in axes.get_xticks() if low < tick < high]
    assert 2 <= len(ticks) <= 6
    assert len({short(tick) for tick in ticks}) == len(ticks)


@pytest.mark.parametrize("dim", [1, 10])
def test_one_parameter_and_many(dim: int, tmp_path: Path) -> None:
    space = Space(tuple(Parameter(f"p{i}", 0.0, 1.0) for i in range(dim)))
    made = results(50, space)
    for draw in (corner.draw, progress.draw, faults.draw):
        picture: Picture = draw(made)
        assert picture.save(tmp_path, "p")


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


def test_labels() -> None:
    assert label("tanb", r"\tan\beta") == r"$\tan\beta$"
    assert label("m_h", "", "GeV") == r"m_h [GeV]".replace("_", label("_"))
    assert "bad" in label("bad", r"\frac{")
    assert [short(v) for v in (0.0, 0.5, 12345.0, 1e-7)] == [
        "0",
        "0.5",
        "1.234e4",
        "1e\N{MINUS SIGN}7",
    ]
    axis = ParameterAxis(Parameter("a", 1.0, 100.0, "log"))
    assert axis.edges(2) == pytest.approx([1, 10, 100])
