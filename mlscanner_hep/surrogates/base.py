"""What a surrogate has to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = NDArray[np.int64]


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
