"""What `check` shows of one point."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from typing import Any

import numpy as np
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from mlscanner_hep import constraints
from mlscanner_hep.cli.console import STYLE, figure, interval, out, table
from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.outcome import Answer, Outcome
from mlscanner_hep.points import Points, Status
from mlscanner_hep.results.labels import Label, labels
from mlscanner_hep.rounds import judge
from mlscanner_hep.scan import Scan

Inputs = Mapping[str, float | int | str]


def as_data(scan: Scan, inputs: Inputs, outcome: Outcome) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "status": outcome.status.name.lower(),
        "stage": outcome.stage,
        "reason": outcome.reason,
        "inputs": dict(inputs),
        "stages": [
            {
                "name": answer.stage,
                "status": answer.status.name.lower(),
                "command": list(answer.command),
                "exit_code": answer.exit_code,
                "seconds": answer.seconds,
                "reason": answer.reason,
                "inputs": rendered_inputs(scan, answer),
                "missing": dict(answer.missing),
                "log_tail": answer.log_tail(),
            }
            for answer in outcome.answers
        ],
        "observables": {name: outcome.values.get(name) for name in scan.problem.observables},
        "constraints": {
            row["name"]: {k: v for k, v in row.items() if k != "name"}
            for row in judged(scan, inputs, outcome)
        },
        "inside": bool(scan.problem.inside(_point(scan, inputs, outcome))[0]),
    }


def rendered_inputs(scan: Scan, answer: Answer) -> dict[str, str]:
    """The input files of a stage as the code saw them."""
    stage = next(stage for stage in scan.pipeline.stages if stage.name == answer.stage)
    names = stage.inputs if isinstance(stage, Adapter) else ()
    return {
        name: answer.files[name].decode("utf-8", errors="replace")
        for name in names
        if name in answer.files
    }


def judged(scan: Scan, inputs: Inputs, outcome: Outcome) -> list[dict[str, Any]]:
    """Each constraint with its target, interval and verdict; None where a value is missing."""
    values = scan.problem.values(_point(scan, inputs, outcome))
    rows = []
    for constraint in scan.problem.constraints:
        target = float(constraint.target(values)[0])
        chi2 = float(constraint.chi2(values)[0])
        low, high = constraint.interval
        rows.append(
            {
                "name": constraint.name,
                "needs": list(constraint.needs),
                "target": None if math.isnan(target) else target,
                "min": low if math.isfinite(low) else None,
                "max": high if math.isfinite(high) else None,
                "chi2": chi2 if math.isfinite(chi2) else None,
                "inside": bool(constraints.inside(constraint, values)[0]),
            }
        )
    return rows


def _point(scan: Scan, inputs: Inputs, outcome: Outcome) -> Points:
    x = np.array([float(inputs[name]) for name in scan.problem.space.names])
    return judge(scan.problem, x, outcome)


def show(scan: Scan, inputs: Inputs, outcome: Outcome) -> None:
    """Print each stage, then the observables with their constraints."""
    _show_inputs(scan, inputs)
    for number, answer in enumerate(outcome.answers, 1):
        _show_stage(scan, answer, number)
    _show_observables(scan, inputs, outcome)
    verdict = outcome.status.name.lower()
    line = Text.assemble("This point is ", (verdict, f"bold {STYLE[outcome.status]}"))
    if outcome.status == Status.OK:
        inside = bool(scan.problem.inside(_point(scan, inputs, outcome))[0])
        lacking = [r["name"] for r in judged(scan, inputs, outcome) if r["target"] is None]
        line.append(" and inside" if inside else " and not inside")
        line.append(f": {', '.join(lacking)} missing" if lacking else "")
    elif outcome.reason:
        line.append(f": stage '{outcome.stage}', {outcome.reason}")
    if not line.plain.endswith("."):
        line.append(".")
    out.print(line, soft_wrap=True)


def _show_inputs(scan: Scan, inputs: Inputs) -> None:
    grid = table("Point", "name", "value", "unit", "kind", right=["value"])
    space = scan.problem.space
    units = {parameter.name: parameter.unit for parameter in space.parameters}
    for name, value in inputs.items():
        kind = "constant" if name in space.constants else "derived"
        kind = "parameter" if name in units else kind
        shown = value if isinstance(value, str) else figure(value)
        grid.add_row(name, shown, units.get(name, ""), kind)
    out.print(grid, "")


def _show_stage(scan: Scan, answer: Answer, number: int) -> None:
    header = Table.grid(padding=(0, 2))
    header.add_row("[dim]command[/dim]", Text(shlex.join(answer.command)))
    code = "-" if answer.exit_code is None else str(answer.exit_code)
    header.add_row("[dim]exit code[/dim]", f"{code}, after {answer.seconds:.3f} s")
    status = Text(answer.status.name.lower(), STYLE[answer.status])
    header.add_row("[dim]status[/dim]", Text.assemble(status, f"  {answer.reason}".rstrip()))
    for name, why in answer.missing.items():
        header.add_row("[dim]missing[/dim]", Text(f"{name}: {why}", "yellow"))
    out.print(Panel(header, title=f"{number}. {answer.stage}", title_align="left"))
    for name, text in rendered_inputs(scan, answer).items():
        out.print(Text(f"{name}, as the code saw it:", "dim"))
        out.print(Syntax(text.rstrip(), "text", background_color="default", word_wrap=True))
    if answer.status != Status.OK and answer.log_tail():
        out.print(Text("last lines that it printed:", "dim"))
        out.print(Text(answer.log_tail(), "red"))
    out.print()


def _show_observables(scan: Scan, inputs: Inputs, outcome: Outcome) -> None:
    columns = ("name", "value", "unit", "constraint", "inside", "chi2")
    grid = table("Observables", *columns, right=["value", "chi2"])
    verdicts = {row["name"]: row for row in judged(scan, inputs, outcome)}
    told = labels(scan)
    shown = dict.fromkeys([*scan.problem.observables, *verdicts])
    for name in shown:
        row = verdicts.get(name)
        value = outcome.values.get(name, inputs.get(name))
        if value is None and row is not None:
            value = row["target"]
        number = Text("missing", "yellow") if value is None else Text(figure(float(value)))
        cells = ["", "", ""]
        if row is not None:
            low = -math.inf if row["min"] is None else row["min"]
            high = math.inf if row["max"] is None else row["max"]
            known = row["target"] is not None
            mark = "[green]yes[/green]" if row["inside"] else "[red]no[/red]" if known else "-"
            sharp = row["chi2"] is None and known
            chi2 = math.inf if sharp else row["chi2"]
            cells = [interval(low, high), mark, figure(chi2)]
        grid.add_row(name, number, told.get(name, Label()).unit, *cells)
    out.print(grid, "")
