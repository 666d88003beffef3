"""An ensemble of deep networks, trained with Keras, each with a Bayesian last layer.

The last layer is linear, so it is known in closed form, with its uncertainty, from all points at
once: J. Snoek et al., arXiv:1502.05700. The layers below are trained once in a while only.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.surrogates.base import (
    Array,
    Arrays,
    Link,
    Mask,
    Rows,
    State,
    Surrogate,
    check_arrays,
)
from mlscanner_hep.surrogates.bayesian import Regression, bounds
from mlscanner_hep.surrogates.committee import folds
from mlscanner_hep.surrogates.evidence import check_hyper, standardised
from mlscanner_hep.surrogates.links import LOGISTIC
from mlscanner_hep.surrogates.trunk import Trunk, aligned, polynomial
from mlscanner_hep.tools.options import number, word

_TRAINING = threading.Lock()


@dataclass(frozen=True)
class Dnn(Surrogate):
    """Deep networks, trained with Keras, whose last layer is Bayesian.

    Each is trained without its share of the points, which stop its training. The last layer is
    found from all of them.
    """

    stretches: ClassVar[tuple[float, ...]] = (1000.0, 10.0, 1.0)

    layers: int = number(1, 1, 10, "Hidden layers.")
    nodes: int = number(200, 1, 2000, "Nodes in each of them.")
    activation: str = word("tanh", ("elu", "relu", "tanh"), "Activation of the hidden layers.")
    learning_rate: float = number(1e-3, 1e-6, 1.0, "Step size of Adam.")
    epochs: int = number(30, 1, 100_000, "Most passes over the points.")
    batch_size: int = number(64, 1, 100_000, "Points in a training step.")
    patience: int = number(3, 1, 100_000, "Epochs without progress on held-out points to stop at.")
    dropout: float = number(0.0, 0.0, 0.9, "Share of nodes that is silent in a training step.")
    members: int = number(4, 2, 50, "Networks in the ensemble.")
    max_points: int = number(5000, 50, 1_000_000, "Points to fit; more are thinned out.")
    trunk: Trunk | None = field(default=None, compare=False, repr=False)
    near: Array | None = field(default=None, compare=False, repr=False)

    def tune(self, u: Array, z: Array, seed: int) -> Dnn:
        """Draw the hidden layers so that they look along what matters."""
        sides = [u.shape[1], *[self.nodes] * self.layers]
        z = standardised(z[:, 0])
        trunk, near = aligned(self.activation, sides, self.members, u, z, seed, self.near)
        return replace(self, trunk=trunk, near=near)

    def train(self, u: Array, z: Array, seed: int) -> Dnn:
        """Train the hidden layers that `tune` has drawn."""
        tuned = self if self.trunk else self.tune(u, z, seed)
        assert tuned.trunk is not None
        return replace(tuned, trunk=_train(self, tuned.trunk, u, standardised(z[:, 0]), seed))

    def fit(self, u: Array, z: Array, seed: int) -> Ensemble:
        """Find the last layer from all points; the others, too, if there are none."""
        return Ensemble(self if self.trunk else self.train(u, z, seed), u, z)

    def restore(self, arrays: Arrays) -> Ensemble:
        """Take over the hidden layers and the precisions of the last one, which is exact."""
        sides: list[int | str] = ["d", *[self.nodes] * self.layers]
        shapes: dict[str, tuple[int | str, ...]] = {"hyper": ("h",)}
        for i, (inputs, outputs) in enumerate(pairwise(sides)):
            shapes[f"kernel{i}"] = self.members, inputs, outputs
            shapes[f"bias{i}"] = self.members, outputs
        sizes = check_arrays(self, arrays, shapes)
        weights = [arrays[name] for name in shapes if name.startswith(("kernel", "bias"))]
        trunk = Trunk(self.activation, weights)
        check_hyper(arrays["hyper"], bounds(len(trunk.groups(sizes["d"]))))
        tuned = replace(self, trunk=trunk)
        return Ensemble(tuned, arrays["u"], arrays["z"], arrays["hyper"])


class Ensemble:
    """Networks with the same weight each; their differences add to the uncertainty.

    Parameters
    ----------
    dnn : Dnn
        With hidden layers.
    u, z : ndarray, shapes (n, d) and (n, 1)
        What is known.
    hyper : ndarray, shape (g + 1,), optional
        Precisions of the last layers; by default the most evident of the first network.
    """

    link: ClassVar[Link] = LOGISTIC

    def __init__(self, dnn: Dnn, u: Array, z: Array, hyper: Array | None = None) -> None:
        assert dnn.trunk is not None
        self._trunk, self._u = dnn.trunk, u
        self._offset, self._spread = float(z.mean()), float(z.std()) or 1.0
        self._z = (z[:, 0] - self._offset) / self._spread
        self._fold = folds(u, dnn.members)
        groups = self._trunk.groups(u.shape[1])
        self._lines: list[Regression] = []
        for features in self._trunk.features(u):
            self._lines.append(Regression(features, self._z, groups, hyper))
            hyper = self._lines[0].hyper
        arrays: dict[str, NDArray[Any]]
        arrays = {"u": u, "z": z, "hyper": self._lines[0].hyper}
        arrays |= {f"kernel{i}": kernel for i, kernel in enumerate(self._trunk.weights[::2])}
        arrays |= {f"bias{i}": bias for i, bias in enumerate(self._trunk.weights[1::2])}
        self._state = State(dnn, arrays)

    def mean(self, u: Array) -> Array:
        weights = np.stack([line.weights for line in self._lines])
        each = (self._trunk.features(u) @ weights[:, :, None])[:, :, 0]
        return np.asarray(self._offset + self._spread * each.mean(axis=0)[:, None])

    def predict(self, u: Array) -> tuple[Array, Array]:
        each = zip(self._lines, self._trunk.features(u), strict=True)
        return self._mixed(np.array([line.predict(features) for line, features in each]))

    def held_out(self, rows: Rows) -> tuple[Array, Array]:
        each = zip(self._lines, self._trunk.features(self._u[rows]), strict=True)
        z = self._z[rows]
        return self._mixed(np.array([line.held_out(features, z) for line, features in each]))

    def leave_one_out(self) -> tuple[Array, Array]:
        each = zip(self._lines, self._trunk.features(self._u), strict=True)
        left = [line.leave_one_out(features, self._z) for line, features in each]
        return self._mixed(np.array(left))

    def state(self) -> State:
        return self._state

    def _mixed(self, each: Array) -> tuple[Array, Array]:
        """Mean and standard deviation (n, 1) from means and variances of the members (k, 2, n)."""
        mean, variance = each[:, 0].mean(axis=0), each[:, 1].mean(axis=0) + each[:, 0].var(axis=0)
        std = np.sqrt(variance)
        return (self._offset + self._spread * mean)[:, None], (self._spread * std)[:, None]


@contextmanager
def _alone() -> Iterator[None]:
    """One thread at a time, for a network is kept and trained again; and in silence.

    TensorFlow's notes on drivers and processors would go into the progress display. It writes them
    to the file descriptor itself; what goes wrong is raised all the same.
    """
    with _TRAINING:
        saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            os.close(null)


@_alone()
def _train(dnn: Dnn, start: Trunk, u: Array, z: Array, seed: int) -> Trunk:
    """Train all members at once, each without its fold; keep those that then predict it better."""
    import keras
    import tensorflow as tf

    held = folds(u, dnn.members)[:, None] == np.arange(dnn.members)
    hyper = Regression(start.features(u)[0], z, start.groups(u.shape[1])).hyper
    last, missed = _last_layers(start, hyper, u, z, held)
    network, fresh = _network(replace(dnn, trunk=None, near=None), u.shape[1])
    for variable, value in fresh:
        variable.assign(value)
    network.set_weights([*start.weights, last])
    inputs = polynomial(u).astype(np.float32)
    seen, unseen = (np.where(hidden, np.nan, z[:, None]) for hidden in (held, ~held))
    known, unknown = (
        tf.data.Dataset.from_tensor_slices((inputs, part.astype(np.float32)))
        for part in (seen, unseen)
    )
    network.fit(
        known.shuffle(len(u), seed=seed % 2**31).batch(dnn.batch_size),
        shuffle=False,  # done already, with a seed
        validation_data=unknown.batch(len(u)),
        epochs=dnn.epochs,
        callbacks=[keras.callbacks.EarlyStopping(patience=dnn.patience, restore_best_weights=True)],
        verbose=0,
    )
    trained = replace(start, weights=network.get_weights()[:-1])
    better = _last_layers(trained, hyper, u, z, held)[1] < missed
    pairs = zip(trained.weights, start.weights, strict=True)
    kept = [np.where(better.reshape(-1, *[1] * (new.ndim - 1)), new, old) for new, old in pairs]
    return replace(trained, weights=kept)


def _last_layers(trunk: Trunk, hyper: Array, u: Array, z: Array, held: Mask) -> tuple[Array, Array]:
    """Last layers (k, p) without the points held out (n, k), and squared errors (k,) on these."""
    weights, missed = [], []
    for features, out in zip(trunk.features(u), held.T, strict=True):
        seen = out if out.all() else ~out
        line = Regression(features[seen], z[seen], trunk.groups(u.shape[1]), hyper)
        weights.append(line.weights)
        missed.append(((z - features @ line.weights)[out] ** 2).sum())
    return np.stack(weights), np.array(missed)


@lru_cache(8)
def _network(dnn: Dnn, dim: int) -> tuple[Any, list[tuple[Any, Any]]]:
    """All members side by side, polynomials (n, p) of positions -> (n, members), ready to train.

    To build one takes longer than to train it, so it is kept, with all that a new one contains.
    """
    import keras

    plain = keras.Input((polynomial(np.zeros((1, dim))).shape[1],))
    state = keras.layers.RepeatVector(dnn.members)(plain[:, 1 : 1 + dim])
    for i in range(dnn.layers):
        state = keras.layers.EinsumDense(
            "nki,kio->nko", (dnn.members, dnn.nodes), bias_axes="ko", activation=dnn.activation
        )(state)
        if dnn.dropout > 0:
            state = keras.layers.Dropout(dnn.dropout, seed=i)(state)
    features = keras.layers.Concatenate()([keras.layers.RepeatVector(dnn.members)(plain), state])
    last = keras.layers.EinsumDense("nkp,kp->nk", (dnn.members,))(features)
    network = keras.Model(plain, last)
    network.compile(keras.optimizers.Adam(dnn.learning_rate), _masked_loss, jit_compile=False)
    network.optimizer.build(network.trainable_variables)
    variables = [*network.variables, *network.optimizer.variables]
    return network, [(variable, variable.numpy()) for variable in variables]


def _masked_loss(truth: Any, guess: Any) -> Any:
    """Mean squared deviation where there is a target: what is held out is NaN."""
    from keras import ops

    there = ops.isfinite(truth)
    deviation = ops.where(there, guess - ops.where(there, truth, 0.0), 0.0)
    count = ops.maximum(ops.sum(ops.cast(there, "float32")), 1.0)
    return ops.sum(ops.square(deviation)) / count
