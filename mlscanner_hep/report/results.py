"""What the pictures show of a run, read once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.islands import weights
from mlscanner_hep.ledger import Ledger
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.scan import Scan

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Results:
    """A run, judged by the constraints of today.

    Parameters
    ----------
    name : str
        Name of the scan.
    problem : Problem
        Space and constraints.
    points : Points
        All n points in the order in which they were proposed.
    ids : ndarray of int, shape (n,)
        Their numbers in the ledger.
    inside : ndarray of bool, shape (n,)
        Which of them are inside.
    chi2 : ndarray, shape (n,)
        Their total chi2, see `Problem.chi2`.
    weights : ndarray, shape (n,)
        Their weights in a uniform sample of the region, 0 outside; see `weights`.
    faults : list of tuple
        Status, stage, reason, number of points and an example, see `Ledger.faults`.
    """

    name: str
    problem: Problem
    points: Points
    ids: NDArray[np.int64]
    inside: NDArray[np.bool_]
    chi2: Array
    weights: Array
    faults: list[tuple[str, str, str, int, int]]

    @classmethod
    def read(cls, scan: Scan) -> Results:
        """Read the run folder of a scan.

        Raises
        ------
        LedgerError
            If there is no ledger in it.
        """
        problem = scan.problem
        with Ledger(scan.folder) as ledger:
            points = ledger.points(problem.space, problem.observables)
            # A scan that is running may have written more in the meantime.
            ids = np.array(ledger.ids()[: len(points)], dtype=np.int64)
            faults = ledger.faults()
        return cls(
            name=scan.model.scan.name,
            problem=problem,
            points=points,
            ids=ids,
            inside=problem.inside(points),
            chi2=problem.chi2(points),
            weights=weights(problem, points),
            faults=faults,
        )
