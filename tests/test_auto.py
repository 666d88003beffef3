"""The proposer that decides for each target between its number and its cuts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlscanner_hep import proposers
from mlscanner_hep.cli import status
from mlscanner_hep.constraints import Limit
from mlscanner_hep.filling import choice
from mlscanner_hep.filling.belief import learn_region
from mlscanner_hep.filling.cuts import cut_level
from mlscanner_hep.filling.gauge import Gauge, violations
from mlscanner_hep.filling.prediction import predict
from mlscanner_hep.filling.region import Labelled, Measured, Region
from mlscanner_hep.filling.sample import Sample
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.record import saved
from mlscanner_hep.record.ledger import FILE, Ledger
from mlscanner_hep.record.writer import Writer
from mlscanner_hep.scan import Scan
from mlscanner_hep.space import Parameter, Space
from mlscanner_hep.surrogates.gp import Gp

Code = Callable[[np.ndarray], np.ndarray]

SPACE = Space(tuple(Parameter(f"p{j}", 0.0, 1.0) for j in range(3)))
HIGH = np.inf


def allowed(x: np.ndarray) -> np.ndarray:
    return np.asarray((x[:, 0] - 0.5) ** 2 + (x[:, 1] - 0.4) ** 2 + 0.1 * np.sin(6 * x[:, 2]) < 0.1)


CODES: dict[str, tuple[Code, tuple[float, float]]] = {
    "mass": (lambda x: 100 + 20 * (x[:, 0] + x[:, 1] ** 2 - x[:, 2]), (105.0, 112.0)),
    "narrow": (lambda x: 100 + 20 * (x[:, 0] + x[:, 1] ** 2 - x[:, 2]), (108.0, 109.0)),
    "flag": (lambda x: allowed(x).astype(float), (0.5, HIGH)),
    "jump": (
        # too wild beyond the jump for a smooth branch
        lambda x: np.where(allowed(x), 0.8, 1.2 + 9 * np.sin(40 * x[:, 1]) ** 2),
        (-HIGH, 1.0),
    ),
    "gaps": (lambda x: np.where(x[:, 2] < 0.4, np.nan, x[:, 0] * x[:, 1]), (0.1, 0.5)),
    "rare": (lambda x: np.where(np.arange(len(x)) < 3, x[:, 0], np.nan), (0.1, 0.5)),
    "constant": (lambda x: np.ones(len(x)), (0.5, HIGH)),
    "free": (lambda x: allowed(x).astype(float), (-HIGH, HIGH)),
}


def problem_of(*names: str) -> Problem:
    limits = [Limit(name, min=CODES[name][1][0], max=CODES[name][1][1]) for name in names]
    return Problem(SPACE, names, tuple(limits))


def evaluated(names: tuple[str, ...], n: int) -> Points:
    """Points in rounds of 50."""
    x = np.random.default_rng(1).random((n, 3))
    y = np.stack([CODES[name][0](x) for name in names], axis=1)
    origin = np.where(np.arange(n) < 50, "initial", "main")
    return Points.of(x, x, y, round=np.arange(n) // 50, origin=origin)


def learnt(
    *names: str, n: int = 250, seed: int = 3, model: object = "gp"
) -> tuple[Region, Gauge, Points]:
    problem, points = problem_of(*names), evaluated(names, n)
    gauge, violation = violations(problem, points)
    proposer: Any = proposers.make("auto", {"model": model})
    return proposer.learn(problem, points, gauge, violation, seed), gauge, points


def shape(region: Region) -> tuple[list[int], list[str]]:
    """The columns that are learnt by number, and the names of the cuts."""
    numbers = [j for f in region.factors if isinstance(f, Measured) for j in f.columns]
    return numbers, [f.name for f in region.factors if isinstance(f, Labelled)]


@pytest.mark.slow
def test_a_flag_goes_by_its_cut_and_a_mass_by_its_number() -> None:
    region, _, _ = learnt("mass", "flag")
    assert shape(region) == ([0], ["flag_min"])
    assert region.complete
    assert region.note == "flag: by its cuts (2 values); the others by number"
    u = np.random.default_rng(8).random((400, 3))
    said = predict(region, ["mass", "flag"], u)
    assert ((said["p_flag_min"] > 0.5) == allowed(u)).mean() > 0.9  # measured: 0.95


def test_smooth_numbers_stay_numbers() -> None:
    region, _, _ = learnt("mass", "gaps")
    assert shape(region) == ([0, 1], [])
    assert region.note == "all by number"


def test_without_flags_and_jumps_it_is_the_regressor() -> None:
    problem, points = problem_of("mass"), evaluated(("mass",), 100)
    one, other = (
        proposers.make(kind, {}).propose(
            problem, points, points.u[:0], 20, np.random.default_rng(1)
        )
        for kind in ("auto", "regressor")
    )
    assert (one.u == other.u).all()
    assert (one.note, other.note) == ("all by number", "")


def test_a_jump_goes_by_its_cut_because_that_predicts_better() -> None:
    region, _, _ = learnt("mass", "jump", n=600)
    assert shape(region) == ([0], ["jump_max"])
    start, _, rest = region.note.partition(" (held-out log loss ")
    assert start == "jump: by its cuts"
    cuts, number = rest.partition(")")[0].split(" against ")
    assert float(cuts) < 0.5 * float(number)  # measured: 0.07 against 0.51


@pytest.mark.slow
def test_what_cannot_be_compared() -> None:
    region, _, _ = learnt("constant", "free")
    assert shape(region) == ([], [])  # all points pass the first; the second has no limit
    assert region.complete
    assert region.note == "constant: by its cuts (1 value)"
    region, _, _ = learnt("mass", "rare")
    assert shape(region) == ([0], [])
    assert not region.complete
    assert learnt("mass", "flag", n=10)[0].note == "all by number"


def test_cuts_of_numbers_are_widened_while_the_region_is_being_found() -> None:
    names = "narrow", "flag", "jump"
    problem, points = problem_of(*names), evaluated(names, 100)
    gauge, violation = violations(problem, points)
    assert 0 < problem.inside(points).sum() < 10
    sample = Sample.of(problem, points, violation)
    levels = [cut_level(sample, gauge, j) for j in range(3)]
    assert levels[0] == levels[2] > 0
    assert levels[1] == 0  # a flag has no values in between
    region = learn_region(Gp(), problem, points, gauge, violation, 3, by_cuts=[1, 2])
    assert shape(region) == ([0], ["flag_min", ""])
    assert not region.complete
    assert learn_region(Gp(), problem, points, gauge, violation, 3, by_cuts=[1]).complete
    with_jump: Any = proposers.make("auto", {})
    region = with_jump.learn(problem, points, gauge, violation, 3)
    assert region.note == "flag: by its cuts (2 values); the others by number"


@pytest.mark.parametrize("model", ["forest", {"kind": "dnn", "layers": 1, "nodes": 8, "epochs": 5}])
def test_any_model_learns_some_of_both(model: object) -> None:
    region, _, _ = learnt("mass", "flag", "gaps", n=150, model=model)
    numbers, cuts = shape(region)
    assert "flag_min" in cuts
    assert 0 in numbers
    assert np.isfinite(region.log_inside(np.random.default_rng(0).random((20, 3)))).all()


def test_the_choice_is_made_at_milestones(monkeypatch: pytest.MonkeyPatch) -> None:
    """A round later nothing is compared anew, though the models learn from its points."""
    asked: list[int] = []
    compare = choice._losses

    def counted(*args: Any) -> np.ndarray:
        asked.append(len(args[1]))
        return compare(*args)

    monkeypatch.setattr(choice, "_losses", counted)
    first, second = (learnt("mass", "jump", n=n)[0] for n in (250, 300))
    assert asked == [250, 250]
    assert first.note == second.note


def test_a_mixed_region_is_saved(tmp_path: Path) -> None:
    names = ("mass", "flag")
    region, gauge, points = learnt(*names)
    saved.write(tmp_path / "m.npz", region, problem_of(*names), gauge, points, "key")
    again = saved.read(tmp_path / "m.npz", problem_of(*names))
    u = np.random.default_rng(5).random((50, 3))
    assert (again.log_inside(u) == region.log_inside(u)).all()


def test_status_says_what_is_learnt_by_its_cuts(
    ring_model: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = ring_model(
        {
            'kind = "uniform"': 'kind = "auto"',
            'angle = { from = "shell" }': 'angle = { from = "shell" }\nright = { from = "shell" }',
            "sigma = 0.05 }": "sigma = 0.05 }\nright = { min = 0.5 }",
        }
    )
    code = file.parent / "shell.py"
    code.write_text(code.read_text().replace('"angle": y}', '"angle": y, "right": float(x > y)}'))
    with Scan.load(file) as scan:
        scan.run()
        status.show(scan)
        notes = [row["note"] for row in status.as_data(scan)["rounds"]]
    assert notes[0] is None  # the first points learn nothing
    assert notes[-1] == "right: by its cuts (2 values); the others by number"
    assert f"learnt  {notes[-1]}" in capsys.readouterr().out


def test_a_ledger_without_notes_opens_and_gets_them(tmp_path: Path) -> None:
    def propose(ledger: Writer, round: int, note: str) -> None:
        column = np.full(1, 0.5)
        origin = np.full(1, "main")
        ledger.propose(
            np.full((1, 3), 0.5), round=round, proposer="auto", seconds=0.0, origin=origin,
            predicted=column, note=note,
        )  # fmt: skip

    with Writer(tmp_path, SPACE.names, ()) as ledger:
        propose(ledger, 0, "lost")
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("ALTER TABLE rounds DROP COLUMN note")
    db.close()
    with Ledger(tmp_path) as reader:
        assert [r.note for r in reader.rounds()] == [None]
    with Writer(tmp_path, SPACE.names, ()) as ledger:
        propose(ledger, 1, "kept")
        assert [r.note for r in ledger.rounds()] == [None, "kept"]
