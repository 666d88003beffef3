"""What `status` shows of how complete a run is."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from mlscanner_hep.cli.console import figure, out, percent, table
from mlscanner_hep.findings.completeness import coverage, missed
from mlscanner_hep.findings.forecast import Forecast
from mlscanner_hep.findings.islands import ENOUGH, islands
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem

MOST_ISLANDS = 8
MOST_PARAMETERS = 4


def as_data(problem: Problem, points: Points) -> dict[str, Any]:
    """Coverage, islands, the limit on what is missed, and predictions as plain data."""
    forecast = Forecast.of(points, problem.inside(points))
    return {
        "coverage": coverage(problem, points),
        "islands": [
            {
                "points": len(island),
                "ranges": {
                    name: [low, high]
                    for name, low, high in zip(
                        problem.space.names, island.low.tolist(), island.high.tolist(), strict=True
                    )
                },
            }
            for island in islands(problem, points)
        ],
        "missed": {**vars(missed(problem, points)), "part": bool(problem.known.any())},
        "forecast": vars(forecast) if forecast.points else None,
    }


def show(data: dict[str, Any]) -> None:
    """Print it."""
    groups, forecast = data["islands"], data["forecast"]
    inside = sum(group["points"] for group in groups)
    if inside:
        meaning = "estimated share of the known region that is near a point inside"
        if inside < ENOUGH:
            meaning += "; too few points to see how large that is"
        out.print(f"coverage  {percent(data['coverage'])}, {meaning}", soft_wrap=True)
        out.print(f"islands   {len(groups)}")
    out.print(f"missed    {_missed(data['missed'])}", soft_wrap=True)
    if forecast is not None:
        out.print(
            f"forecast  {percent(forecast['predicted'])} of {forecast['points']} points were "
            f"predicted to be inside, {percent(forecast['achieved'])} are"
        )
    if len(groups) > 1:
        _islands(groups)


def _missed(found: dict[str, Any]) -> str:
    """The limit on what is not found, and what it means."""
    drawn, inside, surprises, limit = (
        found[key] for key in ("drawn", "inside", "surprises", "limit")
    )
    counts = f"uniform points: {drawn} drawn, {inside} inside, {surprises} surprises"
    if limit == 1:
        return f"{counts}; they say nothing of what is not found yet"
    box = "the part of the box that the parameters alone leave" if found["part"] else "the box"
    text = f"{counts}; less than {limit:.2g} of {box} is inside and not found (95 % confidence). "
    if inside and limit < inside / drawn:
        return f"{text}About {inside / drawn:.2g} is inside in all: a smaller island may be missed."
    return f"{text}An island smaller than this may be missed, even one larger than what was found."


def _islands(groups: list[dict[str, Any]]) -> None:
    shown = groups[:MOST_ISLANDS]
    names = telling([group["ranges"] for group in shown])
    grid = table("Islands", "", "points", *names)
    for number, group in enumerate(shown, 1):
        ranges = (group["ranges"][name] for name in names)
        cells = [f"{figure(low)} .. {figure(high)}" for low, high in ranges]
        grid.add_row(str(number), str(group["points"]), *cells)
    out.print("", grid)
    rest = sum(group["points"] for group in groups[MOST_ISLANDS:])
    if rest:
        out.print(f"and {len(groups) - MOST_ISLANDS} smaller ones with {rest} points in all")
    if not names:
        out.print("Their ranges overlap in every single parameter.")


def telling(ranges: list[dict[str, list[float]]]) -> list[str]:
    """The few parameters whose ranges, by name for each island, tell most of the islands apart."""
    left = set(combinations(range(len(ranges)), 2))
    apart = {
        name: {
            (i, j)
            for i, j in left
            if ranges[i][name][1] < ranges[j][name][0] or ranges[j][name][1] < ranges[i][name][0]
        }
        for name in ranges[0]
    }
    chosen: list[str] = []
    while left and len(chosen) < MOST_PARAMETERS:
        best = max(apart, key=lambda name: len(apart[name] & left))
        if not apart[best] & left:
            break
        chosen.append(best)
        left -= apart[best]
    return [name for name in ranges[0] if name in chosen]
