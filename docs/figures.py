"""Draw the pictures of docs/filling.md: the two-dimensional toy, where the region can be seen.

python docs/figures.py          # writes docs/images/filling-*.png; takes about ten seconds
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from mlscanner_hep import Points, Scan
from mlscanner_hep.setup.config import ModelFile, ProposerTable, StopTable
from mlscanner_hep.setup.tables import load

HERE = Path(__file__).parent
MODEL = HERE.parent / "examples" / "toy" / "shell2d.toml"
CALLS = 450
COLOURS = {"initial": "0.35", "main": "C0", "anneal": "C2", "explore": "C1", "audit": "C3"}
GRID = 240


def main() -> None:
    """Run the scans and draw the pictures."""
    plt.rcParams.update(
        {
            "font.size": 8,
            "savefig.dpi": 110,
            "savefig.bbox": "tight",
            "figure.constrained_layout.use": True,
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        with scan("regressor", CALLS, Path(folder) / "filled") as filled:
            filled.run()
            rounds(filled)
        with scan("regressor", 90, Path(folder) / "early") as early:
            early.run()
            belief(early)
        others = {"uniform": "uniform", "the classifier of the paper": "mlscanner-classifier"}
        runs = {"regressor": filled}
        for name, kind in others.items():
            with scan(kind, CALLS, Path(folder) / kind) as runs[name]:
                runs[name].run()
        compare(runs)


def scan(kind: str, calls: int, folder: Path) -> Scan:
    """The toy with a proposer and a number of calls."""
    model = load(ModelFile, MODEL)
    options = {"model": "RFC", "initial": 150} if kind == "mlscanner-classifier" else {}
    changed = {
        "scan": model.scan.model_copy(update={"stop": StopTable(calls=calls)}),
        "proposer": ProposerTable(kind=kind, batch=50, **options),
    }
    return Scan(model.model_copy(update=changed), MODEL, folder)


def rounds(filled: Scan) -> None:
    """filling-rounds.png: which points were chosen in some rounds, and why."""
    points = filled.points
    shown = [0, 1, 3, int(points.round.max())]
    figure, axes = plt.subplots(1, 4, figsize=(9.5, 2.75), sharey=True)
    for ax, number in zip(axes, shown, strict=True):
        region(ax, filled)
        old = points[points.round < number]
        ax.plot(*old.x.T, ".", color="0.6", markersize=2, label="earlier points")
        for origin, colour in COLOURS.items():
            now = points[(points.round == number) & (points.origin == origin)]
            ax.plot(*now.x.T, "o", color=colour, markersize=3.5, label=origin)
        ax.set_title(f"round {number}, {int((points.round <= number).sum())} calls")
    axes[0].set_ylabel("$x_2$")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncol=6)
    figure.savefig(HERE / "images" / "filling-rounds.png")


def belief(early: Scan) -> None:
    """filling-belief.png: what is believed after some calls, and what that makes of it."""
    points = early.points
    inside = early.problem.inside(points)
    names = early.problem.space.names
    x, y = mesh(early)
    predicted = early.predict({names[0]: x.ravel(), names[1]: y.ravel()})
    batch = early.ask()
    origin = early.points.origin[-len(batch) :]
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.3), sharey=True)
    for ax in (left, right):
        shade = ax.pcolormesh(
            x, y, predicted["p_inside"].reshape(x.shape), cmap="Blues", vmin=0, vmax=1
        )
        region(ax, early, filled=False)
    left.plot(*points.x[~inside].T, ".", color="0.4", markersize=3, label="outside")
    left.plot(*points.x[inside].T, "o", color="k", markersize=3.5, label="inside")
    left.set_title(f"what {len(points)} calls have taught")
    left.set_ylabel("$x_2$")
    right.plot(*points.x[inside].T, "o", color="k", markersize=3.5)
    for name, colour in COLOURS.items():
        chosen = batch.x[origin == name]
        if len(chosen):
            right.plot(*chosen.T, "D", color=colour, markeredgecolor="w", markersize=5, label=name)
    right.set_title(f"the next {len(batch)} points")
    figure.colorbar(shade, ax=(left, right), label="probability of being inside")
    figure.legend(loc="outside lower center", ncol=6)
    figure.savefig(HERE / "images" / "filling-belief.png")


def compare(runs: dict[str, Scan]) -> None:
    """filling-compare.png: the same number of calls, spent by three proposers."""
    figure, axes = plt.subplots(1, len(runs), figsize=(9.5, 3.3), sharey=True)
    for ax, (name, run) in zip(axes, runs.items(), strict=True):
        points: Points = run.points
        inside = run.problem.inside(points)
        region(ax, run)
        ax.plot(*points.x[~inside].T, ".", color="0.6", markersize=2)
        ax.plot(*points.x[inside].T, ".", color="C0", markersize=4)
        ax.set_title(f"{name}: {inside.sum()} of {len(points)} inside")
    axes[0].set_ylabel("$x_2$")
    figure.savefig(HERE / "images" / "filling-compare.png")


def region(ax: Axes, scan: Scan, filled: bool = True) -> None:
    """The region itself, which a scan does not know: a green band, or its edge."""
    x, y = mesh(scan)
    f = (2 + np.cos(x / 5) * np.cos(y / 7)) ** 5  # shell2d of examples/toy/toy.py
    ends = [100 - 9.18, 100 + 9.18]
    if filled:
        ax.contourf(x, y, f, ends, colors=["#cfe8cf"])
    else:
        ax.contour(x, y, f, ends, colors=["#3a9a3a"], linewidths=0.7)
    ax.set(xlabel="$x_1$", aspect="equal")


def mesh(scan: Scan) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A grid of the box."""
    ends = scan.problem.space.from_unit(np.array([[0.0, 0.0], [1.0, 1.0]]))
    x, y = np.meshgrid(*np.linspace(ends[0], ends[1], GRID).T)
    return x, y


if __name__ == "__main__":
    main()
