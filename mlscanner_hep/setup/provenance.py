"""What made the points of a ledger: versions of packages, and the programs of the chain."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mlscanner_hep.codes import process
from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.codes.python_stage import PythonStage
from mlscanner_hep.points import IMPORT
from mlscanner_hep.record.ledger import Ledger
from mlscanner_hep.record.writer import Writer

ASKED = 30.0
"""Seconds within which an interpreter has to tell the versions of packages."""
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
    """Program or script of each stage, with its checksum and what to cite."""
    found: dict[str, dict[str, Any]] = {}
    for stage in pipeline.stages:
        if isinstance(stage, Adapter):
            found[stage.name] = _code(stage.exe, stage.cite)
            if stage.packages:
                found[stage.name]["packages"] = _packages(stage)
        elif isinstance(stage, PythonStage):
            found[stage.name] = _code(stage.file, ())
    return found


def _code(exe: Path, cite: Sequence[str]) -> dict[str, Any]:
    return {"exe": str(exe), "sha256": _checksum(exe), "cite": list(cite)}


_ASK = """
import sys
from importlib.metadata import PackageNotFoundError, version
for name in sys.argv[1:]:
    try:
        print(name, version(name))
    except PackageNotFoundError:
        print(name, "unknown")
"""


def _packages(stage: Adapter) -> dict[str, str]:
    """Versions of the packages that the interpreter of a stage would load."""
    command = (str(stage.exe), "-c", _ASK, *stage.packages)
    with tempfile.TemporaryDirectory() as folder:
        done = process.run(command, Path(folder), timeout=ASKED, env=stage.env or None)
    words = (line.split() for line in done.stdout.decode(errors="replace").splitlines())
    told = {pair[0]: pair[1] for pair in words if len(pair) == 2}
    return {name: told.get(name, "unknown") for name in stage.packages}


def note_codes(ledger: Writer, pipeline: Pipeline) -> list[str]:
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


def differences(ledger: Ledger, other: Ledger) -> list[str]:
    """A sentence for each stage whose program is not the same in two ledgers."""
    here, there = (json.loads(each.meta("codes") or "{}") for each in (ledger, other))
    return [
        f"the program of stage '{stage}' is {_show(here[stage])} in {ledger.path.parent} and "
        f"{_show(there[stage])} in {other.path.parent}. Points from both are in this run."
        for stage in _changed(there, here)
    ]


@dataclass(frozen=True)
class Origin:
    """What made the points of a ledger, as far as it was written down.

    Attributes
    ----------
    model : str
        Hash of what the points mean: parameters, chain, templates, where numbers are read.
    seed : int
        Of the scan.
    codes : mapping of str to mapping
        The programs by stage, for each set of them that was in use, by a hash of the set.
    rounds : mapping of int to str
        For each round the hash of the programs that it was started with; empty for imported ones.
    about : mapping of str to any
        Name, model.toml, versions of packages.
    """

    model: str
    seed: int
    codes: Mapping[str, Mapping[str, Any]]
    rounds: Mapping[int, str]
    about: Mapping[str, Any]


def origin(ledger: Ledger) -> Origin:
    """Read what made the points of a ledger."""
    now = json.loads(ledger.meta("codes") or "{}")
    before = json.loads(ledger.meta("codes_before") or "[]")
    started = ledger.started()
    sets: dict[str, Mapping[str, Any]] = {}
    rounds: dict[int, str] = {}
    for number in (r.number for r in ledger.rounds() if r.proposer != IMPORT):
        # the first that was replaced after the round had begun is the one that it was run with
        later = [old for old in before if _time(started[number]) < _time(old["until"])]
        used = now | {old["stage"]: _without(old) for old in reversed(later)}
        key = fingerprint(used)
        sets[key] = used
        rounds[number] = key
    return Origin(
        model=fingerprint(ledger.meaning()),
        seed=int(ledger.meta("seed") or 0),
        codes=sets,
        rounds=rounds,
        about={
            "name": ledger.meta("name"),
            "model_toml": ledger.meta("model_toml"),
            "versions": json.loads(ledger.meta("versions") or "{}"),
        },
    )


def fingerprint(data: Any) -> str:
    """A short hash of plain data."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _without(old: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in old.items() if name not in ("stage", "until")}


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


def _changed(recorded: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    for stage in now:
        if stage in recorded and any(
            recorded[stage].get(part, now[stage].get(part)) != now[stage].get(part)
            for part in ("sha256", "packages")
        ):
            yield stage


def _has_run(ledger: Ledger) -> bool:
    return bool(ledger.ids("status != 'pending' AND origin != 'import'"))


def _show(code: dict[str, Any]) -> str:
    packages = "".join(f", {name} {version}" for name, version in code.get("packages", {}).items())
    return f"{code['exe']} (sha256 {code['sha256'][:12] or 'unknown'}{packages})"


def _checksum(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
