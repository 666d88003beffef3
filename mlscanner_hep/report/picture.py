"""A picture with the numbers behind it, and the look that all pictures share."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

DPI = 150

# Okabe and Ito, https://jfly.uni-koeln.de/color: distinguishable by the colour-blind.
BLUE, ORANGE, VERMILION, GREEN = "#0072B2", "#E69F00", "#D55E00", "#009E73"
GREY, INK = "#BBBBBB", "#333333"

STYLE: dict[Any, Any] = {
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "mathtext.default": "regular",
    "pdf.fonttype": 42,  # TrueType: journals and editors want text that stays text
    "svg.fonttype": "none",
}

Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Picture:
    """A figure and its data.

    Parameters
    ----------
    figure : Figure
        What to look at.
    tables : mapping of str to mapping of str to sequence
        Columns by name for each CSV file; the key is added to the name of the picture.
    """

    figure: Figure
    tables: Mapping[str, Columns]

    def save(self, folder: Path, name: str) -> list[Path]:
        """Write ``name.png``, ``name.pdf`` and a CSV file for each table; return their paths."""
        FigureCanvasAgg(self.figure)
        paths = [folder / f"{name}.png", folder / f"{name}.pdf"]
        with rc_context(STYLE):
            for path in paths:
                self.figure.savefig(path, dpi=DPI, bbox_inches="tight", pad_inches=0.1)
        for suffix, columns in self.tables.items():
            path = folder / f"{name}{suffix}.csv"
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(columns)
                writer.writerows(zip(*columns.values(), strict=True))
            paths.append(path)
        return paths


def plain(text: str) -> str:
    """Text that is shown as it is: a dollar sign would start a formula."""
    return text.replace("$", r"\$")
