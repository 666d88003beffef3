"""What `status` and `run` show of why nothing is inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from mlscanner_hep.cli.console import out
from mlscanner_hep.findings.diagnosis import diagnose
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem


def as_data(
    problem: Problem, points: Points, ids: Sequence[int] | None = None
) -> dict[str, Any] | None:
    """The diagnosis as plain data, with ids of the points if given; None if something is inside."""
    found = diagnose(problem, points)
    if found.inside:
        return None
    return {
        "sentences": found.sentences(ids),
        "contradictory": [pair.names for pair in found.conflicts if pair.contradictory],
        "closest": ids[found.closest.row] if found.closest and ids else None,
    }


def show(data: dict[str, Any] | None) -> None:
    """Print it."""
    if data is not None:
        first, *others = data["sentences"]
        out.print()
        out.print(Text(first, "yellow"), soft_wrap=True)
        for sentence in others:
            out.print(Text(f"  {sentence}"), soft_wrap=True)
