"""Which constraints exclude each other, as far as points can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

MET = 3
"""A constraint can be fulfilled by itself if so many points do."""
EXPECTED = 5.0
"""So many points should fulfil two independent constraints before none of them says anything."""
FRONT, FEWEST = 100, 20
"""So many points closest to fulfilling both, or at least so few, show a trade-off ..."""
TRADE = -0.35
"""... if the ranks of the two violations correlate like this or worse."""
STOPPED = 1.1
"""Four times the points have not brought the best one closer by more than this factor."""


@dataclass(frozen=True)
class Conflict:
    """Two constraints that many points fulfil singly and none together.

    Parameters
    ----------
    names : tuple of str
        The two constraints.
    met : tuple of int
        Points that fulfil each of them, among those that have the targets of both.
    closest : float
        Smallest joint violation, the larger of the two in units of a typical distance outside.
    earlier : float
        What a quarter of the points reached: the median over four quarters.
    correlation : float
        Rank correlation of the violations among the points closest to both that violate both; NaN
        for fewer than `FEWEST`.
    """

    names: tuple[str, str]
    met: tuple[int, int]
    closest: float
    earlier: float
    correlation: float

    @property
    def contradictory(self) -> bool:
        """Whether more points have stopped coming closer to fulfilling both."""
        return self.earlier <= STOPPED * self.closest

    def sentence(self) -> str:
        """The conflict in words."""
        (a, b), (met_a, met_b) = self.names, self.met
        trade = ""
        if self.correlation <= TRADE:
            trade = (
                "; near both, approaching one worsens the other "
                f"(rank correlation {self.correlation:.2f})"
            )
        counts = f"'{a}' is fulfilled by {met_a} points, '{b}' by {met_b}, both by none"
        if self.contradictory:
            return (
                f"{counts}: as far as these points show they contradict each other. The closest "
                f"point misses by {self.closest:.2g} of a typical distance, a quarter of the "
                f"points came as close as {self.earlier:.2g}{trade}."
            )
        return (
            f"{counts}: they pull against each other{trade}. Points still come closer to "
            "fulfilling both."
        )


def conflicts(names: Sequence[str], distance: Array, uniform: Mask, drawn: int) -> list[Conflict]:
    """Find the pairs of constraints that are at odds, contradictory ones and the worst first.

    A pair is if each of the two is fulfilled by many points and both by none, although independent
    constraints would have met, or approaching one leads away from the other. This is evidence, not
    proof: what no point has come near is not known.

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
    met, known = distance == 0, np.isfinite(distance)
    both, single = _common(met, met), _common(met, known)
    by_chance = np.zeros_like(single)
    if drawn:
        alone = _common(met[uniform], known[uniform])
        by_chance = alone * alone.T / drawn
    # mixed: any regular quarter of a space-filling sequence lies in a part of the box
    rows = np.random.default_rng(0).permutation(len(distance))
    columns = np.where(known, distance, np.inf)[rows].T.copy()
    starts = np.arange(4) * len(rows) // 4
    found = []
    for i, j in np.argwhere(np.triu(both == 0, 1) & (np.minimum(single, single.T) >= MET)):
        joint = np.maximum(columns[i], columns[j])
        correlation = _trade_off(columns[i], columns[j], joint)
        if by_chance[i, j] >= EXPECTED or correlation <= TRADE:
            quarters = np.minimum.reduceat(joint, starts)
            found.append(
                Conflict(
                    (names[i], names[j]),
                    (int(single[i, j]), int(single[j, i])),
                    float(joint.min()),
                    float(np.median(quarters)),
                    correlation,
                )
            )
    return sorted(found, key=lambda pair: (not pair.contradictory, -pair.closest))


def _common(first: Mask, second: Mask) -> Array:
    """How many points have both, for columns i of the first and j of the second mask."""
    return np.asarray(first.T.astype(float) @ second.astype(float))


def _trade_off(first: Array, second: Array, joint: Array) -> float:
    """Rank correlation of two violations (n,) near the minimum of the larger one.

    Only points that violate both enter: among the others, those that fulfil one, the mere lack of
    points that fulfil both would look like a trade-off.
    """
    from scipy.stats import spearmanr  # takes a third of a second to import

    rows = np.flatnonzero(np.isfinite(joint) & (first > 0) & (second > 0))
    if len(rows) > FRONT:
        rows = rows[np.argpartition(joint[rows], FRONT)[:FRONT]]
    if len(rows) < FEWEST or np.ptp(first[rows]) == 0 or np.ptp(second[rows]) == 0:
        return float("nan")
    return float(spearmanr(first[rows], second[rows]).statistic)
