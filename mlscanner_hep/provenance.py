"""What made the points of a ledger: versions of packages, and the programs of the chain."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mlscanner_hep.adapter import Adapter
from mlscanner_hep.ledger import Ledger
from mlscanner_hep.pipeline import Pipeline

VERSIONS = ("mlscanner-hep", "numpy", "scipy", "scikit-learn", "tensorflow", "pyslha", "jinja2")


def versions() -> dict[str, str]:
    """Versions of Python, the platform and the packages that matter."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for name in VERSIONS:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "unknown"
    return found


def codes(pipeline: Pipeline) -> dict[str, dict[str, Any]]:
    """Program, its checksum and what to cite for each stage that runs one."""
    return {
        stage.name: {
            "exe": str(stage.exe),
            "sha256": _checksum(stage.exe),
            "cite": list(stage.cite),
        }
        for stage in pipeline.stages
        if isinstance(stage, Adapter)
    }


def note_codes(ledger: Ledger, pipeline: Pipeline) -> list[str]:
    """Write down the programs; those that have made points and are others now are kept.

    A program that was built anew is no error, but its points are not told apart from those of the
    one before. ``codes_before`` in the meta data lists it with the time until which it was used;
    rounds have the time when they were started.

    Returns
    -------
    list of str
        A sentence for each stage whose program is another one than the last time.
    """
    now = codes(pipeline)
    before = json.loads(ledger.meta("codes_before") or "[]")
    recorded = json.loads(ledger.meta("codes") or "{}")
    changed = list(_changed(recorded, now)) if _has_run(ledger) else []
    until = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    before += [{"stage": stage, **recorded[stage], "until": until} for stage in changed]
    ledger.set_meta(codes=json.dumps(now), codes_before=json.dumps(before))
    return [
        f"the program of stage '{stage}' has changed: it was {_show(recorded[stage])}, it is "
        f"{_show(now[stage])}. Points from both will be in this run."
        for stage in changed
    ]


def _changed(recorded: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    for stage in now:
        if stage in recorded and recorded[stage]["sha256"] != now[stage]["sha256"]:
            yield stage


def _has_run(ledger: Ledger) -> bool:
    return bool(ledger.ids("status != 'pending' AND origin != 'import'"))


def _show(code: dict[str, Any]) -> str:
    return f"{code['exe']} (sha256 {code['sha256'][:12] or 'unknown'})"


def _checksum(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
