"""Samplers of other packages on the same targets: nautilus, emcee, CMA-ES and DLScanner.

DLScanner makes rounds; the others see the answer of one call before they make the next. What they
sample, minimise or learn is the violation, the number by which the project ranks points outside
(`mlscanner_hep.filling.gauge`): 0 inside, otherwise the largest distance to an accepted interval
over what is typical outside. The typical distances come from free points of their own.
"""

from __future__ import annotations

import contextlib
import importlib
import time
from collections.abc import Callable, Sequence
from types import ModuleType

import numpy as np
from targets.base import Array, Target

from mlscanner_hep.errors import ScannerError
from mlscanner_hep.filling.gauge import Gauge
from mlscanner_hep.points import Points

SOFT = 0.1
"""Violation at which the likelihood has fallen by half a unit of its logarithm."""
NO_SPECTRUM = 100.0
"""Violation of a point without a spectrum: finite, because the samplers need numbers."""
ROUND = 100
"""Points in a round of DLScanner."""
STEPS = 1000
"""Steps of 32 examples by which its network is trained in each round."""


class _SpentError(Exception):
    """There are no calls left."""


class Oracle:
    """Counts and records calls, one at a time.

    Parameters
    ----------
    target : Target
        What is run.
    calls : int
        How often.
    """

    def __init__(self, target: Target, calls: int) -> None:
        self.dim = target.problem.space.dim
        self.seconds = 0.0
        self._target, self._calls = target, calls
        self._made: list[Array] = []
        free = target.evaluate(np.random.default_rng(7).random((max(200, 20 * self.dim), self.dim)))
        targets = target.problem.targets(free[free.ok])
        self._gauge = Gauge.of(target.problem.bounds, targets)

    @property
    def spent(self) -> bool:
        """Whether there are no calls left."""
        return len(self._made) >= self._calls

    def violation(self, u: Array) -> float:
        """Run one position (d,) of the unit cube; ends the run if there are no calls left."""
        if self.spent:
            raise _SpentError
        start = time.process_time()
        self._made.append(np.array(u, dtype=float))
        points = self._target.evaluate(self._made[-1][None])
        result = NO_SPECTRUM
        if points.ok[0]:
            result = float(self._gauge.violation(self._target.problem.targets(points))[0])
        self.seconds += time.process_time() - start
        return result

    def log_likelihood(self, u: Array) -> float:
        """The same as a likelihood: 0 inside, falling softly outside."""
        return -0.5 * (self.violation(u) / SOFT) ** 2

    def record(self, sampler: Callable[[Oracle, int], None], seed: int) -> None:
        """Let a sampler make its calls until they are spent."""
        with contextlib.suppress(_SpentError):
            sampler(self, seed)
        if not self.spent:
            raise RuntimeError(f"{sampler.__name__} stopped by itself: {len(self._made)} calls")

    def points(self) -> Points:
        """All that was run, in that order."""
        return self._target.evaluate(np.array(self._made))


def nautilus(oracle: Oracle, seed: int) -> None:
    """Nested sampling with learnt bounds: J. U. Lange, arXiv:2306.16923."""
    sampler = _package("nautilus", "nautilus-sampler").Sampler(
        lambda u: u, oracle.log_likelihood, n_dim=oracle.dim, n_live=200, seed=seed, pass_dict=False
    )
    sampler.run(n_eff=np.inf)


def emcee(oracle: Oracle, seed: int) -> None:
    """Ensemble of 4 d walkers with the moves advised for several modes: arXiv:1202.3665."""
    package = _package("emcee", "emcee")

    def log_probability(u: Array) -> float:
        # No end by an exception, of which emcee prints the traceback.
        if oracle.spent or ((u < 0) | (u > 1)).any():
            return -np.inf
        return oracle.log_likelihood(u)

    moves = [(package.moves.DEMove(), 0.8), (package.moves.DESnookerMove(), 0.2)]
    walkers = max(4 * oracle.dim, 16)
    sampler = package.EnsembleSampler(walkers, oracle.dim, log_probability, moves=moves)
    start = np.random.default_rng(seed).random((walkers, oracle.dim))
    state = package.State(start, random_state=np.random.RandomState(seed).get_state())
    while not oracle.spent:
        state = sampler.run_mcmc(state, 1)


def cma(oracle: Oracle, seed: int) -> None:
    """CMA-ES, started again at random when it ends, as it does inside: arXiv:1604.00772."""
    package = _package("cma", "cma")
    rng = np.random.default_rng(seed)
    while True:
        options = {"bounds": [0, 1], "seed": int(rng.integers(1, 2**31)), "verbose": -9}
        strategy = package.CMAEvolutionStrategy(rng.random(oracle.dim), 0.25, options)
        while not strategy.stop():
            asked = strategy.ask()
            strategy.tell(asked, [oracle.violation(u) for u in asked])


def labels(violations: Sequence[float]) -> Array:
    """Classes for DLScanner: 1 inside, 0 outside.

    A class needs examples, and at first nothing is inside. So, as in the authors' scan of
    arXiv:2508.13912, the points of least violation are in the class until half a round is inside.
    """
    inside = np.array(violations) == 0
    if inside.sum() < ROUND // 2:
        inside = np.argsort(np.argsort(violations, kind="stable")) < ROUND // 2
    return np.where(inside, 1.0, 0.0)


def dlscanner(oracle: Oracle, seed: int) -> None:
    """A network that classifies uniform points and those of a VEGAS map: arXiv:2412.19675."""
    package = _package("DLScanner.gen_scanner", "DLScanner")
    _package("keras", "keras").utils.set_random_seed(seed)  # of NumPy, too, by which the map draws
    violations: list[float] = []

    def run(u: Array) -> Array:
        violations.extend(oracle.violation(position) for position in u)
        return labels(violations)[-len(u) :]

    def epochs(examples: int) -> int:
        return max(1, round(STEPS * 32 / examples))

    scanner = package.sampler(
        run,
        oracle.dim,
        [[0, 1]] * oracle.dim,
        K=ROUND,
        epochs=epochs(ROUND),
        vegas_frac=0.5,
        seed=seed,
        verbose=0,
    )
    scanner.model.compile(scanner.optimizer, scanner.loss, steps_per_execution=50)  # 3 times faster
    scanner.batch_size = scanner.L  # from here on that of predictions
    while True:  # what its `advance` does, but old points are labelled anew
        u, _ = scanner.suggestpts()
        scanner.samples = np.concatenate([scanner.samples, u])
        scanner.samples_out = labels(violations)[:, None]
        examples = scanner.samples, scanner.samples_out
        if examples[1].mean() != 0.5:  # it gives back nothing of classes of equal size
            examples = scanner.class_equalize()
        scanner.model.fit(*examples, epochs=epochs(len(examples[0])), batch_size=32, verbose=0)


SAMPLERS: dict[str, Callable[[Oracle, int], None]] = {
    "nautilus": nautilus,
    "emcee": emcee,
    "cma": cma,
    "dlscanner": dlscanner,
}
"""The samplers that ``--proposer`` may name besides the kinds of the project."""


def _package(module: str, package: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ScannerError(
            f"'{module}' needs a package that is not installed: pip install {package}"
        ) from error
