"""Observables that were not read when the codes ran, out of what is kept of the points."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import NamedTuple

from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.outcome import headline
from mlscanner_hep.points import Status
from mlscanner_hep.record.ledger import Ledger
from mlscanner_hep.scan import Scan
from mlscanner_hep.slha import Reading

NEEDS = "what it is computed from is missing"


class Difference(NamedTuple):
    """A number that reads otherwise than it did when the code ran."""

    point: int
    stored: float
    read: float


@dataclass
class Found:
    """What came of one observable.

    Attributes
    ----------
    stored : int
        Points that had a number already.
    filled : int
        Points that have got a number.
    missing : Counter of str
        Points that have none still, by reason.
    differences : list of Difference
        Stored numbers that would be others now; they stay.
    """

    stored: int = 0
    filled: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True)
class Reread:
    """What came of reading all points once more.

    Parameters
    ----------
    points : int
        Points that the codes were run for.
    kept : int
        How many of them have raw outputs.
    found : mapping of str to Found
        By observable: those that nothing had a number of, and those that were filled or differ.
    """

    points: int
    kept: int
    found: Mapping[str, Found]


def reread(scan: Scan, watch: Callable[[float], None] | None = None) -> Reread:
    """Fill in what is missing in old points from their kept outputs; no code is run.

    The files are read by the rules of the chain as they are today. A number that is there is never
    changed. Of a point that died, the stages before the one at which it did are read. Observables
    with ``expr`` are computed where all that they need is there, also for points of which nothing
    is kept. What a Python function returned was never a file.

    Parameters
    ----------
    scan : Scan
        The run, with the new observables in its model.
    watch : callable, optional
        Gets the share that is done.

    Raises
    ------
    LedgerError
        If the ledger is locked, or its points mean something else than the model.
    """
    pipeline = scan.pipeline  # first: it knows of observables that an old ledger lacks
    problem, ledger = scan.problem, scan.ledger
    points = ledger.points(problem.space, problem.observables)
    names = [name for name in problem.observables if name not in problem.computed]
    found = {name: Found() for name in names}
    fills: dict[str, list[tuple[float, int]]] = {name: [] for name in names}
    run = kept = 0
    for row, (point, end, *_) in enumerate(list(ledger.details())):
        if points.status[row] == Status.PENDING or points.imported[row]:
            continue
        files = ledger.outputs(point)
        run, kept = run + 1, kept + bool(files)
        read, unread = _read(pipeline, files, "" if points.ok[row] else end or "")
        stored = _finite(dict(zip(problem.observables, points.y[row].tolist(), strict=True)))
        fresh = _finite({name: reading.value for name, reading in read.items()})
        values = pipeline.complete(problem.space.row(points.x[row]), {**fresh, **stored})
        for name in names:
            if name in stored:
                found[name].stored += 1
                if name in read and read[name].value != stored[name]:
                    difference = Difference(point, stored[name], read[name].value)
                    found[name].differences.append(difference)
            elif name in values:
                found[name].filled += 1
                fills[name].append((values[name], point))
            else:
                reason = read[name].reason if name in read else unread.get(name, NEEDS)
                found[name].missing[headline(reason)] += 1
        if watch is not None:
            watch((row + 1) / len(points))
    if any(fills.values()):
        ledger.fill({name: rows for name, rows in fills.items() if rows}, _note(ledger, fills))
    told = {n: f for n, f in found.items() if f.filled or f.differences or not f.stored}
    return Reread(run, kept, told)


def _read(
    pipeline: Pipeline, files: Mapping[tuple[str, str], bytes], died: str
) -> tuple[dict[str, Reading], dict[str, str]]:
    """What the kept files say by the rules of the chain, and why nothing can say the rest."""
    read: dict[str, Reading] = {}
    unread: dict[str, str] = {}
    ended = False
    for stage in pipeline.stages:
        here = {file: data for (of, file), data in files.items() if of == stage.name}
        ended = ended or stage.name == died
        if ended:
            why = f"the point ended at stage '{died}'"
        elif not isinstance(stage, Adapter):
            why = "what a Python function said is not kept"
        elif here:
            read |= {n: r for n, r in stage.read(here).items() if n in stage.observables}
            continue
        else:
            why = f"stage '{stage.name}' was not run" if files else "nothing is kept of the point"
        unread |= dict.fromkeys(stage.observables, why)
    return read, unread


def _finite(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if math.isfinite(value)}


def _note(ledger: Ledger, fills: Mapping[str, Sequence[object]]) -> str:
    """The list of what was reread when and by which version, with this time added."""
    before = json.loads(ledger.meta("reread") or "[]")
    now = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "version": metadata.version("mlscanner-hep"),
        "filled": {name: len(rows) for name, rows in fills.items() if rows},
    }
    return json.dumps([*before, now])
