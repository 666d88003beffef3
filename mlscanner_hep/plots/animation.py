"""A moving picture: how the proposals close in on the region, round by round."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.animation import FFMpegWriter
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, PercentFormatter
from numpy.typing import NDArray
from PIL import Image

from mlscanner_hep.errors import ConfigError, nearest
from mlscanner_hep.plots import progress
from mlscanner_hep.plots.labels import plain
from mlscanner_hep.plots.marks import dress
from mlscanner_hep.plots.picture import write_table
from mlscanner_hep.plots.results import Results
from mlscanner_hep.plots.style import BLUE, GREY, INK, ORANGE, VERMILION
from mlscanner_hep.plots.wanted import Quantity, Wanted, quantity, shown, slice_title

Mask = NDArray[np.bool_]

FORMATS = (".gif", ".webp", ".mp4")
SIZE, DPI = (3.9, 4.7), 110  # inches: what a browser shows as it is
SECONDS, LAST = 0.35, 2.5
"""How long a frame stands, and the last one."""
SHADES = 8
"""From white to each colour of a GIF: few colours make a small file."""


def check(path: Path) -> None:
    """Raise ConfigError if an animation cannot become this file."""
    if path.suffix not in FORMATS:
        hint = nearest(path.suffix, FORMATS)
        raise ConfigError(f"--animate {path}: no animation ends in '{path.suffix}'; {hint}")
    if path.suffix == ".mp4" and not FFMpegWriter.isAvailable():
        raise ConfigError(
            f"--animate {path}: MP4 needs the program ffmpeg, which is not on PATH; install it, or "
            "write a .gif or .webp, which need nothing"
        )


def write(results: Results, wanted: Wanted, path: Path) -> list[Path]:
    """Draw one frame for each round into a file, with the numbers of the rounds as CSV beside it.

    Small rounds are taken together, see `progress.steps`.

    Parameters
    ----------
    results : Results
        The run.
    wanted : Wanted
        The numbers x and y, by default the first two parameters, and which points.
    path : Path
        A GIF, WebP or MP4 file.

    Raises
    ------
    ConfigError
        If something unknown is wanted, no point can be shown, or the format cannot be written.
    """
    check(path)
    film = Film(results, wanted)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".mp4":
        film.video(path)
    else:
        film.images(path)
    table = path.with_suffix(".csv")
    write_table(table, film.rounds)
    return [path, table]


class Film:
    """The frames of an animation, drawn one after the other into the same figure.

    Parameters
    ----------
    results : Results
        The run.
    wanted : Wanted
        See `write`.

    Attributes
    ----------
    rounds : dict of str to list
        What each frame tells, as columns: rounds, calls, points inside, hit rates.
    figure : Figure
        The frame that was shown last.
    """

    def __init__(self, results: Results, wanted: Wanted) -> None:
        names = [*results.problem.space.names, ""]
        x_name, y_name = wanted.x or names[0], wanted.y or names[1]
        if not y_name:
            raise ConfigError("--animate needs two numbers: give --x and --y")
        rows = shown(results, wanted)
        self._x = quantity(results, x_name, rows, "--x", wanted)
        self._y = quantity(results, y_name, rows, "--y", wanted)
        self._rows = rows & np.isfinite(self._x.values) & np.isfinite(self._y.values)
        self._inside, self._number = results.inside, results.points.round
        steps = progress.steps(results, progress.uniform_rate(results))
        kept = ("first_round", "last_round", "calls", "inside", "hit_rate", "predicted")
        self.rounds = {name: steps[name] for name in kept}
        if not self.rounds["calls"]:
            raise ConfigError("--animate: no point of this run is evaluated yet")
        self._name = ", ".join(filter(None, (plain(results.name), slice_title(results, wanted))))
        self.figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
        FigureCanvasAgg(self.figure)
        above, below = self.figure.subplots(2, 1, height_ratios=(4, 1))
        self._dots = self._dress_points(above, self._x, self._y)
        self._lines = self._dress_rates(below)
        self._title = above.set_title(" ", loc="left", pad=16)

    def __len__(self) -> int:
        return len(self.rounds["calls"])

    @staticmethod
    def _dress_points(panel: Axes, x: Quantity, y: Quantity) -> dict[str, Any]:
        dress(panel, x, y)
        looks = {
            "before: outside": (GREY, 1.5), "inside": (BLUE, 2.2),
            "now: outside": (ORANGE, 3), "inside\N{NO-BREAK SPACE}": (VERMILION, 3),
        }  # fmt: skip
        made = {}
        for order, (name, (colour, size)) in enumerate(looks.items()):
            style: dict[str, Any] = {"ms": size, "mew": 0, "color": colour, "zorder": 2 + order}
            (made[name],) = panel.plot([], [], "o", label=name, **style)
        place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "ncols": 4}
        panel.legend(markerscale=1.6, handletextpad=0.1, columnspacing=0.8, **place)
        return made

    def _dress_rates(self, panel: Axes) -> dict[str, Any]:
        calls = self.rounds["calls"]
        (achieved,) = panel.plot([], [], "o-", ms=2.5, color=BLUE, label="achieved")
        style: dict[str, Any] = {"color": INK, "mfc": "white", "mew": 0.7, "lw": 0.8}
        (predicted,) = panel.plot([], [], "s--", ms=3, label="predicted", **style)
        panel.set(xlabel="calls", ylabel="hit rate", xlim=(0, 1.03 * calls[-1]), ylim=(0, 1.05))
        panel.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
        panel.yaxis.set_major_locator(FixedLocator([0, 0.5, 1]))
        panel.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        place: dict[str, Any] = {"loc": "lower right", "bbox_to_anchor": (1, 1), "ncols": 2}
        handles = [achieved, predicted] if any(v != "" for v in self.rounds["predicted"]) else []
        if handles:
            panel.legend(handles=handles, **place)
        return {"hit_rate": achieved, "predicted": predicted}

    def show(self, frame: int) -> None:
        """Draw a frame, by its number from 0."""
        told = {name: column[frame] for name, column in self.rounds.items()}
        now = (self._number >= told["first_round"]) & (self._number <= told["last_round"])
        before = self._number < told["first_round"]
        groups = [before & ~self._inside, before & self._inside]
        groups += [now & ~self._inside, now & self._inside]
        for dots, rows in zip(self._dots.values(), groups, strict=True):
            chosen = self._rows & rows
            dots.set_data(self._x.spots[chosen], self._y.spots[chosen])
        for name, line in self._lines.items():
            column = [np.nan if v == "" else v for v in self.rounds[name][: frame + 1]]
            line.set_data(self.rounds["calls"][: frame + 1], column)
        self._title.set_text(f"{self._name}: {told['calls']} calls, {told['inside']} inside")

    def images(self, path: Path) -> None:
        """Write a GIF or WebP."""
        images = []
        for frame in range(len(self)):
            self.show(frame)
            canvas: Any = self.figure.canvas
            canvas.draw()
            images.append(Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy()))
        if path.suffix == ".gif":
            palette = _palette()
            images = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
        times = [round(1000 * SECONDS)] * (len(images) - 1) + [round(1000 * LAST)]
        first, *rest = images
        options: dict[str, Any] = {"lossless": True} if path.suffix == ".webp" else {}
        first.save(path, save_all=True, append_images=rest, duration=times, loop=0, **options)

    def video(self, path: Path) -> None:
        """Write an MP4."""
        writer = FFMpegWriter(fps=round(1 / SECONDS), metadata={"creation_time": "0"})
        with writer.saving(self.figure, str(path), DPI):
            for frame in range(len(self)):
                self.show(frame)
                for _ in range(round(LAST / SECONDS) if frame == len(self) - 1 else 1):
                    writer.grab_frame()


def _palette() -> Image.Image:
    """The colours of the style in shades, as an image that Pillow takes them from."""
    colours = np.array([to_rgb(name) for name in (GREY, BLUE, ORANGE, VERMILION, INK)])
    shades = np.linspace(0, 1, SHADES + 1)[:, None, None]
    mixed = np.round(255 * (1 - shades * (1 - colours))).astype(int).reshape(-1, 3)
    image = Image.new("P", (1, 1))
    image.putpalette(mixed.ravel().tolist())
    return image
