"""What was predicted, against what was achieved."""

from __future__ import annotations

import numpy as np
import pytest

from mlscanner_hep.findings.forecast import Forecast, disappointments
from mlscanner_hep.points import Points, Status


@pytest.mark.parametrize(
    ("predicted", "inside", "disappointing"),
    [
        ([0.81] * 100, 12, True),
        ([0.81] * 100, 45, True),
        ([0.81] * 100, 55, False),
        ([0.4] * 100, 15, True),
        ([0.4] * 100, 25, False),
        ([0.8] * 10, 2, True),
        ([0.8] * 9, 2, False),
        ([0.05] * 40, 0, False),  # by chance
        ([0.05] * 400, 0, True),
        ([np.nan] * 100, 0, False),
        ([0.8] * 5 + [np.nan] * 95, 0, False),
    ],
)
def test_a_round_that_disappoints(predicted: list[float], inside: int, disappointing: bool) -> None:
    n = len(predicted)
    points = Points.of(
        np.zeros((n, 1)), np.zeros((n, 1)), np.zeros((n, 1)), predicted=np.array(predicted)
    )
    assert Forecast.of(points, np.arange(n) < inside).disappointing is disappointing


@pytest.mark.parametrize("without", [Status.PENDING, Status.FAILED])
def test_points_without_an_answer_do_not_disappoint(without: Status) -> None:
    zeros = np.zeros((40, 1))
    status = np.repeat([Status.OK, without], 20).astype(np.int8)
    points = Points.of(zeros, zeros, zeros, predicted=np.full(40, 0.9), status=status)
    forecast = Forecast.of(points, np.arange(40) < 20)
    assert (forecast.points, forecast.achieved) == (20, 1.0)
    assert Forecast.of(points[20:], np.zeros(20, bool)).points == 0


def test_the_rounds_that_disappointed() -> None:
    zeros, rounds = np.zeros((90, 1)), np.repeat([0, 2, 3], 30)
    points = Points.of(zeros, zeros, zeros, predicted=np.full(90, 0.9), round=rounds)
    assert disappointments(points, np.isin(rounds, [0, 3])) == [2]
    assert disappointments(points[:0], np.zeros(0, bool)) == []
