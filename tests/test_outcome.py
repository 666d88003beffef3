from __future__ import annotations

from mlscanner_hep.outcome import Answer, Outcome
from mlscanner_hep.points import Status


def test_log_tail_ends_with_stderr_and_is_bounded() -> None:
    stdout = "\n".join(f"line {i}" for i in range(100)).encode()
    answer = Answer("s", Status.FAILED, files={"stdout": stdout, "stderr": b"\xffboom\n\n"})
    tail = answer.log_tail(lines=3).splitlines()
    assert tail == ["line 98", "line 99", "�boom"]
    assert len(Answer("s", Status.OK, files={"stdout": b"x" * 10**6}).log_tail()) <= 300


def test_seconds_per_stage() -> None:
    answers = (Answer("a", Status.OK, seconds=1.5), Answer("b", Status.OK, seconds=0.5))
    assert Outcome(Status.OK, answers=answers).seconds == {"a": 1.5, "b": 0.5}
