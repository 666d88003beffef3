"""Compose a batch from a believed region: fill it, look for more of it, distrust the belief."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from mlscanner_hep.filling.gauge import Gauge, annealing_level, violations
from mlscanner_hep.filling.milestones import round_ends
from mlscanner_hep.filling.neighbours import distance, spacing
from mlscanner_hep.filling.niches import niches
from mlscanner_hep.filling.region import Region, snap_choices
from mlscanner_hep.filling.selection import farthest_first
from mlscanner_hep.filling.sequence import known_excess, sequence
from mlscanner_hep.filling.walk import spread, walk
from mlscanner_hep.options import Options, number
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers.base import Array, Proposal

Mask = NDArray[np.bool_]

WALKERS, STEPS, POOL = 300, 120, 2000
UNIFORM = 4000
"""A fifth of the walkers start from the most probable of so many uniform points."""
ENOUGH = 10
"""The region counts as found once more points than this are inside."""
NEAREST = 300
"""Rough uncertainties are those of so many points closest to the region."""
LEARNABLE = 5
"""Fewest answered points from which anything is learnt."""
FADING, LOWEST = 0.9, 0.2
"""Each round of vain exploration lowers its share by this factor, down to this part of it."""
PROMISING = 0.05
"""A probability of being inside that is worth exploring on for."""


@dataclass(frozen=True)
class Filling(Options):
    """Base of the proposers that fill a learnt region; subclasses say how to learn it."""

    initial: int = number(0, 0, 100_000, "Space-filling points at first; 0 means max(20, 5 d).")
    explore: float = number(0.15, 0.0, 1.0, "Largest share of points that look for islands.")
    audit: float = number(0.02, 0.0, 1.0, "Share of uniform points, which trust no model.")

    def learn(
        self, problem: Problem, points: Points, gauge: Gauge, violation: Array, seed: int
    ) -> Region:
        """Learn the region from points with a violation (n,)."""
        raise NotImplementedError

    def enough(self, problem: Problem, points: Points, violation: Array) -> bool:
        """Whether there are enough points with a violation (n,) to learn from."""
        needed = self.initial or max(20, 5 * problem.space.dim)
        return len(points) >= needed and bool(np.isfinite(violation).sum() >= LEARNABLE)

    def propose(
        self, problem: Problem, points: Points, pending: Array, n: int, rng: np.random.Generator
    ) -> Proposal:
        """Propose the next batch, on one core so that it does not depend on how many there are."""
        with threadpool_limits(1):
            return self._propose(problem, points, pending, n, rng)

    def _propose(
        self, problem: Problem, points: Points, pending: Array, n: int, rng: np.random.Generator
    ) -> Proposal:
        gauge, violation = violations(problem, points)
        if not self.enough(problem, points, violation):
            earlier = np.concatenate([points.u[points.origin == "initial"], pending])
            return Proposal.of(sequence(problem, earlier, n, rng), "initial")
        region = self.learn(problem, points, gauge, violation, int(rng.integers(2**32)))
        batch = _Batch(problem, points, violation, pending, region, rng)
        n_audit = _share(self.audit, n, rng)
        n_explore = _share(exploring(points, violation) * self.explore, n - n_audit, rng)
        audit, explore = batch.audit(n_audit), batch.explore(n_explore)
        rest = n - len(audit.u) - len(explore.u)
        anneal = batch.anneal(rest)
        return Proposal.join(audit, explore, anneal, batch.main(rest - len(anneal.u)))


def exploring(points: Points, violation: Array) -> float:
    """Which part of the largest share exploration gets, 0.2 ... 1, from how it fared lately.

    A round was worth it if an exploring point found the inside far from what was known then, or
    had at least a fair chance to. Before anything was found, every round is.
    """
    vain = 0
    inside = violation == 0
    ends = round_ends(points)
    for start, end in zip([0, *ends[:-1]][::-1], ends[::-1], strict=True):
        known = points.u[:start][inside[:start]]
        tried = np.arange(start, end)[points.origin[start:end] == "explore"]
        if not len(known) or (points.predicted[tried] > PROMISING).any():
            break
        found = points.u[tried[inside[tried]]]
        if len(found) and len(known) > 3 and (distance(found, known) > 2 * spacing(known)).any():
            break
        vain += len(tried) > 0
        if FADING**vain <= LOWEST:
            return LOWEST
    return float(FADING**vain)


class _Batch:
    """The parts of a batch, in the order in which they are asked for: each avoids the earlier."""

    def __init__(
        self,
        problem: Problem,
        points: Points,
        violation: Array,
        pending: Array,
        region: Region,
        rng: np.random.Generator,
    ) -> None:
        self._problem, self._rng = problem, rng
        self._u, self._violation = points.u, violation
        self._ranked = np.argsort(violation, kind="stable")
        self._inside = points.u[violation == 0]
        self._level = annealing_level(violation, ENOUGH)
        nearest = self._ranked[: min(NEAREST, int(np.isfinite(violation).sum()))]
        self._region = region.around(points.u[nearest])
        self._taken = np.concatenate([pending, points.u[points.failed]])

    def audit(self, n: int) -> Proposal:
        """Uniform points, excluding only what is known to be outside."""
        return self._proposal(self._uniform(n), "audit")

    def explore(self, n: int) -> Proposal:
        """Ends of basins away from the known region; fewer than n if there are no more."""
        u = niches(self._region, self._u, self._violation, self._taken, n, self._rng)
        return self._proposal(u[self._permitted(u)], "explore")

    def anneal(self, n: int) -> Proposal:
        """While the region is being found: a part of n points on the way there."""
        if self._level == 0:
            return self._proposal(self._u[:0], "anneal")
        n = int(n * (0.3 if len(self._inside) else 0.5))
        levels = [self._level] * 6 + [self._level / 2] * 12
        return self._proposal(self._walked(levels, n, self._taken), "anneal")

    def main(self, n: int) -> Proposal:
        """Points that are probably inside, far from those known to be."""
        level = self._level
        levels = [0.0] * STEPS
        if level > 0:
            levels = [level] * 8 + [level / 3] * 8 + [level / 10] * 8 + [0.0] * (STEPS // 2)
        chosen = self._walked(levels, n, np.concatenate([self._inside, self._taken]))
        missing = self._uniform(n - len(chosen))
        return self._proposal(np.concatenate([chosen, missing]), "main")

    def _walked(self, levels: list[float], n: int, reference: Array) -> Array:
        starts = self._starts(levels[0])
        pool = walk(self._region, starts, self._inside, levels, self._rng)
        if len(pool) > POOL:
            pool = pool[self._rng.choice(len(pool), POOL, replace=False)]
        log_p = self._region.log_inside(pool, levels[-1])
        chosen = farthest_first(pool, np.exp(log_p - log_p.max()), n, reference)
        return pool[chosen]

    def _starts(self, level: float) -> Array:
        """Known points inside, or closest to it, and a fifth that the region promises elsewhere."""
        fresh = self._rng.random((UNIFORM, self._u.shape[1]))
        log_p = self._region.log_inside(fresh, level, rough=True)
        fresh = fresh[np.argsort(-log_p, kind="stable")[: WALKERS // 5]]
        n = WALKERS - len(fresh)
        if len(self._inside) > ENOUGH:
            known = spread(self._rng.permutation(self._inside)[: 2 * WALKERS], n, self._rng)
        else:
            best = self._ranked[np.isfinite(self._violation[self._ranked])][: 3 * ENOUGH]
            known = self._u[self._rng.choice(best, n)]
        return np.concatenate([fresh, known])

    def _uniform(self, n: int) -> Array:
        """Uniform points, as far as possible among those that are not known to be outside."""
        u = self._rng.random((n + UNIFORM * int(self._problem.known.any()), self._u.shape[1]))
        return np.concatenate([u[self._permitted(u)], u[~self._permitted(u)]])[:n]

    def _permitted(self, u: Array) -> Mask:
        excess = known_excess(self._problem, snap_choices(self._problem.space, u))
        return np.asarray(excess == 0)

    def _proposal(self, u: Array, origin: str) -> Proposal:
        u = snap_choices(self._problem.space, u)
        self._taken = np.concatenate([self._taken, u])
        predicted = None
        if self._region.complete:
            predicted = np.exp(self._region.log_inside(u))
        return Proposal.of(u, origin, predicted)


def _share(share: float, n: int, rng: np.random.Generator) -> int:
    """Part of n, rounded at random so that small batches get it on average."""
    return min(n, int(share * n + rng.random()))
