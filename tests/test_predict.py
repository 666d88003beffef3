"""Predictions from what a scan has learnt: when it is learnt, and `mlscanner-hep predict`."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlscanner_hep import ConfigError, Scan, proposers
from mlscanner_hep.cli import main
from mlscanner_hep.points import Status
from mlscanner_hep.record import saved
from mlscanner_hep.results.learnt import NothingLearnt

Model = Callable[..., Path]
REGRESSOR = {'kind = "uniform"': 'kind = "regressor"'}


@pytest.fixture
def run(ring_model: Model) -> Path:
    """A model whose scan is finished."""
    file = ring_model(REGRESSOR)
    with Scan.load(file) as scan:
        scan.run()
    return file


@pytest.fixture
def learning(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many points were learnt from, each time that something is learnt."""
    counts: list[int] = []
    kind: Any = proposers.KINDS["regressor"]
    learn = kind.learn

    def counted(self: Any, problem: Any, points: Any, *rest: Any) -> Any:
        counts.append(len(points))
        return learn(self, problem, points, *rest)

    monkeypatch.setattr(kind, "learn", counted)
    return counts


RING = {"x": [0.7, 0.0, 0.1], "y": [0.0, 0.0, 0.69]}


def test_predict_from_python(run: Path) -> None:
    table = Scan.load(run).predict({**RING, "note": ["a", "b", "c"]})
    assert list(table)[:3] == ["in_box", "r", "r_sd"]
    assert table["r"][[0, 2]] == pytest.approx([0.7, 0.697], abs=0.02)
    assert table["p_inside"][0] > 0.5
    assert (table["r_sd"] > 0).all()
    with pytest.raises(ConfigError, match="y: did you mean 'Y'"):
        Scan.load(run).predict({"x": [0.1], "Y": [0.2]})


def test_outside_of_the_box_and_no_number(run: Path) -> None:
    table = Scan.load(run).predict({"x": [0.5, 1.1, np.nan], "y": [0.5, 0.0, 0.0]})
    assert table["in_box"].tolist() == [True, False, False]
    assert np.isfinite(table["r"]).tolist() == [True, True, False]
    assert np.isnan(table["p_inside"]).tolist() == [False, False, True]


def test_a_number_extrapolated_too_far_is_left_out(run: Path) -> None:
    table = Scan.load(run).predict({"x": [0.5, -3.0], "y": [0.5, 0.0]})
    assert np.isfinite(table["r"]).tolist() == np.isfinite(table["r_sd"]).tolist() == [True, False]
    assert np.isfinite(table["p_inside"]).all()


def test_learnt_once_and_used_again(run: Path, learning: list[int]) -> None:
    first, again = (Scan.load(run).learn() for _ in range(2))
    assert learning == [40]
    assert first.notes == again.notes == ()
    opened = Scan.open(run.parent / "runs" / "ring").learn()
    assert learning == [40]
    for other in (again, opened):
        here, there = first.predict(RING), other.predict(RING)
        assert all((here[name] == there[name]).all() for name in here)


def test_learnt_once_by_several_processes(ring_model: Model, learning: list[int]) -> None:
    more = "[derived]\nsum = 'x + y + 0 * x'\n[constraints.sum]\nmin = -1\n"
    file = ring_model(REGRESSOR | {"[proposer]": f"{more}[proposer]"})
    code = "import sys; from mlscanner_hep import Scan\nwith Scan.load(sys.argv[1]) as s: s.run()\n"
    code += "print(Scan.load(sys.argv[1]).learn().notes)"
    for seed in ("1", "2", "3"):  # the order of a set depends on it
        run = subprocess.run(
            [sys.executable, "-c", code, str(file)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.strip() == "()"
    assert Scan.load(file).learn().notes == ()
    assert learning == []


def test_learnt_anew_from_other_points(run: Path, learning: list[int]) -> None:
    Scan.load(run).learn()
    with Scan.load(run) as scan:
        batch = scan.ask(3)
        learning.clear()
        scan.learn()
        assert learning == [], "points that are not evaluated yet teach nothing"
        scan.tell(batch.ids, [{"r": 0.7}] * 3)
        learnt = scan.learn()
    assert learning == [43]
    assert learnt.notes == ("learnt anew: from 43 points, 40 the last time",)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sigma = 0.05", "sigma = 0.06"),
        ('kind = "regressor"', 'kind = "regressor"\nmodel = "extra-trees"'),
        ("seed = 5", "seed = 6"),
    ],
)
def test_learnt_anew_for_another_model(run: Path, learning: list[int], old: str, new: str) -> None:
    Scan.load(run).learn()
    run.write_text(run.read_text().replace(old, new))
    learnt = Scan.load(run).learn()
    assert learning == [40, 40]
    assert learnt.notes == ("learnt anew: the model, the points or a version has changed",)


