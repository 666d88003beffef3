"""The first set of pictures of a run."""

from __future__ import annotations

from pathlib import Path

from matplotlib import rc_context

from mlscanner_hep.plots import corner, faults, progress
from mlscanner_hep.plots.results import Results
from mlscanner_hep.plots.style import styled
from mlscanner_hep.scan import Scan

DPI = 150  # to be looked at
PICTURES = {"inside": corner.draw, "progress": progress.draw, "faults": faults.draw}
"""What is drawn, by the name of its files."""


def draw(scan: Scan, folder: Path, style: Path | None = None) -> list[Path]:
    """Draw the points inside, the progress of the scan, and where points die.

    Parameters
    ----------
    scan : Scan
        A scan with a run folder.
    folder : Path
        Where the files go; made if it is not there.
    style : Path, optional
        A matplotlib style file on top of the shared look.

    Returns
    -------
    list of Path
        PNG, PDF and CSV of each picture.

    Raises
    ------
    LedgerError
        If there is no run to be drawn.
    """
    results = Results.read(scan)
    paths: list[Path] = []
    with styled(style), rc_context({"savefig.dpi": DPI}):
        for name, make in PICTURES.items():
            paths += make(results).write(folder / f"{name}.png", folder / f"{name}.pdf")
    return paths
