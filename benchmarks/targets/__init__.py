"""Targets whose accepted region is known."""

from __future__ import annotations

from collections.abc import Callable

from targets.base import Target
from targets.fits import fit5d
from targets.islands import islands6d, islands6d7
from targets.physics import flip4d, resonance, thdm2
from targets.spoilt import edged, jumping, noisy
from targets.toys import sheet8d, sheet16d, shell2d, shell3d, shell10d

__all__ = ["TARGETS", "Target"]

TARGETS: dict[str, Callable[[], Target]] = {
    "shell2d": shell2d,
    "shell3d": shell3d,
    "thdm2": thdm2,
    "islands6d": islands6d,
    "sheet8d": sheet8d,
    "islands6d7": islands6d7,
    "resonance": resonance,
    "flip4d": flip4d,
    "flip4d-slow": lambda: flip4d(0, 3.78e-4),
    "flip4d-fast": lambda: flip4d(1, 1.43e-3),
    "fit5d": fit5d,
    "shell10d": shell10d,
    "sheet16d": sheet16d,
    "shell2d-edge": lambda: edged(shell2d(), 0, 1, 2.93e-2),
    "sheet8d-edge": lambda: edged(sheet8d(), 1, 3, 1.74e-4),
    "sheet8d-jump": lambda: jumping(sheet8d(), 1, 3, 0.9, 2.00e-4),
    "shell3d-noise0.1": lambda: noisy(shell3d(), 0.1, 3.31e-2),
    "shell3d-noise1": lambda: noisy(shell3d(), 1.0, 3.32e-2),
    "sheet8d-noise0.1": lambda: noisy(sheet8d(slack=0.006), 0.1, 2.31e-4),
    "sheet8d-noise1": lambda: noisy(sheet8d(slack=0.06), 1.0, 2.32e-4),
}
