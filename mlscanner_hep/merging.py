"""Shards of a scan become the scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep import shards
from mlscanner_hep.errors import ConfigError, LedgerError
from mlscanner_hep.points import Status
from mlscanner_hep.record.ledger import Ledger
from mlscanner_hep.scan import Scan
from mlscanner_hep.setup import opening, provenance
from mlscanner_hep.shards import Shard

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Merged:
    """What came of a merge.

    Parameters
    ----------
    taken : dict of Shard to int
        How many outcomes are new, by shard.
    lacking : tuple of Shard
        Shards that have no folder, or not all of their outcomes.
    evaluated, pending, inside : int
        Points of the scan after it.
    notes : tuple of str
        What a user should know: programs that are not the same everywhere.
    """

    taken: dict[Shard, int]
    lacking: tuple[Shard, ...]
    evaluated: int
    pending: int
    inside: int
    notes: tuple[str, ...]


def merge(scan: Scan) -> Merged:
    """Take over what the shards beside a run folder have done; it may be done again at any time.

    The ledger gets all rounds of the scan, and the outcomes that are there. Others stay pending, to
    come with a later merge or to be run by `Scan.run`. A point that has its outcome keeps it.

    Raises
    ------
    ConfigError
        If there are no shards, or the scan cannot have any.
    LedgerError
        If a ledger is locked or damaged, or a shard is one of another scan.
    """
    shards.check(scan.model, scan.proposer, scan.file)
    there = shards.found(scan.folder)
    if not there:
        raise ConfigError(
            f"there are no shards {scan.folder}-i-of-n: `mlscanner-hep run {scan.file} "
            "--shard 0/8` runs the first of eight"
        )
    problem, ledger = scan.problem, scan.ledger
    shards.plan(scan.model, problem, scan.proposer, ledger)
    points, ids = ledger.points(problem.space, ()), ledger.ids()
    taken: dict[Shard, int] = {}
    notes: dict[str, None] = {}
    for shard, folder in there.items():
        with Ledger(folder) as other:
            opening.check_meaning(scan.file, problem, scan.pipeline, other)
            _check_points(scan, other, ids, points.x)
            taken[shard] = ledger.take(other)
            notes |= dict.fromkeys(provenance.differences(ledger, other))
    points = ledger.points(problem.space, problem.observables)
    inside = problem.inside(points)
    pending = points.status == Status.PENDING
    counts, hits = np.bincount(points.round), np.bincount(points.round, inside)
    left = np.bincount(points.round, pending)
    ended = [r.number for r in ledger.rounds() if r.achieved is None and not left[r.number]]
    ledger.judge_rounds({number: float(hits[number] / counts[number]) for number in ended})
    waiting = np.array(ids, np.int64)[pending]
    every = [Shard(i, n) for n in sorted({s.of for s in there}) for i in range(n)]
    return Merged(
        taken,
        tuple(shard for shard in every if shard.has(waiting).any()),
        int((~pending).sum()),
        int(pending.sum()),
        int(inside.sum()),
        (*scan.notes, *notes),
    )


def _check_points(scan: Scan, shard: Ledger, ids: Sequence[int], x: Array) -> None:
    """Ids have to mean the same points."""
    theirs = shard.points(scan.problem.space, ()).x
    n = len(theirs)
    same = n <= len(x) and shard.ids() == list(ids[:n]) and np.array_equal(theirs, x[:n])
    if not same:
        raise LedgerError(
            f"the points in {shard.path.parent} are not those of {scan.file}: a shard has to be "
            "run with the seed, batch and stop.calls that it is merged with, and neither has an "
            "import. Take the change back, or give the new scan another name or folder."
        )
