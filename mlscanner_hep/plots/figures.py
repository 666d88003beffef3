"""The kinds of figures: what each needs, what it takes, and how it is drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlscanner_hep.errors import ConfigError
from mlscanner_hep.plots import corner, efficiency, histogram, profile, region, scatter, spectrum
from mlscanner_hep.plots.picture import Picture
from mlscanner_hep.plots.results import Results
from mlscanner_hep.plots.wanted import Wanted
from mlscanner_hep.scan import Scan

PLANE: Mapping[str, Callable[[Results, Wanted], Picture]] = {
    "scatter": scatter.draw,
    "histogram": histogram.draw,
    "profile": profile.draw,
    "region": region.draw,
    "corner": corner.draw,
}
"""The kinds that show numbers of one run."""
SPECTRUM, EFFICIENCY, ANIMATION = "spectrum", "efficiency", "animation"

_CHOICE = frozenset({"where", "near"})
NEEDS = {"scatter": ("x", "y"), "histogram": ("x",), "profile": ("x",), "region": ("x", "y")}
TAKES: Mapping[str, frozenset[str]] = {
    "scatter": _CHOICE | {"x", "y", "color", "every", "log"},
    "histogram": _CHOICE | {"x", "log", "bins"},
    "profile": _CHOICE | {"x", "y", "log", "bins"},
    "region": _CHOICE | {"x", "y", "log", "bins"},
    "corner": _CHOICE | {"names", "color", "log"},
    SPECTRUM: frozenset({"point"}),
    EFFICIENCY: frozenset(),
    ANIMATION: _CHOICE | {"x", "y", "log"},
}
"""The options that a kind needs, and all that it takes."""


@dataclass(frozen=True)
class Figure:
    """A figure that was asked for.

    Parameters
    ----------
    kind : str
        What it is, see `TAKES`.
    wanted : Wanted
        What it is to show.
    point : int or None
        The point of a spectrum, as numbered in the ledger.
    """

    kind: str
    wanted: Wanted
    point: int | None = None

    @classmethod
    def asked(cls, kind: str | None, wanted: Wanted, point: int | None, runs: int) -> Figure | None:
        """The figure that options mean; None if they mean none, but the first pictures of a run.

        Raises
        ------
        ConfigError
            If an option is missing, or does not go with the kind.
        """
        given = {name for name in vars(wanted) if getattr(wanted, name)} - {"within", "width"}
        given |= {"point"} if point is not None else set()
        if kind is None:
            kind = _meant(given, runs)
        if kind is None:
            if given:
                raise ConfigError(f"--{_option(min(given))} needs --x, or a --kind")
            return None
        called = "--animate" if kind == ANIMATION else f"--kind {kind}"
        if kind != EFFICIENCY and runs > 1:
            raise ConfigError(f"{called} is of one run, not of {runs}")
        for name in NEEDS.get(kind, ()):
            if name not in given:
                raise ConfigError(f"{called} needs --{name}: a name or an expression")
        if wrong := given - TAKES[kind]:
            takes = ", ".join(f"--{_option(name)}" for name in sorted(TAKES[kind])) or "no option"
            raise ConfigError(
                f"--{_option(min(wrong))} does not go with {called}, which takes {takes}"
            )
        return cls(kind, wanted, point)

    @property
    def name(self) -> str:
        """For its files."""
        texts = (self.kind, *self.wanted.names, self.wanted.x, self.wanted.y, self.wanted.color)
        number = "" if self.point is None else str(self.point)
        parts = [re.sub(r"\W+", "_", text).strip("_") for text in (*texts, number) if text]
        return "-".join(parts)[:80]

    def draw(self, scans: Sequence[tuple[str, Scan]]) -> Picture:
        """Draw it from runs, each with a name for the legend.

        Raises
        ------
        ConfigError
            If something unknown is wanted, or there is nothing to be shown.
        LedgerError
            If a run cannot be read.
        """
        runs = [(name, Results.read(scan)) for name, scan in scans]
        if self.kind == EFFICIENCY:
            return efficiency.draw(runs, self.wanted)
        scan, results = scans[0][1], runs[0][1]
        if self.kind == SPECTRUM:
            return spectrum.draw(scan, results, self.wanted, self.point)
        return PLANE[self.kind](results, self.wanted)


def _meant(given: set[str], runs: int) -> str | None:
    if runs > 1:
        return EFFICIENCY
    if "point" in given:
        return SPECTRUM
    if "names" in given:
        return "corner"
    if "x" in given:
        return "scatter" if "y" in given else "histogram"
    return None


def _option(name: str) -> str:
    return "all" if name == "every" else name


def names(runs: Sequence[tuple[Path, Scan]]) -> list[str]:
    """What runs are called in a legend: the names of their scans, or of their folders."""
    own = [scan.model.scan.name for _, scan in runs]
    folders = [scan.folder.name for _, scan in runs]
    for found in (own, folders):
        if len(set(found)) == len(found):
            return found
    return [str(path) for path, _ in runs]
