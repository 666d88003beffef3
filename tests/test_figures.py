"""The figures for a paper: what they show, by their tables, and what the command says."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from conftest import Cli
from PIL import Image

from mlscanner_hep import Scan
from mlscanner_hep.constraints import Gaussian, Limit, TableLimit
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.plots import (
    corner,
    efficiency,
    histogram,
    limits,
    profile,
    region,
    scatter,
    spectrum,
)
from mlscanner_hep.plots.figures import Figure, names
from mlscanner_hep.plots.picture import Picture
from mlscanner_hep.plots.results import Results
from mlscanner_hep.plots.wanted import Wanted, evaluate, quantity, shown, slice_title
from mlscanner_hep.points import Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.results.labels import Label
from mlscanner_hep.space import Choice, Parameter, Space

Ring = Callable[..., Path]

SPACE = Space(
    (
        Parameter("a", 0.0, 10.0, unit="GeV", latex="\\alpha"),
        Parameter("t", 1.0, 100.0, "log"),
        Choice("s", (-1, 1)),
    )
)
LIMITS = (Gaussian("m", 5.0, 1.0), Limit("w", max=50.0))


def results(n: int = 400, limits: Any = LIMITS, hole: float = 0.1, **changes: Any) -> Results:
    """Points with the observables m = a, which is missing at some, and w = t."""
    random = np.random.default_rng(1).random((n, 3))
    x = SPACE.from_unit(random)
    u = SPACE.snap(random)
    y = x[:, :2].copy()
    y[random[:, 2] < hole, 0] = np.nan
    status = np.where(u[:, 1] < 0.1, Status.UNPHYSICAL, Status.OK).astype(np.int8)
    y[status == Status.UNPHYSICAL] = np.nan
    made = Points.of(u, x, y, status=status, origin=np.full(n, "initial"))
    problem = Problem(SPACE, ("m", "w"), limits)
    inside, chi2 = problem.inside(made), problem.chi2(made)
    labels = {"m": Label("GeV", "m")}
    ids = np.arange(n) + 1
    return Results("run", problem, made, ids, inside, chi2, inside * 1.0, [], labels)


def nothing_inside() -> Results:
    return results(limits=(Limit("m", min=99.0),))


# --- what is wanted


def test_expressions_know_what_a_run_knows() -> None:
    made = results()
    assert evaluate(made, "inside", "--x").tolist() == made.inside.tolist()
    assert evaluate(made, "inside(w) and ok", "--x").sum() == (made.points.y[:, 1] <= 50).sum()
    delta = evaluate(made, "delta_chi2", "--x")
    assert np.nanmin(delta) == 0
    assert np.isnan(delta[made.points.y[:, 1] > 50]).all()
    assert ((evaluate(made, "island", "--x") > 0) == made.inside).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mm", "--y mm: the run has no 'mm'; did you mean 'm'"),
        ("__import__('os')", "--y: .*column 1"),
        ("m +", "not an arithmetic expression"),
    ],
)
def test_what_is_no_number_of_the_run(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        evaluate(results(), text, "--y")


def test_points_are_chosen() -> None:
    made = results()
    assert shown(made, Wanted()).all()
    assert shown(made, Wanted(every=True)).sum() == made.points.ok.sum()
    above = shown(made, Wanted(where="m > 4"))
    assert above.sum() == (made.points.y[:, 0] > 4).sum()
    near = shown(made, Wanted(near={"t": 10.0, "s": 1.0}, within=0.1))
    expected = (np.abs(made.points.u[:, 1] - 0.5) <= 0.1) & (made.points.x[:, 2] == 1)
    assert near.tolist() == expected.tolist()
    assert slice_title(made, Wanted(near={"t": 10.0, "s": 1.0})) == (
        r"t $\approx$ 10, s $\approx$ 1"
    )


@pytest.mark.parametrize(
    ("near", "message"),
    [
        ({"b": 1.0}, "no parameter 'b'"),
        ({"t": 1e9}, "it is scanned from 1.0 to 100.0"),
        ({"s": 0.0}, "its choices are -1, 1"),
    ],
)
def test_a_slice_that_is_none(near: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        shown(results(), Wanted(near=near))


def test_nothing_to_show_is_said() -> None:
    made = results(hole=1.0)
    rows = np.ones(400, bool)
    with pytest.raises(ConfigError, match="--x m: missing at all 400 points"):
        quantity(made, "m", rows, "--x", Wanted())
    with pytest.raises(ConfigError, match="no point is left"):
        quantity(made, "w", ~rows, "--x", Wanted())


# --- the kinds


def test_a_scatter_plot() -> None:
    made = results()
    drawn = scatter.draw(made, Wanted(x="m", y="w", color="t", where="a > 1"))
    table = drawn.tables[""]
    assert list(table) == ["id", "m", "w", "t", "inside"]
    there = np.isfinite(made.points.y).all(axis=1) & (made.points.x[:, 0] > 1)
    assert table["id"] == (np.flatnonzero(there) + 1).tolist()
    assert drawn.tables["-limits"] == {
        "observable": ["m", "m", "w"],
        "limit": [3.0, 7.0, 50.0],
    }
    panel, bar = drawn.figure.axes
    assert panel.get_xlabel() == "$m$ [GeV]"
    assert panel.get_yscale() == "linear"
    assert bar.get_yscale() == "log"  # as the parameter is scanned
    assert len(panel.collections[0].get_offsets()) == (there & made.inside).sum()
    assert any("points without m or w or t are not shown" in note for note in drawn.notes)


def test_nothing_inside_is_said_and_the_rest_drawn() -> None:
    made = nothing_inside()
    drawn = scatter.draw(made, Wanted(x="a", y="t", color="w"))
    (panel,) = drawn.figure.axes
    assert panel.get_yscale() == "log"
    assert len(panel.lines[0].get_xdata()) == 400
    assert drawn.notes[0] == "None of the 400 points that are shown is inside."
    labels = [text.get_text() for text in panel.get_legend().get_texts()]
    assert labels == ["inside: none", "outside"]
    for draw, wanted in (
        (histogram.draw, Wanted(x="w")),
        (region.draw, Wanted(x="a", y="t")),
        (corner.draw, Wanted(names=("a", "w"))),
    ):
        assert draw(made, wanted).notes


def test_a_logarithmic_axis_can_be_asked_for() -> None:
    made = results()
    rows = np.ones(400, bool)
    assert not quantity(made, "a", rows, "--x", Wanted()).axis.log
    assert quantity(made, "a", rows, "--x", Wanted(log=("x",))).axis.log
    assert not quantity(made, "a", rows, "--y", Wanted(log=("x",))).axis.log


def test_one_point() -> None:
    made = results(1, hole=0.0)
    for draw, wanted in (
        (scatter.draw, Wanted(x="m", y="w", color="s")),
        (histogram.draw, Wanted(x="w")),
        (region.draw, Wanted(x="m", y="w")),
    ):
        assert draw(made, wanted).tables


def test_many_points_are_rasterised_and_no_dots_of_vectors(tmp_path: Path) -> None:
    drawn = scatter.draw(results(30_000), Wanted(x="m", y="s", color="w"))
    (path, _, _) = drawn.write(tmp_path / "many.pdf")
    assert path.stat().st_size < 5e5


def test_a_histogram_and_the_uniform_box() -> None:
    made = results()
    table = histogram.draw(made, Wanted(x="t", bins=4)).tables[""]
    assert table["box"] == pytest.approx([0.25] * 4)
    weights = np.histogram(made.points.u[made.inside, 1], np.linspace(0, 1, 5))[0]
    assert table["share"] == pytest.approx(weights / made.inside.sum())
    assert sum(table["points"]) == made.inside.sum()
    observable = histogram.draw(made, Wanted(x="w", bins=3)).tables[""]
    assert sum(observable["box"]) == pytest.approx(1, abs=0.1)


def test_a_profile_is_the_least_chi2_of_each_bin() -> None:
    made = results(4000, hole=0.0)
    drawn = profile.draw(made, Wanted(x="a", y="t", bins=10))
    table = drawn.tables[""]
    assert len(table["delta_chi2"]) == 100
    least = zip(table["a from"], table["delta_chi2"], strict=True)
    column = [value for low, value in least if low == pytest.approx(7)]
    # chi2 = (a - 5)^2: the least of a bin from 7 to 8 is near 4; beyond t = 50 there is none
    assert column[3] == pytest.approx(4, abs=0.5)
    assert column[9] == ""
    line = profile.draw(made, Wanted(x="a", bins=10)).tables[""]
    assert line["delta_chi2"][7] == pytest.approx(4, abs=0.1)
    assert min(value for value in line["delta_chi2"] if value != "") == 0


def test_a_profile_needs_a_chi2() -> None:
    sharp = results(limits=(Limit("w", max=50.0),))
    with pytest.raises(ConfigError, match="only sharp limits judge them: draw --kind region"):
        profile.draw(sharp, Wanted(x="a"))
    with pytest.raises(ConfigError, match="beyond a sharp limit"):
        profile.draw(nothing_inside(), Wanted(x="a"))


def test_a_region_says_what_excludes() -> None:
    made = results(4000, hole=0.0)
    table = region.draw(made, Wanted(x="a", y="t", bins=10)).tables[""]
    verdicts = dict(
        zip(
            zip(map(round, table["a from"]), np.round(np.log10(table["t to"]), 1), strict=True),
            table["verdict"],
            strict=True,
        )
    )
    assert verdicts[4, 1.0] == "allowed"
    assert verdicts[0, 1.0] == "m"
    assert verdicts[4, 2.0] == "w"
    assert verdicts[4, 0.2] == "no spectrum"
    few = region.draw(results(5), Wanted(x="a", y="t")).tables[""]
    assert "unknown" in few["verdict"]


def test_a_corner_plot_of_any_numbers() -> None:
    drawn = corner.draw(results(), Wanted(names=("a", "w", "s"), color="m"))
    assert {"a", "w", "s", "inside", "weight"} <= drawn.tables[""].keys()
    with pytest.raises(ConfigError, match="9 names, at most 8"):
        corner.draw(results(), Wanted(names=tuple("aaaaaaaaa")))


def test_the_efficiency_of_runs() -> None:
    made = results()
    drawn = efficiency.draw([("one", made), ("other", made)], Wanted())
    table = drawn.tables[""]
    assert table["run"] == ["one", "one", "other", "other"]
    assert table["inside"] == [0, made.inside.sum()] * 2
    (legend,) = drawn.figure.legends
    assert [text.get_text() for text in legend.get_texts()][:2] == ["one", "other"]


def test_a_tabulated_limit_is_a_curve() -> None:
    made = results(limits=(TableLimit("w", "a", (0.0, 10.0), (10.0, 20.0)),))
    panel = scatter.draw(made, Wanted(x="a", y="w")).figure.axes[0]
    (curve,) = [line for line in panel.lines if line.get_label() == limits.LABEL]
    assert np.max(curve.get_ydata()) == pytest.approx(20)
    assert "-limits" not in scatter.draw(made, Wanted(x="t", y="w")).tables


def test_the_size_is_that_of_a_column(tmp_path: Path) -> None:
    for width, inches in (("single", 3.375), ("double", 7.0)):
        wanted = Wanted(x="a", y="t", width=cast(Any, width))
        path = scatter.draw(results(), wanted).write(tmp_path / f"{width}.png")[0]
        with Image.open(path) as image:
            assert image.size[0] / image.info["dpi"][0] == pytest.approx(inches, rel=0.01)


# --- the command


def test_what_options_mean() -> None:
    def kind(runs: int = 1, point: int | None = None, **wanted: Any) -> str | None:
        figure = Figure.asked(None, Wanted(**wanted), point, runs)
        return figure.kind if figure else None

    assert kind() is None
    assert kind(2) == "efficiency"
    assert kind(x="a") == "histogram"
    assert kind(x="a", y="t") == "scatter"
    assert kind(names=("a",)) == "corner"
    assert kind(point=3) == "spectrum"
    assert kind(x="a", log=("x",)) == "histogram"
    assert Figure("scatter", Wanted(x="mHp - mA", y="t")).name == "scatter-mHp_mA-t"


@pytest.mark.parametrize(
    ("kind", "wanted", "runs", "message"),
    [
        (None, Wanted(color="a"), 1, "--color needs --x, or a --kind"),
        ("region", Wanted(x="a"), 1, "--kind region needs --y"),
        ("region", Wanted(x="a", y="t", color="w"), 1, "--color does not go with --kind region"),
        ("scatter", Wanted(x="a", y="t"), 2, "is of one run, not of 2"),
        ("histogram", Wanted(x="a", every=True), 1, "--all does not go with"),
        ("animation", Wanted(color="a"), 1, "--color does not go with --animate, which takes"),
    ],
)
def test_options_that_do_not_go_together(
    kind: str | None, wanted: Wanted, runs: int, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        Figure.asked(kind, wanted, None, runs)


def test_runs_have_names_that_differ() -> None:
    def run(name: str, folder: str) -> tuple[Path, Scan]:
        scan = SimpleNamespace(
            model=SimpleNamespace(scan=SimpleNamespace(name=name)), folder=Path(folder)
        )
        return Path(folder), cast(Scan, scan)

    assert names([run("a", "x/1"), run("b", "x/1")]) == ["a", "b"]
    assert names([run("a", "x/1"), run("a", "x/2")]) == ["1", "2"]
    assert names([run("a", "x/1"), run("a", "y/1")]) == ["x/1", "y/1"]


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of a finished scan with masses."""
    from conftest import SHELL, SHELL_MODEL

    folder = tmp_path_factory.mktemp("ring")
    (folder / "shell.py").write_text(SHELL.replace('"angle": y', '"angle": y, "m_x": 100 * x * x'))
    text = SHELL_MODEL.replace(
        "[constraints]", 'm_x = { from = "shell", unit = "GeV", latex = "m_X" }\n[constraints]'
    )
    (folder / "model.toml").write_text(text)
    with Scan.load(folder / "model.toml") as scan:
        scan.run()
    return scan.folder


