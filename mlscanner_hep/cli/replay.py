"""The commands `replay`, `retry` and `recover`: what to do about single points and a bad ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from mlscanner_hep.cli.console import STYLE, make_empty, out, print_json, table, warnings
from mlscanner_hep.cli.options import Json, Keep, Run, model_file, open_run
from mlscanner_hep.points import Status

if TYPE_CHECKING:
    from mlscanner_hep.results.replay import Replay
    from mlscanner_hep.scan import Scan

SHOWN = 8


def replay(
    run: Run,
    point: Annotated[
        int,
        typer.Argument(metavar="POINT", min=1, help="number of the point, as `status` shows it"),
    ],
    keep: Keep = None,
    as_json: Json = False,
) -> None:
    """Run a recorded point again and compare, bit for bit.

    It has exactly the inputs that it had. Every step is shown as by `check`; nothing is written to
    the ledger. The exit code is 1 if anything differs: the status, the stage that ended the point,
    or one bit of an observable.

    Example: `mlscanner-hep replay model.toml 4711 --keep point-4711`
    """
    from mlscanner_hep.cli import check

    scan = open_run(run)
    if keep is not None:
        make_empty(keep)
    done = scan.replay(point, keep)
    if as_json:
        print_json(_as_data(scan, done))
    else:
        check.show(scan, done.inputs, done.outcome)
        _verdict(done)
        if keep is not None:
            out.print(f"The files of the point are in {keep}.", soft_wrap=True)
    if done.differences:
        raise typer.Exit(1)


def _as_data(scan: Scan, done: Replay) -> dict[str, Any]:
    from mlscanner_hep.cli import check

    old = done.recorded
    return {
        "point": done.point,
        "recorded": {
            "status": old.status.name.lower(),
            "stage": old.stage,
            "reason": old.reason,
            "exit_code": old.exit_code,
            "observables": {name: old.values.get(name) for name in scan.problem.observables},
        },
        "now": check.as_data(scan, done.inputs, done.outcome),
        "differences": [difference._asdict() for difference in done.differences],
    }


def _verdict(done: Replay) -> None:
    old = done.recorded
    if old.status == Status.PENDING:
        out.print(f"Point {done.point} waits to be run: the ledger has nothing to compare with.")
        return
    said = f": stage '{old.stage}', {old.reason}" if old.stage else ""
    status = (old.status.name.lower(), STYLE[old.status])
    out.print(Text.assemble(f"Point {done.point} is recorded as ", status, said), soft_wrap=True)
    if not done.differences:
        out.print("The result agrees with the ledger, every number to the last bit.")
        return
    rows = table("Not as in the ledger", "name", "recorded", "now")
    for name, recorded, now in done.differences:
        rows.add_row(name, *(Text("missing" if v is None else str(v)) for v in (recorded, now)))
    out.print("", rows)


def retry(
    run: Run,
    stage: Annotated[str | None, typer.Option(help="only points that failed in this stage")] = None,
) -> None:
    """Let failed points run again, once the cause is gone.

    The disk was full, a licence had ended, a library was missing. The next `run` takes them up
    before it proposes others. What came of them is forgotten, and they do not count as calls until
    they are run.

    Example: `mlscanner-hep retry model.toml --stage spheno`
    """
    with open_run(run) as scan:
        count = scan.retry(stage)
        warnings(scan.notes)
    out.print(f"{count} failed points wait for the next `mlscanner-hep run`.")


def recover(run: Run) -> None:
    """Save what is whole in a damaged ledger.

    Every point has a checksum: one that is not as it was written is not believed. Where only the
    outcome is damaged the point will be run again; of what is lost altogether the scan proposes
    others. The damaged file is kept, and a new ledger takes its place.

    Example: `mlscanner-hep recover runs/thdm-typeII`
    """
    from mlscanner_hep.record import recovery

    done = recovery.recover(_folder(run))
    out.print(f"{done.kept} points are whole.")
    if done.again:
        out.print(
            f"{len(done.again)} points lost their outcome and will be run again: "
            f"{_some(done.again)}",
            soft_wrap=True,
        )
    if done.lost:
        out.print(f"{len(done.lost)} points are lost: {_some(done.lost)}", soft_wrap=True)
    if done.cut:
        out.print("The end of the file is missing: points behind the last one here are lost, too.")
    if done.rounds:
        out.print(f"What was noted of {done.rounds} rounds is lost (their points are not).")
    if done.files:
        out.print(f"{done.files} kept raw files are lost.")
    out.print(f"The file that was there is kept as {done.aside}.", soft_wrap=True)
    out.print(
        "Go on with `mlscanner-hep run` and the model.toml. If there is a newer backup of the "
        "ledger than what was saved here, take that instead."
        if done.lost or done.cut
        else "Go on with `mlscanner-hep run` and the model.toml.",
        soft_wrap=True,
    )


def _folder(run: Path) -> Path:
    """The run folder, without a look into its ledger."""
    from mlscanner_hep.record.ledger import FILE
    from mlscanner_hep.scan import Scan
    from mlscanner_hep.setup.config import ModelFile
    from mlscanner_hep.setup.tables import load

    if (run / FILE).is_file():
        return run
    file = model_file(run)
    return Scan(load(ModelFile, file), file).folder


def _some(ids: tuple[int, ...]) -> str:
    return ", ".join(map(str, ids[:SHOWN])) + ", ..." * (len(ids) > SHOWN)
