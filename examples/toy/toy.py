"""The two toy functions of arXiv:2207.09959, sections 3.1 and 3.2, with their target shells."""

from collections.abc import Mapping
from math import cos


def shell2d(values: Mapping[str, float]) -> dict[str, float]:
    """F_2d: thin closed curves in the plane where it is close to 100."""
    return {"f": (2 + cos(values["x1"] / 5) * cos(values["x2"] / 7)) ** 5}


def shell3d(values: Mapping[str, float]) -> dict[str, float]:
    """F_3d: thin closed surfaces where it is close to 100."""
    product = cos(values["x1"] / 7) * cos(values["x2"] / 7) * cos(values["x3"] / 7)
    return {"f": (2 + product) ** 5}
