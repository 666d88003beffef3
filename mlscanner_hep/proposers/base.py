"""The seam between the scan and whatever proposes its points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Proposal:
    """A batch of points to evaluate.

    Parameters
    ----------
    u : ndarray, shape (n, d)
        Positions in the unit cube.
    predicted : ndarray, shape (n,)
        Probability that each point is inside, as the proposer sees it; NaN where it cannot say.
    origin : ndarray of str, shape (n,)
        Why each point is proposed: ``initial``, ``main``, ``explore``, ``audit`` ...
    note : str
        What a person should know of how they were chosen.
    """

    u: Array
    predicted: Array
    origin: NDArray[np.str_]
    note: str = ""

    @classmethod
    def of(cls, u: Array, origin: str, predicted: Array | None = None) -> Proposal:
        """Build a proposal of one origin."""
        unknown = np.full(len(u), np.nan)
        return cls(u, unknown if predicted is None else predicted, np.full(len(u), origin))

    @classmethod
    def join(cls, *parts: Proposal, note: str = "") -> Proposal:
        """Put several proposals one after the other."""
        return cls(
            np.concatenate([part.u for part in parts]),
            np.concatenate([part.predicted for part in parts]),
            np.concatenate([part.origin for part in parts]),
            note,
        )


class Proposer(Protocol):
    """Proposes points as a pure function of the points so far.

    Implementations are frozen dataclasses; their fields are the options of ``[proposer]`` in
    model.toml. They keep no state: the same arguments give the same batch, in any process.
    """

    def size(self, problem: Problem, points: Points, n: int) -> int:
        """How many of the n points that a round may have are worth asking for, at least one.

        Small rounds learn faster, large ones keep more workers busy.
        """
        ...

    def propose(
        self, problem: Problem, points: Points, pending: Array, n: int, rng: np.random.Generator
    ) -> Proposal:
        """Propose the next batch.

        Parameters
        ----------
        problem : Problem
            Space and constraints.
        points : Points
            All points of complete rounds, in the order in which they were proposed.
        pending : ndarray, shape (k, d)
            Positions that are being evaluated: known, but without a result.
        n : int
            How many points are wanted.
        rng : numpy.random.Generator
            The only source of randomness.

        Returns
        -------
        Proposal
            Exactly `n` points of the unit cube.
        """
        ...
