"""Walking on a believed region, and looking for its other parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from mlscanner_hep.filling.basins import PATIENCE, Basin, Tried, basins
from mlscanner_hep.filling.labels import learn_label, tuned
from mlscanner_hep.filling.neighbours import distance
from mlscanner_hep.filling.niches import FEWEST, _scatter, emptiest, niches
from mlscanner_hep.filling.region import Labelled, Region
from mlscanner_hep.filling.validity import learn_validity
from mlscanner_hep.filling.walk import reflect, spread, walk
from mlscanner_hep.points import Points, Status
from mlscanner_hep.space import Parameter, Space
from mlscanner_hep.surrogates.gp import Gp
from mlscanner_hep.surrogates.links import LOGISTIC

SPACE = Space(tuple(Parameter(f"p{j}", 0.0, 1.0) for j in range(2)))
CENTRES = np.array([[0.2, 0.2], [0.8, 0.8]])
RADIUS = 0.1


@dataclass(frozen=True)
class Discs:
    """Equal discs, known exactly; the belief falls off smoothly outside of them."""

    centres: np.ndarray

    def log(self, u: np.ndarray, level: float, rough: bool) -> np.ndarray:
        return -100 * np.maximum(0.0, distance(u, self.centres) - RADIUS - level)


REGION = Region(SPACE, (Discs(CENTRES),))


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_walk_samples_the_region_evenly() -> None:
    starts = rng().random((300, 2))
    pool = walk(REGION, starts, starts[:0], [0.2] * 10 + [0.0] * 120, rng())
    inside = pool[distance(pool, CENTRES) < RADIUS]
    assert len(inside) > 0.7 * len(pool)  # measured: 0.84; the tail is part of the belief
    share = (distance(inside, CENTRES[:1]) < RADIUS).mean()
    assert 0.35 < share < 0.65
    # uniform in a disc: a quarter lies within half its radius
    assert (distance(inside, CENTRES) < RADIUS / 2).mean() == pytest.approx(0.25, abs=0.06)


def test_walk_uses_known_points_to_cross_gaps() -> None:
    archive = CENTRES[np.arange(60) % 2] + rng().normal(0, 0.03, (60, 2))
    starts = np.tile(CENTRES[:1], (300, 1))
    crossed = walk(REGION, starts, archive, [0.0] * 60, rng())
    assert (distance(crossed, CENTRES[1:]) < RADIUS).mean() > 0.02  # measured: 0.05
    alone = walk(REGION, starts, archive[:0], [0.0] * 60, rng())
    assert not (distance(alone, CENTRES[1:]) < RADIUS).any()


def test_walk_repeats_itself() -> None:
    starts = rng().random((50, 2))
    first, second = (walk(REGION, starts, starts, [0.1, 0.0, 0.0], rng()) for _ in range(2))
    assert (first == second).all()


def test_reflection_stays_in_the_box() -> None:
    folded, outside = reflect(np.array([[-0.2, 1.3], [2.5, 0.5], [0.1, 1.0]]))
    assert folded[0] == pytest.approx([0.2, 0.7])
    assert outside.tolist() == [False, True, False]
    assert ((folded >= 0) & (folded <= 1)).all()


def test_spread_draws_sparse_parts_more_often() -> None:
    points = np.concatenate([0.1 * rng().random((180, 2)), 0.5 + 0.5 * rng().random((20, 2))])
    drawn = spread(points, 1000, rng())
    assert (drawn[:, 0] > 0.4).mean() > 0.4  # against 0.1 of the points
    assert len(spread(np.zeros((3, 2)), 5, rng())) == 5


def seen() -> tuple[np.ndarray, np.ndarray]:
    """Points of which those in the first disc are known, the second is only come close to."""
    u = rng().random((300, 2))
    violation = np.maximum(0.0, distance(u, CENTRES) - RADIUS)
    keep = (violation > 0) | (u.sum(axis=1) < 1)
    return u[keep], violation[keep]


def nobody(u: np.ndarray) -> np.ndarray:
    """No point was asked for by exploration."""
    return np.zeros(len(u), dtype=bool)


def test_basins_have_heads_and_a_reach() -> None:
    u, violation = seen()
    found = basins(REGION, Tried(u, violation, nobody(u)), rng())
    nearest = min(found, key=lambda basin: np.linalg.norm(basin.head - CENTRES[1]))
    assert np.linalg.norm(nearest.head - CENTRES[1]) < 0.25
    known = distance(nearest.head[None], u[violation == 0])[0]
    assert nearest.reach == pytest.approx(0.8 * known)
    assert nearest.spent == 0
    assert nearest.violation == violation[(u == nearest.head).all(axis=1)].item()


def test_calls_in_vain_make_a_basin_a_long_shot() -> None:
    u, violation = seen()
    basin = min(
        basins(REGION, Tried(u, violation, nobody(u)), rng()),
        key=lambda basin: np.linalg.norm(basin.head - CENTRES[1]),
    )
    more = basin.head + 0.02 * rng().normal(size=(PATIENCE, 2))
    tried = np.concatenate([u, more])
    explored = np.arange(len(tried)) >= len(u)
    height = np.concatenate([violation, np.full(PATIENCE, 1.01 * basin.violation)])
    spent = {b.spent for b in basins(REGION, Tried(tried, height, explored), rng())}
    assert max(spent) == PATIENCE
    ends = niches(REGION, Tried(tried, height, explored, 1.0), u[:0], 10, 0, rng())
    assert (distance(ends, basin.head[None]) > 0.2).all()
    closer = height.copy()
    closer[-1] = basin.violation / 2
    ends = niches(REGION, Tried(tried, closer, explored, 1.0), u[:0], 10, 0, rng())
    assert len(ends) >= 5


def test_basins_far_from_the_region_are_long_shots() -> None:
    u, violation = seen()
    assert len(niches(REGION, Tried(u, violation, nobody(u), 1e-3), u[:0], 10, 10, rng())) == 0
    middle = float(
        np.min([b.violation for b in basins(REGION, Tried(u, violation, nobody(u)), rng())])
    )
    assert len(niches(REGION, Tried(u, violation, nobody(u), middle), u[:0], 10, 0, rng())) == 0
    assert len(niches(REGION, Tried(u, violation, nobody(u), middle), u[:0], 10, 10, rng())) == 10


def test_niches_find_the_other_island() -> None:
    u, violation = seen()
    ends = niches(REGION, Tried(u, violation, nobody(u), 1.0), u[:0], 4, 4, rng())
    assert 1 <= len(ends) <= 4
    assert distance(ends[:1], CENTRES[1:])[0] < RADIUS
    assert (distance(ends, u[violation == 0]) > 0.02).all()


def test_niches_stay_away_where_all_ways_lead_to_the_known_region() -> None:
    u, _ = seen()
    alone = distance(u, CENTRES[:1]) - RADIUS
    region = Region(SPACE, (Discs(CENTRES[:1]),))
    height = np.maximum(alone, 0.0)
    assert len(niches(region, Tried(u, height, nobody(u), 1.0), u[:0], 10, 10, rng())) == 0


class Nowhere:
    """Model of a label that is learnt near the first disc, and a guess elsewhere."""

    link = LOGISTIC

    def mean(self, u: np.ndarray) -> np.ndarray:
        return np.where(distance(u, CENTRES[:1]) < RADIUS, 3.0, -3.0)[:, None]


def test_labels_alone_are_no_guide_so_heads_are_surrounded() -> None:
    assert REGION.graded
    region = Region(SPACE, (Labelled(Nowhere(), 1.0, 0.0),))  # type: ignore[arg-type]
    assert not region.graded
    u, violation = seen()
    head = min(
        basins(region, Tried(u, violation, nobody(u)), rng()), key=lambda b: b.violation
    ).head
    ends = niches(region, Tried(u, violation, nobody(u), 1.0), u[:0], 12, 12, rng())
    assert len(ends) >= 5
    assert (distance(ends, CENTRES[:1]) > RADIUS).all()
    assert (distance(ends, head[None]) < 0.25).sum() >= 5


def test_the_surroundings_of_a_head_shrink_in_vain() -> None:
    patient, tired = (
        _scatter(Basin(np.full(2, 0.5), 0.1, 0.3, spent), rng()) for spent in (0, 2 * PATIENCE)
    )
    assert tired.std() / patient.std() == pytest.approx(0.25)


def test_niches_avoid_what_is_being_evaluated() -> None:
    u, violation = seen()
    first = niches(REGION, Tried(u, violation, nobody(u), 1.0), u[:0], 1, 1, rng())
    second = niches(REGION, Tried(u, violation, nobody(u), 1.0), first, 3, 3, rng())
    assert len(first) == 1
    assert (distance(second, first) > 0).all()
    unaware = niches(REGION, Tried(u, violation, nobody(u), 1.0), u[:0], 3, 3, rng())
    assert distance(unaware, first).min() == 0


def test_the_emptiest_places_are_far_from_all_that_is_taken() -> None:
    u, violation = seen()
    tried = Tried(u, violation, nobody(u), 1.0)
    first = emptiest(REGION, tried, u[:0], 3, rng())
    again = emptiest(REGION, tried, first, 3, rng())
    assert first.shape == (3, 2)
    typical = np.median(distance(rng().random((1000, 2)), u))
    assert (distance(first, u) > typical).all()
    assert (distance(again, first) > typical).all()
    assert len(emptiest(REGION, tried, u[:0], 100, rng())) == FEWEST
    assert len(emptiest(REGION, tried, u[:0], 0, rng())) == 0


@pytest.mark.parametrize("violation", [np.zeros(5), np.full(5, np.inf), np.ones(5)])
def test_niches_without_basins(violation: np.ndarray) -> None:
    u = np.tile([0.5, 0.5], (5, 1))
    assert len(niches(REGION, Tried(u, violation, nobody(u), 1.0), u[:0], 3, 3, rng())) == 0
    assert (
        len(niches(REGION, Tried(u[:1], violation[:1], nobody(u[:1]), 1.0), u[:0], 3, 3, rng()))
        == 0
    )


def test_labels_become_probabilities() -> None:
    u = rng().random((250, 2))
    label = u[:, 0] + 0.2 * rng().normal(size=250) > 0.6
    surrogate = tuned(Gp(), u, label, 0)
    factor = learn_label(surrogate, u, label, np.ones(250), (), 0)
    at = np.stack([np.array([0.1, 0.6, 0.95]), np.full(3, 0.5)], axis=1)
    low, edge, high = np.exp(factor.log(at, 0.0, rough=True))
    assert low < 0.1
    assert 0.25 < edge < 0.75
    assert high > 0.85


def test_one_sided_labels_need_no_tuning() -> None:
    surrogate = tuned(Gp(), np.zeros((4, 2)), np.ones(4, dtype=bool), 0)
    assert surrogate == Gp(kernel="matern")


def test_validity_needs_a_few_of_both_and_ignores_faults() -> None:
    u = rng().random((200, 2))
    status = np.where(u[:, 0] > 0.5, Status.UNPHYSICAL, Status.OK).astype(np.int8)
    faults = u[:, 1] > 0.7
    points = Points.of(u, u, u, status=np.where(faults, Status.FAILED, status).astype(np.int8))
    (factor,) = learn_validity(points, 200, 0)
    at = np.array([[0.2, 0.85], [0.8, 0.85]])  # where all are faults: only the trend can tell
    good, bad = np.exp(factor.log(at, 0.0, rough=True))
    assert good > 0.8
    assert bad < 0.2
    assert learn_validity(points[points.ok], 0, 0) == []
