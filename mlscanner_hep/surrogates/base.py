"""What a surrogate has to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
Arrays = Mapping[str, NDArray[Any]]

SLACK = 1e-6
"""Training points may lie outside of the unit cube by so much: they are rounded."""


class Model(Protocol):
    """A fitted surrogate of m targets."""

    def mean(self, u: Array) -> Array:
        """Predict the targets (n, m) at positions (n, d); the fast path for many calls."""
        ...

    def predict(self, u: Array) -> tuple[Array, Array]:
        """Predict targets and their standard deviations, each (n, m)."""
        ...

    def held_out(self, rows: Rows) -> tuple[Array, Array]:
        """Predict the training points `rows` (k,) as if none of them had been trained on.

        Returns mean and standard deviation, each (k, m).
        """
        ...

    def leave_one_out(self) -> tuple[Array, Array]:
        """Predict each training point by what was learnt without it.

        Returns mean and standard deviation, each (n, m).
        """
        ...

    def state(self) -> State:
        """What makes this model again."""
        ...


class Surrogate(Protocol):
    """The options of a surrogate: a frozen dataclass that can be fitted.

    Attributes
    ----------
    joint : bool
        Whether it learns all targets together; otherwise it is given one column at a time.
    stretches : tuple of float
        Widths of the target's `Transform` that are worth a trial, see there.
    max_points : int
        How many points `fit` should get at most.
    """

    joint: ClassVar[bool]
    stretches: ClassVar[tuple[float, ...]]

    @property
    def max_points(self) -> int: ...

    def variants(self) -> Sequence[Surrogate]:
        """The surrogates among which held-out predictions decide."""
        ...

    def tune(self, u: Array, z: Array, seed: int) -> Surrogate:
        """Set what is expensive to find, once in a while; starts from what is set already."""
        ...

    def fit(self, u: Array, z: Array, seed: int) -> Model:
        """Fit targets z (n, m) at positions u (n, d); NaN (missing) only if `joint`."""
        ...

    def restore(self, arrays: Arrays) -> Model:
        """Make the model whose `state` had these arrays, without training it again.

        Only the options of the surrogate matter, nothing that `tune` has set.

        Raises
        ------
        ValueError
            If no model can have had them.
        """
        ...


@dataclass(frozen=True)
class State:
    """A fitted model as plain numbers: ``state.surrogate.restore(state.arrays)`` is the model.

    Parameters
    ----------
    surrogate : Surrogate
        What was fitted, with its options.
    arrays : mapping of str to ndarray
        Among them the training points, `u` (n, d) and `z` (n, m).
    """

    surrogate: Surrogate
    arrays: Arrays


def check_arrays(
    surrogate: Surrogate, arrays: Arrays, others: Mapping[str, tuple[int | str, ...]]
) -> dict[str, int]:
    """Refuse arrays that a model of this surrogate cannot have.

    Parameters
    ----------
    surrogate : Surrogate
        Says how many points there may be, and whether targets may be missing.
    arrays : mapping of str to ndarray
        The arrays, maybe of a stranger.
    others : mapping of str to tuple
        Shapes of those besides `u` and `z`; a side is a number, or a word that stands for the same
        number everywhere: ``n``, ``d`` and ``m`` are those of `u` and `z`.

    Returns
    -------
    dict of str to int
        The number that each word stands for.

    Raises
    ------
    ValueError
        Says what is wrong.
    """
    shapes = {"u": ("n", "d"), "z": ("n", "m" if surrogate.joint else 1), **others}
    if arrays.keys() != shapes.keys():
        raise ValueError(f"has the arrays {sorted(arrays)} instead of {sorted(shapes)}")
    sizes: dict[str, int] = {}
    for name, shape in shapes.items():
        array = arrays[name]
        if array.dtype not in (np.float64, np.float32, np.int64):
            raise ValueError(f"{name} holds {array.dtype} instead of numbers")
        wanted = tuple(
            sizes.setdefault(side, size) if isinstance(side, str) else side
            for side, size in zip(shape, array.shape, strict=False)
        )
        if len(shape) != array.ndim or wanted != array.shape or not array.size:
            raise ValueError(f"{name} has the shape {array.shape} instead of {shape}")
        missing = np.isnan(array) if name == "z" and surrogate.joint else np.zeros_like(array, bool)
        if not np.isfinite(array[~missing]).all() or missing.all(axis=0).any():
            raise ValueError(f"{name} has entries that are not finite")
    if sizes["n"] > surrogate.max_points:
        raise ValueError(f"has {sizes['n']} points, more than max_points = {surrogate.max_points}")
    if (np.abs(arrays["u"] - 0.5) > 0.5 + SLACK).any():
        raise ValueError("u has points outside of the unit cube")
    return sizes
