"""`adapters test` and `adapters record`: an installed code on the adapter's reference points."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from mlscanner_hep.cli.console import STYLE, figure, make_empty, out, print_json, table
from mlscanner_hep.cli.options import Json, Keep
from mlscanner_hep.points import Status

if TYPE_CHECKING:
    from mlscanner_hep.setup.reference import Comparison

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="name or folder of the adapter", show_default=False)
]
Exe = Annotated[
    str | None,
    typer.Option(help="the program; by default that of the user's configuration, or on PATH"),
]


def compare(
    name: Name,
    exe: Exe = None,
    keep: Keep = None,
    as_json: Json = False,
) -> None:
    """Run the reference points with your installation and compare.

    The exit code is 1 if one of them differs.

    Example: `mlscanner-hep adapters test softsusy --exe ~/softsusy/softpoint.x`
    """
    from mlscanner_hep.setup import adapters

    folder = adapters.find(name, Path())
    compared = dict(_compared(folder, exe, keep))
    if as_json:
        print_json([_as_data(name, one) for name, one in compared.items()])
    else:
        _show(folder, compared)
    if any(one.problems for one in compared.values()):
        raise typer.Exit(1)


def record(
    name: Name,
    exe: Exe = None,
    keep: Keep = None,
    code: Annotated[
        str, typer.Option(help="name and version of the code, if no SPINFO tells them")
    ] = "",
) -> None:
    """Run the reference points and write down what the code answers.

    The points are files NAME.toml in the folder `reference` of the adapter, with the [values] of
    the parameters. What the code answers is written below them, over what stood there.

    Example: `mlscanner-hep adapters record ./mycode --exe mycode.x`
    """
    from mlscanner_hep.setup import adapters, reference

    folder = adapters.find(name, Path())
    rows = table("Recorded", "point", "status", "observables", "code", "reason")
    for point, compared in _compared(folder, exe, keep):
        answer = compared.answer
        expected = reference.record(reference.points(folder)[point], answer, code)
        status = Text(expected.status, STYLE[answer.status])
        rows.add_row(point, status, f"{len(answer.values)}", expected.code, Text(answer.reason))
    out.print(rows)
    out.print(f"Written to {folder / reference.FOLDER}. Is each answer as it should be?")


def _compared(folder: Path, exe: str | None, keep: Path | None) -> Iterator[tuple[str, Comparison]]:
    from mlscanner_hep.setup import reference
    from mlscanner_hep.setup.tables import load

    files = reference.points(folder)
    program = reference.program(folder, exe)
    with _place(keep) as place:
        for point, file in files.items():
            (place / point).mkdir()
            adapter = reference.adapter(folder, file, program)
            answer = reference.run(adapter, file, place / point)
            yield point, reference.compare(load(reference.PointFile, file), answer)


@contextmanager
def _place(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        make_empty(keep)
        yield keep
    else:
        with tempfile.TemporaryDirectory(prefix="reference-") as scratch:
            yield Path(scratch)


def _as_data(point: str, compared: Comparison) -> dict[str, Any]:
    from mlscanner_hep.setup.reference import code_of

    answer, expected = compared.answer, compared.expected
    return {
        "point": point,
        "agrees": not compared.problems,
        "problems": list(compared.problems),
        "status": answer.status.name.lower(),
        "reason": answer.reason,
        "seconds": answer.seconds,
        "code": code_of(answer),
        "expected": expected.model_dump() if expected else None,
        "observables": dict(answer.values),
    }


def _show(folder: Path, compared: dict[str, Comparison]) -> None:
    columns = ("point", "status", "expected", "largest deviation", "of", "seconds", "agrees")
    rows = table(f"Reference points of {folder.name}", *columns)
    for point, one in compared.items():
        status = Text(one.answer.status.name.lower(), STYLE[one.answer.status])
        name, deviation = one.worst or ("", math.nan)
        shown = "missing" if math.isinf(deviation) else figure(deviation)
        verdict = "[red]no[/red]" if one.problems else "[green]yes[/green]"
        wanted = one.expected.status if one.expected else "nothing yet"
        seconds = f"{one.answer.seconds:.2f}"
        rows.add_row(point, status, wanted, shown, name, seconds, verdict)
    out.print(rows, "")
    differing = {point: one for point, one in compared.items() if one.problems}
    for point, one in differing.items():
        out.print(Text.assemble((point, "bold"), ":"))
        for problem in one.problems:
            out.print(Text(f"  {problem}"), soft_wrap=True)
        if one.answer.status == Status.FAILED and one.answer.log_tail():
            out.print(Text("  last lines that it printed:", "dim"))
            out.print(Text(one.answer.log_tail(), "red"))
        out.print()
    for line in _verdict(compared, differing):
        out.print(Text(line), soft_wrap=True)


def _verdict(compared: dict[str, Comparison], differing: dict[str, Comparison]) -> Iterator[str]:
    from mlscanner_hep.setup.reference import code_of

    if all(one.expected is None for one in compared.values()):
        yield "There is nothing to compare with: `mlscanner-hep adapters record` writes it down."
        return
    recorded = _codes(one.expected.code for one in compared.values() if one.expected)
    count = len(compared)
    if not differing:
        yield f"{count} of {count} points agree: this installation answers as {recorded} did."
        return
    yield f"{len(differing)} of {count} points differ."
    here = _codes(code_of(one.answer) for one in compared.values())
    if any(one.answer.status == Status.FAILED for one in differing.values()):
        yield (
            "The program failed where it should not. What it printed says why; --keep FOLDER "
            "leaves the files there, to run it by hand."
        )
    elif here != recorded:
        yield (
            f"Recorded with {recorded}, and here is {here}. Versions may differ; see if that much "
            "can be meant, and do not mix points of both in one scan."
        )
    else:
        yield (
            f"Both are {here}, which should answer alike: see how it was built, and which data "
            "files it uses."
        )


def _codes(names: Iterable[str]) -> str:
    return ", ".join(sorted({name for name in names if name})) or "an unknown version"
