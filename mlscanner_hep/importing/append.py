"""Write imported points to the ledger: a finished round of their own, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from mlscanner_hep.importing.rows import LeftOut
from mlscanner_hep.importing.sift import Sifted
from mlscanner_hep.points import IMPORT, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.record.ledger import Round
from mlscanner_hep.record.writer import Writer


@dataclass(frozen=True)
class Imported:
    """What came of an import.

    Parameters
    ----------
    source : str
        What was imported.
    round : int or None
        The round of the points; None if there were none.
    ok, unphysical, inside : int
        Points by what they are.
    missing : dict of str to int
        Observables that points with a spectrum lack, and how many.
    left_out : LeftOut
        Rows that were not imported.
    """

    KNOWN: ClassVar[str] = "in the ledger already"
    """Why a row is left out that is there."""

    source: str
    round: int | None
    ok: int
    unphysical: int
    inside: int
    missing: dict[str, int]
    left_out: LeftOut

    @property
    def points(self) -> int:
        """Number of imported points."""
        return self.ok + self.unphysical


def append(problem: Problem, sifted: Sifted, ledger: Writer) -> Imported:
    """Append points to a ledger, except those with exactly the parameters of one in it.

    Parameters
    ----------
    problem : Problem
        The model.
    sifted : Sifted
        The points.
    ledger : Writer
        Open for writing.
    """
    old = ledger.points(problem.space, ())
    seen = {row.tobytes() for row in old.x + 0.0}  # -0.0 is 0.0
    new: list[int] = []
    left_out = sifted.left_out.copy()
    for row, x in enumerate(sifted.points.x + 0.0):
        if x.tobytes() in seen:
            left_out.add(Imported.KNOWN, sifted.places[row])
        else:
            seen.add(x.tobytes())
            new.append(row)
    # Tables are often sorted, and the proposers take the first points for typical ones.
    order = np.random.default_rng(0).permutation(np.array(new, dtype=np.int64))
    number = int(old.round.max(initial=-1)) + 1
    points = replace(sifted.points[order], round=np.full(len(order), number))
    inside = problem.inside(points)
    if len(points):
        columns = [*points.x.T, *points.y.T]
        ledger.append(
            Round(number, IMPORT, 0.0, None, float(inside.mean()), 0.0),
            {
                "origin": points.origin.tolist(),
                "status": [Status(status).name.lower() for status in points.status.tolist()],
                "reason": [sifted.reasons[row] for row in order],
            },
            dict(zip([*problem.space.names, *problem.observables], columns, strict=True)),
        )
    gaps = np.isnan(points.y[points.ok]).sum(axis=0).tolist()
    return Imported(
        source=sifted.source,
        round=number if len(points) else None,
        ok=int(points.ok.sum()),
        unphysical=int(points.unphysical.sum()),
        inside=int(inside.sum()),
        missing={name: gap for name, gap in zip(problem.observables, gaps, strict=True) if gap},
        left_out=left_out,
    )
