"""Parameters and the unit cube: what is proposed lives in [0, 1]^d, what is physical in x."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from mlscanner_hep.expressions import Expression

Array = NDArray[np.float64]
Scale = Literal["flat", "log", "symlog", "normal"]


@dataclass(frozen=True)
class Parameter:
    """A continuous parameter and its map to [0, 1].

    Parameters
    ----------
    name : str
        Name in templates, expressions and the ledger.
    min, max : float
        The ends of its range, in `unit`.
    scale : {'flat', 'log', 'symlog', 'normal'}
        Which function of the parameter is uniform in [0, 1]: itself; its logarithm;
        ``asinh(x / threshold)``, which is linear below the threshold and logarithmic above, for
        either sign; or the cumulative normal distribution, truncated to [min, max].
    threshold : float, optional
        Of ``symlog``: the value at which linear turns into logarithmic.
    mean, sigma : float, optional
        Of ``normal``.
    unit, latex : str
        For tables and axis labels only.

    Raises
    ------
    ValueError
        If the range is empty or does not fit the scale.
    """

    name: str
    min: float
    max: float
    scale: Scale = "flat"
    threshold: float = math.nan
    mean: float = math.nan
    sigma: float = math.nan
    unit: str = ""
    latex: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.min) and math.isfinite(self.max) and self.min < self.max):
            raise ValueError(f"needs finite min < max, not min = {self.min}, max = {self.max}")
        if self.scale == "log" and self.min <= 0:
            raise ValueError(f"scale 'log' needs min > 0, not {self.min}; 'symlog' allows any sign")
        if self.scale == "symlog" and not self.threshold > 0:
            raise ValueError("scale 'symlog' needs a threshold > 0 (linear below, log above)")
        if self.scale == "normal" and not (math.isfinite(self.mean) and self.sigma > 0):
            raise ValueError("scale 'normal' needs a mean and a sigma > 0")

    @cached_property
    def _ends(self) -> tuple[float, float]:
        low, high = self._warp(np.array([self.min, self.max]))
        return float(low), float(high)

    def _warp(self, x: Array) -> Array:
        match self.scale:
            case "flat":
                return x
            case "log":
                return np.log(x)
            case "symlog":
                return np.arcsinh(x / self.threshold)
            case "normal":
                return np.asarray(ndtr((x - self.mean) / self.sigma))

    def _unwarp(self, w: Array) -> Array:
        match self.scale:
            case "flat":
                return w
            case "log":
                return np.exp(w)
            case "symlog":
                return self.threshold * np.sinh(w)
            case "normal":
                return np.asarray(self.mean + self.sigma * ndtri(w))

    def to_unit(self, x: Array) -> Array:
        """Map values to [0, 1]; values beyond the range lie outside of it or are NaN."""
        low, high = self._ends
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((self._warp(x) - low) / (high - low), float)

    def from_unit(self, u: Array) -> Array:
        """Map [0, 1] to values; rounding never leaves [min, max]."""
        low, high = self._ends
        return np.clip(self._unwarp(low + u * (high - low)), self.min, self.max)

    def native(self, x: float) -> float:
        """The number as templates see it."""
        return float(x)


@dataclass(frozen=True)
class Choice:
    """A parameter that takes one of a few numbers, each owning an equal part of [0, 1].

    Parameters
    ----------
    name : str
        Name in templates, expressions and the ledger.
    choices : tuple of int or float
        The allowed values, all different. Integers reach templates as integers.
    unit, latex : str
        For tables and axis labels only.
    """

    name: str
    choices: tuple[int | float, ...]
    unit: str = ""
    latex: str = ""

    def __post_init__(self) -> None:
        if len(set(self.choices)) != len(self.choices) or len(self.choices) < 2:
            raise ValueError("choices needs at least two different numbers")
        if not all(math.isfinite(value) for value in self.choices):
            raise ValueError("choices must be finite numbers")

    @cached_property
    def _values(self) -> Array:
        return np.array(self.choices, dtype=float)

    def to_unit(self, x: Array) -> Array:
        """Map values to the middle of their part of [0, 1]; NaN for a value that is no choice."""
        match = np.asarray(x)[..., None] == self._values
        centre = (match.argmax(-1) + 0.5) / len(self.choices)
        return np.where(match.any(-1), centre, np.nan)

    def from_unit(self, u: Array) -> Array:
        """Map [0, 1] to the choices."""
        index = np.clip((u * len(self.choices)).astype(int), 0, len(self.choices) - 1)
        return np.asarray(self._values[index])

    def native(self, x: float) -> int | float:
        """The number as templates see it: an integer stays an integer."""
        return self.choices[int(np.argmin(np.abs(self._values - x)))]


@dataclass(frozen=True)
class Space:
    """The scanned parameters, with the constants and derived values that follow from them.

    Parameters
    ----------
    parameters : tuple of Parameter or Choice
        In column order.
    constants : mapping of str to float, int or str
        Fixed names for templates and expressions.
    derived : mapping of str to Expression
        Evaluated in order; each may use parameters, constants and earlier derived values.
    """

    parameters: tuple[Parameter | Choice, ...]
    constants: Mapping[str, float | int | str] = field(default_factory=dict)
    derived: Mapping[str, Expression] = field(default_factory=dict)

    @property
    def dim(self) -> int:
        """Number of scanned parameters."""
        return len(self.parameters)

    @property
    def middle(self) -> Array:
        """Parameter values (d,) at the middle of the box, each on its own scale."""
        return np.asarray(self.from_unit(np.full((1, self.dim), 0.5))[0])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the scanned parameters in column order."""
        return tuple(parameter.name for parameter in self.parameters)

    def to_unit(self, x: ArrayLike) -> Array:
        """Map parameter values (n, d) to the unit cube (n, d)."""
        x = self._table(x)
        return self._columns([p.to_unit(x[:, j]) for j, p in enumerate(self.parameters)], x)

    def from_unit(self, u: ArrayLike) -> Array:
        """Map points of the unit cube (n, d) to parameter values (n, d)."""
        u = self._table(u)
        return self._columns([p.from_unit(u[:, j]) for j, p in enumerate(self.parameters)], u)

    def snap(self, u: ArrayLike) -> Array:
        """Move discrete choices of points u (n, d) to the middle of their part of [0, 1].

        All else stays as it is.
        """
        u = self._table(u).copy()
        for j, parameter in enumerate(self.parameters):
            if isinstance(parameter, Choice):
                u[:, j] = parameter.to_unit(parameter.from_unit(u[:, j]))
        return u

    def contains(self, x: ArrayLike) -> NDArray[np.bool_]:
        """Whether parameter values (n, d) lie in the box; shape (n,)."""
        u = self.to_unit(x)
        with np.errstate(invalid="ignore"):
            within: NDArray[np.bool_] = (u >= -1e-12) & (u <= 1 + 1e-12)
        return np.asarray(within.all(axis=1))

    def columns(self, x: ArrayLike) -> dict[str, Array]:
        """Parameters, numeric constants and derived values of (n, d) points, each of shape (n,)."""
        x = self._table(x)
        values: dict[str, Array] = {name: x[:, j] for j, name in enumerate(self.names)}
        for name, constant in self.constants.items():
            if not isinstance(constant, str):
                values[name] = np.full(len(x), float(constant))
        for name, expression in self.derived.items():
            values[name] = np.broadcast_to(np.asarray(expression(values), float), (len(x),))
        return values

    def row(self, x: ArrayLike) -> dict[str, float | int | str]:
        """What a template sees of one point (d,): parameters, constants and derived values."""
        x = np.asarray(x, dtype=float)
        values: dict[str, float | int | str] = {
            p.name: p.native(float(value)) for p, value in zip(self.parameters, x, strict=True)
        }
        values |= self.constants
        numbers: dict[str, float | Array] = {
            name: float(value) for name, value in values.items() if not isinstance(value, str)
        }
        for name, expression in self.derived.items():
            values[name] = numbers[name] = float(expression(numbers))
        return values

    def _table(self, values: ArrayLike) -> Array:
        table = np.asarray(values, dtype=float)
        if table.ndim != 2 or table.shape[1] != self.dim:
            raise ValueError(
                f"points must have shape (n, {self.dim}), one column for each of "
                f"{', '.join(self.names)}; got {table.shape}"
            )
        return table

    def _columns(self, columns: list[Array], like: Array) -> Array:
        return np.stack(columns, axis=1) if columns else np.empty_like(like)
