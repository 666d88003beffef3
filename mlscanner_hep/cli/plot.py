"""The `plot` command: pictures of a run, figures for a paper, and an animation."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mlscanner_hep.cli.console import out
from mlscanner_hep.cli.options import Where, open_run
from mlscanner_hep.errors import ConfigError


class Kind(StrEnum):
    """What a figure is."""

    scatter = "scatter"
    histogram = "histogram"
    profile = "profile"
    region = "region"
    corner = "corner"
    spectrum = "spectrum"
    efficiency = "efficiency"


class Width(StrEnum):
    """How wide a figure is."""

    single = "single"
    double = "double"


class Side(StrEnum):
    """What can be logarithmic."""

    x = "x"
    y = "y"
    color = "color"


FILES = "Files"


def plot(
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="a model.toml or its folder, or a run folder; several: their efficiency",
            metavar="RUN",
            show_default=False,
        ),
    ],
    kind: Annotated[
        Kind | None, typer.Option(help="what to draw; by default what the other options mean")
    ] = None,
    x: Annotated[str, typer.Option(help="a name, or an expression like 'mH - mA'")] = "",
    y: Annotated[str, typer.Option(help="likewise")] = "",
    color: Annotated[str, typer.Option(help="likewise: colours the points")] = "",
    names: Annotated[
        list[str] | None,
        typer.Option(metavar="NAMES", help="numbers of a corner plot, with commas between"),
    ] = None,
    point: Annotated[
        int | None, typer.Option(min=1, help="id of the point whose masses are drawn")
    ] = None,
    log: Annotated[
        list[Side] | None, typer.Option(help="make this logarithmic; may be repeated")
    ] = None,
    bins: Annotated[
        int, typer.Option(min=0, max=400, help="along each axis; 0: as many as points allow")
    ] = 0,
    where: Where = None,
    near: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="a slice: only points near this value of a parameter; may be repeated",
        ),
    ] = None,
    within: Annotated[
        float,
        typer.Option(min=0, max=1, help="how near, share of the range"),
    ] = 0.05,
    every: Annotated[
        bool,
        typer.Option("--all", help="all answered points, not only inside"),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--out", help="file .pdf, .png, .svg or .pgf", rich_help_panel=FILES),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(help="folder, by default RUN/pictures: PNG and PDF", rich_help_panel=FILES),
    ] = None,
    animate: Annotated[
        Path | None,
        typer.Option(
            help="a .gif, .webp or .mp4 of the rounds, in --x and --y", rich_help_panel=FILES
        ),
    ] = None,
    width: Annotated[
        Width, typer.Option(help="columns of a journal", rich_help_panel=FILES)
    ] = Width.single,
    style: Annotated[
        Path | None,
        typer.Option(help="a matplotlib style file on top", exists=True, rich_help_panel=FILES),
    ] = None,
) -> None:
    """Draw the first pictures of a run, or one figure for a paper.

    Without options: the points inside, the progress, and where points die. Each comes with its
    numbers as CSV.

    - `plot RUN --x tanb --y mA --color oh2 --where "mh > 124"` : points in a plane

    - `plot RUN --x tanb --y mA --near m12sq=2e5` : a slice

    - `plot RUN --x "mHp - mA"` : a histogram, against uniform points of the box

    - `plot RUN --kind profile --x tanb --y mA` : least chi2, with contours at 68.3 and 95 %

    - `plot RUN --kind region --x tanb --y mA` : allowed, and excluded by which constraint

    - `plot RUN --names tanb,mA,mHp` : each against each

    - `plot RUN --kind spectrum` : masses of the best point, or of `--point 17`

    - `plot RUN1 RUN2 RUN3 --out efficiency.pdf` : points inside against calls

    - `plot RUN --x tanb --y mA --animate rounds.gif` : how the rounds close in

    Names: parameters, observables, chi2, delta_chi2, weight, island, predicted, round, id.
    """
    from mlscanner_hep.plots import animation, figures, picture, pictures
    from mlscanner_hep.plots.results import Results
    from mlscanner_hep.plots.style import styled
    from mlscanner_hep.plots.wanted import Wanted

    wanted = Wanted(
        x=x,
        y=y,
        color=color,
        names=tuple(n.strip() for text in names or [] for n in text.split(",") if n.strip()),
        where=where or "",
        near=dict(map(_setting, near or [])),
        within=within,
        every=every,
        log=tuple(side.value for side in log or []),
        bins=bins,
        width=width.value,
    )
    scans = [(run, open_run(run)) for run in runs]
    folder = into or scans[0][1].folder / "pictures"
    if animate is not None:
        animation.check(animate)
        figures.Figure.asked(figures.ANIMATION, wanted, point, len(runs))
        if kind or output or into:
            raise ConfigError("--animate FILE goes without --kind, --out and --into")
        with styled(style):
            _told(animation.write(Results.read(scans[0][1]), wanted, animate))
        return
    figure = figures.Figure.asked(kind.value if kind else None, wanted, point, len(runs))
    if figure is None:
        if output is not None:
            raise ConfigError("--out is the file of one figure: choose it by --x or --kind")
        _told(pictures.draw(scans[0][1], folder, style))
        return
    if output is not None:
        picture.check(output)
    files = [output] if output else [folder / f"{figure.name}{end}" for end in (".png", ".pdf")]
    named = zip(figures.names(scans), (scan for _, scan in scans), strict=True)
    with styled(style):
        made = figure.draw(list(named))
        paths = made.write(*files)
    for note in made.notes:
        out.print(Text(note), soft_wrap=True)
    _told(paths)


def _setting(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        raise ConfigError(f"--near {text}: write NAME=VALUE with a number, e.g. tanb=10") from None


def _told(paths: list[Path]) -> None:
    for path in paths:
        out.print(str(path), soft_wrap=True, markup=False)
