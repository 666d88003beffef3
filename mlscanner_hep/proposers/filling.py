"""Compose a batch from a believed region: fill it, look for more of it, distrust the belief."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.filling.basins import Tried
from mlscanner_hep.filling.gauge import ENOUGH, Gauge, annealing_level, violations
from mlscanner_hep.filling.goals import BEST, EDGE, FILL, GOALS, aim
from mlscanner_hep.filling.milestones import round_ends
from mlscanner_hep.filling.neighbours import distance, spacing
from mlscanner_hep.filling.niches import emptiest, niches
from mlscanner_hep.filling.region import Region
from mlscanner_hep.filling.selection import covering, farthest_first
from mlscanner_hep.filling.sequence import known_excess, sequence
from mlscanner_hep.filling.walk import spread, walk
from mlscanner_hep.findings.completeness import coverage
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers.base import Array, Proposal
from mlscanner_hep.tools.cores import one_core
from mlscanner_hep.tools.options import Options, number, word

Mask = NDArray[np.bool_]

WALKERS, STEPS, POOL = 300, 120, 2000
UNIFORM = 4000
FRESH = 0.2, 0.5
"""So many uniform points show where the region may be besides. As many walkers start from these as
are believed to be inside, but no less and no more than these parts of all walkers."""
NEAREST = 300
"""Rough uncertainties are those of so many points closest to the region."""
LEARNABLE = 5
"""Fewest answered points from which anything is learnt."""
FRUITLESS, LOWEST = 60, 0.05
"""So many calls of exploration without a discovery halve its share, and half as many that of long
shots, down to this part of it."""
REMOTE = 2.0
"""A point inside is a discovery so many times further away from those before it than neighbours
inside typically are from each other."""
EARLY, LATE = 0.3, 2.0
"""Exploration has this part of its share as long as nothing of the known region is covered, and so
much more when all of it is: then other calls have little left to find."""
COVERED = 0.8
"""With less of the known region covered no call is spent on empty places ..."""
SURE = 3.0
"""... and with more of it the probability of being inside counts with this power: what is not yet
covered is mostly edge by then, where points are far from others because so few are inside."""
SMALLEST, FEWEST = 0.25, 25
"""No round is smaller than this part of what is allowed, nor than so many points."""


@dataclass(frozen=True)
class Filling(Options):
    """Base of the proposers that fill a learnt region; subclasses say how to learn it."""

    goal: str = word(
        FILL,
        GOALS,
        "What is wanted: the region evenly filled, its edge, or in it the point of lowest chi2.",
    )
    initial: int = number(0, 0, 100_000, "Space-filling points at first; 0 means max(20, 8 d).")
    explore: float = number(
        0.3,
        0.0,
        1.0,
        "Share of points that may look for islands; twice that once the known part is covered, "
        "little before.",
    )
    audit: float = number(0.02, 0.0, 1.0, "Share of uniform points, which trust no model.")

    def learn(
        self, problem: Problem, points: Points, gauge: Gauge, violation: Array, seed: int
    ) -> Region:
        """Learn the region from points with a violation (n,)."""
        raise NotImplementedError

    def enough(self, problem: Problem, points: Points, violation: Array) -> bool:
        """Whether there are enough points with a violation (n,) to learn from."""
        answered = np.isfinite(violation).sum()
        return len(points) >= self._needed(problem) and bool(answered >= LEARNABLE)

    def _needed(self, problem: Problem) -> int:
        return self.initial or max(20, 8 * problem.space.dim)

    def size(self, problem: Problem, points: Points, n: int) -> int:
        """As many as are needed to start with; then as many as are worth it.

        The fewer, the more went wrong last time, and the more exploration has to ask for: its next
        steps follow from what these find.
        """
        if len(points) < (needed := self._needed(problem)):
            return min(n, needed - len(points))
        *_, start, end = 0, 0, *round_ends(points)
        main = np.arange(start, end)[points.origin[start:end] == "main"]
        inside = problem.inside(points)
        hit_rate = inside[main].mean() if len(main) else 0.0
        worth = hit_rate * (1 - self._exploring(coverage(problem, points), points, inside)[0])
        return min(n, max(int(np.ceil(n * max(worth, SMALLEST))), FEWEST))

    def _exploring(self, covered: float, points: Points, inside: Mask) -> tuple[float, float]:
        """The share of a round that may look for islands, and that of long shots."""
        ready = EARLY + (LATE - EARLY) * covered**2 if inside.any() else 1.0
        hope = luck(points, inside)
        share, long = (self.explore * ready * max(part, LOWEST) for part in (hope, hope**2))
        return min(share, 1.0), min(long, 1.0)

    def propose(
        self, problem: Problem, points: Points, pending: Array, n: int, rng: np.random.Generator
    ) -> Proposal:
        """Propose the next batch, on one core so that it does not depend on how many there are."""
        with one_core():
            return self._propose(problem, points, pending, n, rng)

    def _propose(
        self, problem: Problem, points: Points, pending: Array, n: int, rng: np.random.Generator
    ) -> Proposal:
        problem = aim(self.goal, problem, points)
        gauge, violation = violations(problem, points)
        if not self.enough(problem, points, violation):
            earlier = np.concatenate([points.u[points.origin == "initial"], pending])
            return Proposal.of(sequence(problem, earlier, n, rng), "initial")
        region = self.learn(problem, points, gauge, violation, int(rng.integers(2**32)))
        region = replace(region, edge=self.goal == EDGE)
        batch = _Batch(problem, points, violation, pending, region, rng)
        n_audit = _share(self.audit, n, rng)
        covered = coverage(problem, points)
        share, long = self._exploring(covered, points, violation == 0)
        n_explore = _share(share, n - n_audit, rng)
        audit, islands = batch.audit(n_audit), batch.explore(n_explore, long * (n - n_audit))
        n_void = min(n_explore - len(islands.u), round(long * n)) if covered > COVERED else 0
        void = batch.void(n_void)
        rest = n - len(audit.u) - len(islands.u) - len(void.u)
        anneal = batch.anneal(rest)
        main = batch.main(rest - len(anneal.u), SURE if covered > COVERED else 1.0)
        proposal = Proposal.join(audit, islands, void, anneal, main, note=region.note)
        if self.goal == BEST:  # what was predicted is to be better than all, not to be inside
            proposal = replace(proposal, predicted=np.full(n, np.nan))
        return proposal


def luck(points: Points, inside: Mask) -> float:
    """A number in 0 ... 1 that is the smaller, the longer exploration has discovered nothing."""
    known = np.flatnonzero(inside)
    apart = REMOTE * spacing(points.u[known]) if len(known) > 1 else 0.0
    fruitless = 0
    for row in np.flatnonzero(points.origin == "explore")[::-1]:
        earlier = points.u[known[known < row]]
        if inside[row] and distance(points.u[[row]], earlier)[0] > apart:
            break
        fruitless += 1
    return float(0.5 ** (fruitless / FRUITLESS))


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
        uniform = violation[points.uniform & np.isfinite(violation) & (violation > 0)]
        typical = float(np.median(uniform)) if len(uniform) else np.inf
        self._tried = Tried(points.u, violation, points.origin == "explore", typical)
        self._ranked = np.argsort(violation, kind="stable")
        self._inside = points.u[violation == 0]
        self._level = annealing_level(violation)
        nearest = self._ranked[: min(NEAREST, int(np.isfinite(violation).sum()))]
        self._region = region.around(points.u[nearest])
        self._taken = np.concatenate([pending, points.u[points.failed]])

    def audit(self, n: int) -> Proposal:
        """Uniform points, excluding only what is known to be outside."""
        return self._proposal(self._uniform(n), "audit")

    def explore(self, n: int, long_shots: float) -> Proposal:
        """Points in basins away from the known region; fewer than n if no basin is promising."""
        u = niches(self._region, self._tried, self._taken, n, long_shots, self._rng)
        return self._proposal(u[self._permitted(u)], "explore")

    def void(self, n: int) -> Proposal:
        """A few points where nobody has been."""
        u = emptiest(self._region, self._tried, self._taken, n, self._rng)
        return self._proposal(u[self._permitted(u)], "explore")

    def anneal(self, n: int) -> Proposal:
        """While the region is being found: a part of n points on the way there."""
        if self._level == 0:
            return self._proposal(self._u[:0], "anneal")
        n = int(n * (0.3 if len(self._inside) else 0.5))
        levels = [self._level] * 6 + [self._level / 2] * 12
        return self._proposal(self._walked(levels, n, self._taken), "anneal")

    def main(self, n: int, power: float) -> Proposal:
        """Points that are probably inside, far from those known to be."""
        level = self._level
        levels = [0.0] * STEPS
        if level > 0:
            levels = [level] * 8 + [level / 3] * 8 + [level / 10] * 8 + [0.0] * (STEPS // 2)
        known = self._u if self._region.edge else self._inside
        chosen = self._walked(levels, n, np.concatenate([known, self._taken]), power)
        missing = self._uniform(n - len(chosen))
        return self._proposal(np.concatenate([chosen, missing]), "main")

    def _walked(self, levels: list[float], n: int, reference: Array, power: float = 1.0) -> Array:
        starts = self._starts(levels[0])
        pool = walk(self._region, starts, self._inside, levels, self._rng)
        if len(pool) > POOL:
            pool = pool[self._rng.choice(len(pool), POOL, replace=False)]
        log_p = self._region.log_wanted(pool, levels[-1])
        weight = np.exp(power * (log_p - log_p.max()))
        return pool[covering(pool, weight, n, reference)]

    def _starts(self, level: float) -> Array:
        """Known points inside, or closest to it, and where the region is believed to be besides."""
        fresh = self._rng.random((UNIFORM, self._u.shape[1]))
        log_p = self._region.log_wanted(fresh, level, rough=True)
        weight = np.exp(log_p - log_p.max())
        count = int(np.clip(np.exp(log_p).sum(), *(WALKERS * np.array(FRESH))))
        fresh = fresh[farthest_first(fresh, weight, count, self._inside)]
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
        excess = known_excess(self._problem, self._problem.space.snap(u))
        return np.asarray(excess == 0)

    def _proposal(self, u: Array, origin: str) -> Proposal:
        u = self._problem.space.snap(u)
        self._taken = np.concatenate([self._taken, u])
        predicted = None
        if self._region.complete:
            predicted = np.exp(self._region.log_inside(u))
        return Proposal.of(u, origin, predicted)


def _share(share: float, n: int, rng: np.random.Generator) -> int:
    """Part of n, rounded at random so that small batches get it on average."""
    return min(n, int(share * n + rng.random()))
