"""The hidden layers of an ensemble of networks in plain numpy, and where their training starts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mlscanner_hep.surrogates.base import Array
from mlscanner_hep.surrogates.bayesian import bounds, guess, loss
from mlscanner_hep.surrogates.evidence import climb

STEPS, FEWER = 40, 15
"""In which the inputs are turned towards the directions that matter: at first, and once more."""
TURN = (-30.0, 30.0)
"""The ends of the range of each entry of the matrix that turns them."""
SQUARED = 40
"""With more parameters than this their products are no features: there would be too many."""


@dataclass(frozen=True)
class Trunk:
    """Hidden layers of k networks.

    Parameters
    ----------
    activation : str
        Of each node.
    weights : list of ndarray
        Kernel (k, in, out) and bias (k, out) of each layer in turn.
    """

    activation: str
    weights: list[Array]

    def groups(self, dim: int) -> list[int]:
        """How many features there are of each kind for positions (n, d)."""
        sizes = [1 + dim, dim * (dim + 1) // 2, self.weights[-1].shape[1]]
        return sizes if dim <= SQUARED else sizes[::2]

    def features(self, u: Array) -> Array:
        """Constant, positions, their products, and the last hidden layer: (k, n, p)."""
        hidden = self._states(u)[-1]
        plain = polynomial(u)
        return np.concatenate([np.broadcast_to(plain, (len(hidden), *plain.shape)), hidden], 2)

    def pull(self, u: Array, slopes: Array) -> Array:
        """Slopes (n, nodes) of what enters each node of the first layer of the first network.

        They follow from those of its last hidden layer (n, nodes) at positions (n, d).
        """
        states = [state[0] for state in self._states(u)]
        back = slopes * _derivative(self.activation, states[-1])
        for kernel, state in zip(self.weights[-2:0:-2], states[-2::-1], strict=True):
            back = (back @ kernel[0].T) * _derivative(self.activation, state)
        return np.asarray(back)

    def _states(self, u: Array) -> list[Array]:
        """Values (k, n, nodes) of the nodes of each layer."""
        state, states = standard(u)[None], []
        for kernel, bias in zip(self.weights[::2], self.weights[1::2], strict=True):
            state = _activate(self.activation, state @ kernel + bias[:, None])
            states.append(state)
        return states


def standard(u: Array) -> Array:
    """Mean 0 and variance 1 for points that are uniform in the unit cube."""
    return np.asarray((u - 0.5) * np.sqrt(12.0))


def polynomial(u: Array) -> Array:
    """Constant, positions and their products (n, p) of positions (n, d)."""
    x = standard(u)
    first, second = np.triu_indices(x.shape[1])
    products = [x[:, first] * x[:, second]] if x.shape[1] <= SQUARED else []
    return np.concatenate([np.ones((len(x), 1)), x, *products], axis=1)


def aligned(
    activation: str,
    sides: list[int],
    members: int,
    u: Array,
    z: Array,
    seed: int,
    near: Array | None = None,
) -> tuple[Trunk, Array]:
    """Random networks whose first layer looks along the directions in which the target changes.

    The inputs of a random network are stretched and turned so that the evidence is largest. Other
    random networks behind the same matrix are as good. It takes far fewer points to find it than to
    find all weights.

    Parameters
    ----------
    activation : str
        Of each node.
    sides : list of int
        Number of inputs and of the nodes of each layer.
    members : int
        How many networks.
    u, z : ndarray, shapes (n, d) and (n,)
        Points, and targets of about unit variance.
    seed : int
        Of the weights.
    near : ndarray, shape (g + 1 + d * d,), optional
        What was found for a similar target: the search begins there and is shorter.

    Returns
    -------
    Trunk
        The networks.
    ndarray, shape (g + 1 + d * d,)
        Logarithms of the precisions of the last layer, and the entries of the matrix.
    """
    rng = np.random.default_rng(seed)
    random, x, dim = _Random.draw(activation, sides, 1, u, rng), standard(u), sides[0]
    groups = np.array(random.turned(np.eye(dim)).groups(dim))
    still = np.eye(dim).ravel()

    def cost(at: Array) -> tuple[float, Array]:
        log, turn = np.split(at, [len(groups) + 1])
        trunk = random.turned(turn.reshape(dim, dim))
        value, gradient, slopes = loss(log, trunk.features(u)[0], z, groups)
        back = trunk.pull(u, slopes)
        kernel = x.T @ back - random.bends[0] * back.sum(axis=0)
        moved = turn - still
        pulled = (kernel @ random.weights[0][0].T).ravel() + moved
        return value + 0.5 * float(moved @ moved), np.append(gradient, pulled)

    start = np.append(guess(len(groups)), still) if near is None else near
    box = [*bounds(len(groups)), *[TURN] * dim**2]
    found = climb(cost, start, (), box, STEPS if near is None else FEWER)[1]
    turn = found[len(groups) + 1 :].reshape(dim, dim)
    return _Random.draw(activation, sides, members, u, rng).turned(turn), found


@dataclass(frozen=True)
class _Random:
    """Random networks; each second node of the first layer bends near a point, where it tells most.

    Parameters
    ----------
    activation, weights : str, list of ndarray
        See `Trunk`.
    bends : ndarray, shape (k, d, nodes)
        Where the nodes of the first layer bend, but for their bias.
    """

    activation: str
    weights: list[Array]
    bends: Array

    @classmethod
    def draw(
        cls, activation: str, sides: list[int], members: int, u: Array, rng: np.random.Generator
    ) -> _Random:
        """Networks for points u (n, d)."""
        weights = []
        for inputs, outputs in pairwise(sides):
            weights.append(rng.normal(size=(members, inputs, outputs)) / np.sqrt(inputs))
            weights.append(rng.normal(size=(members, outputs)))
        bends = standard(u)[rng.integers(len(u), size=(members, sides[1]))].transpose(0, 2, 1)
        bends[:, :, ::2] = 0.0
        return cls(activation, weights, bends)

    def turned(self, turn: Array) -> Trunk:
        """The networks behind the matrix `turn` (d, d)."""
        kernel = turn @ self.weights[0]
        bias = self.weights[1] - (kernel * self.bends).sum(axis=1)
        return Trunk(self.activation, [kernel, bias, *self.weights[2:]])


def _activate(activation: str, x: Array) -> Array:
    match activation:
        case "tanh":
            return np.tanh(x)
        case "relu":
            return np.maximum(x, 0.0)
        case "elu":
            return np.where(x > 0, x, np.expm1(np.minimum(x, 0.0)))
        case _:
            raise ValueError(f"no activation '{activation}'")


def _derivative(activation: str, state: Array) -> Array:
    """Slope of the activation where it has the value `state`."""
    match activation:
        case "tanh":
            return 1 - state**2
        case "relu":
            return (state > 0).astype(float)
        case _:
            return np.where(state > 0, 1.0, 1 + state)
