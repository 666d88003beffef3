"""Which constraints exclude each other, as far as points can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

MET = 3
"""A constraint can be fulfilled by itself if so many points do."""
EXPECTED = 5.0
"""So many points should fulfil two independent constraints before none of them says anything."""
FRONT, FEWEST = 100, 20
"""So many points closest to fulfilling all, or at least so few, show a trade-off ..."""
TRADE = -0.35
"""... if the rank of each violation correlates with those of the others like this or worse."""
STOPPED = 1.1
"""Four times the points have not brought the best one closer to two constraints by more than this
factor. To more of them chance alone brings points closer more slowly, see `Conflict`."""


@dataclass(frozen=True)
class Conflict:
    """Constraints that many points fulfil singly and none together.

    Parameters
    ----------
    names : tuple of str
        The constraints, at least two.
    met : tuple of int
        Points that fulfil each of them, among those that have the targets of all.
    closest : float
        Smallest joint violation, the largest of all in units of a typical distance outside.
    earlier : float
        What a quarter of the points reached: the median over four quarters.
    correlation : float
        Rank correlation of each violation with the others, the weakest, among the points closest
        to fulfilling all that violate all; NaN for fewer than `FEWEST`.
    """

    names: tuple[str, ...]
    met: tuple[int, ...]
    closest: float
    earlier: float
    correlation: float

    @property
    def contradictory(self) -> bool:
        """Whether more points have stopped coming closer to fulfilling all.

        The closest of n random points violates k constraints with a common region by about
        n**(-1/k), as long as it has not met it.
        """
        return bool(self.earlier <= STOPPED ** (2 / len(self.names)) * self.closest)

    def sentence(self) -> str:
        """The conflict in words."""
        (first, *rest), (met, *more) = self.names, self.met
        all_, others = ("both", "the other") if len(rest) == 1 else ("all", "the others")
        counts = [f"'{name}' by {n}" for name, n in zip(rest, more, strict=True)]
        counts = [f"'{first}' is fulfilled by {met} points", *counts, f"{all_} by none"]
        trade = ""
        if self.correlation <= TRADE:
            trade = (
                f"; near {all_}, approaching one worsens {others} "
                f"(rank correlation {self.correlation:.2f})"
            )
        if self.contradictory:
            return (
                f"{', '.join(counts)}: as far as these points show they contradict each other. The "
                f"closest point misses by {self.closest:.2g} of a typical distance, a quarter of "
                f"the points came as close as {self.earlier:.2g}{trade}."
            )
        return (
            f"{', '.join(counts)}: they pull against each other{trade}. Points still come closer "
            f"to fulfilling {all_}."
        )


def conflicts(names: Sequence[str], distance: Array, uniform: Mask, drawn: int) -> list[Conflict]:
    """Find the fewest constraints that are at odds, contradictory ones and the worst first.

    A pair is if each of the two is fulfilled by many points and both by none, although independent
    constraints would have met, or approaching one leads away from the other. This is evidence, not
    proof: what no point has come near is not known.

    While no pair is contradictory triples are looked at, and then all constraints together. These
    have to be contradictory, and approaching any one has to lead away from the others: among so
    many subsets some seem to pull against each other wherever the region is small.

    Parameters
    ----------
    names : sequence of str
        The c constraints.
    distance : ndarray, shape (n, c)
        How far each point is from fulfilling each of them, in units of a typical distance outside;
        0 if it does, NaN if the target is missing.
    uniform : ndarray of bool, shape (n,)
        Which of the points were drawn uniformly.
    drawn : int
        Uniform points with an answer of the codes, also that there is no spectrum.
    """
    # mixed: any regular quarter of a space-filling sequence lies in a part of the box
    rows = np.random.default_rng(0).permutation(len(distance))
    columns = np.where(np.isfinite(distance), distance, np.inf)[rows].T.copy()
    by_chance = _expected(distance, uniform, drawn)
    found: list[Conflict] = []
    for size in sorted({2, 3, max(3, len(names))}):
        for subset in map(list, _apart(columns == 0, size)):
            violation = columns[subset]
            known = np.isfinite(violation).all(axis=0)
            joint = violation.max(axis=0)
            conflict = Conflict(
                tuple(names[j] for j in subset),
                tuple(((violation == 0) & known).sum(axis=1).tolist()),
                float(joint.min()),
                float(np.median(np.minimum.reduceat(joint, np.arange(4) * len(joint) // 4))),
                np.nan,
            )
            if min(conflict.met) < MET or (size > 2 and not conflict.contradictory):
                continue
            conflict = replace(conflict, correlation=_trade_off(violation, joint))
            expected = size == 2 and by_chance[*subset] >= EXPECTED
            if expected or conflict.correlation <= TRADE:
                found.append(conflict)
        if any(conflict.contradictory for conflict in found):
            break
    return sorted(found, key=lambda conflict: (not conflict.contradictory, -conflict.closest))


def _expected(distance: Array, uniform: Mask, drawn: int) -> Array:
    """Uniform points (c, c) that would fulfil two constraints if these were independent."""
    met, known = distance[uniform] == 0, np.isfinite(distance[uniform])
    alone = met.T.astype(float) @ known.astype(float)
    return np.asarray(alone * alone.T / drawn) if drawn else np.zeros_like(alone)


def _apart(met: Mask, size: int) -> Iterator[tuple[int, ...]]:
    """Subsets of the constraints that no point fulfils, for a mask (c, n) of what is fulfilled."""
    able = np.flatnonzero(met.sum(axis=1) >= MET)
    if size > 3:
        if len(able) == len(met) and not met.all(axis=0).any():
            yield tuple(able.tolist())
        return
    for first in combinations(able.tolist(), size - 1):
        later = able[able > first[-1]]
        never = ~met[np.ix_(later, met[list(first)].all(axis=0))].any(axis=1)
        yield from ((*first, k) for k in later[never].tolist())


def _trade_off(violation: Array, joint: Array) -> float:
    """Weakest rank correlation of a violation (k, n) with the others near the minimum of `joint`.

    Only points that violate all enter: among the others, those that fulfil one, the mere lack of
    points that fulfil all would look like a trade-off.
    """
    from scipy.stats import rankdata  # takes a third of a second to import

    rows = np.flatnonzero(np.isfinite(joint) & (violation > 0).all(axis=0))
    if len(rows) > FRONT:
        rows = rows[np.argpartition(joint[rows], FRONT)[:FRONT]]
    front = violation[:, rows]
    if len(rows) < FEWEST or (np.ptp(front, axis=1) == 0).any():
        return float("nan")
    rank = rankdata(front, axis=1)
    others = rank.sum(axis=0) - rank
    return max(float(np.corrcoef(*pair)[0, 1]) for pair in zip(rank, others, strict=True))
