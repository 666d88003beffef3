"""A picture with the numbers behind it, and the files that it becomes."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mlscanner_hep.errors import ConfigError, nearest

Columns = Mapping[str, Sequence[Any]]

FORMATS = (".pdf", ".png", ".svg", ".pgf")
UNDATED: dict[str, dict[str, Any]] = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}
"""The same picture is the same file, whenever it is drawn."""
SALT = "mlscanner-hep"
LATEX = ("xelatex", "lualatex", "pdflatex")


@dataclass(frozen=True)
class Picture:
    """A figure and its data.

    Parameters
    ----------
    figure : Figure
        What to look at.
    tables : mapping of str to mapping of str to sequence
        Columns by name for each CSV file; the key is added to the name of the picture.
    notes : tuple of str
        What the reader of the figure should know: what is not shown, and why.
    """

    figure: Figure
    tables: Mapping[str, Columns]
    notes: tuple[str, ...] = ()

    def write(self, *files: Path) -> list[Path]:
        """Write the figure into files, and the CSV files beside the first; return all paths.

        Parameters
        ----------
        *files : Path
            The ending of each chooses its format, one of `FORMATS`; all in one folder.

        Raises
        ------
        ConfigError
            If a format is not known, or needs a program that is not there.
        """
        paths = list(files)
        for path in files:
            check(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._draw(path)
        for suffix, columns in self.tables.items():
            table = files[0].with_name(f"{files[0].stem}{suffix}.csv")
            write_table(table, columns)
            paths.append(table)
        return paths

    def _draw(self, path: Path) -> None:
        settings: dict[Any, Any] = {"svg.hashsalt": SALT}
        if path.suffix == ".pgf":
            settings["pgf.texsystem"] = next(filter(shutil.which, LATEX))
        options: dict[str, Any] = {}
        if path.suffix in UNDATED:
            options["metadata"] = UNDATED[path.suffix]
        # A figure that lays itself out has the width that a column of the journal has.
        if self.figure.get_layout_engine() is None:
            options |= {"bbox_inches": "tight", "pad_inches": 0.1}
        FigureCanvasAgg(self.figure)
        with rc_context(settings), _typeset(path):
            self.figure.savefig(path, **options)


def check(path: Path) -> None:
    """Raise ConfigError if a figure cannot become this file."""
    if path.suffix not in FORMATS:
        hint = nearest(path.suffix, FORMATS)
        raise ConfigError(f"--out {path}: no figure ends in '{path.suffix}'; {hint}")
    if path.suffix == ".pgf" and not any(map(shutil.which, LATEX)):
        raise ConfigError(
            f"--out {path}: PGF is typeset by LaTeX, and none of {', '.join(LATEX)} is on PATH; "
            "install one (Debian: texlive-latex-recommended, texlive-pictures) or write a .pdf"
        )


@contextmanager
def _typeset(path: Path) -> Iterator[None]:
    """Turn what LaTeX complains of into a ConfigError."""
    try:
        yield
    except Exception as error:
        if path.suffix != ".pgf" or not (isinstance(error, ValueError) or "LaTeX" in str(error)):
            raise
        said = [line for line in str(error).splitlines() if line.startswith("!")]
        raise ConfigError(
            f"--out {path}: LaTeX cannot typeset the figure: {' '.join(said) or error}"
        ) from error


def write_table(path: Path, columns: Columns) -> None:
    """Write columns of the same length as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def numbers(values: NDArray[np.float64]) -> list[Any]:
    """Numbers for a table; a missing one is an empty cell."""
    return ["" if np.isnan(value) else value for value in values.tolist()]
