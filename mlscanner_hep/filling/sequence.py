"""A low-discrepancy sequence that continues from round to round."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.problem import Problem
from mlscanner_hep.space import Choice

Array = NDArray[np.float64]

PROBE = 4096
"""Points from which the share that the known constraints leave is estimated."""
LONGEST = 1 << 16
"""At most so many positions of the sequence are spent on one point."""


def sequence(problem: Problem, earlier: Array, n: int, rng: np.random.Generator) -> Array:
    """The next n points (n, d) of a randomly shifted Sobol sequence.

    The sequence needs no memory: its position is the number of earlier points, and its shift
    (modulo 1; the first point is drawn from `rng`) is read off the first of them. Positions that a
    known constraint excludes are passed over; where that leaves too few, the least bad are taken.

    Parameters
    ----------
    problem : Problem
        Space and constraints.
    earlier : ndarray, shape (k, d)
        All points so far, the pending ones last.
    n : int
        How many points are wanted.
    rng : numpy.random.Generator
        Gives the first point.
    """
    stride = _stride(problem)
    dim = problem.space.dim
    origin = earlier[0] if len(earlier) else rng.random(dim)
    shift = np.mod(origin - _sobol(dim, 0, 1)[0], 1.0)
    # the shift of a discrete choice cannot be read off its rounded position
    shift[[isinstance(p, Choice) for p in problem.space.parameters]] = 0.0
    u = np.mod(_sobol(dim, stride * len(earlier), stride * n) + shift, 1.0)
    u = problem.space.snap(u)
    return u[np.sort(np.argsort(known_excess(problem, u), kind="stable")[:n])]


def known_excess(problem: Problem, u: Array) -> Array:
    """How many of the known constraints points (n, d) violate; shape (n,)."""
    if not problem.known.any():
        return np.zeros(len(u))
    targets = problem.known_targets(u)[:, problem.known]
    low, high = problem.bounds[problem.known].T
    return np.asarray((~((targets >= low) & (targets <= high))).sum(axis=1), float)


def _stride(problem: Problem) -> int:
    """Positions per point: enough that a block of them nearly always holds an allowed one."""
    if not problem.known.any():
        return 1
    allowed = np.mean(known_excess(problem, _sobol(problem.space.dim, 0, PROBE)) == 0)
    return int(min(LONGEST, 2 ** np.ceil(np.log2(8 / max(allowed, 1 / PROBE)))))


def _sobol(dim: int, start: int, n: int) -> Array:
    """Points start ... start + n - 1 (n, d) of a scrambled Sobol sequence without its first."""
    from scipy.stats import qmc  # takes a third of a second to import

    engine = qmc.Sobol(dim, scramble=True, seed=np.random.default_rng(0))
    engine.fast_forward(1 + start)  # also spares a warning: no balance is lost by not being 2^m
    return np.asarray(engine.random(n))
