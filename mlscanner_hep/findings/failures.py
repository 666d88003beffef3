"""Why points die, and whether failed ones cluster: a code that breaks down in a part of the box."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.outcome import headline
from mlscanner_hep.points import Points
from mlscanner_hep.space import Space

Array = NDArray[np.float64]

FEWEST = 20
"""Fewer failed points, or others, say nothing."""
UNLIKELY = 1e-4
"""Probability of the Kolmogorov-Smirnov test below which a parameter is named."""


Fault = tuple[str, str, str, int, int]
"""Status, stage, reason, number of points and an example, see `Ledger.faults`."""


def grouped(faults: Sequence[Fault]) -> list[Fault]:
    """The faults by the headline of their reason, the most frequent first."""
    merged: dict[tuple[str, str, str], list[int]] = {}
    for status, stage, reason, count, example in faults:
        entry = merged.setdefault((status, stage, headline(reason)), [0, example])
        entry[0] += count
        entry[1] = min(entry[1], example)
    found = [(*key, count, example) for key, (count, example) in merged.items()]
    return sorted(found, key=lambda fault: -fault[3])


@dataclass(frozen=True)
class Cluster:
    """A parameter in which failed points are distributed unlike the others of their rounds.

    Parameters
    ----------
    parameter : str
        Its name.
    low, high : float
        The range with the largest excess of failed points.
    within, failed : int
        Failed points in this range, and all.
    others : float
        Fraction of the other points in this range.
    p : float
        Probability of such a difference by chance, two-sided Kolmogorov-Smirnov test.
    stage, reason : str
        Where and why most of those in the range failed; reasons of one `headline` are one.
    count : int
        How many did.
    """

    parameter: str
    low: float
    high: float
    within: int
    failed: int
    others: float
    p: float
    stage: str
    reason: str
    count: int

    def sentence(self) -> str:
        """The cluster in words."""
        return (
            f"Failed points cluster: {self.within} of {self.failed} have {self.parameter} = "
            f"{self.low:.4g} .. {self.high:.4g}, where {100 * self.others:.2g} % of the others of "
            f"the same rounds are (Kolmogorov-Smirnov p = {self.p:.1g}). {self.count} of them: "
            f"stage '{self.stage}', {self.reason}"
        )


def clusters(space: Space, points: Points, ends: Sequence[tuple[str, str]]) -> list[Cluster]:
    """Find the parameters in which failed points cluster, the least likely first.

    Failed points are compared with those of the same rounds that did not fail: a proposer does not
    spread its points evenly, and a fault of the machine strikes some rounds only.

    Parameters
    ----------
    space : Space
        Names of the parameters.
    points : Points
        All n points.
    ends : sequence of tuple of str
        Stage and reason with which each of them ended; both empty if it is ok.
    """
    failed = points.failed
    others = (points.ok | points.unphysical) & np.isin(points.round, points.round[failed])
    if min(failed.sum(), others.sum()) < FEWEST:
        return []
    from scipy.stats import ks_2samp  # takes a third of a second to import

    found = []
    for name, column in zip(space.names, points.x.T, strict=True):
        p = float(ks_2samp(column[failed], column[others], method="asymp").pvalue)
        if p >= UNLIKELY:
            continue
        low, high = _excess(column[failed], column[others])
        here = (column >= low) & (column <= high)
        rows = np.flatnonzero(failed & here).tolist()
        why = Counter((ends[row][0], headline(ends[row][1])) for row in rows)
        (((stage, reason), count),) = why.most_common(1)
        share = float(here[others].mean())
        found.append(
            Cluster(name, low, high, len(rows), int(failed.sum()), share, p, stage, reason, count)
        )
    return sorted(found, key=lambda cluster: cluster.p)


def _excess(first: Array, second: Array) -> tuple[float, float]:
    """The interval in which the share of the first sample (n,) exceeds that of the second most."""
    values = np.unique(np.concatenate([first, second]))
    shares = [np.searchsorted(np.sort(v), values, side="right") / len(v) for v in (first, second)]
    difference = shares[0] - shares[1]
    before = np.concatenate([[0.0], difference[:-1]])
    end = int(np.argmax(difference - np.minimum.accumulate(before)))
    start = int(np.argmin(before[: end + 1]))
    return float(values[start]), float(values[end])
