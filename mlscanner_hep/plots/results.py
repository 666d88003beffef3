"""What the pictures show of a run, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep import constraints
from mlscanner_hep.findings.islands import islands, weights
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.record.ledger import Ledger
from mlscanner_hep.results.labels import Label, labels
from mlscanner_hep.scan import Scan

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

OWN = ("chi2", "delta_chi2", "weight", "predicted", "round", "id")
"""Numbers that a run knows of each point besides parameters and observables."""


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
    labels : mapping of str to Label
        What parameters and observables are called, by name.
    """

    name: str
    problem: Problem
    points: Points
    ids: NDArray[np.int64]
    inside: NDArray[np.bool_]
    chi2: Array
    weights: Array
    faults: list[tuple[str, str, str, int, int]]
    labels: Mapping[str, Label] = field(default_factory=dict)

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
            labels=labels(scan),
        )

    @property
    def judged(self) -> Mask:
        """Points with an answer of the codes, or of which they say that there is no spectrum."""
        return self.points.ok | self.points.unphysical

    @cached_property
    def numbers(self) -> dict[str, Array]:
        """What can be drawn, by name, each of shape (n,); NaN where missing.

        Names mean what they do in `export.table`: parameters, numeric constants, derived values and
        observables; `OWN`; ``inside`` and, for each constraint, ``inside(name)``; and the status,
        ``ok``, ``unphysical`` and ``failed``. A number of the model that has the name of one of
        these gets an underscore.
        """
        points, values = self.points, self.problem.values(self.points)
        chi2 = np.where(np.isfinite(self.chi2), self.chi2, np.nan)
        least = float(np.nanmin(chi2)) if np.isfinite(chi2).any() else 0.0
        columns = (chi2, chi2 - least, self.weights, points.predicted, points.round, self.ids)
        own = dict(zip(OWN, columns, strict=True))
        own |= {"inside": self.inside, "ok": points.ok}
        own |= {"unphysical": points.unphysical, "failed": points.failed}
        own |= {
            f"inside({c.name})": constraints.inside(c, values) for c in self.problem.constraints
        }
        free = {
            f"{name}_" if name in own or name == "island" else name: column
            for name, column in values.items()
        }
        return {name: np.asarray(column, float) for name, column in (free | own).items()}

    @cached_property
    def island(self) -> Array:
        """The number of the island of each point, shape (n,), the largest is 1; 0 outside.

        It is not among the `numbers`, because to find it takes long for many points.
        """
        number = np.zeros(len(self.points))
        for count, island in enumerate(islands(self.problem, self.points), 1):
            number[island.rows] = count
        return number
