"""The `new` commands."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from mlscanner_hep.cli.console import out
from mlscanner_hep.tools.folders import unused


class _ModelByDefault(TyperGroup):
    """`new FOLDER` is `new model FOLDER`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["model", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_ModelByDefault,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Make a `model` that runs at once, or a first draft of an `adapter`.\n\n"
    "Example: `mlscanner-hep new my-model`, which is short for `mlscanner-hep new model my-model`",
)


@app.command()
def model(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="the folder to make")],
) -> None:
    """Make a model.toml with an adapter and a code, that runs at once.

    Example: `mlscanner-hep new my-model`
    """
    unused(folder)
    with resources.as_file(resources.files("mlscanner_hep") / "skeleton") as skeleton:
        shutil.copytree(skeleton, folder, dirs_exist_ok=True)
    (folder / "mycode" / "mycode.py").chmod(0o755)
    out.print(f"Made {folder}. Try: mlscanner-hep check {folder}/model.toml", soft_wrap=True)


@app.command()
def adapter(
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="the folder to make; its name is the adapter's"),
    ],
    from_input: Annotated[
        Path, typer.Option(help="an SLHA input file that works", show_default=False)
    ],
    from_slha: Annotated[
        Path, typer.Option(help="the spectrum that the code made of it", show_default=False)
    ],
) -> None:
    """Draft an adapter from an input file of a code and its spectrum.

    The numbers of MINPAR, EXTPAR and of blocks that end with IN become parameters of the template;
    everything in the spectrum becomes an observable, the usual ones ready to use and the others
    commented out. The point of the two files becomes a reference point.

    Example: `mlscanner-hep new adapter mssm --from-input LesHouches.in --from-slha SPheno.spc`
    """
    from mlscanner_hep.setup import draft

    made = draft.write(folder, from_input, from_slha)
    chosen = sum(observable.chosen for observable in made.observables)
    names = ", ".join(parameter.name for parameter in made.parameters) or "none"
    lines = [
        f"Made {folder}: {len(made.parameters)} parameters ({names}), {chosen} observables and "
        f"{len(made.observables) - chosen} more that are commented out.",
        "Next:",
        f"1. Look at the command in {folder}/adapter.toml: files or standard input and output?",
        f"2. mlscanner-hep adapters test {folder} --exe PROGRAM",
        "   Does the code, through the template, give the same spectrum again?",
        f"3. Delete what you do not need in {folder}, and say in [success] and [unphysical] how "
        "the code fails.",
        f'4. In model.toml: [[chain]] with adapter = "{folder.name}", and the parameters.',
    ]
    for line in lines:
        out.print(line, soft_wrap=True, markup=False)
