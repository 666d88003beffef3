"""Numbers as colours, and the bar that explains them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib import colormaps
from matplotlib.colorbar import Colorbar
from matplotlib.colors import BoundaryNorm, Colormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from numpy.typing import NDArray

from mlscanner_hep.plots import ticks

Array = NDArray[np.float64]

FEW = 6
"""Of so many different values each has a colour of its own."""
TAILS = (0.02, 0.98)
"""Quantiles at the ends of the colours: one point far out would leave one for all the others."""


@dataclass(frozen=True)
class ColourScale:
    """How numbers become colours.

    Parameters
    ----------
    label : str
        What they are.
    norm : Normalize
        From numbers to [0, 1].
    values : ndarray
        Those that have a tick; where it is empty, round numbers do.
    extend : {'neither', 'min', 'max', 'both'}
        On which side some lie beyond the ends.
    name : str
        Of the colour map.
    """

    label: str
    norm: Normalize
    values: Array
    extend: Literal["neither", "min", "max", "both"] = "neither"
    name: str = "viridis"

    @classmethod
    def of(cls, label: str, values: Array, log: bool = False) -> ColourScale:
        """A scale for the values (n,) that are drawn; those not finite are left out."""
        values = values[np.isfinite(values) & ((values > 0) | (not log))]
        distinct = np.unique(values)
        if 1 < len(distinct) <= FEW:
            middle = (distinct[1:] + distinct[:-1]) / 2
            first = distinct[0] - (middle[0] - distinct[0])
            last = distinct[-1] + (distinct[-1] - middle[-1])
            edges = [first, *middle.tolist(), last]
            return cls(label, BoundaryNorm(edges, colormaps["viridis"].N), distinct)
        low, high = (float(end) for end in np.quantile(values, TAILS)) if len(values) else (0, 1)
        if not low < high:
            low, high = (low, 10 * low) if log else (low, low + 1)
        kind = LogNorm if log else Normalize
        under, over = bool((values < low).any()), bool((values > high).any())
        extend: Any = {(0, 0): "neither", (1, 0): "min", (0, 1): "max"}.get((under, over), "both")
        return cls(label, kind(low, high), np.empty(0), extend)

    @property
    def cmap(self) -> Colormap:
        """The colour map."""
        return colormaps[self.name]

    def bar(self, figure: Figure, image: Any, **place: Any) -> Colorbar:
        """Explain an image by a bar, beside the axes ``ax`` or in ``cax``."""
        bar = figure.colorbar(image, label=self.label, extend=self.extend, **place)
        low, high = float(self.norm.vmin or 0), float(self.norm.vmax or 0)
        places = self.values.tolist()
        if not places:
            log = isinstance(self.norm, LogNorm)
            places = ticks.logarithmic(low, high) if log else []
            places = places if len(places) > 1 else ticks.linear(low, high)
        bar.ax.yaxis.set_major_locator(FixedLocator(places))
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: ticks.short(value)))
        bar.ax.yaxis.set_minor_locator(NullLocator())
        bar.outline.set_linewidth(0.6)
        return bar
