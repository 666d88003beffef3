"""The loops of arXiv:2207.09959, as references: docs/mlscanner.md says what is theirs.

A. Hammad, M. Park, R. Ramos, P. Saha, Comput. Phys. Commun. 293 (2023) 108902.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.filling.gauge import violations
from mlscanner_hep.filling.milestones import round_ends
from mlscanner_hep.filling.neighbours import nearest
from mlscanner_hep.filling.sequence import known_excess
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers.base import Array, Proposal
from mlscanner_hep.proposers.mlscanner_models import (
    CLASSIFIERS,
    REGRESSORS,
    Network,
    Predictor,
    fit_classifier,
    fit_regressor,
)
from mlscanner_hep.space import Choice
from mlscanner_hep.tools.cores import one_core
from mlscanner_hep.tools.options import Options, number, word

Mask = NDArray[np.bool_]

FEWEST = 5
"""Fewest numbers from which a regressor learns."""
DRAWN = 100_000
"""So many random points are tried for constraints that follow from the parameters alone."""


@dataclass(frozen=True)
class _Loop(Options):
    """What both loops share: train, ask about many random points, run some of them.

    K of the paper is the batch of the scan.
    """

    initial: int = number(1000, 1, 10_000_000, "Random points at first (K0 of the paper).")
    candidates: int = number(100_000, 1, 10_000_000, "Random points to choose from (L).")
    random: float = number(0.2, 0.0, 1.0, "Share of random points in a batch.")
    period: int = number(1, 1, 1_000_000, "Train anew every so many rounds.")
    layers: int = number(4, 1, 20, "Hidden layers of the network.")
    nodes: int = number(100, 1, 10_000, "Nodes in each of them.")
    learning_rate: float = number(1e-3, 1e-6, 1.0, "Step size of Adam.")
    epochs: int = number(1000, 1, 1_000_000, "Passes over the points.")
    batch_size: int = number(1000, 1, 1_000_000, "Points in a training step.")

    def learn(self, problem: Problem, points: Points) -> Predictor | None:
        """How far outside (k,) positions (k, d) are believed to be, 0 inside; None if unknown."""
        raise NotImplementedError

    def interpolated(
        self, problem: Problem, points: Points, n: int, rng: np.random.Generator
    ) -> Array:
        """Up to n more points to run in place of those that the model chooses."""
        return points.u[:0]

    def size(self, problem: Problem, points: Points, n: int) -> int:
        """All of them, as in the paper."""
        return n

    def propose(
        self, problem: Problem, points: Points, pending: Array, n: int, rng: np.random.Generator
    ) -> Proposal:
        """Propose the next batch: what the model believes in, and random points."""
        with one_core():
            ends = round_ends(points)
            learnt = ends[ends >= self.initial]
            believed = None
            if len(learnt):
                trained = (len(learnt) - 1) // self.period * self.period
                believed = self.learn(problem, points[: learnt[trained]])
            if believed is None:
                return Proposal.of(_draw(problem, n, rng), "initial")
            n_random = _part(self.random, n, rng)
            interpolated = self.interpolated(problem, points, n - n_random, rng)
            pool = _draw(problem, max(n, self.candidates), rng)
            outside = believed(pool)
            outside[known_excess(problem, pool) > 0] = np.inf
            chosen = np.argsort(outside, kind="stable")[: n - n_random - len(interpolated)]
            return Proposal.join(
                Proposal.of(pool[chosen], "main"),
                Proposal.of(interpolated, "smote"),
                Proposal.of(_draw(problem, n_random, rng), "audit"),
            )

    def _network(self) -> Network:
        return Network(self.layers, self.nodes, self.learning_rate, self.epochs, self.batch_size)


@dataclass(frozen=True)
class MLscannerRegressor(_Loop):
    """The regressor of arXiv:2207.09959: points with a predicted number in the accepted range."""

    model: str = word("DNNR", REGRESSORS, "The model that learns the number.")

    def learn(self, problem: Problem, points: Points) -> Predictor | None:
        """Learn the number that decides; points without it teach nothing."""
        y, (low, high) = deciding_number(problem, points)
        have = np.isfinite(y)
        if have.sum() < FEWEST:
            return None
        predict = fit_regressor(self.model, self._network(), points.u[have], y[have], len(points))

        def outside(u: Array) -> Array:
            predicted = predict(u)
            return np.asarray(np.maximum(0.0, np.maximum(low - predicted, predicted - high)))

        return outside


@dataclass(frozen=True)
class MLscannerClassifier(_Loop):
    """The classifier of arXiv:2207.09959: points that it is sure of, boosted with SMOTE."""

    model: str = word("DNNC", CLASSIFIERS, "The model that learns which points are inside.")
    epochs: int = number(250, 1, 1_000_000, "Passes over the points.")
    batch_size: int = number(500, 1, 1_000_000, "Points in a training step.")
    threshold: float = number(0.9, 0.0, 1.0, "Output above which a point is believed inside.")
    boost: str = word("smote", ("smote", "none"), "What to do while most chosen points miss.")
    neighbours: int = number(3, 1, 1000, "Nearest points inside that SMOTE interpolates to.")

    def learn(self, problem: Problem, points: Points) -> Predictor | None:
        """Learn the answers, once both occur."""
        known, inside = answers(problem, points)
        u, inside = points.u[known], inside[known]
        if inside.all() or not inside.any():
            return None
        predict = fit_classifier(self.model, self._network(), u, inside, len(points))
        return lambda at: np.asarray(np.maximum(0.0, self.threshold - predict(at)))

    def interpolated(
        self, problem: Problem, points: Points, n: int, rng: np.random.Generator
    ) -> Array:
        """Half of n by SMOTE, if less than half of what the last round chose was inside."""
        inside = problem.inside(points)
        chosen = (points.round == points.round[-1]) & np.isin(points.origin, ("main", "smote"))
        good = points.u[inside]
        if self.boost == "none" or len(good) < 2 or inside[chosen].sum() >= 0.5 * chosen.sum():
            return points.u[:0]
        kept = [isinstance(parameter, Choice) for parameter in problem.space.parameters]
        u = smote(good, _part(0.5, n, rng), self.neighbours, np.array(kept), rng)
        return np.asarray(u[known_excess(problem, u) == 0])


def deciding_number(problem: Problem, points: Points) -> tuple[Array, tuple[float, float]]:
    """One number (n,) for each point, and its accepted range; NaN where it is not known.

    With one constraint that has to be learnt it is the target. With several it is the distance to
    the interval that is violated most, in units of what is typical (`Gauge`), negative inside: 0
    is exactly the edge of the region.
    """
    columns = np.flatnonzero(~problem.known & np.isfinite(problem.bounds).any(axis=1))
    targets = np.where(points.ok[:, None], problem.targets(points)[:, columns], np.nan)
    low, high = problem.bounds[columns].T
    if len(columns) == 1:
        return targets[:, 0], (float(low[0]), float(high[0]))
    scale = violations(problem, points)[0].scale[columns]
    with np.errstate(invalid="ignore"):
        distance = np.maximum(low - targets, targets - high) / scale
    worst = np.fmax.reduce(distance, axis=1, initial=-np.inf)
    # a point that one constraint excludes is outside, whatever the others would say
    decided = ~np.isnan(distance).any(axis=1) | (worst > 0)
    return np.where(decided, worst, np.nan), (-np.inf, 0.0)


def answers(problem: Problem, points: Points) -> tuple[Mask, Mask]:
    """For which points it is known whether they are inside, and which are; each (n,).

    No spectrum is an answer. A fault is none, nor is a missing number where all others fit.
    """
    inside = problem.inside(points)
    targets = problem.targets(points)
    low, high = problem.bounds.T
    violated = points.ok & ((targets < low) | (targets > high)).any(axis=1)
    return inside | violated | points.unphysical, inside


def smote(u: Array, n: int, neighbours: int, kept: Mask, rng: np.random.Generator) -> Array:
    """Interpolate between points and their neighbours, N. V. Chawla et al., arXiv:1106.1813.

    Parameters
    ----------
    u : ndarray, shape (m, d)
        Points of the minority, at least two.
    n : int
        How many new ones are wanted.
    neighbours : int
        Nearest points of the same class, among which one end of a line is chosen.
    kept : ndarray of bool, shape (d,)
        Coordinates that are copied from the other end, for discrete choices.
    rng : numpy.random.Generator
        Chooses the ends and the places between them.

    Returns
    -------
    ndarray, shape (n, d)
        Points on lines between two of the given ones.
    """
    k = min(neighbours, len(u) - 1)
    start = rng.integers(len(u), size=n)
    near = nearest(u[start], u, k + 1)[1]
    # the nearest one is the point itself, unless another one stands in the same place
    near = np.where(near[:, :k] == start[:, None], near[:, k:], near[:, :k])
    end = u[near[np.arange(n), rng.integers(k, size=n)]]
    gap = np.where(kept, 0.0, rng.random((n, 1)))
    return u[start] + gap * (end - u[start])


def _draw(problem: Problem, n: int, rng: np.random.Generator) -> Array:
    """Random points (n, d), as far as possible where the known constraints allow it."""
    drawn = max(n, DRAWN) if problem.known.any() else n
    u = problem.space.snap(rng.random((drawn, problem.space.dim)))
    return u[np.argsort(known_excess(problem, u), kind="stable")[:n]]


def _part(share: float, n: int, rng: np.random.Generator) -> int:
    """Part of n, rounded at random so that batches of one get it on average."""
    return min(n, int(share * n + rng.random()))
