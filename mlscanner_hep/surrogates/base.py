"""What a surrogate has to do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.tools.options import Options

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Arrays = Mapping[str, NDArray[Any]]

SLACK = 1e-6
"""Training points may lie outside of the unit cube by so much: they are rounded."""


class Link(Protocol):
    """How what a model predicts of a label becomes the probability of a yes; see `links`."""

    @property
    def uncertain(self) -> bool:
        """Whether the standard deviation of the prediction enters."""
        ...

    def calibrate(
        self, model: Model, label: Mask, weight: Array, trials: Sequence[Rows]
    ) -> tuple[float, float]:
        """Find slope and offset from held-out predictions.

        Parameters
        ----------
        model : Model
            Fitted to -1 (no) and 1 (yes).
        label : ndarray of bool, shape (n,)
            The labels that it was fitted to.
        weight : ndarray, shape (n,)
            Of each point.
        trials : sequence of ndarray of int
            Rows of the latest rounds' chosen points. They were chosen because they look good, so
            they are predicted too well by all that was learnt so far, and count most.
        """
        ...

    def log_yes(self, mean: Array, std: Array, slope: float, offset: float) -> Array:
        """Log-probability (n,) of a yes, from predictions (n,)."""
        ...


class Model(Protocol):
    """A fitted surrogate of m targets."""

    @property
    def link(self) -> Link:
        """What gives a probability if a label was learnt."""
        ...

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


class Surrogate(Options, ABC):
    """Base of the surrogates: a frozen dataclass that can be fitted, whose fields are its options.

    Attributes
    ----------
    stretches : tuple of float
        Widths of the target's `Transform` that are worth a trial, see there.
    picks : bool
        Whether `tune` picks itself the labels that tell most; otherwise it is given few of each.
    max_points : int
        How many points `fit` should get at most.
    """

    stretches: ClassVar[tuple[float, ...]] = (10.0,)
    picks: ClassVar[bool] = False

    max_points: int

    def for_labels(self) -> Surrogate:
        """The form in which it learns labels of -1 and 1."""
        return self

    def variants(self) -> Sequence[Surrogate]:
        """The surrogates among which held-out predictions decide."""
        return (self,)

    def tune(self, u: Array, z: Array, seed: int) -> Surrogate:
        """Set what is expensive to find, once in a while; starts from what is set already."""
        return self

    def train(self, u: Array, z: Array, seed: int) -> Surrogate:
        """Set what is more expensive than that, for the best of what was tuned only."""
        return self

    @abstractmethod
    def fit(self, u: Array, z: Array, seed: int) -> Model:
        """Fit one target z (n, 1) at positions u (n, d)."""

    @abstractmethod
    def restore(self, arrays: Arrays) -> Model:
        """Make the model whose `state` had these arrays, without training it again.

        Only the options of the surrogate matter, nothing that `tune` has set.

        Raises
        ------
        ValueError
            If no model can have had them.
        """


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


def held_out(model: Model, trials: Sequence[Rows]) -> tuple[Array, Array]:
    """Each training point as predicted without it, those of the latest rounds without the round.

    Mean and standard deviation, each (n, m).
    """
    mean, std = (table.copy() for table in model.leave_one_out())
    for at in trials:
        mean[at], std[at] = model.held_out(at)
    return mean, std


def check_arrays(
    surrogate: Surrogate, arrays: Arrays, others: Mapping[str, tuple[int | str, ...]]
) -> dict[str, int]:
    """Refuse arrays that a model of this surrogate cannot have.

    Parameters
    ----------
    surrogate : Surrogate
        Says how many points there may be.
    arrays : mapping of str to ndarray
        The arrays, maybe of a stranger.
    others : mapping of str to tuple
        Shapes of those besides `u` and `z`; a side is a number, or a word that stands for the same
        number everywhere: ``n`` and ``d`` are those of `u`.

    Returns
    -------
    dict of str to int
        The number that each word stands for.

    Raises
    ------
    ValueError
        Says what is wrong.
    """
    shapes = {"u": ("n", "d"), "z": ("n", 1), **others}
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
        if not np.isfinite(array).all():
            raise ValueError(f"{name} has entries that are not finite")
    if sizes["n"] > surrogate.max_points:
        raise ValueError(f"has {sizes['n']} points, more than max_points = {surrogate.max_points}")
    if (np.abs(arrays["u"] - 0.5) > 0.5 + SLACK).any():
        raise ValueError("u has points outside of the unit cube")
    return sizes
