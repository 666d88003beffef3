"""Committees of scikit-learn's regressors, which is imported only where one is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mlscanner_hep.surrogates.base import Array, Arrays, State, Surrogate, check_arrays
from mlscanner_hep.surrogates.committee import Committee, folds
from mlscanner_hep.tools.options import number

MEMBERS = 5


class _Ensemble(Surrogate):
    """What the surrogates of this module share; a subclass makes one unfitted regressor."""

    def regressor(self, seed: int) -> Any:
        """One member, not fitted."""
        raise NotImplementedError

    def fit(self, u: Array, z: Array, seed: int) -> Committee:
        """Fit each member without its fold."""
        fold = folds(u, MEMBERS)
        offset, spread = z.mean(), z.std() or 1.0
        standard = (z[:, 0] - offset) / spread
        members = []
        for i in range(MEMBERS):
            seen = fold != i if (fold != i).any() else np.ones(len(u), dtype=bool)
            member = self.regressor(seed % 2**31 + i)
            member.fit(2 * u[seen] - 1, standard[seen])
            members.append(member)

        def ask(at: Array) -> Array:
            opinions = np.stack([self.ask(member, 2 * at - 1) for member in members])
            return np.asarray(offset + spread * opinions[:, :, None])

        seeded = np.array(seed, dtype=np.int64)
        return Committee(ask, u, z, fold, State(self, {"u": u, "z": z, "seed": seeded}))

    def restore(self, arrays: Arrays) -> Committee:
        """Fit once more, which is quick and gives the same."""
        check_arrays(self, arrays, {"seed": ()})
        return self.fit(arrays["u"], arrays["z"], int(arrays["seed"]))

    def ask(self, member: Any, u: Array) -> Array:
        """Prediction (n,) of one member at positions (n, d) in [-1, 1]."""
        return np.asarray(member.predict(u))


class _Trees(_Ensemble):
    def ask(self, member: Any, u: Array) -> Array:
        """Mean over the trees, without the cost of scikit-learn's thread pool for small n."""
        single = u.astype(np.float32)
        trees: Sequence[Any] = member.estimators_
        return np.asarray(np.mean([t.tree_.predict(single)[:, 0] for t in trees], axis=0))


@dataclass(frozen=True)
class Forest(_Trees):
    """Random forest: robust to noise and jumps, coarse between points."""

    trees: int = number(20, 1, 1000, "Trees in each of five members.")
    leaf: int = number(1, 1, 100, "Fewest points in a leaf.")
    max_points: int = number(5000, 50, 100_000, "Points to fit; more are thinned out.")

    def regressor(self, seed: int) -> Any:
        from sklearn.ensemble import RandomForestRegressor

        return RandomForestRegressor(self.trees, min_samples_leaf=self.leaf, random_state=seed)


@dataclass(frozen=True)
class ExtraTrees(_Trees):
    """Extremely randomised trees: smoother than a forest and faster to fit."""

    trees: int = number(20, 1, 1000, "Trees in each of five members.")
    leaf: int = number(1, 1, 100, "Fewest points in a leaf.")
    max_points: int = number(5000, 50, 100_000, "Points to fit; more are thinned out.")

    def regressor(self, seed: int) -> Any:
        from sklearn.ensemble import ExtraTreesRegressor

        return ExtraTreesRegressor(self.trees, min_samples_leaf=self.leaf, random_state=seed)


@dataclass(frozen=True)
class Boosting(_Ensemble):
    """Gradient-boosted trees."""

    iterations: int = number(200, 1, 5000, "Trees in each of five members.")
    learning_rate: float = number(0.1, 1e-4, 1.0, "Weight of each tree.")
    depth: int = number(4, 1, 20, "Depth of a tree.")
    max_points: int = number(3000, 50, 100_000, "Points to fit; more are thinned out.")

    def regressor(self, seed: int) -> Any:
        from sklearn.ensemble import GradientBoostingRegressor

        return GradientBoostingRegressor(
            n_estimators=self.iterations,
            learning_rate=self.learning_rate,
            max_depth=self.depth,
            random_state=seed,
        )


@dataclass(frozen=True)
class SvrRbf(_Ensemble):
    """Support vectors with a radial kernel."""

    c: float = number(100.0, 1e-3, 1e6, "Penalty of deviations.")
    gamma: float = number(
        0.0, 0.0, 1e4, "Inverse squared width of the kernel in half boxes; 0: by held-out points."
    )
    epsilon: float = number(0.01, 0.0, 1.0, "Deviation that costs nothing, in standard deviations.")
    max_points: int = number(1500, 50, 20_000, "Points to fit; more are thinned out.")

    def variants(self) -> tuple[SvrRbf, ...]:
        """One for each width that may be chosen."""
        widths = (self.gamma,) if self.gamma else (0.1, 0.5, 2.0, 8.0, 32.0)
        return tuple(replace(self, gamma=gamma) for gamma in widths)

    def regressor(self, seed: int) -> Any:
        from sklearn.svm import SVR

        return SVR(kernel="rbf", C=self.c, gamma=self.gamma, epsilon=self.epsilon)


@dataclass(frozen=True)
class SvrPoly(_Ensemble):
    """Support vectors with a polynomial kernel."""

    degree: int = number(0, 0, 15, "Degree of the polynomial; 0: by held-out points.")
    c: float = number(1.0, 1e-3, 1e6, "Penalty of deviations.")
    epsilon: float = number(0.01, 0.0, 1.0, "Deviation that costs nothing, in standard deviations.")
    max_points: int = number(1500, 50, 20_000, "Points to fit; more are thinned out.")

    def variants(self) -> tuple[SvrPoly, ...]:
        """One for each degree that may be chosen."""
        degrees = (self.degree,) if self.degree else (4, 2, 7, 10)
        return tuple(replace(self, degree=degree) for degree in degrees)

    def regressor(self, seed: int) -> Any:
        from sklearn.svm import SVR

        return SVR(
            kernel="poly",
            degree=self.degree,
            coef0=1.0,
            C=self.c,
            epsilon=self.epsilon,
        )
