"""When points stop coming back: warnings, and the end of a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from mlscanner_hep.errors import ScanStalled
from mlscanner_hep.findings.stall import FIRST, IN_A_ROW, WINDOW, End, Recent, lately, trouble
from mlscanner_hep.outcome import Outcome
from mlscanner_hep.points import Points, Status

OK = Outcome(Status.OK)
UNPHYSICAL = Outcome(Status.UNPHYSICAL, stage="spheno", reason="tachyon")


def failed(reason: str = "exit code 1", stage: str = "spheno", log: str = "") -> Outcome:
    return Outcome(Status.FAILED, stage=stage, reason=reason, log_tail=log)


def tell(recent: Recent, outcomes: Sequence[Outcome], start: int = 1) -> None:
    for point, outcome in enumerate(outcomes, start):
        recent.add(point, outcome)


def ends(*outcomes: Outcome) -> list[End]:
    return [End(o.status, o.stage, o.reason) for o in outcomes]


def test_most_of_the_last_points() -> None:
    slow = [failed(f"no answer within {i}.5 s") for i in range(38)]
    found = trouble(ends(*[failed()] * 5, *[OK] * 10, *slow, failed(), failed(stage="micromegas")))
    assert found == (
        "40 of the last 50 points failed, 38 of them in stage 'spheno': no answer within "
        "\N{HORIZONTAL ELLIPSIS} s"
    )


@pytest.mark.parametrize("ok", [OK, UNPHYSICAL])
def test_half_is_not_most(ok: Outcome) -> None:
    half = [ok, failed()] * (WINDOW // 2)
    assert trouble(ends(*half)) == ""
    assert "all in stage 'spheno': exit code 1" in trouble(ends(*half, failed()))
    assert trouble([]) == trouble(ends(failed(), failed())) == ""


def test_a_fault_without_a_stage() -> None:
    gone = failed("no folder for the point: No space left on device", stage="")
    assert trouble(ends(*[gone] * WINDOW)).endswith("failed, all: " + gone.reason)


def test_the_first_points_with_the_words_of_the_code() -> None:
    recent = Recent()
    tell(recent, [failed(log="old words")] * 3)
    mixed = [failed(log="Segfault at 0x0\nbye"), failed("no answer within 60 s, killed", "micro")]
    with pytest.raises(ScanStalled) as caught:
        tell(recent, [mixed[i % 5 == 0] for i in range(FIRST - 3)], 4)
    assert str(caught.value).splitlines()[:6] == [
        "the first 20 points all failed, so the scan stops here:",
        "  16 x stage 'spheno': exit code 1",
        "  last words of the code at point 20:",
        "    | Segfault at 0x0",
        "    | bye",
        "  4 x stage 'micro': no answer within 60 s, killed",
    ]


@pytest.mark.parametrize("other", [OK, UNPHYSICAL])
def test_one_answer_shows_that_the_set_up_works(other: Outcome) -> None:
    recent = Recent()
    tell(recent, [*[failed()] * (FIRST - 1), other, *[failed()] * (IN_A_ROW - 1), other])
    with pytest.raises(ScanStalled, match=r"the last 100 points all failed.*[\s\S]*replay RUN 220"):
        tell(recent, [failed()] * IN_A_ROW, 121)


def test_many_reasons_are_counted() -> None:
    with pytest.raises(ScanStalled, match="and 2 other reasons"):
        tell(Recent(), [failed(f"reason {'abcde'[i % 5]}") for i in range(FIRST)])


def test_a_scan_is_told_by_the_points_that_were_called_last() -> None:
    n = WINDOW + 10
    status, origin = np.full(n, Status.FAILED, np.int8), np.full(n, "main", "U8")
    status[-5:] = Status.PENDING
    origin[:5] = "import"
    points = Points.of(*[np.zeros((n, 1))] * 3, status=status, origin=origin)
    text = lately(points, [("susy", f"row {row}" if row < 5 else "crash") for row in range(n)])
    assert text == f"{WINDOW} of the last {WINDOW} points failed, all in stage 'susy': crash"
    assert lately(points[:0], []) == ""
