from __future__ import annotations

import numpy as np
import pytest

from mlscanner_hep.points import Points, Status


def table(n: int = 4) -> Points:
    status = np.array([Status.OK, Status.UNPHYSICAL, Status.FAILED, Status.PENDING], np.int8)
    return Points.of(np.zeros((n, 2)), np.zeros((n, 2)), np.zeros((n, 3)), status=status[:n])


def test_masks_tell_the_statuses_apart() -> None:
    points = table()
    assert points.ok.tolist() == [True, False, False, False]
    assert points.unphysical.tolist() == [False, True, False, False]
    assert points.failed.tolist() == [False, False, True, False]
    assert points.called.tolist() == [True, True, True, False]


def test_rows_can_be_chosen() -> None:
    points = table()
    assert len(points[points.ok]) == 1
    assert points[np.array([2, 0])].status.tolist() == [Status.FAILED, Status.OK]
    assert len(points[:2]) == 2


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="same length"):
        Points.of(np.zeros((2, 1)), np.zeros((3, 1)), np.zeros((2, 1)))
