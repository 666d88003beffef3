"""Find where a new-physics model is still alive.

The command line is ``mlscanner-hep``; from Python, `Scan` is the way in::

    from mlscanner_hep import Scan

    with Scan.load("model.toml") as scan:
        scan.run()
        points = scan.points
        good = points[scan.problem.inside(points)]
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mlscanner_hep.errors import (
    ConfigError,
    LedgerError,
    PreflightError,
    ScannerError,
    ScanStalled,
    Unphysical,
)

if TYPE_CHECKING:
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

_LATER = {"Outcome": "outcome", "Points": "points", "Scan": "scan", "Status": "points"}
"""Where what is heavy stands: imported when it is first used, so that `--help` answers at once."""

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
