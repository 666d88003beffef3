"""Whether failed points cluster."""

from __future__ import annotations

import numpy as np
import pytest

from mlscanner_hep.findings.failures import clusters
from mlscanner_hep.points import Points, Status
from mlscanner_hep.space import Parameter, Space

SPACE = Space((Parameter("a", 0.0, 10.0), Parameter("b", 1.0, 100.0, "log")))


def table(n: int, failed: np.ndarray, round: np.ndarray | None = None, seed: int = 0) -> Points:
    u = np.random.default_rng(seed).random((n, 2))
    status = np.where(failed, Status.FAILED, Status.OK).astype(np.int8)
    return Points.of(u, SPACE.from_unit(u), np.empty((n, 0)), status=status, round=round)


def ends(points: Points) -> list[tuple[str, str]]:
    return [
        ("code", f"stuck at {a:.3f}") if failed else ("", "")
        for failed, a in zip(points.failed, points.x[:, 0], strict=True)
    ]


def test_a_part_of_the_box_where_a_code_fails() -> None:
    u = np.random.default_rng(0).random((500, 2))
    stray = np.random.default_rng(1).random(500) < 0.01
    points = table(500, ((u[:, 1] > 0.5) & (u[:, 1] < 0.6)) | stray)
    (found,) = clusters(SPACE, points, ends(points))
    assert found.parameter == "b"
    assert (found.low, found.high) == pytest.approx((100**0.5, 100**0.6), rel=0.05)
    assert found.failed == points.failed.sum()
    assert found.failed - stray.sum() <= found.within < found.failed
    assert found.others < 0.01
    assert (found.stage, found.reason, found.count) == (
        "code",
        "stuck at \N{HORIZONTAL ELLIPSIS}",
        found.within,
    )
    said = found.sentence()
    for words in (f"{found.within} of {found.failed} have b = ", "stage 'code', stuck at"):
        assert words in said


def test_faults_anywhere_are_no_cluster() -> None:
    for seed in range(50):
        failed = np.random.default_rng(seed).random(400) < 0.2
        points = table(400, failed, seed=seed + 100)
        assert clusters(SPACE, points, ends(points)) == []


@pytest.mark.parametrize(("failed", "others"), [(19, 100), (100, 19)])
def test_few_points_say_nothing(failed: int, others: int) -> None:
    n = failed + others
    points = table(n, np.zeros(n, bool))
    mask = np.zeros(n, bool)
    mask[np.argsort(points.u[:, 0])[:failed]] = True
    points = table(n, mask)
    assert clusters(SPACE, points, ends(points)) == []


def test_rounds_without_a_fault_do_not_count() -> None:
    """A machine was out of order while a proposer looked elsewhere than before."""
    rng = np.random.default_rng(0)
    u = np.concatenate([rng.random((300, 2)) * [0.3, 1.0], rng.random((100, 2))])
    status = np.full(400, Status.OK, np.int8)
    status[300:][rng.random(100) < 0.5] = Status.FAILED
    round = np.repeat([0, 1], [300, 100])
    points = Points.of(u, SPACE.from_unit(u), np.empty((400, 0)), status=status, round=round)
    assert clusters(SPACE, points, ends(points)) == []
    together = Points.of(u, SPACE.from_unit(u), np.empty((400, 0)), status=status)
    assert len(clusters(SPACE, together, ends(together))) == 1
