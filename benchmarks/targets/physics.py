"""Targets with the formulas, or at least the manners, of a model of new physics."""

from __future__ import annotations

import numpy as np

from targets.base import Array, Labels, Target, problem_of

VEV = 246.22
"""Vacuum expectation value in GeV."""
HIGGS = 125.2
"""Mass of the Higgs boson in GeV."""
RELIC = (0.11, 0.13)
"""Accepted Omega h^2."""


def thdm2() -> Target:
    """Tree-level two-Higgs-doublet model of type II; 7 % of the box has no spectrum.

    Parameters are the quartic couplings 1 to 5, m12^2 in GeV^2 and tan(beta). Masses and mixing
    follow Branco et al., arXiv:1106.0034; unitarity follows Kanemura et al., hep-ph/9303263.
    """
    box = [(0.0, 10.0)] * 2 + [(-10.0, 10.0)] * 3 + [(0.0, 3e5), (1.5, 40.0)]
    limits = {
        "mh": (122.0, 128.0),
        "mHp": (580.0, np.inf),
        "kV": (0.95, np.inf),
        "ku": (0.8, 1.2),
        "kd": (0.7, 1.3),
        "stability": (0.0, np.inf),
        "unitarity": (-np.inf, 1.0),
    }
    return Target("thdm2", problem_of(box, limits), _thdm2_observables, volume=1.51e-4)


def _thdm2_observables(x: Array) -> Array:
    l1, l2, l3, l4, l5, m12, tanb = x.T
    beta = np.arctan(tanb)
    sb, cb = np.sin(beta), np.cos(beta)
    ma2 = m12 / (sb * cb) - l5 * VEV**2
    mhp2 = ma2 + 0.5 * VEV**2 * (l5 - l4)
    m11 = m12 * tanb + l1 * VEV**2 * cb**2
    m22 = m12 / tanb + l2 * VEV**2 * sb**2
    mix = -m12 + (l3 + l4 + l5) * VEV**2 * sb * cb
    mh2 = (m11 + m22 - np.sqrt((m11 - m22) ** 2 + 4 * mix**2)) / 2
    alpha = 0.5 * np.arctan2(2 * mix, m11 - m22)
    kv = np.sin(beta - alpha)
    sign = np.where(kv < 0, -1.0, 1.0)
    ku, kd = sign * np.cos(alpha) / sb, -sign * np.sin(alpha) / cb
    root = np.sqrt(np.abs(l1 * l2))
    stability = np.minimum.reduce([l1, l2, l3 + root, l3 + l4 - np.abs(l5) + root])
    eigenvalues = [
        base + sign * np.sqrt(factor * (l1 - l2) ** 2 / 4 + mixing**2)
        for base, factor, mixing in (
            (1.5 * (l1 + l2), 9, 2 * l3 + l4),
            (0.5 * (l1 + l2), 1, l4),
            (0.5 * (l1 + l2), 1, l5),
        )
        for sign in (1, -1)
    ]
    eigenvalues += [l3 + 2 * l4 + 3 * l5, l3 + 2 * l4 - 3 * l5, l3 + l5, l3 - l5, l3 + l4, l3 - l4]
    unitarity = np.abs(eigenvalues).max(axis=0) / (8 * np.pi)
    valid = (mh2 > 0) & (ma2 > 0) & (mhp2 > 0)
    masses = [np.sqrt(np.where(valid, square, np.nan)) for square in (mh2, mhp2)]
    y = np.stack([*masses, sign * kv, ku, kd, stability, unitarity], axis=1)
    return np.where(valid[:, None], y, np.nan)


def resonance() -> Target:
    """A relic density with a narrow resonance, in the manner of the scalar singlet.

    Parameters are the mass of the dark matter in GeV and its coupling, both logarithmic. Direct
    detection leaves a heavy strip and, since annihilation through the Higgs boson needs a small
    coupling only, a strip below half of its mass that is 1 % of the box wide. Propagator and
    scaling follow Cline et al., arXiv:1306.4710; the normalisations are made up.
    """

    def observables(x: Array) -> Array:
        mass, coupling = x.T
        square = 4 * mass**2 * 1.06  # thermal motion at freeze-out adds about 6 %
        width = 2.0  # in GeV, of the thermal average
        propagator = 1 / ((square - HIGGS**2) ** 2 + (HIGGS * width) ** 2)
        bosons = 1 / (1 + np.exp(-(mass - 80.0) / 4))
        omega = 6e-10 / (coupling**2 * mass**2 * propagator * (0.02 + bosons))
        direct = coupling**2 / mass**3 / 2e-10
        return np.stack([omega, direct], axis=1)

    def island(x: Array) -> Labels:
        return (x[:, 0] > 100.0).astype(np.int64)

    limits = {"omega": RELIC, "direct": (-np.inf, 1.0)}
    problem = problem_of([(45.0, 5000.0), (1e-4, 3.0)], limits, scale="log")
    return Target("resonance", problem, observables, volume=4.31e-3, islands=2, island=island)


def flip4d(always: int | None = None, volume: float = 7.96e-4) -> Target:
    """A relic density that jumps where another particle becomes the lightest one.

    Parameters are two masses in TeV, a splitting and a mixing. Accepted points lie on both sides of
    the jump, which count as two islands. There is none if the same particle is `always` the
    lightest, 0 or 1.
    """

    def lightest(x: Array) -> Labels:
        first, second, splitting, _ = x.T
        return (first > second * (1 - 0.2 * splitting)).astype(np.int64)

    def observables(x: Array) -> Array:
        first, second, splitting, mixing = x.T
        slow = 2.0 * first**2 * (0.1 + splitting) ** 1.5
        fast = 0.15 * second**2 / (1 + mixing)
        first_decides = lightest(x) == 0 if always is None else always == 0
        omega = np.where(first_decides, slow, fast)
        higgs = 122 + 3 * np.log(second / first + mixing**2) + 2 * np.sin(3 * splitting)
        return np.stack([omega, higgs], axis=1)

    box = [(0.1, 1.5)] * 2 + [(0.0, 1.0)] * 2
    problem = problem_of(box, {"omega": RELIC, "mh": (124.95, 125.05)})
    if always is not None:
        return Target(f"flip4d-{'slow' if always == 0 else 'fast'}", problem, observables, volume)
    return Target("flip4d", problem, observables, volume, islands=2, island=lightest)
