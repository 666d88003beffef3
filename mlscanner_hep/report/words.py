"""Constraints and parameters in words."""

from __future__ import annotations

import math

from mlscanner_hep.constraints import (
    Chi2,
    Constraint,
    Gaussian,
    Limit,
    TableLimit,
    TotalChi2,
    is_sharp,
)
from mlscanner_hep.report.numbers import DASH, number
from mlscanner_hep.space import Choice, Parameter

SCALES = {"flat": "uniform", "log": "uniform in the logarithm"}


def interval(low: float, high: float) -> str:
    """An interval of accepted values; one-sided if an end is infinite."""
    if math.isinf(low):
        return "any value" if math.isinf(high) else f"≤ {number(high)}"
    return f"≥ {number(low)}" if math.isinf(high) else f"{number(low)} … {number(high)}"


def condition(constraint: Constraint) -> str:
    """What a constraint says, its uncertainties included."""
    match constraint:
        case Gaussian():
            text = f"{number(constraint.value)} ± {number(constraint.sigma)}"
            if constraint.theory:
                text += f", theory ± {number(constraint.theory)}"
            return text
        case Limit():
            return interval(constraint.min, constraint.max) + _slack(constraint.theory)
        case TableLimit():
            side = "at most" if constraint.side == "max" else "at least"
            grid = f"{number(constraint.grid[0])} … {number(constraint.grid[-1])}"
            beyond = "allowed" if constraint.beyond == "allowed" else "not judged"
            text = f"{side} a limit that depends on {constraint.against} ({grid}; beyond: {beyond})"
            return text + _slack(constraint.theory, " of the limit")
        case Chi2():
            return f"is itself a χ², {interval(-math.inf, constraint.max)}"
        case TotalChi2():
            names = ", ".join(part.name for part in constraint.smooth)
            return f"summed χ² of {names} ≤ {number(constraint.max)}"
    return interval(*constraint.interval)


def inside(constraint: Constraint) -> str:
    """Which values count as inside."""
    if isinstance(constraint, TableLimit):
        return f"ratio to the limit {interval(*constraint.interval)}"
    return interval(*constraint.interval)


def counted(constraint: Constraint) -> str:
    """How a constraint enters χ²."""
    if is_sharp(constraint):
        return "sharp"
    return DASH if isinstance(constraint, TotalChi2) else "adds to χ²"


def scale(parameter: Parameter | Choice) -> str:
    """How the values of a parameter are distributed before anything is known."""
    if isinstance(parameter, Choice):
        return "choices, equally likely"
    if parameter.scale == "symlog":
        return f"linear below {number(parameter.threshold)}, logarithmic above, either sign"
    if parameter.scale == "normal":
        return f"normal, {number(parameter.mean)} ± {number(parameter.sigma)}"
    return SCALES[parameter.scale]


def span(parameter: Parameter | Choice) -> str:
    """The values that a parameter may have."""
    if isinstance(parameter, Choice):
        return ", ".join(map(number, parameter.choices))
    return f"{number(parameter.min)} … {number(parameter.max)}"


def _slack(theory: float, unit: str = "") -> str:
    return f", theory ± {number(theory)}{unit}" if theory else ""
