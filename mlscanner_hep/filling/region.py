"""The probability that a point is inside, as a product of factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from mlscanner_hep.filling.gauge import Gauge
from mlscanner_hep.filling.transform import Transform
from mlscanner_hep.problem import Problem
from mlscanner_hep.space import Space
from mlscanner_hep.surrogates.base import Model

Array = NDArray[np.float64]

FORBIDDEN = -1e4
"""Log-probability of violating a known constraint: finite, so that a walk can find its way in."""

IMPOSSIBLE = -1e12
"""Smallest log-probability of a single target: finite, so that differences stay defined."""


DOUBT = 1e-9
"""Smallest probability that something is not so."""


class Factor(Protocol):
    """One reason for being inside."""

    def log(self, u: Array, level: float, rough: bool) -> Array:
        """Log-probability (n,) of being within the intervals widened to a violation of `level`.

        With `rough` the uncertainty may be replaced by a typical one, which is much faster.
        """
        ...


@dataclass(frozen=True)
class Measured:
    """Targets that a surrogate has learnt, on the scale of their transforms.

    Parameters
    ----------
    model : Model
        Predicts the transformed targets.
    transforms : sequence of Transform
        One for each target.
    gauge : Gauge
        Intervals and scales of these targets alone.
    calibration : ndarray, shape (m,)
        Factor on the model's standard deviations.
    typical : ndarray, shape (m,), optional
        Calibrated standard deviations that stand for all when a rough answer will do.
    columns : sequence of int
        The constraints whose targets they are.
    """

    model: Model
    transforms: Sequence[Transform]
    gauge: Gauge
    calibration: Array
    typical: Array | None = None
    columns: Sequence[int] = ()

    def around(self, u: Array) -> Measured:
        """The same with uncertainties that are typical of the points u (n, d)."""
        std = self.model.predict(u)[1] * self.calibration
        return replace(self, typical=np.median(std, axis=0))

    def log(self, u: Array, level: float, rough: bool) -> Array:
        if rough and self.typical is not None:
            mean = self.model.mean(u)
            std = np.broadcast_to(self.typical, mean.shape)
        else:
            mean, std = self.model.predict(u)
            std = std * self.calibration
        return np.asarray(self.log_each(mean, std, level).sum(axis=1))

    def log_each(self, mean: Array, std: Array, level: float) -> Array:
        """Log-probability (n, m) of each target, from predictions (n, m) with calibrated errors."""
        intervals = zip(self.transforms, self.gauge.widened(level), strict=True)
        low, high = np.transpose([transform(ends) for transform, ends in intervals])
        return log_between((low - mean) / std, (high - mean) / std)


@dataclass(frozen=True)
class Labelled:
    """A label that a surrogate has learnt, with the model's `Link` to its probability.

    Parameters
    ----------
    model : Model
        Predicts the label.
    slope, offset : float
        Of the link.
    name : str
        What it is the probability of; empty if that helps the search only.
    typical : float, optional
        Standard deviation of the function that stands for all when a rough answer will do.
    """

    model: Model
    slope: float
    offset: float
    name: str = ""
    typical: float | None = None

    def around(self, u: Array) -> Labelled:
        """The same with an uncertainty that is typical of the points u (n, d)."""
        if not self.model.link.uncertain:
            return self
        return replace(self, typical=float(np.median(self.model.predict(u)[1])))

    def log(self, u: Array, level: float, rough: bool) -> Array:
        if not self.model.link.uncertain or (rough and self.typical is not None):
            return self.log_yes(self.model.mean(u)[:, 0], np.array(self.typical or 0.0))
        mean, std = self.model.predict(u)
        return self.log_yes(mean[:, 0], std[:, 0])

    def log_yes(self, mean: Array, std: Array) -> Array:
        """Log-probability (n,) that it holds, from the label as it is predicted, (n,) or ()."""
        return self.model.link.log_yes(mean, std, self.slope, self.offset)


@dataclass(frozen=True)
class Branched:
    """A target that jumps: it follows one of two branches, each learnt from its own points.

    Parameters
    ----------
    side : Labelled
        Whether a point is on the second branch.
    first, second : Measured
        The target on either branch.
    """

    side: Labelled
    first: Measured
    second: Measured

    def around(self, u: Array) -> Branched:
        """The same with uncertainties that are typical of the points u (n, d)."""
        return Branched(self.side.around(u), self.first.around(u), self.second.around(u))

    def log(self, u: Array, level: float, rough: bool) -> Array:
        log_second = self.side.log(u, level, rough)
        log_first = log_not(log_second)
        return np.logaddexp(
            log_first + self.first.log(u, level, rough),
            log_second + self.second.log(u, level, rough),
        )


@dataclass(frozen=True)
class Known:
    """The constraints that follow from the parameters alone: never widened, only graded."""

    problem: Problem
    gauge: Gauge

    def log(self, u: Array, level: float, rough: bool) -> Array:
        known = self.problem.known
        targets = self.problem.known_targets(u)[:, known]
        gauge = Gauge(self.gauge.bounds[known], self.gauge.scale[known])
        excess = np.minimum(gauge.violation(targets), 1e6)
        return np.where(excess > 0, FORBIDDEN * (1 + excess), 0.0)


@dataclass(frozen=True)
class Region:
    """Where a scan believes the accepted points to be.

    Parameters
    ----------
    space : Space
        Of the scan; discrete choices are rounded to their positions.
    factors : tuple of Factor
        In the order in which a walk asks them: the most selective first.
    complete : bool
        Whether every constraint has a factor.
    note : str
        What a person should know of how it was learnt.
    edge : bool
        Whether points are wanted at its edge, where the probability is neither 0 nor 1, rather
        than all over it.
    """

    space: Space
    factors: tuple[Factor, ...]
    complete: bool = True
    note: str = ""
    edge: bool = False

    @property
    def graded(self) -> bool:
        """Whether it tells how far outside a point is: labels alone do not."""
        return not all(isinstance(factor, Labelled | Known) for factor in self.factors)

    def log_inside(self, u: Array, level: float = 0.0, rough: bool = False) -> Array:
        """Log-probability (n,) that points (n, d) have a violation of at most `level`."""
        total = np.zeros(len(u))
        if not len(u):
            return total
        u = self.space.snap(u)
        for factor in self.factors:
            total += factor.log(u, level, rough)
        return total

    def log_wanted(self, u: Array, level: float = 0.0, rough: bool = False) -> Array:
        """Logarithm of how much points (n, d) are wanted, (n,): p, or p (1 - p) at the edge."""
        return self._wanted(self.log_inside(u, level, rough))

    def log_wanted_above(self, u: Array, threshold: Array, level: float) -> Array:
        """The same, roughly, where it exceeds `threshold` (n,), else minus infinity.

        A point is dropped at the first factor that takes it below.
        """
        u = self.space.snap(u)
        total = np.zeros(len(u))
        for factor in self.factors:
            rows = np.flatnonzero(total >= threshold)
            if not len(rows):
                break
            total[rows] += factor.log(u[rows], level, rough=True)
        total = self._wanted(total)
        return np.where(total >= threshold, total, -np.inf)

    def _wanted(self, log_p: Array) -> Array:
        if not self.edge:
            return log_p
        return log_p + log_not(log_p)

    def around(self, u: Array) -> Region:
        """The same region whose rough answers suit the surroundings of the points u (n, d)."""
        u = self.space.snap(u)
        kinds = Measured | Labelled | Branched
        factors = [f.around(u) if isinstance(f, kinds) else f for f in self.factors]
        return replace(self, factors=tuple(factors))

    def ordered(self, u: Array, level: float) -> Region:
        """The same region with the factors that reject most of the points u (n, d) first."""
        u = self.space.snap(u)
        means = [float(np.mean(factor.log(u, level, rough=True))) for factor in self.factors]
        order = np.argsort(means, kind="stable")
        return replace(self, factors=tuple(self.factors[i] for i in order))


def log_not(log_p: Array) -> Array:
    """Logarithm of 1 - p, not below that of `DOUBT`, from the logarithm of p."""
    return np.asarray(np.log(np.maximum(-np.expm1(log_p), DOUBT)))


def log_between(low: Array, high: Array) -> Array:
    """Logarithm of the normal probability between `low` and `high`, precise in both tails."""
    flip = low > 0
    low, high = np.where(flip, -high, low), np.where(flip, -low, high)
    above, below = log_ndtr(high), log_ndtr(low)
    with np.errstate(invalid="ignore"):
        log_p = above + np.log1p(-np.exp(np.minimum(below - above, -1e-12)))
    return np.asarray(np.maximum(log_p, IMPOSSIBLE))
