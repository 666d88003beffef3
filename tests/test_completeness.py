"""How complete a scan is, where the truth is known."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.stats import binom

from mlscanner_hep.constraints import Limit
from mlscanner_hep.filling.selection import farthest_first
from mlscanner_hep.findings.completeness import coverage, covered, missed
from mlscanner_hep.findings.islands import ENOUGH, islands, weights
from mlscanner_hep.points import Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.space import Parameter, Space

Distance = Callable[[np.ndarray], np.ndarray]


def ring(u: np.ndarray) -> np.ndarray:
    """A band around a circle."""
    return np.abs(np.linalg.norm(u - 0.5, axis=1) - 0.35) - 0.05


def sheet(u: np.ndarray) -> np.ndarray:
    """A thin bent sheet in four dimensions."""
    return np.abs(u[:, 0] - 0.5 - 0.2 * np.sin(3 * u[:, 1])) - 0.005


def balls(u: np.ndarray) -> np.ndarray:
    """Two balls, the second one small, in three dimensions."""
    first = np.linalg.norm(u - 0.3, axis=1) - 0.2
    return np.minimum(first, np.linalg.norm(u - 0.8, axis=1) - 0.1)


TARGETS: dict[str, tuple[int, Distance]] = {"ring": (2, ring), "sheet": (4, sheet)}


def problem(dim: int) -> Problem:
    space = Space(tuple(Parameter(f"p{j}", 0.0, 2.0) for j in range(dim)))
    return Problem(space, ["y"], [Limit("y", max=0.0)])


def table(u: np.ndarray, depth: Distance, origin: str = "main") -> Points:
    return Points.of(u, 2 * u, depth(u)[:, None], origin=np.full(len(u), origin))


def sample(dim: int, depth: Distance, n: int, rng: np.random.Generator) -> np.ndarray:
    """Uniform points inside."""
    found = np.empty((0, dim))
    while len(found) < n:
        u = rng.random((50_000, dim))
        found = np.concatenate([found, u[depth(u) <= 0]])
    return found[:n]


def truth(dim: int, depth: Distance, found: np.ndarray) -> float:
    reference = sample(dim, depth, 4000, np.random.default_rng(99))
    radius = np.quantile(cKDTree(reference[:500]).query(reference[500:])[0], 0.9)
    return float(np.mean(cKDTree(found).query(reference)[0] <= radius))


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("n", [40, 150, 400, 1500])
@pytest.mark.parametrize("spread", [False, True])
def test_coverage_is_close_to_the_truth(name: str, n: int, spread: bool) -> None:
    dim, depth = TARGETS[name]
    rng = np.random.default_rng(n)
    u = sample(dim, depth, 3 * n if spread else n, rng)
    if spread:
        u = u[farthest_first(u, np.ones(len(u)), n, np.empty((0, dim)))]
    estimate = coverage(problem(dim), table(u, depth))
    assert estimate == pytest.approx(truth(dim, depth, u), abs=0.1)


def test_coverage_of_crowded_points_is_lower() -> None:
    rng = np.random.default_rng(3)
    u = sample(2, ring, 4000, rng)
    even = u[:600]
    crowded = np.concatenate([u[u[:, 0] < 0.5][:540], u[u[:, 0] > 0.5][:60]])
    low, high = (coverage(problem(2), table(v, ring)) for v in (crowded, even))
    assert low < high - 0.1
    assert low == pytest.approx(truth(2, ring, crowded), abs=0.12)


def test_a_new_island_lowers_the_coverage() -> None:
    u = sample(3, balls, 4000, np.random.default_rng(4))
    first = u[u[:, 0] < 0.55][:800]
    both = np.concatenate([first, u[u[:, 0] > 0.55][:2]])
    assert coverage(problem(3), table(first, balls)) > 0.9
    assert coverage(problem(3), table(both, balls)) < 0.6


def test_coverage_counts_points_inside_only_and_repeats_itself() -> None:
    rng = np.random.default_rng(5)
    u = sample(2, ring, 200, rng)
    points = table(np.concatenate([u, rng.random((300, 2)) * 0.1]), ring)
    expected = coverage(problem(2), table(u, ring))
    assert coverage(problem(2), points) == expected
    points.status[:100] = Status.FAILED
    assert coverage(problem(2), points) < expected


def test_coverage_of_few_or_repeated_points() -> None:
    assert coverage(problem(2), table(np.empty((0, 2)), ring)) == 0.0
    u = sample(2, ring, 5, np.random.default_rng(6))
    assert coverage(problem(2), table(u, ring)) == pytest.approx(5 * np.log(10) / 500)
    for same in (np.repeat(u[:1], 300, axis=0), np.repeat(u, 60, axis=0)):
        assert np.isfinite(coverage(problem(2), table(same, ring)))
        assert coverage(problem(2), table(same, ring)) < 0.2


def test_coverage_is_quick() -> None:
    points = table(np.random.default_rng(7).random((10_000, 6)), lambda u: np.zeros(len(u)))
    start = time.process_time()
    assert coverage(problem(6), points) > 0.95
    assert time.process_time() - start < 2  # 0.3 s on an idle machine


def test_islands_are_told_apart() -> None:
    u = sample(3, balls, 400, np.random.default_rng(8))
    large, small = islands(problem(3), table(u, balls))
    assert len(large) == int((u[:, 0] < 0.55).sum())
    assert len(small) == int((u[:, 0] > 0.55).sum())
    assert np.allclose(large.low, 2 * u[large.rows].min(axis=0))
    assert np.allclose(small.high, 2 * u[u[:, 0] > 0.55].max(axis=0))
    (alone,) = (i for i in islands(problem(3), table(u[u[:, 0] < 0.55], balls)))
    assert len(alone) == len(large)


def test_large_islands_are_compared_with_each_other() -> None:
    """Two crowds whose points have all their neighbours among themselves, near and far."""
    rng = np.random.default_rng(0)
    crowd = 0.01 * rng.random((25, 2))
    line = np.column_stack([np.linspace(0.1, 0.9, 121), np.full(121, 0.5)])  # sets the gap
    for shift, count in ((0.03, 2), (0.3, 3)):
        u = np.concatenate([crowd, crowd + np.array([shift, 0.0]), line])
        assert len(islands(problem(2), table(u, lambda u: np.zeros(len(u))))) == count


def test_rows_of_islands_count_all_points() -> None:
    u = sample(3, balls, 200, np.random.default_rng(9))
    mixed = np.concatenate([np.ones((7, 3)), u])
    groups = islands(problem(3), table(mixed, balls))
    rows = np.sort(np.concatenate([g.rows for g in groups]))
    assert rows.tolist() == list(range(7, 207))
    assert islands(problem(3), table(np.ones((20, 3)), balls)) == []


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("seed", range(3))
def test_a_thin_region_stays_in_one_piece(name: str, seed: int) -> None:
    dim, depth = TARGETS[name]
    for n in (ENOUGH + 50, 1000):
        u = sample(dim, depth, n, np.random.default_rng(seed))
        largest, *others = islands(problem(dim), table(u, depth))
        assert len(largest) > 0.95 * n
        assert len(others) <= 1


@pytest.mark.parametrize("name", TARGETS)
def test_weights_undo_an_uneven_density(name: str) -> None:
    dim, depth = TARGETS[name]
    reference = sample(dim, depth, 20_000, np.random.default_rng(0))
    column = 0 if name == "ring" else 1
    edges = np.linspace(0, 1, 6)
    wanted = np.histogram(reference[:, column], edges)[0] / len(reference)
    bias, histogram = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        u = sample(dim, depth, 2500, rng)  # kept with a probability that grows nine-fold
        u = u[rng.random(len(u)) < 0.1 + 0.8 * u[:, column]]
        w = weights(problem(dim), table(u, depth))
        assert w.sum() == pytest.approx(len(u))
        mean = reference[:, column].mean()
        bias.append([u[:, column].mean() - mean, np.average(u[:, column], weights=w) - mean])
        counts = [np.histogram(u[:, column], edges, weights=v)[0] for v in (np.ones(len(u)), w)]
        histogram.append([np.abs(c / len(u) - wanted).sum() for c in counts])
    plain, weighted = np.abs(np.mean(bias, axis=0))
    assert weighted < plain / 3
    plain, weighted = np.mean(histogram, axis=0)
    assert weighted < plain / 2


def test_weights_are_for_points_inside() -> None:
    rng = np.random.default_rng(1)
    points = table(rng.random((300, 2)), ring)
    w = weights(problem(2), points)
    inside = problem(2).inside(points)
    assert (w[~inside] == 0).all()
    assert (w[inside] > 0).all()
    assert w.sum() == pytest.approx(inside.sum())
    assert weights(problem(2), table(np.full((4, 2), 0.5), ring)).tolist() == [0.0] * 4


def test_limit_without_a_surprise() -> None:
    points = table(np.full((58, 2), 0.5), ring, "audit")
    found = missed(problem(2), points)
    assert (found.drawn, found.inside, found.surprises) == (58, 0, 0)
    assert found.limit == pytest.approx(1 - 0.05 ** (1 / 58))
    assert missed(problem(2), points[:0]).limit == 1.0


def test_limit_counts_what_was_far_from_anything_earlier() -> None:
    u = sample(3, balls, 4000, np.random.default_rng(2))
    first, second = u[u[:, 0] < 0.55], u[u[:, 0] > 0.55]
    model = table(first[:400], balls)
    audit = table(np.concatenate([first[400:410], second[:1], np.ones((89, 3))]), balls, "audit")
    found = missed(problem(3), join(model, audit))
    assert (found.drawn, found.inside, found.surprises) == (100, 11, 1)
    assert binom.cdf(1, 100, found.limit) == pytest.approx(0.05)
    assert missed(problem(3), join(audit, model)).surprises > 1


def test_limit_counts_answers_only() -> None:
    points = table(np.full((60, 2), 0.5), ring, "initial")
    status = points.status.copy()
    status[:10] = Status.FAILED
    status[10:20] = Status.UNPHYSICAL
    status[20:25] = Status.PENDING
    assert missed(problem(2), replace(points, status=status)).drawn == 45


def test_limit_holds_for_what_a_search_has_not_found() -> None:
    """A search finds a patch once a uniform point hits it: 200 patches, a fifth of the box."""
    wrong = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        parts, hit = [], set()
        for _ in range(60):
            patch = int(rng.integers(200)) if rng.random() < 0.2 else None
            parts.append(table(np.array([[0.5, 0.9]]), strip, "audit"))
            if patch is not None:
                u = np.column_stack([(patch + rng.random(31) / 100) / 200, np.full(31, 0.1)])
                parts[-1] = table(u[:1], strip, "audit")
                parts.append(table(u[1:], strip))
                hit.add(patch)
        wrong += missed(problem(2), join(*parts)).limit < 0.2 * (1 - len(hit) / 200)
    assert wrong <= 10  # 5 are expected at most


def strip(u: np.ndarray) -> np.ndarray:
    return u[:, 1] - 0.5


def join(*parts: Points) -> Points:
    columns = vars(parts[0]).keys()
    return Points(**{c: np.concatenate([getattr(p, c) for p in parts]) for c in columns})


def test_a_stray_point_is_no_large_island_once_its_surroundings_were_tried() -> None:
    rng = np.random.default_rng(0)
    stray = np.array([[0.02, 0.02]])
    found = np.concatenate([sample(2, ring, 900, rng), stray])
    around = np.abs(stray + rng.uniform(-0.03, 0.03, (60, 2)))
    nothing_known = covered(found, found[:0])
    assert nothing_known < 0.6 < covered(found, found) < 0.95
    assert 0.95 < covered(found, np.concatenate([found, around])) < 1.0


def test_points_at_the_end_of_the_box_weigh_like_others() -> None:
    u = np.random.default_rng(0).random((4000, 3))
    weight = weights(problem(3), table(u, lambda u: np.full(len(u), -1.0)))
    apart = np.minimum(u, 1 - u).min(axis=1)
    assert weight[apart < 0.01].mean() == pytest.approx(weight[apart > 0.2].mean(), rel=0.2)
