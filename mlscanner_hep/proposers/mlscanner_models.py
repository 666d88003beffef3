"""The models of arXiv:2207.09959, one at a time: no committees, no uncertainties."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from mlscanner_hep.filling.memo import memoise
from mlscanner_hep.proposers.base import Array

Mask = NDArray[np.bool_]
Predictor = Callable[[Array], Array]

REGRESSORS = ("DNNR", "GBR", "RFR", "SVR-RBF", "SVR-poly")
CLASSIFIERS = ("DNNC", "RFC")

GAMMA, EPSILON = 3.0, 0.01
"""Of the support vectors, for inputs and numbers of variance 1: theirs depend on the units."""
LOGISTIC = "binary_crossentropy"


@dataclass(frozen=True)
class Network:
    """A multilayer perceptron with rectified linear units, trained with Adam.

    Parameters
    ----------
    layers, nodes : int
        Hidden layers, and nodes in each.
    learning_rate : float
        Step size of Adam.
    epochs, batch_size : int
        Passes over the points, and points in a step.
    """

    layers: int
    nodes: int
    learning_rate: float
    epochs: int
    batch_size: int


@memoise(4)
def fit_regressor(model: str, network: Network, u: Array, y: Array, seed: int) -> Predictor:
    """Learn y (n,) at positions u (n, d) of the unit cube.

    Parameters
    ----------
    model : str
        One of `REGRESSORS`.
    network : Network
        What a ``DNNR`` looks like.
    u, y : ndarray, shapes (n, d) and (n,)
        Positions, and one finite number for each.
    seed : int
        For the network and the trees.

    Returns
    -------
    callable
        From positions (k, d) to predictions (k,).
    """
    offset, spread = y.mean(), y.std() or 1.0
    standard = (y - offset) / spread
    if model == "DNNR":
        ask = _train(network, u, standard, np.ones(len(u)), "mse", seed)
        return lambda at: offset + spread * ask(at)
    fitted = _scikit_regressor(model, seed).fit(_inputs(u), standard)
    return lambda at: np.asarray(offset + spread * fitted.predict(_inputs(at)))


@memoise(4)
def fit_classifier(model: str, network: Network, u: Array, inside: Mask, seed: int) -> Predictor:
    """Learn which positions u (n, d) are inside (n,); both answers have to occur.

    Both classes have the same total weight, however few points one of them has.

    Parameters
    ----------
    model : str
        One of `CLASSIFIERS`.
    network : Network
        What a ``DNNC`` looks like.
    u, inside : ndarray, shapes (n, d) and (n,)
        Positions and answers.
    seed : int
        For the network and the trees.

    Returns
    -------
    callable
        From positions (k, d) to outputs (k,) between 0 and 1.
    """
    if model == "DNNC":
        share = inside.mean()
        weight = 0.5 / np.where(inside, share, 1 - share)
        logit = _train(network, u, inside.astype(float), weight, LOGISTIC, seed)
        return lambda at: np.asarray(expit(logit(at)))
    from sklearn.ensemble import RandomForestClassifier  # takes half a second to import

    forest = RandomForestClassifier(
        n_estimators=300, max_depth=50, class_weight="balanced", random_state=seed
    ).fit(_inputs(u), inside)
    return lambda at: np.asarray(forest.predict_proba(_inputs(at))[:, 1])


def _scikit_regressor(model: str, seed: int) -> Any:
    from sklearn import ensemble, svm  # takes half a second to import

    match model:
        case "GBR":
            return ensemble.GradientBoostingRegressor(
                learning_rate=0.01, n_estimators=100, max_depth=30, random_state=seed
            )
        case "RFR":
            return ensemble.RandomForestRegressor(n_estimators=300, max_depth=50, random_state=seed)
        case "SVR-RBF":
            return svm.SVR(kernel="rbf", C=100, gamma=GAMMA, epsilon=EPSILON)
        case _:
            return svm.SVR(kernel="poly", degree=3, coef0=1.0, C=100, gamma=0.1, epsilon=EPSILON)


def _inputs(u: Array) -> Array:
    """Mean 0 and variance 1 for points that are uniform in the unit cube."""
    return np.asarray((u - 0.5) * np.sqrt(12.0))


def _train(network: Network, u: Array, y: Array, weight: Array, loss: str, seed: int) -> Predictor:
    """Train with Keras; the predictor is numpy, since a call of Keras costs more than the sums.

    With the loss `LOGISTIC` the prediction is a logit.
    """
    import keras
    import tensorflow as tf

    layers = [keras.Input((u.shape[1],))]
    for i in range(network.layers + 1):
        last = i == network.layers
        layers.append(
            keras.layers.Dense(
                1 if last else network.nodes,
                activation=None if last else "relu",
                kernel_initializer=keras.initializers.GlorotUniform(seed + i),
            )
        )
    perceptron = keras.Sequential(layers)
    perceptron.compile(
        keras.optimizers.Adam(network.learning_rate),
        loss=keras.losses.BinaryCrossentropy(from_logits=True) if loss == LOGISTIC else loss,
    )
    # all epochs as one: what Keras does at the end of an epoch takes longer than a short epoch
    columns = (_inputs(u), y[:, None], weight)
    data = tf.data.Dataset.from_tensor_slices(tuple(c.astype(np.float32) for c in columns))
    data = data.shuffle(len(u), seed=seed).batch(network.batch_size).repeat(network.epochs)
    perceptron.fit(data, shuffle=False, verbose=0)
    weights = perceptron.get_weights()

    def ask(at: Array) -> Array:
        state = _inputs(at).astype(np.float32)
        for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
            state = np.maximum(state @ kernel + bias, 0)
        return np.asarray((state @ weights[-2] + weights[-1])[:, 0], dtype=float)

    return ask
