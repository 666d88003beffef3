"""An ensemble of deep networks for all targets together, trained with Keras."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.surrogates.base import Array, Arrays, State, Surrogate, check_arrays
from mlscanner_hep.surrogates.committee import Committee, folds
from mlscanner_hep.tools.options import number, word

Weights = list[NDArray[np.float32]]

REFINING = 0.1
"""Part of the epochs and of the learning rate for trained networks that meet new points."""

STEPS = 16
"""An epoch has at least so many steps, else few points would never be enough to learn from."""


@dataclass(frozen=True)
class Dnn(Surrogate):
    """Deep networks: for many points (1e4 and more), or many parameters.

    Every member is trained without the points of its own fold, which stop its training and tell
    its errors.
    """

    joint: ClassVar[bool] = True

    layers: int = number(3, 1, 10, "Hidden layers.")
    nodes: int = number(100, 1, 2000, "Nodes in each of them.")
    activation: str = word("elu", ("elu", "relu", "tanh"), "Activation of the hidden layers.")
    learning_rate: float = number(1e-3, 1e-6, 1.0, "Step size of Adam.")
    epochs: int = number(300, 1, 100_000, "Most passes over the points.")
    batch_size: int = number(64, 1, 100_000, "Points in a training step.")
    patience: int = number(30, 1, 100_000, "Epochs without progress on held-out points to stop at.")
    dropout: float = number(0.0, 0.0, 0.9, "Share of nodes that is silent in a training step.")
    members: int = number(4, 2, 50, "Networks in the ensemble.")
    max_points: int = number(20_000, 50, 1_000_000, "Points to fit; more are thinned out.")
    trained: _Trained | None = field(default=None, compare=False, repr=False)

    def tune(self, u: Array, z: Array, seed: int) -> Dnn:
        """Train from scratch."""
        offset = np.nanmean(z, axis=0)
        spread = np.nanstd(z, axis=0)
        scale = _Scale(offset, np.where(spread > 0, spread, 1.0))
        return replace(self, trained=_Trained(scale, _train(self, u, scale.standard(z), seed)))

    def fit(self, u: Array, z: Array, seed: int) -> Committee:
        """Train a little further with the new points; from scratch if never trained."""
        if self.trained is None:
            return self.tune(u, z, seed).fit(u, z, seed)
        scale, weights = self.trained.scale, self.trained.weights
        brief = replace(
            self,
            epochs=max(1, round(REFINING * self.epochs)),
            learning_rate=REFINING * self.learning_rate,
        )
        return self._committee(scale, _train(brief, u, scale.standard(z), seed, weights), u, z)

    def restore(self, arrays: Arrays) -> Committee:
        """Take over the weights."""
        sides: list[int | str] = ["d", *[self.nodes] * self.layers, "m"]
        shapes: dict[str, tuple[int | str, ...]] = {"offset": ("m",), "spread": ("m",)}
        for i, (inputs, outputs) in enumerate(pairwise(sides)):
            shapes[f"kernel{i}"] = self.members, inputs, outputs
            shapes[f"bias{i}"] = self.members, outputs
        check_arrays(self, arrays, shapes)
        scale = _Scale(arrays["offset"], arrays["spread"])
        weights = [arrays[name] for name in shapes if name.startswith(("kernel", "bias"))]
        return self._committee(scale, weights, arrays["u"], arrays["z"])

    def _committee(self, scale: _Scale, weights: Weights, u: Array, z: Array) -> Committee:
        def ask(at: Array) -> Array:
            return scale.original(_forward(self.activation, weights, at))

        layers: dict[str, NDArray[Any]]
        layers = {f"kernel{i}": kernel for i, kernel in enumerate(weights[::2])}
        layers |= {f"bias{i}": bias for i, bias in enumerate(weights[1::2])}
        arrays = {"u": u, "z": z, "offset": scale.offset, "spread": scale.spread, **layers}
        return Committee(ask, u, z, folds(u, self.members), State(self, arrays))


@dataclass(frozen=True)
class _Scale:
    offset: Array
    spread: Array

    def standard(self, z: Array) -> Array:
        return (z - self.offset) / self.spread

    def original(self, z: Array) -> Array:
        return np.asarray(z * self.spread + self.offset)


@dataclass(frozen=True)
class _Trained:
    scale: _Scale
    weights: Weights
    """Kernel (members, in, out) and bias (members, out) of each layer in turn."""


def _inputs(u: Array) -> NDArray[np.float32]:
    """Mean 0 and variance 1 for points that are uniform in the unit cube."""
    return np.asarray((u - 0.5) * np.sqrt(12.0), dtype=np.float32)


def _forward(activation: str, weights: Weights, u: Array) -> Array:
    """Predictions (members, n, m) in numpy: a call of Keras costs more than the arithmetic."""
    state: NDArray[np.float32] = _inputs(u)[None]
    for i in range(0, len(weights) - 2, 2):
        state = state @ weights[i] + weights[i + 1][:, None]
        match activation:
            case "tanh":
                state = np.tanh(state)
            case "relu":
                state = np.maximum(state, 0)
            case "elu":
                state = np.where(state > 0, state, np.expm1(np.minimum(state, 0)))
    return np.asarray(state @ weights[-2] + weights[-1][:, None], dtype=float)


@contextmanager
def _silence() -> Iterator[None]:
    """Keep TensorFlow's notes on drivers and processors out of the progress display.

    It writes them to the file descriptor itself; what goes wrong is raised all the same.
    """
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


@_silence()
def _train(dnn: Dnn, u: Array, z: Array, seed: int, weights: Weights | None = None) -> Weights:
    """Train all members at once; only the early stopping looks at the held-out points.

    A missing target, and a held-out one, is NaN, which the loss leaves out.
    """
    import keras
    import tensorflow as tf

    fold = folds(u, dnn.members)
    held = fold[:, None] == np.arange(dnn.members)
    seen = np.where(held[:, :, None], np.nan, z[:, None]).astype(np.float32)
    unseen = np.where(held[:, :, None], z[:, None], np.nan).astype(np.float32)
    inputs = _inputs(u)
    network = _network(dnn, u.shape[1], z.shape[1], seed)
    if weights is not None:
        network.set_weights(weights)
    network.compile(keras.optimizers.Adam(dnn.learning_rate), loss=_masked_loss)
    data = tf.data.Dataset.from_tensor_slices((inputs, seen))
    data = data.shuffle(len(u), seed=seed % 2**31, reshuffle_each_iteration=True)
    data = data.repeat(-(-STEPS * dnn.batch_size // len(u)))
    stop = keras.callbacks.EarlyStopping(patience=dnn.patience, restore_best_weights=True)
    network.fit(
        data.batch(dnn.batch_size),
        shuffle=False,  # done above, with a seed
        validation_data=tf.data.Dataset.from_tensors((inputs, unseen)),
        epochs=dnn.epochs,
        callbacks=[stop],
        verbose=0,
    )
    return list(network.get_weights())


def _network(dnn: Dnn, inputs: int, outputs: int, seed: int) -> Any:
    """All members side by side: (n, inputs) -> (n, members, outputs)."""
    import keras

    network = keras.Sequential([keras.Input((inputs,)), keras.layers.RepeatVector(dnn.members)])
    for i in range(dnn.layers + 1):
        last = i == dnn.layers
        # Glorot's rule for each member: the scale undoes that Keras counts their number as inputs
        start = keras.initializers.VarianceScaling(
            scale=dnn.members, mode="fan_avg", distribution="uniform", seed=(seed + i) % 2**31
        )
        network.add(
            keras.layers.EinsumDense(
                "nki,kio->nko",
                output_shape=(dnn.members, outputs if last else dnn.nodes),
                bias_axes="ko",
                activation=None if last else dnn.activation,
                kernel_initializer=start,
            )
        )
        if dnn.dropout > 0 and not last:
            network.add(keras.layers.Dropout(dnn.dropout, seed=(seed + i) % 2**31))
    return network


def _masked_loss(truth: Any, guess: Any) -> Any:
    """Mean squared deviation where there is a target."""
    from keras import ops

    there = ops.isfinite(truth)
    deviation = ops.where(there, guess - ops.where(there, truth, 0.0), 0.0)
    count = ops.maximum(ops.sum(ops.cast(there, "float32")), 1.0)
    return ops.sum(ops.square(deviation)) / count
