"""Markdown tables from finished runs: medians and ranges over the seeds."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from runs import Setting
from targets import TARGETS

Run = dict[str, Any]
SETTINGS = [field.name for field in fields(Setting) if field.name != "seed"]
NAMES = ("target", "proposer")


def read(file: Path) -> list[Run]:
    """The runs of a file with one JSON object a line; of a run made twice, the later one."""
    runs: dict[tuple[Any, ...], Run] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            found = json.loads(line)
            runs[(*_setting(found), found["seed"])] = found
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{file}, line {number}: not a run ({error!r}); delete it") from error
    if not runs:
        raise ValueError(f"{file}: no runs in it yet")
    return list(runs.values())


def tables(runs: Sequence[Run]) -> str:
    """One table of all targets, and one of the islands of those that have several."""
    groups: dict[tuple[Any, ...], list[Run]] = {}
    for found in sorted(runs, key=_order):
        groups.setdefault(_setting(found), []).append(found)
    shown = [name for name in SETTINGS if name in NAMES or len({run[name] for run in runs}) > 1]
    same = [f"{name} {runs[0][name]}" for name in SETTINGS if name not in shown]
    caption = "Medians and ranges over the seeds" + "".join(f", {part}" for part in same) + "."
    heads = [
        {name: str(group[0][name]) for name in shown} | {"seeds": str(len(group))}
        for group in groups.values()
    ]
    pairs = list(zip(heads, groups.values(), strict=True))
    parts = [caption, _markdown([head | _row(group) for head, group in pairs])]
    islands = [head | _island_row(group) for head, group in pairs if "islands" in group[0]]
    if islands:
        parts.append(_markdown(islands))
    return "\n\n".join(parts)


def _order(found: Run) -> tuple[int, str]:
    """Targets in their own order, and those that are no longer there."""
    names = list(TARGETS)
    name = found["target"]
    return names.index(name) if name in names else len(names), name


def _setting(found: Run) -> tuple[Any, ...]:
    return tuple(found[name] for name in SETTINGS)


def _row(group: list[Run]) -> dict[str, str]:
    row = {"first": _spread(found["first"] for found in group)}
    for mark in group[0]["coverage"]:
        row[f"inside @{mark}"] = _spread(found["inside"][mark] for found in group)
        row[f"coverage @{mark}"] = _spread((found["coverage"][mark] for found in group), 2)
    reached = [found["reached"] for found in group]
    ideal = group[0]["ideal"]
    ratio = statistics.median(math.inf if calls is None else calls for calls in reached) / ideal
    row["calls to 80 %"] = _spread(reached)
    row["over ideal"] = f"{ratio:.2f} ({ideal})" if math.isfinite(ratio) else f"- ({ideal})"
    for name in ("hit_rate", "predicted", "achieved"):
        row[name.replace("_", " ")] = _spread((found[name] for found in group), 2)
    return row | {"seconds": _spread((found["seconds"] for found in group), 1)}


def _island_row(group: list[Run]) -> dict[str, str]:
    row = {"islands": str(group[0]["islands"])}
    for mark in group[0]["found"]:
        row[f"found @{mark}"] = _spread(found["found"][mark] for found in group)
    every = [found["all_found"] for found in group]
    row["all found after"] = _spread(every)
    return row | {"all found in": f"{sum(calls is not None for calls in every)}/{len(group)}"}


def _spread(values: Iterable[float | None], digits: int = 0) -> str:
    """Median and range, such as ``515 (463 to 599)``; a dash is what was not reached."""
    numbers = sorted(math.inf if value is None else value for value in values)
    middle, low, high = (
        f"{number:.{digits}f}" if math.isfinite(number) else "-"
        for number in (statistics.median(numbers), numbers[0], numbers[-1])
    )
    return middle if low == high else f"{middle} ({low} to {high})"


def _markdown(rows: list[dict[str, str]]) -> str:
    """A table with the union of the columns, empty where a row lacks one."""
    longest = max(rows, key=len)
    columns = [*longest, *({name for row in rows for name in row} - longest.keys())]
    lines = [columns, ["---"] * len(columns)]
    lines += [[row.get(name, "") for name in columns] for row in rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