def test_figures_by_the_command(cli: Cli, ring: Path, tmp_path: Path) -> None:
    figure = tmp_path / "deep" / "fig.svg"
    code, out, _ = cli("plot", ring, "--x", "x", "--y", "r", "--color", "angle", "--out", figure)
    assert code == 0
    assert figure.read_text().startswith("<?xml")
    with figure.with_suffix(".csv").open() as file:
        assert list(csv.DictReader(file).fieldnames or []) == ["id", "x", "r", "angle", "inside"]
    assert str(figure) in out.replace("\n", "")


def test_the_spectrum_of_a_point(cli: Cli, ring: Path, tmp_path: Path) -> None:
    code, _, err = cli("plot", ring, "--point", 4000)
    assert code == 2
    assert "the run has the points 1 to 40" in err
    scan = Scan.open(ring)
    made = Results.read(scan)
    drawn: Picture = spectrum.draw(scan, made, Wanted())
    best = np.flatnonzero(made.inside)[np.argmin(made.chi2[made.inside])]
    mass = made.numbers["m_x"][best]
    assert drawn.tables[""] == {"particle": ["m_x"], "mass": [mass], "column": ["others"]}
    assert f"point {made.ids[best]}" in drawn.figure.axes[0].get_title(loc="left")
    assert drawn.write(tmp_path / "s.png")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--x", "x", "--y", "angel"], "did you mean 'angle'"),
        (["--x", "x", "--near", "y:1"], "write NAME=VALUE"),
        (["--out", "fig.pdf"], "choose it by --x or --kind"),
        (["--x", "x", "--out", "fig.jpg"], "no figure ends in '.jpg'"),
        (["--animate", "rounds.avi"], "no animation ends in '.avi'"),
        (["--animate", "rounds.gif", "--kind", "scatter"], "--animate FILE goes without --kind"),
    ],
)
def test_mistakes_on_the_command_line(
    cli: Cli, ring: Path, options: list[str], message: str
) -> None:
    code, _, err = cli("plot", ring, *options)
    assert code == 2
    assert message in err


def test_help_of_plot_teaches(cli: Cli) -> None:
    code, out, _ = cli("plot", "--help")
    assert code == 0
    for example in ("--kind profile --x tanb", "--animate rounds.gif", "RUN1 RUN2 RUN3"):
        assert example in out
