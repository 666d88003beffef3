"""Find where a new-physics model is still alive.

The command line is ``mlscanner-hep``; from Python, `Scan` is the way in::

    from mlscanner_hep import Scan

    with Scan.load("model.toml") as scan:
        scan.run()
        points = scan.points
        good = points[scan.problem.inside(points)]
"""

from mlscanner_hep.errors import (
    ConfigError,
    LedgerError,
    PreflightError,
    ScannerError,
    ScanStalled,
    Unphysical,
)
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.points import Points, Status
from mlscanner_hep.scan import Scan

__all__ = [
    "ConfigError",
    "LedgerError",
    "Outcome",
    "Points",
    "PreflightError",
    "Scan",
    "ScanStalled",
    "ScannerError",
    "Status",
    "Unphysical",
]
