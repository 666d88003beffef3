"""Everything that the page says of a run, read and computed once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.findings import completeness
from mlscanner_hep.findings.completeness import Missed
from mlscanner_hep.findings.diagnosis import diagnose
from mlscanner_hep.findings.failures import Fault, clusters, grouped
from mlscanner_hep.findings.islands import Island, islands
from mlscanner_hep.findings.profiles import best
from mlscanner_hep.findings.verdicts import Verdict, verdicts
from mlscanner_hep.plots.results import Results
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.record.ledger import Ledger, Round, times
from mlscanner_hep.report.labels import Label, labels
from mlscanner_hep.results import citations
from mlscanner_hep.results.citations import Citation
from mlscanner_hep.scan import Scan

Array = NDArray[np.float64]

MOST_DEATHS = 15


@dataclass(frozen=True)
class Death:
    """Points that died alike.

    Parameters
    ----------
    status, stage, reason : str
        How, where and why.
    points : int
        How many.
    example : int
        The number of one of them.
    log : str
        The last lines that the code printed there.
    """

    status: str
    stage: str
    reason: str
    points: int
    example: int
    log: str


@dataclass(frozen=True)
class Facts:
    """A run as the page shows it.

    Parameters
    ----------
    scan : Scan
        The run.
    results : Results
        Its points, judged.
    labels : mapping of str to Label
        Symbols and units.
    rounds : list of Round
        All rounds.
    deaths : list of Death
        The most frequent ones.
    kinds_of_death : int
        How many kinds there are.
    ends : list of tuple of str
        Stage and reason with which each point ended.
    seconds : mapping of str to list of float
        For each stage the wall time of its runs.
    codes : mapping of str to mapping
        Program, checksum and citations of each stage.
    replaced : list of mapping
        Programs that were replaced during the scan.
    versions : mapping of str to str
        Versions of Python and packages.
    citations : list of Citation
        What to cite.
    """

    scan: Scan
    results: Results
    labels: Mapping[str, Label]
    rounds: list[Round]
    deaths: list[Death]
    kinds_of_death: int
    ends: list[tuple[str, str]]
    seconds: Mapping[str, list[float]]
    codes: Mapping[str, Mapping[str, Any]]
    replaced: list[Mapping[str, Any]]
    versions: Mapping[str, str]
    citations: list[Citation]

    @classmethod
    def read(cls, scan: Scan) -> Facts:
        """Read the run folder of a scan.

        Raises
        ------
        LedgerError
            If there is no ledger in it.
        """
        results = Results.read(scan)
        count = len(results.points)
        with Ledger(scan.folder) as ledger:
            details = list(ledger.details())[:count]  # a running scan may have written more
            kinds = grouped(results.faults)
            return cls(
                scan=scan,
                results=results,
                labels=labels(results.labels),
                rounds=ledger.rounds(),
                deaths=[_death(ledger, fault) for fault in kinds[:MOST_DEATHS]],
                kinds_of_death=len(kinds),
                ends=[detail.end for detail in details],
                seconds=times(details),
                codes=json.loads(ledger.meta("codes") or "{}"),
                replaced=json.loads(ledger.meta("codes_before") or "[]"),
                versions=json.loads(ledger.meta("versions") or "{}"),
                citations=citations.of(scan),
            )

    @property
    def problem(self) -> Problem:
        """Space and constraints."""
        return self.results.problem

    @property
    def points(self) -> Points:
        """All points."""
        return self.results.points

    @property
    def found(self) -> int:
        """Number of points inside."""
        return int(self.results.inside.sum())

    @cached_property
    def values(self) -> dict[str, Array]:
        """All numbers of the points by name, each of shape (n,), without constants."""
        constants = self.problem.space.constants
        values = self.problem.values(self.points)
        return {name: column for name, column in values.items() if name not in constants}

    @cached_property
    def limited(self) -> tuple[str, ...]:
        """The observables that constraints need."""
        needs = dict.fromkeys(name for c in self.problem.constraints for name in c.needs)
        own = self.problem.space.names
        return tuple(name for name in needs if name in self.values and name not in own)

    @cached_property
    def best(self) -> int | None:
        """The row of the best point; None if none is better than all others."""
        return best(self.results.chi2)

    @cached_property
    def islands(self) -> list[Island]:
        """The connected groups of points inside, the largest first."""
        return islands(self.problem, self.points)

    @cached_property
    def missed(self) -> Missed:
        """The limit on what is not found."""
        return completeness.missed(self.problem, self.points)

    @cached_property
    def coverage(self) -> float:
        """Estimated share of the known region near a point inside."""
        return completeness.coverage(self.problem, self.points)

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """What each constraint says of the points that the codes answered."""
        return verdicts(self.problem, self.points)

    @cached_property
    def why_none(self) -> list[str]:
        """Why nothing is inside; empty if something is."""
        if self.found:
            return []
        return diagnose(self.problem, self.points).sentences(self.results.ids.tolist())

    @cached_property
    def clusters(self) -> list[str]:
        """Where failed points cluster."""
        found = clusters(self.problem.space, self.points, self.ends)
        return [cluster.sentence() for cluster in found]

    def label(self, name: str) -> Label:
        """The label of a number."""
        return self.labels.get(name, Label(name))


def _death(ledger: Ledger, fault: Fault) -> Death:
    return Death(*fault, ledger.log(fault[-1]))
