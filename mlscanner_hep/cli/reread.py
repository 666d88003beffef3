"""The command `reread`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from mlscanner_hep.cli.console import err, figure, out, print_json, table, warnings
from mlscanner_hep.cli.options import Json, Run, open_run

if TYPE_CHECKING:
    from mlscanner_hep.results.reread import Found, Reread

MOST_REASONS = 3
MOST_DIFFERENCES = 5


def reread(run: Run, as_json: Json = False) -> None:
    """Read new observables out of the kept outputs of old points.

    No code is run. Only what is missing is filled in; a number that is there stays, and where it
    would be another one today that is told. Outputs are kept by `[run] keep` of the model.

    Example: add `mA = { from = "spheno", slha = "MASS 36" }` to [observables] of model.toml, then
    `mlscanner-hep reread model.toml`
    """
    from mlscanner_hep.results import reread as rereading

    with open_run(run) as scan, err.status("reading") as shown:
        done = rereading.reread(scan, lambda share: shown.update(f"reading {100 * share:.0f} %"))
        warnings(scan.notes)
        keep = scan.model.run.keep
    if as_json:
        print_json(_as_data(done))
        return
    out.print(f"{done.kept} of {done.points} points have kept outputs.")
    rows = table("Observables", "name", "had one", "filled", "missing", "why")
    for name, one in done.found.items():
        rows.add_row(name, *map(str, (one.stored, one.filled, one.missing.total())), _why(one))
    if rows.row_count:
        out.print("", rows)
    else:
        out.print("There is nothing to fill in: the model has no observable that is new.")
    for name, one in done.found.items():
        _differences(name, one)
    if done.kept < done.points:
        out.print(
            f'[dim]keep = "{keep}" in \\[run] says of which points outputs are kept; '
            f"`mlscanner-hep replay {run} POINT` runs one again.[/dim]",
            soft_wrap=True,
        )


def _why(found: Found) -> Text:
    reasons = found.missing.most_common(MOST_REASONS)
    return Text("; ".join(f"{count} x {reason}" for reason, count in reasons))


def _differences(name: str, found: Found) -> None:
    if not found.differences:
        return
    some = ", ".join(
        f"{figure(one.stored)} and now {figure(one.read)} at point {one.point}"
        for one in found.differences[:MOST_DIFFERENCES]
    )
    count = len(found.differences)
    warnings([f"'{name}' reads otherwise than it did in {count} points, which stay: it was {some}"])


def _as_data(done: Reread) -> dict[str, Any]:
    return {
        "points": done.points,
        "kept": done.kept,
        "observables": {
            name: {
                "stored": one.stored,
                "filled": one.filled,
                "missing": dict(one.missing),
                "differences": [difference._asdict() for difference in one.differences],
            }
            for name, one in done.found.items()
        },
    }
