"""How many points fulfil each constraint."""

from __future__ import annotations

import numpy as np

from mlscanner_hep.constraints import Limit
from mlscanner_hep.findings.verdicts import undecided, verdicts
from mlscanner_hep.points import Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.space import Parameter, Space

PROBLEM = Problem(
    Space((Parameter("x", 0.0, 1.0),)), ("mh", "bsg"), (Limit("mh", min=1.0), Limit("bsg", max=2.0))
)
NAN = np.nan
Y = np.array([[2.0, 1.0], [2.0, 3.0], [2.0, NAN], [0.0, NAN], [NAN, NAN], [2.0, 1.0]])


def points(*status: Status) -> Points:
    x = np.linspace(0, 1, len(status))[:, None]
    return Points.of(x, x, Y[: len(status)], status=np.array(status, np.int8))


def test_points_that_the_codes_answered_count() -> None:
    ok = [Status.OK] * 5
    mh, bsg = verdicts(PROBLEM, points(*ok, Status.FAILED))
    assert mh[1:] == (5, 3, 1)
    assert bsg[1:] == (5, 1, 3)
    assert (mh.constraint.name, mh.share) == ("mh", 0.6)
    # the third and the fifth pass what is known of them, the fourth does not
    assert undecided(PROBLEM, points(*ok, Status.FAILED)) == 2


def test_without_an_answer_there_is_no_share() -> None:
    (mh, _) = verdicts(PROBLEM, points(Status.PENDING, Status.FAILED))
    assert (mh.answered, mh.share) == (0, None)
    assert undecided(PROBLEM, points(Status.PENDING)) == 0
