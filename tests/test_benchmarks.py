"""The targets of the benchmarks are what they say, and a run is measured and tabulated."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import measures
import others
import region_filling
import runs
import tables
from targets import TARGETS
from targets.spoilt import noise

from mlscanner_hep.points import Points

TRIED = 400_000
"""Positions of the check against the whole unit cube."""


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def drawn(name: str, n: int, *, whole: bool = False) -> tuple[np.ndarray, float]:
    target = TARGETS[name]()
    if whole:
        target = replace(target, hull=None)
    return target.draw(n, np.random.default_rng(4))


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_answers_and_has_the_stated_volume(name: str) -> None:
    target = TARGETS[name]()
    u = np.random.default_rng(0).random((1000, target.problem.space.dim))
    points = target.evaluate(u)
    assert points.y.shape == (1000, len(target.problem.observables))
    assert np.array_equal(points.y, target.evaluate(u).y, equal_nan=True)
    inside, share = drawn(name, TRIED if target.hull is None else 40_000)
    assert len(inside) > 30
    error = 4 / np.sqrt(len(inside)) + 0.01  # the volumes are stated to three digits
    assert len(inside) * share == pytest.approx(target.volume, rel=error)


@pytest.mark.parametrize("name", [n for n in TARGETS if TARGETS[n]().hull is not None])
def test_the_hull_holds_the_region(name: str) -> None:
    target = TARGETS[name]()
    inside, _ = drawn(name, TRIED, whole=True)
    expected = target.volume * TRIED
    assert abs(len(inside) - expected) < 4 * np.sqrt(expected) + 1


@pytest.mark.parametrize("name", [n for n in TARGETS if TARGETS[n]().island is not None])
def test_every_island_is_in_the_reference(name: str) -> None:
    target = TARGETS[name]()
    assert target.island is not None
    labels = target.island(target.problem.space.from_unit(target.reference))
    assert set(labels) == set(range(target.islands))


def test_the_reference_is_kept_for_the_same_target_only(tmp_path: Path) -> None:
    target = TARGETS["shell10d"]()
    assert target.problem.inside(target.evaluate(target.reference)).all()
    assert np.array_equal(TARGETS["shell10d"]().reference, target.reference)
    assert len(list(tmp_path.glob("*.npy"))) == 1
    other = replace(target, observables=lambda x: target.observables(x) * 1.01)
    assert not np.array_equal(other.reference, target.reference)


@pytest.mark.parametrize("name", ["shell2d-edge", "sheet8d-edge"])
def test_the_edge_leaves_three_tenths_without_a_spectrum(name: str) -> None:
    target = TARGETS[name]()
    u = np.random.default_rng(1).random((40_000, target.problem.space.dim))
    assert target.evaluate(u).unphysical.mean() == pytest.approx(0.3, abs=0.01)


def test_noise_is_normal_and_follows_from_the_point() -> None:
    x = np.random.default_rng(0).random((40_000, 3))
    first = noise(x, 2)
    assert np.array_equal(first[::7], noise(x[::7], 2))
    assert first.mean(axis=0) == pytest.approx([0, 0], abs=0.02)
    assert np.cov(first.T) == pytest.approx(np.eye(2), abs=0.03)
    close = noise(np.nextafter(x, 2), 1)
    assert abs(np.corrcoef(first[:, 0], close[:, 0])[0, 1]) < 0.02


def test_a_run_is_a_line_of_json_and_a_row(tmp_path: Path) -> None:
    found = [
        region_filling.report(runs.Setting("resonance", "uniform", seed, 500, 100, 0))
        for seed in (0, 1)
    ]
    assert found[0]["first"] != found[1]["first"]
    file = tmp_path / "runs.jsonl"
    # The second line is the same run made again: it replaces the first one.
    file.write_text("".join(json.dumps(run) + "\n" for run in (found[1], *found)))
    assert tables.read(file) == [found[1], found[0]]
    text = tables.tables(tables.read(file))
    assert "| resonance | uniform | 2 |" in text
    assert "coverage @500" in text
    assert "all found after" in text


@pytest.mark.slow
def test_the_command_makes_runs_in_processes_and_tables_from_their_file(tmp_path: Path) -> None:
    command = [sys.executable, region_filling.__file__]
    options = "shell2d --proposer uniform --seed 0 1 --calls 50 --jobs 2 --json runs.jsonl"
    quiet = {"env": os.environ | {"TMPDIR": str(tmp_path)}, "cwd": tmp_path, "text": True}
    made = subprocess.run(
        [*command, *options.split()], capture_output=True, check=True, **quiet
    ).stdout
    assert "2/2 shell2d uniform" in made
    again = [*command, "--table", "runs.jsonl"]
    shown = subprocess.run(again, capture_output=True, check=True, **quiet).stdout
    assert shown in made


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "runs.jsonl"
    file.write_text("{}\n")
    with pytest.raises(ValueError, match="line 1: not a run"):
        tables.read(file)


def test_measures_of_points_known_to_be_inside() -> None:
    target = TARGETS["islands6d"]()
    reference = target.reference[:2500]
    points = target.evaluate(reference)
    found = measures.measure(target, points)
    assert found["first"] == 1
    assert found["inside"] == {"500": 500, "1000": 1000, "2000": 2000}
    assert found["coverage"]["2000"] > 0.9
    assert found["reached"] == pytest.approx(found["ideal"], rel=0.15)
    assert (found["hit_rate"], found["predicted"]) == (1.0, None)
    assert found["found"] == {"1500": 4, "2000": 4}
    labels = target.island(points.x)
    thirds = [np.flatnonzero(labels == island)[2] for island in range(4)]
    assert found["all_found"] == max(thirds) + 1


def test_predictions_are_compared_on_the_points_that_have_one() -> None:
    target = TARGETS["shell10d"]()
    outside = np.zeros((1000, 10))
    u = np.concatenate([outside, target.reference[:500], outside[:500]])
    predicted = np.full(2000, np.nan)
    predicted[1400:1600] = 0.9
    points = replace(target.evaluate(u), predicted=predicted)
    found = measures.measure(target, points)
    assert (found["hit_rate"], found["predicted"], found["achieved"]) == (0.5, 0.9, 0.5)


def test_other_samplers_record_each_call_in_order() -> None:
    target = TARGETS["sheet8d-edge"]()
    oracle = others.Oracle(target, 3)
    asked = np.concatenate([target.reference[:1], np.ones((1, 8)), np.full((1, 8), 0.4)])
    answers: list[float] = []

    def sampler(oracle: others.Oracle, seed: int) -> None:
        for u in (*asked, asked[0]):
            answers.append(oracle.violation(u))

    oracle.record(sampler, 0)
    points: Points = oracle.points()
    assert np.array_equal(points.u, asked)
    assert answers[:2] == [0.0, others.NO_SPECTRUM]
    assert 0 < answers[2] < 10


@pytest.mark.parametrize("name", others.SAMPLERS)
def test_other_samplers_repeat_with_their_seed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("DLScanner.gen_scanner" if name == "dlscanner" else name)
    monkeypatch.setattr(others, "STEPS", 50)
    target = TARGETS["shell2d"]()
    first, again, other = (
        runs.run(runs.Setting("shell2d", name, seed, 150, 1, 0), target)[0] for seed in (0, 0, 1)
    )
    assert len(first) == 150
    assert np.array_equal(first.u, again.u)
    assert not np.array_equal(first.u, other.u)


def test_the_nearest_points_are_a_class_until_half_a_round_is_inside() -> None:
    violations = [others.NO_SPECTRUM, *np.linspace(0.1, 1, 60)[::-1], *[0.0] * 49]
    expected = [0.0] * 60 + [1.0] * 50  # the last of the sixty is the nearest
    assert others.labels(violations).tolist() == expected
    assert others.labels([*violations, 0.0]).tolist() == [0.0] * 61 + [1.0] * 50


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nautilus", None)
    oracle = others.Oracle(TARGETS["shell2d"](), 3)
    with pytest.raises(others.ScannerError, match="pip install nautilus-sampler"):
        oracle.record(others.nautilus, 0)
