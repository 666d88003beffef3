"""What `status` shows of a run."""

from __future__ import annotations

from typing import Any

import numpy as np
from rich.text import Text

from mlscanner_hep.cli import completeness, diagnosis
from mlscanner_hep.cli.console import STYLE, duration, figure, interval, out, percent, table
from mlscanner_hep.findings import profiles
from mlscanner_hep.findings.failures import clusters, grouped
from mlscanner_hep.findings.forecast import disappointments
from mlscanner_hep.findings.stall import lately
from mlscanner_hep.findings.verdicts import undecided, verdicts
from mlscanner_hep.points import Status
from mlscanner_hep.record.ledger import Ledger
from mlscanner_hep.scan import Scan

LAST_ROUNDS = 8
MOST_FAULTS = 12
TELLING = 100
"""After fewer calls it is no surprise that nothing is inside."""


def as_data(scan: Scan) -> dict[str, Any]:
    """Everything that is shown, as plain data."""
    problem = scan.problem
    with Ledger(scan.folder) as ledger:
        points = ledger.points(problem.space, problem.observables)
        ids, rounds, faults = ledger.ids(), ledger.rounds(), ledger.faults()
        ends = [detail.end for detail in ledger.details()]
    inside = problem.inside(points)
    evaluated = int((points.status != Status.PENDING).sum())
    values = problem.values(points)
    chi2 = problem.chi2(points)
    best = profiles.best(chi2)
    disappointing = disappointments(points, inside)
    return {
        "name": scan.model.scan.name,
        "folder": str(scan.folder),
        "parameters": list(problem.space.names),
        "points": {s.name.lower(): int((points.status == s).sum()) for s in Status},
        "inside": int(inside.sum()),
        **completeness.as_data(problem, points),
        "diagnosis": diagnosis.as_data(problem, points, ids) if evaluated >= TELLING else None,
        "incomplete": undecided(problem, points),
        "constraints": [
            {
                "name": verdict.constraint.name,
                "interval": interval(*verdict.constraint.interval),
                "fulfilled": verdict.share,
                "missing": verdict.missing,
            }
            for verdict in verdicts(problem, points)
        ],
        "inside_ranges": {
            name: [float(column[inside].min()), float(column[inside].max())]
            for name, column in values.items()
            if inside.any() and name not in problem.space.constants
        },
        "best": None
        if best is None
        else {
            "id": ids[best],
            "chi2": float(chi2[best]),
            **{n: _number(column[best]) for n, column in values.items()},
        },
        "rounds": [{**vars(r), "disappointing": r.number in disappointing} for r in rounds],
        "faults": [
            {"status": s, "stage": stage, "reason": why, "count": count, "example": example}
            for s, stage, why, count, example in grouped(faults)
        ],
        "trouble": lately(points, ends),
        # a scan that is running may have written more in the meantime
        "clusters": [
            {**vars(c), "sentence": c.sentence()}
            for c in clusters(problem.space, points, ends[: len(points)])
        ],
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def show(scan: Scan) -> None:
    """Print the state of a run."""
    data = as_data(scan)
    counts = Text("   ").join(
        Text(f"{s.name.lower()} {data['points'][s.name.lower()]}", STYLE[s]) for s in STYLE
    )
    pending = data["points"]["pending"]
    out.print(Text.assemble((data["name"], "bold"), f"  {data['folder']}"), soft_wrap=True)
    out.print(Text.assemble("points  ", counts, f"   pending {pending}" if pending else ""))
    out.print(Text.assemble("inside  ", (str(data["inside"]), "bold")))
    if data["incomplete"]:
        out.print(
            f"[yellow]{data['incomplete']} points pass every constraint that can be judged, but a "
            "constrained observable is missing: they do not count as inside.[/yellow]"
        )
    completeness.show(data)
    diagnosis.show(data["diagnosis"])
    _constraints(data)
    _ranges(data)
    _rounds(data)
    _faults(data)
    if data["trouble"]:
        out.print(Text(f"Most points fail now: {data['trouble']}", "red"), soft_wrap=True)


def _constraints(data: dict[str, Any]) -> None:
    grid = table("Constraints", "name", "accepted", "fulfilled by", "missing in")
    for row in data["constraints"]:
        missing = str(row["missing"]) if row["missing"] else ""
        grid.add_row(row["name"], row["interval"], percent(row["fulfilled"]), missing)
    out.print("", grid)


def _ranges(data: dict[str, Any]) -> None:
    best = data["best"]
    last = [f"best point (chi2 {figure(best['chi2'])})"] if best else []
    grid = table("Points inside", "name", "from", "to", *last)
    limited = {row["name"] for row in data["constraints"]}
    for name, (low, high) in data["inside_ranges"].items():
        if name in limited or name in data["parameters"]:
            shown = [figure(best.get(name))] if best else []
            grid.add_row(name, figure(low), figure(high), *shown)
    if grid.row_count:
        out.print("", grid)


def _rounds(data: dict[str, Any]) -> None:
    grid = table(
        "Last rounds", "round", "proposer", "predicted", "achieved", "proposing", "evaluating"
    )
    for row in data["rounds"][-LAST_ROUNDS:]:
        took = "-" if row["seconds"] is None else duration(row["seconds"])
        grid.add_row(
            str(row["number"]),
            row["proposer"],
            percent(row["predicted"]),
            percent(row["achieved"]) + (" !" if row["disappointing"] else ""),
            f"{row['propose_seconds']:.1f} s",
            took,
        )
    out.print("", grid)
    if any(row["disappointing"] for row in data["rounds"][-LAST_ROUNDS:]):
        out.print("!: less than half of what was predicted; the models are chosen anew then")
    if data["rounds"] and (note := data["rounds"][-1]["note"]):
        out.print(Text(f"learnt  {note}"), soft_wrap=True)


def _faults(data: dict[str, Any]) -> None:
    grid = table("Where points die", "status", "stage", "reason", "points", "example")
    for row in data["faults"][:MOST_FAULTS]:
        style = STYLE[Status[row["status"].upper()]]
        status = f"[{style}]{row['status']}[/{style}]"
        example = str(row["example"])
        grid.add_row(status, row["stage"], Text(row["reason"]), str(row["count"]), example)
    if grid.row_count:
        out.print("", grid)
    for cluster in data["clusters"]:
        out.print(Text(cluster["sentence"], "red"), soft_wrap=True)
