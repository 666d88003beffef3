"""Which points and columns are taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.errors import ConfigError, nearest
from mlscanner_hep.expressions import Expression
from mlscanner_hep.points import Status
from mlscanner_hep.results.export.columns import Table, everything

if TYPE_CHECKING:
    from mlscanner_hep.scan import Scan


def table(
    scan: Scan,
    where: str | None = None,
    columns: Sequence[str] | None = None,
    best: int | None = None,
) -> Table:
    """The points of a run that fulfil a condition, or the best of those.

    Parameters
    ----------
    scan : Scan
        It need not be open for writing, and may run in another process.
    where : str, optional
        A condition on numbers by name, see `Expression`. ``inside`` alone stands for the verdict
        of all constraints, ``inside(mh)`` for that of one, and ``ok``, ``unphysical``, ``failed``
        and ``pending`` for the status. Where a number that decides is missing it does not hold.
    columns : sequence of str, optional
        Names of the columns, in order; by default all.
    best : int, optional
        How many of the lowest chi2 to take, the best first. Points without a finite chi2 are none
        of them; of equal ones the first in the ledger count.

    Raises
    ------
    ConfigError
        If the condition cannot be read, or it or `columns` names what is not there.
    """
    chosen = everything(scan)
    if where is not None:
        chosen = chosen[_holds(chosen, where)]
    if best is not None:
        chi2 = chosen.columns["chi2"].values
        order = np.argsort(chi2, kind="stable")
        chosen = chosen[order[np.isfinite(chi2[order])][:best]]
    chosen = replace(chosen, about={**chosen.about, "where": where, "best": best})
    return _only(chosen, columns or list(chosen.columns))


def _holds(table: Table, where: str) -> NDArray[np.bool_]:
    try:
        condition = Expression.parse(where, bare={"inside"})
    except ValueError as error:
        raise ConfigError(f"--where {error}") from error
    columns = {n: c.values for n, c in table.columns.items() if c.type != "text"}
    status = table.columns["status"].values
    values = {s.name.lower(): status == s.name.lower() for s in Status}
    values |= {**table.about["constants"], **columns, **table.verdicts}
    for name in sorted(condition.names - values.keys()):
        hint = nearest(name, values)
        raise ConfigError(f"--where '{where}': there is no number '{name}'; {hint}")
    needed = {name: np.asarray(values[name], dtype=float) for name in condition.names}
    return np.broadcast_to(np.asarray(condition(needed)) == 1, len(table))


def _only(table: Table, names: Sequence[str]) -> Table:
    for name in names:
        if name not in table.columns:
            raise ConfigError(f"--columns: no column '{name}'; {nearest(name, table.columns)}")
    return replace(table, columns={name: table.columns[name] for name in names})
