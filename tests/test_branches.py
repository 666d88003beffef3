"""Targets that jump are learnt on two branches, and others are not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlscanner_hep import proposers
from mlscanner_hep.constraints import Limit
from mlscanner_hep.filling.belief import learn_region
from mlscanner_hep.filling.branches import learn_branches, split
from mlscanner_hep.filling.gauge import Gauge, violations
from mlscanner_hep.filling.learning import learn_targets
from mlscanner_hep.filling.prediction import predict
from mlscanner_hep.filling.region import Branched, Measured, Region
from mlscanner_hep.filling.sample import Sample
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.record import saved
from mlscanner_hep.space import Parameter, Space
from mlscanner_hep.surrogates.gp import Gp

SPACE = Space(tuple(Parameter(f"p{j}", 0.0, 1.0) for j in range(3)))


def lightest(x: np.ndarray) -> np.ndarray:
    return np.asarray(x[:, 0] > 0.2 + 0.5 * x[:, 1])


def slow(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 + x[:, 0] + x[:, 2])


def jump(x: np.ndarray) -> np.ndarray:
    return np.where(lightest(x), slow(x), 3 * x[:, 1] ** 2 - x[:, 2])


CODES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "jump": jump,
    "smooth": slow,
    "wave": lambda x: 1.5 + np.sin(30 * x).prod(axis=1),
    "noise": lambda x: slow(x) + np.random.default_rng(7).normal(0, 0.3, len(x)),
    "flag": lambda x: lightest(x) + 1.0,
    "gaps": lambda x: np.where(x[:, 2] < 0.3, np.nan, jump(x)),
    "constant": lambda x: np.full(len(x), 1.4),
}


def asked(*names: str, n: int = 250) -> tuple[Problem, Points, Gauge, np.ndarray, Sample]:
    """Points in rounds of 50, the last of which is no milestone."""
    limits = tuple(Limit(name, min=1.3, max=1.6) for name in names)
    problem = Problem(SPACE, names, limits)
    x = np.random.default_rng(1).random((n, 3))
    y = np.stack([CODES[name](x) for name in names], axis=1)
    origin = np.where(np.arange(n) < 50, "initial", "main")
    points = Points.of(x, x, y, round=np.arange(n) // 50, origin=origin)
    gauge, violation = violations(problem, points)
    return problem, points, gauge, violation, Sample.of(problem, points, violation)


@cache
def learnt(*names: str, n: int = 250) -> tuple[Region, Problem, Points, Gauge]:
    problem, points, gauge, violation, _ = asked(*names, n=n)
    return learn_region(Gp(), problem, points, gauge, violation, 3), problem, points, gauge


def test_a_jump_is_learnt_far_better_on_two_branches() -> None:
    region, problem, points, gauge = learnt("jump")
    assert [type(factor) for factor in region.factors] == [Branched]
    assert region.note == "jump: on two branches"
    assert region.complete
    assert region.graded
    violation = gauge.violation(problem.targets(points))
    sample = Sample.of(problem, points, violation)
    u = np.random.default_rng(5).random((2000, 3))
    inside = (jump(u) >= 1.3) & (jump(u) <= 1.6)
    alone = learn_targets(Gp(), sample, gauge, [0], 3)[0][0]
    losses = []
    for log_p in (region.log_inside(u), alone.log(u, 0.0, rough=False)):
        p = np.clip(np.exp(log_p), 1e-3, 1 - 1e-3)
        losses.append(-np.log(np.where(inside, p, 1 - p)).mean())
    assert losses[0] < 0.5 * losses[1]


def test_the_branches_are_the_true_ones() -> None:
    _, _, gauge, _, sample = asked("jump")
    found = split(Gp(), sample, gauge, 0)
    agree = (found == lightest(sample.u[sample.early])).mean()
    assert max(agree, 1 - agree) > 0.95


@pytest.mark.parametrize("name", ["smooth", "wave", "noise", "flag", "constant"])
def test_without_a_jump_there_is_one_branch(name: str) -> None:
    _, _, gauge, _, sample = asked(name)
    assert not split(Gp(), sample, gauge, 0).any()
    assert learn_branches(Gp(), sample, gauge, 0, 3) is None


def test_each_target_is_decided_on_its_own_and_few_points_decide_nothing() -> None:
    region, *_ = learnt("smooth", "gaps")
    assert {type(factor) for factor in region.factors} == {Branched, Measured}
    assert region.note == "gaps: on two branches"
    assert region.complete
    assert learnt("jump", n=15)[0].note == ""


def test_the_split_holds_until_the_next_milestone() -> None:
    first, second = (asked("jump", n=n) for n in (250, 300))
    assert first[-1].milestone == second[-1].milestone == 250
    assert (split(Gp(), first[-1], first[2], 0) == split(Gp(), second[-1], second[2], 0)).all()
    factor = learn_branches(Gp(), second[-1], second[2], 0, 3)
    assert factor is not None
    learnt_from = [len(part.model.state().arrays["u"]) for part in (factor.first, factor.second)]
    assert sum(learnt_from) == 300
    ends = [part.model.state().arrays["u"][:, 0].mean() for part in (factor.first, factor.second)]
    assert abs(ends[0] - ends[1]) > 0.2  # the late points are on their sides, too


def test_a_mixture_of_branches_is_a_probability() -> None:
    region, *_ = learnt("jump")
    (factor,) = region.factors
    assert isinstance(factor, Branched)
    u = np.random.default_rng(2).random((300, 3))
    log_p = factor.log(u, 0.0, rough=False)
    assert (log_p <= 1e-9).all()
    sides = np.stack([part.log(u, 0.0, rough=False) for part in (factor.first, factor.second)])
    assert (log_p <= sides.max(axis=0) + 1e-9).all()
    assert (log_p >= sides.min(axis=0) - 1e-9).all()
    assert (factor.log(u, 1.0, rough=False) >= log_p - 1e-9).all()  # wider intervals hold more
    near = factor.around(u[:20])
    rough = near.log(u, 0.0, rough=True)
    assert np.corrcoef(np.exp(rough), np.exp(log_p))[0, 1] > 0.8


def test_what_is_predicted_and_saved(tmp_path: Path) -> None:
    region, problem, points, gauge = learnt("jump")
    saved.write(tmp_path / "m.npz", region, problem, gauge, points, "key")
    again = saved.read(tmp_path / "m.npz", problem)
    u = np.random.default_rng(5).random((200, 3))
    assert (again.log_inside(u) == region.log_inside(u)).all()
    said = predict(again, ["jump"], u)
    assert set(said) == {"jump", "jump_sd", "p_inside"}
    assert (np.abs(said["jump"] - jump(u)) < 0.1).mean() > 0.9


def test_auto_asks_no_cuts_of_a_target_with_branches() -> None:
    problem, points, gauge, violation, _ = asked("jump", "flag")
    proposer: Any = proposers.make("auto", {})
    region = proposer.learn(problem, points, gauge, violation, 3)
    assert region.note == "jump: on two branches; flag: by its cuts (2 values)"
