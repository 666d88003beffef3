"""The first set of pictures of a run."""

from __future__ import annotations

from pathlib import Path

from matplotlib import rc_context

from mlscanner_hep.report import corner, faults, progress
from mlscanner_hep.report.picture import STYLE
from mlscanner_hep.report.results import Results
from mlscanner_hep.scan import Scan

PICTURES = {"inside": corner.draw, "progress": progress.draw, "faults": faults.draw}
"""What is drawn, by the name of its files."""


def draw(scan: Scan, folder: Path) -> list[Path]:
    """Draw the points inside, the progress of the scan, and where points die.

    Parameters
    ----------
    scan : Scan
        A scan with a run folder.
    folder : Path
        Where the files go; made if it is not there.

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
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for name, make in PICTURES.items():
        with rc_context(STYLE):
            picture = make(results)
        paths += picture.save(folder, name)
    return paths
