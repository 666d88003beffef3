"""A scan in shards: jobs that know nothing of each other, and each have a part of its points.

What a proposer that learns nothing proposes does not depend on results. So each shard writes all
rounds of the scan to a ledger of its own, and runs its own points. Ids mean the same everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.errors import ConfigError
from mlscanner_hep.problem import Problem
from mlscanner_hep.proposers.base import Proposer
from mlscanner_hep.proposers.uniform import Uniform
from mlscanner_hep.record.store import Store
from mlscanner_hep.record.writer import Writer
from mlscanner_hep.rounds import Basis, propose, write
from mlscanner_hep.setup.config import ModelFile

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio


@dataclass(frozen=True)
class Shard:
    """A part of the points of a scan.

    Parameters
    ----------
    number : int
        Which one, from 0.
    of : int
        How many there are.
    """

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read ``i/n``.

        Raises
        ------
        ConfigError
            If it is none.
        """
        found = re.fullmatch(r"([0-9]+)/([1-9][0-9]*)", text)
        if found is None:
            raise ConfigError(f"--shard {text}: write i/n, for example 0/8 for the first of eight")
        number, of = map(int, found.groups())
        if number >= of:
            raise ConfigError(f"--shard {text}: shards count from 0, the last one is {of - 1}/{of}")
        return cls(number, of)

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def folder(self, run: Path) -> Path:
        """Its run folder, beside that of the scan."""
        return run.with_name(f"{run.name}-{self.number}-of-{self.of}")

    def has(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these points it has.

        Not every n-th: of a Sobol sequence, each 2^k-th point lies in the same slab of the box.
        Shards would not be alike, and one that is missing would leave a hole. Multiples of the
        golden ratio are spread as evenly, and have no such period.
        """
        spread = (ids.astype(np.uint64) * _GOLDEN) >> np.uint64(32)  # in [0, 2^32)
        return np.asarray((spread * np.uint64(self.of)) >> np.uint64(32) == self.number)


def found(run: Path) -> dict[Shard, Path]:
    """The shards whose folders are beside the run folder of a scan, in order."""
    name = re.compile(rf"{re.escape(run.name)}-([0-9]+)-of-([1-9][0-9]*)")
    there = run.parent.iterdir() if run.parent.is_dir() else ()
    matches = {path: match for path in there if (match := name.fullmatch(path.name))}
    shards = {Shard(*map(int, match.groups())): path for path, match in matches.items()}
    return dict(sorted(shards.items(), key=lambda item: (item[0].of, item[0].number)))


def check(model: ModelFile, proposer: Proposer, file: Path) -> None:
    """Refuse a scan that cannot be run in shards.

    Raises
    ------
    ConfigError
        If its points depend on results, or its end does.
    """
    if not isinstance(proposer, Uniform):
        raise ConfigError(
            f"'{model.proposer.kind}' learns from all points together, which shards do not have: "
            'only kind = "uniform" can be run in shards. For others take a job with many workers, '
            'or executor = "dask"',
            file,
            "proposer.kind",
        )
    if [rule for rule, value in model.scan.stop if value is not None] != ["calls"]:
        raise ConfigError(
            "a shard does not see what the others find: say stop = { calls = N }, and nothing else",
            file,
            "scan.stop",
        )


def plan(model: ModelFile, problem: Problem, proposer: Proposer, ledger: Writer) -> None:
    """Write all rounds that a scan is going to have to its ledger, as pending."""
    points = ledger.points(problem.space, problem.observables)
    store = Store(problem, points)
    assert model.scan.stop.calls is not None
    left = model.scan.stop.calls - int((~points.imported).sum())
    while left > 0:
        basis, most = Basis.of(store.points, ()), min(left, model.proposer.batch)
        draft = propose(problem, proposer, basis, model.scan.seed, most)
        batch = write(problem, draft, model.proposer.kind, ledger)
        store.add(batch.x, batch.round, draft.proposal.origin, draft.proposal.predicted)
        left -= len(batch)
