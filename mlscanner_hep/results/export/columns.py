"""The points of a run as named columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep import constraints
from mlscanner_hep.findings.islands import islands, weights
from mlscanner_hep.points import Points, Status
from mlscanner_hep.record.ledger import Ledger
from mlscanner_hep.results.labels import labels
from mlscanner_hep.setup import provenance

if TYPE_CHECKING:
    from mlscanner_hep.scan import Scan

Array = NDArray[np.float64]
Role = Literal["record", "parameter", "derived", "observable", "judgement"]
Type = Literal["float", "integer", "boolean", "text"]

RECORD = {
    "id": "number of the point in the ledger",
    "round": "the round that proposed it",
    "origin": "the part of the proposer that wanted it; import: a point of an earlier scan",
    "seed": "seed of the scan",
    "model": "hash of what the point means: parameters, chain, templates, where numbers are read",
    "codes": "hash of the programs with which its round was started; empty for imported points",
    "predicted": "probability of being inside that was stated before the codes were run",
    "status": "ok; unphysical: no spectrum; failed: a fault of a code; pending: not run yet",
    "stage": "the stage at which the chain ended early",
    "reason": "why it ended, or which observables are missing and why",
    "exit_code": "exit code of that stage",
}
JUDGEMENT = {
    "chi2": "total chi2 of the constraints; infinite beyond a sharp limit",
    "inside": "whether every constraint holds",
    "weight": "with it points inside stand for a uniform sample of the found region; 0 outside",
    "island": "number of the connected part of the region, the largest is 1; 0 outside",
}
TYPES: Mapping[str, Type] = {
    **dict.fromkeys(("id", "round", "seed", "exit_code", "island"), "integer"),
    **dict.fromkeys(("origin", "model", "codes", "status", "stage", "reason"), "text"),
    "inside": "boolean",
}


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Floats with NaN where missing, integers, booleans; objects with None where text or an exit
        code is missing.
    type : {'float', 'integer', 'boolean', 'text'}
        What they are.
    role : {'record', 'parameter', 'derived', 'observable', 'judgement'}
        What the column is to the scan. Judgements follow from the constraints of today.
    unit, latex, doc : str
        For people.
    """

    values: NDArray[Any]
    type: Type
    role: Role
    unit: str = ""
    latex: str = ""
    doc: str = ""


@dataclass(frozen=True)
class Table:
    """Points as columns by name.

    Parameters
    ----------
    columns : mapping of str to Column
        All of the same length.
    about : mapping of str to any
        What made the points, and how they were judged, as plain data.
    verdicts : mapping of str to ndarray of bool, shape (n,)
        Which constraint accepts which point, under ``inside(name)``.
    """

    columns: Mapping[str, Column]
    about: Mapping[str, Any]
    verdicts: Mapping[str, NDArray[np.bool_]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())).values)

    def __getitem__(self, rows: NDArray[Any]) -> Table:
        """The chosen rows, by a mask or by numbers."""
        return replace(
            self,
            columns={n: replace(c, values=c.values[rows]) for n, c in self.columns.items()},
            verdicts={name: verdict[rows] for name, verdict in self.verdicts.items()},
        )

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The values by name: what ``pandas.DataFrame`` takes."""
        return {name: column.values for name, column in self.columns.items()}


def everything(scan: Scan) -> Table:
    """Every point of a run.

    `RECORD`, then parameters, derived values and observables by name, then `JUDGEMENT`. A number of
    the model that has the name of one of these gets an underscore: ``chi2_``. Constants are no
    columns but stand in ``about``.
    """
    problem = scan.problem
    with Ledger(scan.folder) as ledger:
        points = ledger.points(problem.space, problem.observables)
        details = list(ledger.details())[: len(points)]  # a scan that runs may have written more
        origin = provenance.origin(ledger)
    record = {
        "id": np.array([row[0] for row in details], dtype=np.int64),
        "round": points.round,
        "origin": _objects(points.origin.tolist()),
        "seed": np.full(len(points), origin.seed, dtype=np.int64),
        "model": _objects([origin.model] * len(points)),
        "codes": _objects([origin.rounds.get(number, "") for number in points.round.tolist()]),
        "predicted": points.predicted,
        "status": _objects([Status(status).name.lower() for status in points.status.tolist()]),
        "stage": _objects([row[1] for row in details]),
        "reason": _objects([row[2] for row in details]),
        "exit_code": _objects([row[3] for row in details]),
    }
    columns = {
        **{n: Column(v, _type(n), "record", doc=RECORD[n]) for n, v in record.items()},
        **dict(_numbers(scan, points)),
        **{
            n: Column(v, _type(n), "judgement", doc=JUDGEMENT[n])
            for n, v in _judgements(scan, points).items()
        },
    }
    values = problem.values(points)
    verdicts = {f"inside({c.name})": constraints.inside(c, values) for c in problem.constraints}
    return Table(columns, _about(scan, origin), verdicts)


def _type(name: str) -> Type:
    return TYPES.get(name, "float")


def _objects(values: list[Any]) -> NDArray[Any]:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _numbers(scan: Scan, points: Points) -> Iterator[tuple[str, Column]]:
    space = scan.problem.space
    known = labels(scan)
    for name, values in scan.problem.values(points).items():
        if name in space.constants:
            continue
        role: Role = "derived" if name in space.derived else "observable"
        if name in space.names:
            role = "parameter"
        free = f"{name}_" if name in RECORD or name in JUDGEMENT else name
        yield free, Column(np.asarray(values, float), "float", role, *known.get(name, ()))


def _judgements(scan: Scan, points: Points) -> dict[str, NDArray[Any]]:
    number = np.zeros(len(points), np.int64)
    for count, island in enumerate(islands(scan.problem, points), 1):
        number[island.rows] = count
    return {
        "chi2": scan.problem.chi2(points),
        "inside": scan.problem.inside(points),
        "weight": weights(scan.problem, points),
        "island": number,
    }


def _about(scan: Scan, origin: provenance.Origin) -> dict[str, Any]:
    return {
        **origin.about,
        "seed": origin.seed,
        "model": origin.model,
        "codes": {key: dict(programs) for key, programs in origin.codes.items()},
        "constants": dict(scan.problem.space.constants),
        "constraints": {
            c.name: {"min": _finite(c.interval[0]), "max": _finite(c.interval[1])}
            for c in scan.problem.constraints
        },
    }


def _finite(end: float) -> float | None:
    return float(end) if np.isfinite(end) else None
