"""Learn a target that jumps, as where another particle becomes the lightest: on two branches.

A smooth surrogate takes a jump for short length scales or for noise, and is wrong everywhere. But
the branches that meet at the jump are smooth. One is grown from a point and its neighbours: it
takes in what it predicts. What it never takes in is the other one. On which branch a point is, is a
label, and that is easy to learn.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.filling.cuts import flag_values
from mlscanner_hep.filling.gauge import Gauge
from mlscanner_hep.filling.labels import learn_label, tuned
from mlscanner_hep.filling.learning import choose_surrogate, compared, learn_target, log_density
from mlscanner_hep.filling.memo import memoise
from mlscanner_hep.filling.neighbours import nearest
from mlscanner_hep.filling.region import Branched, log_not
from mlscanner_hep.filling.sample import Sample
from mlscanner_hep.filling.transform import Transform
from mlscanner_hep.surrogates.base import Mask, Surrogate
from mlscanner_hep.surrogates.gp import Gp, Hyper

Array = NDArray[np.float64]

FEWEST = 10
"""No branch has fewer points."""
POOR = 0.05
"""A jump is looked for if a tenth of the held-out predictions near the region are off by more than
this part of the spread of all values."""
SMOOTH, EXPLAINED = 0.8, 0.95
"""There is none if a smooth process predicts the first part of all points, and none has been found
if two do not predict the second part."""
MARGIN = 2.0
"""Branches have to predict held-out points better by more than so many standard errors."""
STARTS, GROWN = 25, 250
"""Branches are grown from so many points, among so many, on each length; the best pair counts."""
LENGTHS, AMPLITUDE, NOISE = (0.7, 1.2), 3.0, 0.03
"""Of the processes that grow them: in units of the box, and of the spread of all values."""
ON, OFF = 2.0, 3.0
"""A branch takes in points that are off by up to so many standard deviations, and gives up those
that are off by more than the other number."""
NEIGHBOURS = 9
"""Where both branches predict a point it is on that of its neighbours."""
WORST = 50.0
"""Neither a squared deviation nor a difference of densities counts as more."""


def learn_branches(
    surrogate: Surrogate, sample: Sample, gauge: Gauge, column: int, seed: int
) -> Branched | None:
    """Learn a target on two branches if that predicts held-out points clearly better than on one.

    Parameters
    ----------
    surrogate : Surrogate
        What to fit.
    sample : Sample
        The points.
    gauge : Gauge
        Intervals and scales of all targets.
    column : int
        The target.
    seed : int
        For the thinning of large samples and the fits.
    """
    found = split(surrogate, sample, gauge, column)
    if not found.any():
        return None
    have = np.isfinite(sample.targets[:, column])
    known = sample.take(have)
    y = known.targets[:, column]
    transform = _scale(y[known.early], known.violation[known.early], gauge.bounds[column])
    second = np.zeros(len(y), dtype=bool)
    second[known.early] = found
    second = np.where(known.early, second, _on_second(known.u, transform(y), known.early, second))
    of_labels = tuned(surrogate.for_labels(), known.u[known.early], found, known.milestone)
    side = learn_label(of_labels, known.u, second, np.ones(len(y)), known.trials, seed)
    parts = (known.take(~second), known.take(second))
    return Branched(side, *(learn_target(surrogate, p, gauge, column, seed)[0] for p in parts))


def split(surrogate: Surrogate, sample: Sample, gauge: Gauge, column: int) -> Mask:
    """Which of the early points that have a target are on its second branch; none without a jump.

    The same until the next milestone.
    """
    y = sample.targets[:, column]
    past = sample.early & np.isfinite(y)
    if flag_values(y) or past.sum() < 2 * FEWEST:
        return np.zeros(past.sum(), dtype=bool)
    return _split(
        surrogate,
        sample.u[past],
        y[past],
        sample.violation[past],
        gauge.bounds[column],
        sample.milestone,
    )


@memoise(256)
def _split(
    surrogate: Surrogate, u: Array, y: Array, violation: Array, bounds: Array, seed: int
) -> Mask:
    none = np.zeros(len(u), dtype=bool)
    rows, judged = compared(violation, seed)
    transform, single = choose_surrogate(surrogate, u, y, violation, bounds, seed)
    z = transform(y[rows])
    mean, _ = single.fit(u[rows], z[:, None], seed).leave_one_out()
    if np.quantile(np.abs(z - mean[:, 0])[:judged], 0.9) <= POOR * z.std():
        return none
    z = _scale(y, violation, bounds)(y)
    rng = np.random.default_rng(seed)
    some = none.copy()
    some[rng.permutation(rows)[:GROWN]] = True
    second = none.copy()
    second[some] = _grown(u[some], z[some], rng)
    if not second.any():
        return none
    second = np.where(some, second, _on_second(u, z, some, second))
    of_labels = tuned(surrogate.for_labels(), u, second, seed)
    label = learn_label(of_labels, u[rows], second[rows], np.ones(len(rows)), (), seed)
    log_yes = label.log_yes(*(table[:, 0] for table in label.model.leave_one_out()))
    apart = np.where(second[rows], log_yes, log_not(log_yes))
    for side in (False, True):
        on, at = second == side, second[rows] == side
        own = choose_surrogate(surrogate, u[on], y[on], violation[on], bounds, seed)
        apart[at] += log_density(*own, u[rows][at], y[rows][at], seed)
    gain = (apart - log_density(transform, single, u[rows], y[rows], seed))[:judged]
    gain = np.clip(gain, -WORST, WORST)
    return second if gain.mean() > MARGIN * gain.std() / np.sqrt(judged) else none


def _scale(y: Array, violation: Array, bounds: Array) -> Transform:
    """The scale on which branches are grown."""
    near = y[np.argsort(violation, kind="stable")[:100]]
    return Transform.around((bounds[0], bounds[1]), near, 10.0)


def _grown(u: Array, z: Array, rng: np.random.Generator) -> Mask:
    """Which points are on the second of the two branches that predict best; none if none do."""
    everywhere = np.ones(len(u), dtype=bool)
    best, least = ~everywhere, np.inf
    mean, std = _predictions(u, z, everywhere, LENGTHS[0])
    if (np.abs(z - mean) < OFF * std).mean() > SMOOTH:
        return best
    for start, length in product(rng.permutation(len(u))[:STARTS].tolist(), LENGTHS):
        second = _grow(u, z, start, length)
        for _ in range(2):  # the first time each point comes to the branch that predicts it
            if min(second.sum(), (~second).sum()) < FEWEST:
                break
            off, loss = _compare(u, z, everywhere, second, length)
            second = loss[0] > loss[1]
        else:
            explained = (np.where(second, off[1], off[0]) < OFF).mean()
            if explained >= EXPLAINED and (total := float(loss.min(axis=0).sum())) < least:
                best, least = second, total
    return best


def _grow(u: Array, z: Array, start: int, length: float) -> Mask:
    """The points of the branch that one point and its neighbours are on."""
    taken = np.zeros(len(u), dtype=bool)
    taken[nearest(u[[start]], u, max(u.shape[1] + 1, 6))[1][0]] = True
    for _ in range(60):
        mean, std = _predictions(u, z, taken, length)
        off = np.abs(z - mean) / std
        new = np.flatnonzero(~taken & (off < ON))
        new = new[np.argsort(std[new], kind="stable")][: max(5, taken.sum() // 4)]
        kept = taken & (off < OFF)
        if not len(new) or kept.sum() < 4:
            break
        taken = kept
        taken[new] = True
    return taken


def _on_second(u: Array, z: Array, known: Mask, second: Mask) -> Mask:
    _, loss = _compare(u, z, known, second, LENGTHS[0])
    return np.asarray(loss[0] > loss[1])


def _compare(u: Array, z: Array, known: Mask, second: Mask, length: float) -> tuple[Array, Array]:
    """How many standard deviations points are off either branch, of which some are `known`.

    And minus their log density there, both (2, n).
    """
    near = nearest(u, u[known], NEIGHBOURS)[1]
    share = (second[known][near].sum(axis=1) + 0.5) / (near.shape[1] + 1)
    off, loss = np.empty((2, len(u))), -np.log([1 - share, share])
    for i, side in enumerate((~second, second)):
        mean, std = _predictions(u, z, known & side, length)
        off[i] = np.abs(z - mean) / std
        loss[i] += 0.5 * np.minimum(off[i] ** 2, WORST) + np.log(std)
    return off, loss


def _predictions(u: Array, z: Array, taken: Mask, length: float) -> tuple[Array, Array]:
    """Mean and standard deviation (n,) by a smooth process through the points taken.

    These are held out one by one.
    """
    ratio = float(z.std() / (z[taken].std() or z.std()))  # a process is in units of its own spread
    hyper = Hyper((length,) * u.shape[1], AMPLITUDE * ratio, NOISE * ratio)
    model = Gp(kernel="rbf", hyper=hyper).fit(u[taken], z[taken, None], 0)
    mean, std = model.predict(u)
    mean[taken], std[taken] = model.leave_one_out()
    return mean[:, 0], std[:, 0]
