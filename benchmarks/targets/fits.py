"""Regions that are drawn around a best fit: measurements, and one limit on their summed chi2."""

from __future__ import annotations

import numpy as np

from mlscanner_hep.constraints import Gaussian, TotalChi2
from mlscanner_hep.problem import Problem
from mlscanner_hep.space import Parameter, Space
from targets.base import Array, Hull, Target

MEASURED = {
    "y0": (96.67, 0.11),
    "y1": (1.145, 0.08),
    "y2": (-0.810, 0.044),
    "y3": (0.5655, 0.022),
    "y4": (0.3685, 0.0155),
    "y5": (1.150, 0.033),
}
"""Central value and standard deviation of each observable."""
QUANTILE = 12.59
"""What a chi2 of six degrees of freedom exceeds in 5 % of the cases."""
CORNERS = np.array([[0.18, 0.41, 0.34, 0.56, 0.16], [0.49, 0.82, 0.63, 0.92, 0.50]])
"""Of a box that holds the region, with room of a tenth of its size."""


def fit5d() -> Target:
    """Six measurements of curved functions of five parameters, none limited by itself."""

    def observables(x: Array) -> Array:
        a, b, c, d, e = x.T
        y = [
            91 + 4 * np.sin(2 * a + b) * (1 + c),
            np.exp(2 * b - c) * (0.2 + a),
            np.log(0.1 + a * d + e**2),
            (b - 0.4) ** 2 + c * d + 0.3 * np.cos(3 * e),
            np.sqrt(0.05 + (c - e) ** 2) + 0.5 * a * b,
            1 / (0.3 + a + d * e),
        ]
        return np.stack(y, axis=1)

    low, high = CORNERS

    def draw(rng: np.random.Generator, n: int) -> Array:
        return np.asarray(low + rng.random((n, 5)) * (high - low))

    space = Space(tuple(Parameter(f"p{j}", 0.0, 1.0) for j in range(5)))
    parts = tuple(Gaussian(k, *measured, within=np.inf) for k, measured in MEASURED.items())
    total = TotalChi2(parts, QUANTILE)
    problem = Problem(space, tuple(MEASURED), (*parts, total))
    hull = Hull(float(np.prod(high - low)), draw)
    return Target("fit5d", problem, observables, volume=3.85e-5, hull=hull)
