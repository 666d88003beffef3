"""What is reported of a run: numbers that go to a line of JSON, None where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from targets import Target

from mlscanner_hep.points import Points

Mask = NDArray[np.bool_]

MARKS = (500, 1000, 2000, 5000)
"""Calls at which points inside are counted and coverage is measured."""
ISLAND_MARKS = (1500, 2000, 3000)
"""Calls at which found islands are counted."""
FOUND = 3
"""An island is found with so many points inside."""
SHARE = 0.8
"""The coverage to reach."""
LATE = slice(1000, 2000)
"""The calls of which hit rates are reported."""


def measure(target: Target, points: Points) -> dict[str, Any]:
    """All numbers of a run that do not depend on time."""
    inside = target.problem.inside(points)
    marks = [mark for mark in MARKS if mark <= len(points)]
    heads = {str(mark): points.u[:mark][inside[:mark]] for mark in marks}
    result: dict[str, Any] = {
        "first": int(np.argmax(inside)) + 1 if inside.any() else None,
        "inside": {mark: len(head) for mark, head in heads.items()},
        "coverage": {mark: round(target.covered(head), 4) for mark, head in heads.items()},
        "reached": _calls_to(target, points, inside),
        "ideal": target.ideal_calls(SHARE),
    }
    return result | _rates(points, inside) | _islands(target, points, inside)


def _calls_to(target: Target, points: Points, inside: Mask) -> int | None:
    """Calls to the wanted coverage: it never falls, so the place is found by bisection."""
    if target.covered(points.u[inside]) < SHARE:
        return None
    low, high = 1, len(points)
    while low < high:
        middle = (low + high) // 2
        if target.covered(points.u[:middle][inside[:middle]]) >= SHARE:
            high = middle
        else:
            low = middle + 1
    return low


def _rates(points: Points, inside: Mask) -> dict[str, Any]:
    """Hit rate of the late calls; what was predicted, and what came of the same points."""
    names = ("hit_rate", "predicted", "achieved")
    if len(points) < LATE.stop:
        return dict.fromkeys(names)
    late, hits = points.predicted[LATE], inside[LATE]
    stated = np.isfinite(late)
    rates = [float(hits.mean())]
    if stated.any():
        rates += [float(late[stated].mean()), float(hits[stated].mean())]
    rounded = [round(rate, 4) for rate in rates]
    return dict.fromkeys(names) | dict(zip(names, rounded, strict=False))


def _islands(target: Target, points: Points, inside: Mask) -> dict[str, Any]:
    """How many islands are found at the marks, and the calls at which all are."""
    if target.island is None:
        return {}
    labels = target.island(points.x)
    found = [np.flatnonzero(inside & (labels == island)) for island in range(target.islands)]
    calls = [int(rows[FOUND - 1]) + 1 if len(rows) >= FOUND else None for rows in found]
    reached = [c for c in calls if c is not None]
    marks = [mark for mark in ISLAND_MARKS if mark <= len(points)]
    return {
        "islands": target.islands,
        "found": {str(mark): sum(c <= mark for c in reached) for mark in marks},
        "all_found": max(reached) if len(reached) == target.islands else None,
    }
