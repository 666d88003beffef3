"""What every surrogate has to do, and what the Gaussian process and the networks do on top."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from mlscanner_hep import surrogates
from mlscanner_hep.surrogates import dnn, gp
from mlscanner_hep.surrogates.base import Model, State
from mlscanner_hep.surrogates.bayesian import Regression
from mlscanner_hep.surrogates.committee import Committee, folds
from mlscanner_hep.surrogates.dnn import Dnn
from mlscanner_hep.surrogates.evidence import squares
from mlscanner_hep.tools.cores import one_core

SMALL = {"dnn": {"nodes": 30, "layers": 2, "epochs": 60, "members": 3, "learning_rate": 3e-3}}
KINDS = sorted(surrogates.KINDS)
# Root mean square error over the spread of the function; the margin is about a half.
ERROR = {
    "gp": 0.05,
    "dnn": 0.1,
    "forest": 0.3,
    "extra-trees": 0.2,
    "boosting": 0.25,
    "svr-rbf": 0.08,
    "svr-poly": 0.05,
}


def smooth(u: np.ndarray) -> np.ndarray:
    return np.stack([np.sin(4 * u[:, 0]) + u[:, 1] ** 2 + 0.5 * u[:, 2] * u[:, 0]], axis=1)


def noisy(u: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(len(u)).normal(size=(len(u), 1))
    return smooth(u) + 0.05 * smooth(u).std() * noise


def points(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((n, 3))


def fitted(kind: str, u: np.ndarray, z: np.ndarray, seed: int = 1) -> Model:
    return surrogates.make(kind, SMALL.get(kind, {})).variants()[0].fit(u, z, seed)


@pytest.fixture(scope="module")
def trained() -> Callable[[str], Model]:
    models = {kind: fitted(kind, points(150), noisy(points(150))) for kind in KINDS}
    return models.__getitem__


@pytest.mark.parametrize("kind", KINDS)
def test_learns_a_smooth_function(kind: str, trained: Callable[[str], Model]) -> None:
    u = points(300, seed=9)
    error = np.sqrt(np.mean((trained(kind).mean(u) - smooth(u)) ** 2)) / smooth(u).std()
    assert error < ERROR[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_uncertainty_is_of_the_size_of_the_error(
    kind: str, trained: Callable[[str], Model]
) -> None:
    u = points(300, seed=9)
    mean, std = trained(kind).predict(u)
    assert mean == pytest.approx(trained(kind).mean(u))
    assert 0.5 < np.sqrt(np.mean(((mean - noisy(u)) / std) ** 2)) < 1.6


@pytest.mark.parametrize("kind", KINDS)
def test_held_out_predictions_have_not_seen_the_point(
    kind: str, trained: Callable[[str], Model]
) -> None:
    u = points(150)
    model = trained(kind)
    mean, std = model.leave_one_out()
    residual = np.abs(mean - noisy(u))
    assert 0.5 < np.sqrt(np.mean((residual / std) ** 2)) < 1.6
    rows = np.array([3, 50, 149])
    held, spread = model.held_out(rows)
    assert held.shape == spread.shape == (3, 1)
    assert (spread > 0).all()
    # more wrong than the same model is on points that it was trained on; measured: 1.1 ... 4
    assert (residual**2).mean() > 1.05 * ((model.mean(u) - noisy(u)) ** 2).mean()


@pytest.mark.parametrize("kind", KINDS)
def test_same_arguments_give_the_same_model(kind: str, trained: Callable[[str], Model]) -> None:
    np.random.seed(7)  # noqa: NPY002 - nothing may depend on it
    again = fitted(kind, points(150), noisy(points(150)))
    at = points(50, seed=3)
    assert (again.predict(at)[0] == trained(kind).predict(at)[0]).all()
    assert (again.predict(at)[1] == trained(kind).predict(at)[1]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_constant_targets_duplicates_and_few_points(kind: str) -> None:
    u = np.repeat(points(4), 3, axis=0)
    for z in (np.full((12, 1), 3.0), u[:, :1]):
        mean, std = fitted(kind, u, z).predict(points(20, seed=2))
        assert np.isfinite(mean).all()
        assert (std > 0).all()
        assert (np.abs(mean - z.mean()) < 10).all()
    assert fitted(kind, points(2), np.zeros((2, 1))).mean(points(3)).shape == (3, 1)


@pytest.mark.parametrize("kernel", ["rbf", "matern"])
def test_gradient_of_the_marginal_likelihood(kernel: str) -> None:
    u, z = points(30), smooth(points(30))[:, 0]
    square = squares(u)
    log = np.array([-0.5, 0.2, -1.0, 0.3, -2.0])
    numeric = approx_fprime(log, lambda at: gp._loss(at, square, z, kernel)[0], 1e-6)
    assert gp._loss(log, square, z, kernel)[1] == pytest.approx(numeric, rel=1e-4, abs=1e-3)


@pytest.mark.parametrize("kernel", ["rbf", "matern"])
def test_gaussian_process_leaves_out_exactly(kernel: str) -> None:
    hyper = gp.Hyper((0.5, 0.7, 2.0), 1.5, 0.1)
    u, z = points(40), smooth(points(40))[:, 0]
    z = (z - z.mean()) / z.std()
    full = gp.Posterior(gp.Gp(kernel, hyper=hyper), u, z)
    rows = np.array([4, 17])
    rest = np.delete(np.arange(40), rows)
    # the reduced fit standardises its own targets: compare on the same footing
    scaled = gp.Hyper(hyper.lengths, hyper.amplitude / z[rest].std(), hyper.noise / z[rest].std())
    without = gp.Posterior(gp.Gp(kernel, hyper=scaled), u[rest], z[rest])
    mean, std = full.held_out(rows)
    assert mean == pytest.approx(without.predict(u[rows])[0], abs=0.02)
    assert std == pytest.approx(without.predict(u[rows])[1], rel=1e-6)
    single = full.held_out(np.array([4]))
    assert full.leave_one_out()[0][4] == pytest.approx(single[0][0])
    assert full.leave_one_out()[1][4] == pytest.approx(single[1][0])


def test_tuning_finds_what_does_not_matter() -> None:
    u = points(120)
    z = np.sin(6 * u[:, :1])
    hyper = surrogates.make("gp", {"kernel": "rbf"}).tune(u, z, 0).hyper  # type: ignore[attr-defined]
    assert hyper.lengths[0] < 0.7
    assert min(hyper.lengths[1:]) > 1.0  # measured: 2.6
    assert hyper.noise < 0.01


def test_tuning_once_more_starts_where_it_was() -> None:
    u, z = points(120), smooth(points(120))
    once = surrogates.make("gp", {"kernel": "rbf"}).tune(u, z, 0)
    twice = once.tune(u, z, 0)
    assert once.fit(u, z, 0).mean(u) == pytest.approx(twice.fit(u, z, 0).mean(u), abs=0.02)


def test_the_fold_of_a_point_does_not_change_when_others_come() -> None:
    u = points(100)
    assert (folds(u, 5)[40:] == folds(u[40:], 5)).all()
    assert np.bincount(folds(points(1000), 5), minlength=5).min() > 150


def test_committee_tells_spread_and_held_out_errors_apart() -> None:
    u = points(60)
    fold, state = folds(u, 2), State(surrogates.make("forest", {}), {})
    agreeing = Committee(
        lambda at: np.zeros((2, len(at), 1)), u, np.full((60, 1), 0.3), fold, state
    )
    assert agreeing.predict(u)[1] == pytest.approx(0.3)
    split = np.array([-1.0, 1.0])[:, None, None]
    divided = Committee(
        lambda at: np.tile(split, (1, len(at), 1)), u, np.zeros((60, 1)), fold, state
    )
    assert divided.mean(u) == pytest.approx(0.0)
    assert divided.predict(u)[1] == pytest.approx(np.sqrt(2))


def network() -> str:
    """Predictions of a small network, trained on fewer points than it is fitted to."""
    u = points(60)
    small = surrogates.make("dnn", {"nodes": 8, "layers": 2, "epochs": 5, "dropout": 0.1})
    with one_core():
        mean, std = small.train(u[:50], smooth(u[:50]), 3).fit(u, smooth(u), 4).predict(u)
    return mean.tobytes().hex() + std.tobytes().hex()


def test_networks_repeat_themselves_in_another_process() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import test_surrogates as t; "
    code += "t.np.random.seed(1); print(t.network())"
    command = [sys.executable, "-c", code, __file__.rpartition("/")[0]]
    there = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert there == network()


def test_networks_do_not_remember_what_they_were_trained_on_before() -> None:
    """Those that are built once and trained again and again."""
    first = network()
    surrogates.make("dnn", {"nodes": 8, "layers": 2, "epochs": 5, "dropout": 0.1}).fit(
        points(40, seed=5), noisy(points(40, seed=5)), 1
    )
    assert network() == first


@pytest.mark.parametrize(
    "option", [{"epochs": 1}, {"learning_rate": 1e-2}, {"batch_size": 7}, {"dropout": 0.5}]
)
def test_training_does_what_it_is_told(option: dict[str, float]) -> None:
    u, z = points(150), smooth(points(150))
    usual: dict[str, float] = {"nodes": 8, "epochs": 30, "members": 2, "learning_rate": 3e-3}
    one, other = (
        surrogates.make("dnn", usual | changed).train(u, z, 1).trunk.weights  # type: ignore[attr-defined]
        for changed in ({}, option)
    )
    assert any((a != b).any() for a, b in zip(one, other, strict=True))


def test_training_improves_the_start_or_leaves_it() -> None:
    u, z = points(150), smooth(points(150))
    z = (z - z.mean()) / z.std()
    options = {"nodes": 8, "members": 2, "learning_rate": 1e-2, "patience": 10}
    astray: Dnn = surrogates.make("dnn", options).tune(u, points(150, 4)[:, :1], 1)  # type: ignore[assignment]
    start = astray.trunk
    assert start is not None
    hyper = Regression(start.features(u)[0], z[:, 0], start.groups(3)).hyper
    held = folds(u, 2)[:, None] == np.arange(2)
    before, after = (
        dnn._last_layers(trunk, hyper, u, z[:, 0], held)[1]
        for trunk in (start, astray.train(u, z, 1).trunk)  # type: ignore[arg-type]
    )
    assert (after <= before).all()
    assert after.sum() < before.sum()  # measured: 0.987 times


def test_keras_is_not_imported_before_it_is_used() -> None:
    code = "import sys, mlscanner_hep.proposers; print('keras' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
