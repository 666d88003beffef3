"""What every proposer has to do, and what the learning ones find."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from mlscanner_hep import proposers, surrogates
from mlscanner_hep.constraints import Limit
from mlscanner_hep.expressions import Expression
from mlscanner_hep.filling.gauge import violations
from mlscanner_hep.filling.milestones import milestone
from mlscanner_hep.filling.neighbours import distance
from mlscanner_hep.filling.sample import Sample, boundary, thin
from mlscanner_hep.filling.sequence import known_excess, sequence
from mlscanner_hep.findings.completeness import coverage
from mlscanner_hep.points import Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers.base import Proposal, Proposer
from mlscanner_hep.proposers.filling import Filling, luck
from mlscanner_hep.proposers.regressor import Regressor
from mlscanner_hep.space import Choice, Parameter, Space

KINDS = sorted(proposers.KINDS)
LEARNING = [kind for kind in KINDS if issubclass(proposers.KINDS[kind], Filling)]
Code = Callable[[np.ndarray], np.ndarray]


def box(dim: int) -> tuple[Parameter, ...]:
    return tuple(Parameter(f"p{j}", 0.0, 1.0) for j in range(dim))


def ring(x: np.ndarray) -> np.ndarray:
    """Distance from the middle: the accepted part is a thin shell."""
    return np.linalg.norm(x - 0.5, axis=1, keepdims=True)


RING = {"r": (0.3, 0.34)}


def problem_of(
    parameters: tuple[Parameter | Choice, ...],
    limits: Mapping[str, tuple[float, float]] = RING,
    known: Mapping[str, float] | None = None,
) -> Problem:
    """Limits on observables, and lower limits on expressions of the parameters."""
    derived = {text: Expression.parse(text) for text in known or {}}
    constraints = [Limit(name, min=low, max=high) for name, (low, high) in limits.items()]
    constraints += [Limit(text, min=low) for text, low in (known or {}).items()]
    return Problem(Space(parameters, derived=derived), tuple(limits), constraints)


def evaluated(problem: Problem, u: np.ndarray, code: Code = ring, round: int = 0) -> Points:
    x = problem.space.from_unit(u)
    return Points.of(problem.space.to_unit(x), x, code(x), round=np.full(len(u), round))


def random_points(problem: Problem, n: int, code: Code = ring, seed: int = 0) -> Points:
    return evaluated(problem, np.random.default_rng(seed).random((n, problem.space.dim)), code)


def with_status(points: Points, status: Status) -> Points:
    return Points.of(
        points.u,
        points.x,
        np.full_like(points.y, np.nan),
        status=np.full(len(points), status, np.int8),
    )


def nothing(problem: Problem) -> np.ndarray:
    return np.empty((0, problem.space.dim))


def ask(
    proposer: Proposer, problem: Problem, points: Points, n: int = 20, seed: int = 5
) -> Proposal:
    rng = np.random.default_rng(seed)
    proposal = proposer.propose(problem, points, nothing(problem), n, rng)
    check(proposal, problem, n)
    return proposal


def check(proposal: Proposal, problem: Problem, n: int) -> None:
    """What holds for every batch."""
    assert proposal.u.shape == (n, problem.space.dim)
    assert proposal.predicted.shape == proposal.origin.shape == (n,)
    assert ((proposal.u >= 0) & (proposal.u <= 1)).all()
    stated = proposal.predicted[~np.isnan(proposal.predicted)]
    assert ((stated >= 0) & (stated <= 1)).all()
    assert set(proposal.origin) <= {"initial", "main", "anneal", "explore", "audit"}


PLAIN = problem_of(box(2))
STATES: dict[str, Callable[[], Points]] = {
    "no points": lambda: random_points(PLAIN, 0),
    "few points": lambda: random_points(PLAIN, 7),
    "points": lambda: random_points(PLAIN, 60),
    "all unphysical": lambda: with_status(random_points(PLAIN, 60), Status.UNPHYSICAL),
    "all failed": lambda: with_status(random_points(PLAIN, 60), Status.FAILED),
    "all missing": lambda: random_points(PLAIN, 60, lambda x: np.full((len(x), 1), np.nan)),
    "one inside": lambda: random_points(
        PLAIN, 60, lambda x: np.where(np.arange(len(x)) == 3, 0.32, 0.9)[:, None]
    ),
    "constant": lambda: random_points(PLAIN, 60, lambda x: np.ones((len(x), 1))),
    "all inside": lambda: random_points(PLAIN, 60, lambda x: np.full((len(x), 1), 0.32)),
    "some infinite": lambda: random_points(
        PLAIN, 60, lambda x: np.where(x[:, :1] > 0.8, np.inf, ring(x))
    ),
    "duplicates": lambda: evaluated(PLAIN, np.tile([[0.2, 0.5], [0.4, 0.1]], (30, 1))),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", KINDS)
def test_any_state_of_a_scan(kind: str, state: str) -> None:
    points = STATES[state]()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        proposal = ask(proposers.make(kind, {}), PLAIN, points)
    assert len(np.unique(proposal.u, axis=0)) == 20


@pytest.mark.parametrize(
    ("dim", "limits"),
    [
        (1, RING),
        (12, {"r": (0.9, 1.0)}),
        (3, {"r": (-np.inf, 0.3)}),
        (3, {"r": (0.6, np.inf)}),
        (3, {"r": (-np.inf, np.inf)}),
        (3, {}),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_any_dimension_and_interval(
    kind: str, dim: int, limits: dict[str, tuple[float, float]]
) -> None:
    problem = problem_of(box(dim), limits)
    points = random_points(problem, 70, lambda x: ring(x)[:, : len(limits)])
    proposal = ask(proposers.make(kind, {}), problem, points)
    assert len(np.unique(proposal.u, axis=0)) == 20


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(m, marks=[pytest.mark.slow] * (m in ("dnn", "svr-poly")))
        for m in sorted(surrogates.KINDS)
    ],
)
@pytest.mark.parametrize("kind", LEARNING)
def test_any_model(kind: str, model: str) -> None:
    small = {"nodes": 32, "layers": 2, "epochs": 40, "learning_rate": 5e-3}
    options = small if model == "dnn" else {}
    proposer = proposers.make(kind, {"model": {"kind": model, **options}})
    problem = problem_of(box(2), {"r": (0.2, 0.4), "a": (-np.inf, 0.5)})
    points = random_points(problem, 160, lambda x: np.hstack([ring(x), x[:, :1]]))
    proposal = ask(proposer, problem, points, n=50)
    main = proposal.u[proposal.origin == "main"]
    inside = problem.inside(evaluated(problem, main, lambda x: np.hstack([ring(x), x[:, :1]])))
    assert inside.mean() > 0.4  # measured: 0.52 ... 1; it is a fifth of the box


@pytest.mark.parametrize("kind", KINDS)
def test_one_point_at_a_time(kind: str) -> None:
    proposer = proposers.make(kind, {})
    for seed in range(3):
        ask(proposer, PLAIN, STATES["points"](), n=1, seed=seed)


@pytest.mark.parametrize("kind", KINDS)
def test_discrete_choices_are_proposed_where_they_stand(kind: str) -> None:
    problem = problem_of((*box(1), Choice("type", (1, 2, 4))), {"y": (0.0, 0.4)})
    points = random_points(problem, 60, lambda x: np.abs(x[:, :1] - x[:, 1:] / 5))
    proposal = ask(proposers.make(kind, {}), problem, points)
    assert proposal.u == pytest.approx(problem.space.snap(proposal.u))


@pytest.mark.parametrize("kind", KINDS)
def test_only_choices(kind: str) -> None:
    choices = tuple(range(5))
    problem = problem_of((Choice("a", choices), Choice("b", choices)), {"y": (3.0, 4.0)})
    points = random_points(problem, 40, lambda x: x.sum(axis=1, keepdims=True))
    proposal = ask(proposers.make(kind, {}), problem, points, n=20)
    assert proposal.u == pytest.approx(problem.space.snap(proposal.u))
    assert len(np.unique(proposal.u.round(9), axis=0)) >= 5


@pytest.mark.parametrize("kind", KINDS)
def test_missing_observables_of_skipped_stages(kind: str) -> None:
    """The second code was skipped where the first says no, and never ran in the third column."""
    problem = problem_of(box(2), RING | {"a": (0.0, 0.5), "never": (0.0, 1.0)})

    def code(x: np.ndarray) -> np.ndarray:
        second = np.where(ring(x)[:, 0] > 0.3, x[:, 0], np.nan)
        return np.stack([ring(x)[:, 0], second, np.full(len(x), np.nan)], axis=1)

    proposal = ask(proposers.make(kind, {}), problem, random_points(problem, 80, code))
    assert np.isnan(proposal.predicted).all()  # nobody can know about the third


@pytest.mark.parametrize("kind", KINDS)
def test_known_constraints_are_never_violated(kind: str) -> None:
    problem = problem_of(box(3), RING, {"p0 - p1": 0.3, "p2": 0.5})
    for n in (0, 60):
        proposal = ask(proposers.make(kind, {}), problem, random_points(problem, n), n=40)
        assert (known_excess(problem, proposal.u) == 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_only_known_constraints(kind: str) -> None:
    problem = problem_of(box(2), {}, {"p0 - p1": 0.3})
    points = random_points(problem, 60, lambda x: np.empty((len(x), 0)))
    assert problem.inside(
        evaluated(problem, ask(proposers.make(kind, {}), problem, points).u)
    ).all()


def test_unavoidable_violations_are_few() -> None:
    problem = problem_of(box(2), {}, {"p0": 0.9, "p1": 2.0})
    u = sequence(problem, nothing(problem), 50, np.random.default_rng(0))
    assert (known_excess(problem, u) == 1).all()


PURE = """
import sys
import numpy as np
sys.path.insert(0, sys.argv[2])
import test_proposers as t
np.random.seed(3)
problem, points = t.lived_in()
rng = np.random.default_rng([1, 4])
proposal = t.proposers.make(sys.argv[1], {}).propose(problem, points, points.u[:5], 30, rng)
print(proposal.u.tobytes().hex(), proposal.predicted.tobytes().hex(), *proposal.origin)
"""


def lived_in() -> tuple[Problem, Points]:
    """Two observables, no spectrum in a corner, one point in fifty a fault; several rounds."""
    problem = problem_of(box(3), {"r": (0.3, 0.4), "a": (-np.inf, 0.3)}, {"p0 + p1": 0.2})
    points = random_points(problem, 120, lambda x: np.hstack([ring(x), x[:, :1] * x[:, 1:2]]))
    status = np.where(points.u.sum(axis=1) > 2, Status.UNPHYSICAL, Status.OK)
    status[::50] = Status.FAILED
    y = np.where((status == Status.OK)[:, None], points.y, np.nan)
    rounds = np.repeat([0, 1, 2], 40)
    origin = np.where(rounds > 0, "main", "initial")
    columns = {"status": status.astype(np.int8), "round": rounds, "origin": origin}
    return problem, Points.of(points.u, points.x, y, **columns)


@pytest.mark.parametrize("kind", KINDS)
def test_same_arguments_give_the_same_batch_in_any_process(kind: str) -> None:
    problem, points = lived_in()
    copies = {name: value.copy() for name, value in vars(points).items()}
    batches = [
        proposers.make(kind, {}).propose(
            problem, points, points.u[:5], 30, np.random.default_rng([1, 4])
        )
        for _ in range(2)
    ]
    for batch in batches:
        check(batch, problem, 30)
    for name, old in copies.items():
        np.testing.assert_array_equal(getattr(points, name), old)
    here = [
        " ".join([b.u.tobytes().hex(), b.predicted.tobytes().hex(), *b.origin]) for b in batches
    ]
    assert here[0] == here[1]
    folder = __file__.rpartition("/")[0]
    command = [sys.executable, "-c", PURE, kind, folder]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == here[0]


@pytest.mark.parametrize("kind", KINDS)
def test_another_generator_gives_another_batch(kind: str) -> None:
    points = random_points(PLAIN, 0 if kind == "uniform" else 60)
    first, second = (ask(proposers.make(kind, {}), PLAIN, points, seed=seed) for seed in (1, 2))
    assert not (first.u == second.u).any()


@pytest.mark.parametrize("kind", LEARNING)
def test_pending_points_are_kept_away_from(kind: str) -> None:
    points = random_points(PLAIN, 200)
    rng = np.random.default_rng(1)
    pending = proposers.make(kind, {}).propose(PLAIN, points, nothing(PLAIN), 40, rng).u
    rng = np.random.default_rng(1)
    again = proposers.make(kind, {}).propose(PLAIN, points, pending, 40, rng)
    second = again.u[again.origin != "audit"]  # which depend on nothing but the generator
    assert distance(second, pending).min() > 0.0
    assert np.median(distance(second, pending)) > 0.02  # measured: 0.03


@pytest.mark.parametrize("kind", LEARNING)
def test_failed_points_teach_no_physics(kind: str) -> None:
    """Faults all over the lower half: a proposer that learnt from them would avoid it."""
    points = random_points(PLAIN, 160)
    faults = with_status(
        evaluated(PLAIN, np.random.default_rng(2).random((60, 2)) / [1, 2]), Status.FAILED
    )
    both = Points(**{c: np.concatenate([v, getattr(faults, c)]) for c, v in vars(points).items()})
    proposal = ask(proposers.make(kind, {}), PLAIN, both, n=60)
    assert (proposal.u[:, 1] < 0.5).sum() > 15


@pytest.mark.parametrize("kind", LEARNING)
def test_unphysical_points_are_learnt_from(kind: str) -> None:
    points = random_points(PLAIN, 200)
    bad = points.x[:, 1] < 0.5
    status = np.where(bad, Status.UNPHYSICAL, Status.OK).astype(np.int8)
    y = np.where(bad[:, None], np.nan, points.y)
    proposal = ask(
        proposers.make(kind, {}), PLAIN, Points.of(points.u, points.x, y, status=status), n=60
    )
    main = proposal.u[proposal.origin == "main"]
    assert (main[:, 1] < 0.5).mean() < 0.15


def test_classifier_learns_from_yes_and_no() -> None:
    problem = problem_of(box(2), {"allowed": (0.5, np.inf)})
    points = random_points(problem, 150, lambda x: (ring(x) < 0.3).astype(float))
    proposal = ask(proposers.make("classifier", {}), problem, points, n=60)
    main = proposal.u[proposal.origin == "main"]
    # measured: 0.93; the disc is 28 % of the box
    assert (ring(main) < 0.3).mean() > 0.75
    assert not np.isnan(proposal.predicted).any()


GAIN = {"regressor": 10.0, "classifier": 5.0}
"""Points inside after 400 calls, over those of a uniform scan."""


def scan(kind: str, problem: Problem, code: Code, calls: int, batch: int) -> Points:
    points = random_points(problem, 0, code)
    proposer = proposers.make(kind, {})
    for round in range(calls // batch):
        rng = np.random.default_rng([3, round])
        proposal = proposer.propose(problem, points, nothing(problem), batch, rng)
        new = evaluated(problem, proposal.u, code, round)
        new = Points.of(
            new.u,
            new.x,
            new.y,
            round=new.round,
            origin=proposal.origin,
            predicted=proposal.predicted,
        )
        points = Points(
            **{c: np.concatenate([v, getattr(new, c)]) for c, v in vars(points).items()}
        )
    return points


@pytest.mark.parametrize(("kind", "gain"), GAIN.items())
def test_finds_more_than_chance_and_says_how_much(kind: str, gain: float) -> None:
    problem = problem_of(box(2), {"y": (90.82, 109.18)})

    def code(x: np.ndarray) -> np.ndarray:
        angle = 20 * np.pi * (x - 0.5)
        return ((2 + np.cos(angle[:, 0] / 5) * np.cos(angle[:, 1] / 7)) ** 5)[:, None]

    uniform = problem.inside(scan("uniform", problem, code, 400, 50)).sum()
    points = scan(kind, problem, code, 400, 50)
    inside = problem.inside(points)
    # measured: 20 (uniform), 285 (regressor), 141 (classifier)
    assert inside.sum() > gain * uniform
    told = (points.origin == "main") & np.isfinite(points.predicted) & (points.round >= 4)
    assert told.sum() > 25
    assert points.predicted[told].mean() == pytest.approx(inside[told].mean(), abs=0.15)


def test_the_sequence_continues_and_never_repeats() -> None:
    rng = np.random.default_rng(4)
    whole = sequence(PLAIN, nothing(PLAIN), 60, np.random.default_rng(4))
    parts = sequence(PLAIN, nothing(PLAIN), 20, rng)
    for _ in range(2):
        stored = PLAIN.space.to_unit(PLAIN.space.from_unit(parts))
        parts = np.concatenate([parts, sequence(PLAIN, stored, 20, rng)])
    assert parts == pytest.approx(whole)
    assert len(np.unique(whole.round(9), axis=0)) == 60
    # more even than chance: measured 0.19 against 0.31
    corners = np.stack(np.meshgrid(*[np.linspace(0, 1, 30)] * 2), axis=-1).reshape(-1, 2)
    assert distance(corners, whole).max() < 0.25


def test_milestones_follow_from_whole_rounds() -> None:
    def at(rounds: int, size: int) -> int:
        u = np.zeros((rounds * size, 1))
        points = Points.of(u, u, u, round=np.repeat(np.arange(rounds), size))
        return milestone(points, np.zeros(len(u), dtype=bool))

    assert [at(rounds, 100) for rounds in (0, 1, 2, 5, 6, 7, 8, 9)] == [
        0, 100, 200, 500, 500, 700, 700, 900,
    ]  # fmt: skip
    assert at(40, 1) < at(49, 1) <= 49


@pytest.mark.parametrize(("stated", "inside", "expected"), [(0.9, 0.5, 600), (0.9, 0.7, 500)])
def test_a_round_that_disappoints_is_a_milestone(
    stated: float, inside: float, expected: int
) -> None:
    u = np.zeros((600, 1))
    columns = {"round": np.repeat(np.arange(6), 100), "origin": np.full(600, "main")}
    points = Points.of(u, u, u, predicted=np.full(600, stated), **columns)
    found = np.arange(600) % 100 < 90
    found[500:] = np.arange(100) < 100 * inside
    assert milestone(points, found) == expected


@pytest.mark.parametrize(
    ("inside", "n", "expected"),
    [(1.0, 100, 100), (0.6, 100, 60), (0.1, 100, 25), (0.1, 400, 100), (0.0, 10, 10)],
)
def test_rounds_are_small_while_they_go_badly(inside: float, n: int, expected: int) -> None:
    u = np.linspace(0.0, 1.0, 80).reshape(80, 1) * np.ones(2)
    y = np.zeros((80, 2))
    y[40:, 0] = np.where(np.arange(40) < 40 * inside, 0.3, 0.9)
    origin = np.where(np.arange(80) < 40, "initial", "main")
    points = Points.of(u, u, y, origin=origin, round=np.repeat([0, 1], 40))
    problem = problem_of(box(2), {"r": (0.2, 0.4), "a": (-np.inf, 0.5)})
    assert Regressor(explore=0.0).size(problem, points, n) == expected
    assert Regressor(initial=100).size(problem, points, n) == min(n, 20)


def test_rounds_are_small_while_exploration_has_much_to_ask_for() -> None:
    u = np.random.default_rng(1).random((200, 2))
    origin, number = np.where(np.arange(200) < 100, "initial", "main"), np.repeat([0, 1], 100)
    points = Points.of(u, u, u, origin=origin, round=number)
    problem = problem_of(box(2), {"y": (0.0, 1.0), "z": (0.0, 1.0)})
    share = 2 * coverage(problem, points) ** 2 + 0.3 * (1 - coverage(problem, points) ** 2)
    for explore in (0.3, 0.2, 0.0):
        size = Regressor(explore=explore).size(problem, points, 100)
        assert size == pytest.approx(100 * (1 - explore * share), abs=1)


def test_hope_shrinks_the_longer_exploration_finds_nothing() -> None:
    u = np.zeros((301, 1))
    origin = np.where(np.arange(301) % 2 == 0, "explore", "main")
    points = Points.of(u, u, u, origin=origin)
    inside = np.zeros(301, dtype=bool)
    assert luck(points[:1], ~inside[:1]) == 1.0
    assert luck(points[:120], inside[:120]) == pytest.approx(0.5)
    inside[0] = True
    assert luck(points[:121], inside[:121]) == pytest.approx(0.5)
    assert luck(points, inside) == pytest.approx(0.5**2.5)


def test_a_point_beside_known_ones_is_no_discovery() -> None:
    u = np.concatenate([np.linspace(0.1, 0.2, 101), np.full(60, 0.5)])[:, None]
    origin = np.repeat(["main", "explore"], [100, 61])
    inside = np.arange(161) < 101
    assert luck(Points.of(u, u, u, origin=origin), inside) == pytest.approx(0.5 ** (61 / 60))
    u[100] = 0.9
    assert luck(Points.of(u, u, u, origin=origin), inside) == pytest.approx(0.5)


def test_thinning_keeps_the_latest_the_inside_and_the_nearest() -> None:
    problem, points = lived_in()
    _, violation = violations(problem, points)
    sample = Sample.of(problem, points, violation)
    assert len(sample.u) == np.isfinite(violation).sum()
    have = np.ones(len(sample.u), dtype=bool)
    rng = np.random.default_rng(0)
    assert thin(sample, have, 1000, rng).tolist() == list(range(len(have)))
    rows = thin(sample, have, 40, rng)
    assert len(set(rows.tolist())) == 40
    assert set(sample.trials[0][:10].tolist()) <= set(rows.tolist())
    outside = np.flatnonzero(sample.violation > 0)
    nearest = outside[np.argsort(sample.violation[outside])[:8]]
    assert set(nearest.tolist()) <= set(rows.tolist())
    have[rows[:5]] = False
    assert not set(rows[:5].tolist()) & set(thin(sample, have, 40, rng).tolist())


def test_boundary_has_both_sides() -> None:
    violation = np.array([0.0, 3.0, 0.0, 1.0, 2.0, 0.0, 9.0])
    rows = boundary(violation, 4, 0)
    assert (violation[rows] == 0).sum() == 2
    assert set(rows[violation[rows] > 0]) == {3, 4}
    assert len(boundary(np.zeros(5), 4, 0)) == 4
    assert len(boundary(np.ones(5), 4, 0)) == 4
