"""Where everything is printed: answers to stdout, trouble to stderr."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlscanner_hep.points import Status
from mlscanner_hep.tools.folders import unused

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

STYLE = {Status.OK: "green", Status.UNPHYSICAL: "yellow", Status.FAILED: "red"}


def print_json(data: Any, indent: int | None = 2) -> None:
    """Print plain data as JSON, and nothing else; see `strict`."""
    out.print(json.dumps(strict(data), indent=indent), markup=False, soft_wrap=True)


def strict(data: Any) -> Any:
    """Plain data as JSON can say it: numbers that are not finite become None."""
    if isinstance(data, Mapping):
        return {str(key): strict(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [strict(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def error(message: str) -> None:
    """Show an error, with paths below the working directory as one would type them."""
    message = message.replace(f"{Path.cwd()}/", "")
    err.print(Text.assemble(("Error: ", "bold red"), message), soft_wrap=True)


def warnings(notes: Iterable[str]) -> None:
    """Show what is no error but should be known."""
    for note in notes:
        err.print(Text.assemble(("Warning: ", "bold yellow"), note), soft_wrap=True)


def make_empty(keep: Path) -> None:
    """Make the folder that is to keep the files of a point."""
    unused(keep)
    keep.mkdir(parents=True, exist_ok=True)


def table(title: str, *columns: str, right: Collection[str] = ()) -> Table:
    """An empty table; the columns in `right` are flush with their right edge."""
    made = Table(title=title, title_justify="left", show_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left")
    return made


def figure(value: float | None) -> str:
    """A number as a person reads it."""
    return "-" if value is None or math.isnan(value) else f"{value:.6g}"


def percent(fraction: float | None) -> str:
    """A fraction as a person reads it."""
    return "-" if fraction is None or math.isnan(fraction) else f"{100 * fraction:.1f} %"


def duration(seconds: float) -> str:
    """A duration as a person reads it."""
    if not math.isfinite(seconds):
        return "-"
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 9.5 else f"{seconds:.2g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes}:{rest:02d} min"


def interval(low: float, high: float) -> str:
    """The accepted interval of a constraint as a person reads it."""
    if math.isinf(low):
        return "any" if math.isinf(high) else f"<= {figure(high)}"
    return f">= {figure(low)}" if math.isinf(high) else f"{figure(low)} .. {figure(high)}"