def test_learnt_anew_by_another_version(
    run: Path, learning: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    Scan.load(run).learn()
    monkeypatch.setattr(saved, "versions", lambda: {"numpy": "0.1"})
    Scan.load(run).learn()
    assert learning == [40, 40]


def test_a_damaged_file_is_told_and_replaced(run: Path, learning: list[int]) -> None:
    Scan.load(run).learn()
    file = run.parent / "runs" / "ring" / "models.npz"
    file.write_bytes(file.read_bytes()[:-100])
    (note,) = Scan.load(run).learn().notes
    assert "models.npz holds no models that can be used" in note
    assert note.endswith("; learnt anew")
    assert Scan.load(run).learn().notes == ()
    assert learning == [40, 40]


def test_what_cannot_be_saved_is_used_all_the_same(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mlscanner_hep.tools.npz.write", full)
    learnt = Scan.load(run).learn()
    assert "cannot be written: No space left on device" in learnt.notes[0]
    assert learnt.predict(RING)["r"][0] == pytest.approx(0.7, abs=0.02)


def test_a_constraint_that_is_not_learnt(ring_model: Model) -> None:
    """An observable was added later: the old points do not have it."""
    more = {"[proposer]": "[observables.z]\nfrom = 'shell'\n[constraints.z]\nmin = 0\n[proposer]"}
    file = ring_model(REGRESSOR | more)
    with Scan.load(file) as scan:
        batch = scan.ask(30)
        scan.tell(batch.ids, [{"r": float(r)} for r in np.hypot(*batch.x.T)])
        learnt = scan.learn()
        table = learnt.predict(RING)
        assert scan.learn().notes == learnt.notes, "and so says the saved one"
    assert learnt.notes == ("p_inside is missing: not every constraint could be learnt yet",)
    assert np.isnan(table["p_inside"]).all()
    assert "z" not in table
    assert table["r"][0] == pytest.approx(0.7, abs=0.02)


def test_nothing_to_predict_with(ring_model: Model) -> None:
    with Scan.load(ring_model()) as scan:
        scan.run()
        with pytest.raises(NothingLearnt, match="'regressor' or 'classifier'"):
            scan.learn()
    with Scan.load(ring_model(REGRESSOR), scan.folder.parent / "other") as few:
        few.tell(few.ask(3).ids, [{"r": 0.7}] * 3)
        with pytest.raises(NothingLearnt, match="3 points are too few"):
            few.learn()


# --- the command


@pytest.fixture
def cli(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["mlscanner-hep", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


Cli = Callable[..., tuple[int, str, str]]


def test_the_command(cli: Cli, ring_model: Model, tmp_path: Path, learning: list[int]) -> None:
    file = ring_model(REGRESSOR)
    code, _, err = cli("run", file)
    assert (code, err, learning[-1]) == (0, "", 40)
    assert (file.parent / "runs" / "ring" / "models.npz").exists()
    source = tmp_path / "points.csv"
    source.write_text('\ufeffname, y,r,x\n"a, b",0.1,7,6.9D-1\n\nc,0,,-1.1\n', encoding="utf-8")
    learning.clear()
    code, out, err = cli("predict", file, source)
    assert (code, err, learning) == (0, "", [])
    target = tmp_path / "points-predicted.csv"
    said = f"2 points predicted in {target}, 1 of them outside of the scanned box"
    assert " ".join(out.split()) == f"{said} (in_box is False)"
    header, first, second = csv.reader(target.open())
    assert header[:7] == ["name", "y", "r", "x", "in_box", "predicted_r", "predicted_r_sd"]
    assert first[:5] == ["a, b", "0.1", "7", "6.9D-1", "True"]
    assert second[:5] == ["c", "0", "", "-1.1", "False"]
    exact = Scan.load(file).predict({"x": [0.69, -1.1], "y": [0.1, 0]})
    assert [float(row[5]) for row in (first, second)] == exact["r"].tolist()
    code, out, _ = cli("predict", file.parent / "runs" / "ring", target, "--out", target)
    assert code == 0
    assert "predicted_p_inside" in target.read_text().splitlines()[0]


def test_a_classifier_gives_probabilities(cli: Cli, ring_model: Model, tmp_path: Path) -> None:
    file = ring_model({'kind = "uniform"': 'kind = "classifier"', "calls = 40": "calls = 150"})
    cli("run", file)
    (tmp_path / "p.csv").write_text("x,y\n0.7,0\n0,0\n0.95,0.95\n")
    assert cli("predict", file, tmp_path / "p.csv")[0] == 0
    inside, middle, corner = csv.DictReader((tmp_path / "p-predicted.csv").open())
    assert {"p_r_min", "p_r_max", "p_inside"} <= set(inside)
    assert not {"r", "r_sd"} & set(inside)
    assert float(inside["p_inside"]) > 0.5
    assert float(middle["p_r_min"]) < 0.5
    assert float(corner["p_r_max"]) < 0.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("X,y\n1,2\n", "no column for these parameters: x: did you mean 'X'?"),
        ("x,y,x\n1,2,3\n", "several columns are called 'x'"),
        ("x,y\n1,2\n3\n", "line 3 has 1 cells, the first row has 2"),
        ("x,y\n1,two\n", "line 2, y: "),
        ("x,y\n1,\n", "line 2, y: "),
        ("x,y\n1,inf\n", "line 2, y: "),
        ("x,y\n", "has no points below its first row"),
        ("", "no column for these parameters"),
    ],
)
def test_mistakes_in_the_table(
    cli: Cli, run: Path, tmp_path: Path, learning: list[int], text: str, said: str
) -> None:
    (tmp_path / "points.csv").write_text(text)
    code, _, err = cli("predict", run, tmp_path / "points.csv")
    assert code == 2
    assert said in " ".join(err.split())
    assert "points.csv" in err
    assert learning == [], "a mistake is told before anything is learnt"


def test_other_mistakes(cli: Cli, run: Path, tmp_path: Path) -> None:
    code, _, err = cli("predict", run, tmp_path / "absent.csv")
    assert (code, "cannot be read" in err) == (2, True)
    (tmp_path / "bytes.csv").write_bytes(b"x,y\n\xff\xfe\n")
    code, _, err = cli("predict", run, tmp_path / "bytes.csv")
    assert (code, "cannot be read" in err) == (2, True)
    (tmp_path / "p.csv").write_text("x,y\n0.7,0\n")
    code, _, err = cli("predict", run, tmp_path / "p.csv", "--out", tmp_path / "no" / "p.csv")
    assert (code, "cannot be written" in err) == (2, True)


def test_a_run_whose_models_are_not_saved_ends_well(
    cli: Cli, ring_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("singular")

    monkeypatch.setattr(Scan, "learn", broken)
    code, out, err = cli("run", ring_model(REGRESSOR))
    assert code == 0
    assert "40 calls" in out
    assert "The models are not saved: singular" in err


def test_a_run_with_nothing_to_save_says_nothing(cli: Cli, ring_model: Model) -> None:
    file = ring_model()
    code, _, err = cli("run", file)
    assert (code, err) == (0, "")
    assert not (file.parent / "runs" / "ring" / "models.npz").exists()
    with Scan.open(file.parent / "runs" / "ring") as scan:
        assert (scan.points.status != Status.PENDING).all()
