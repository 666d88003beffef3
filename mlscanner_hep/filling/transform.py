"""The scale on which a target is learnt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Transform:
    """``asinh((y - centre) / width)``: linear near the accepted interval, logarithmic far away.

    Parameters
    ----------
    centre : float
        Middle of the accepted interval, or its only end.
    width : float
        Where linear turns into logarithmic.
    """

    centre: float
    width: float

    @classmethod
    def around(cls, interval: tuple[float, float], near: Array, stretch: float) -> Transform:
        """Transform for an interval; `near` (k,) are the targets of the points closest to it.

        The width is `stretch` times the larger of the half interval and the median distance of
        `near` from its centre.
        """
        low, high = interval
        centre = (low + high) / 2 if np.isfinite(high - low) else low if np.isfinite(low) else high
        half = (high - low) / 2 if np.isfinite(high - low) else 0.0
        spread = float(np.median(np.abs(near - centre))) if len(near) else 0.0
        width = stretch * max(half, spread)
        return cls(float(centre), width if width > 0 else stretch)

    def __call__(self, y: Array) -> Array:
        return np.arcsinh((y - self.centre) / self.width)

    def inverse(self, z: Array) -> Array:
        """The target of transformed values; infinite where it is too large for a number."""
        with np.errstate(over="ignore"):
            return np.asarray(self.centre + self.width * np.sinh(z))

    def log_slope(self, y: Array) -> Array:
        """Logarithm of the derivative at y, which turns a density in z into one in y."""
        return -0.5 * np.log(self.width**2 + (y - self.centre) ** 2)
