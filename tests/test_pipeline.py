from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.constraints import Limit
from mlscanner_hep.expressions import Expression
from mlscanner_hep.outcome import Answer
from mlscanner_hep.points import Status


@dataclass
class Recorder:
    """A stage that answers what it is told and remembers what it saw."""

    name: str
    answer: dict[str, float]
    status: Status = Status.OK
    skip_if: Expression | None = None
    missing: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        self.saw: dict[str, object] = {}
        self.folder: Path | None = None

    @property
    def observables(self) -> tuple[str, ...]:
        return tuple(self.answer)

    def run(self, folder: Path, values: Mapping[str, object]) -> Answer:
        self.saw, self.folder = dict(values), folder
        (folder / f"{self.name}.txt").write_text("x")
        return Answer(
            self.name,
            self.status,
            self.answer,
            self.missing or {},
            reason="" if self.status == Status.OK else "because",
            files={f"{self.name}.txt": b"text of " + self.name.encode()},
        )


def test_later_stages_see_values_and_files_of_earlier_ones() -> None:
    first, second = Recorder("first", {"mh": 125.0}), Recorder("second", {"oh2": 0.1})
    outcome = Pipeline([first, second]).one({"x": 1.0, "label": "SM"})
    assert outcome.status == Status.OK
    assert outcome.values == {"mh": 125.0, "oh2": 0.1}
    assert second.saw["mh"] == 125.0
    assert second.saw["label"] == "SM"
    assert second.saw["files"]["first.txt"] == "text of first"  # type: ignore[index]


def test_one_fresh_folder_per_point_is_removed() -> None:
    first, second = Recorder("first", {}), Recorder("second", {})
    pipeline = Pipeline([first, second])
    pipeline.one({})
    folder = first.folder
    assert folder is not None
    assert folder == second.folder
    assert not folder.exists()
    pipeline.one({})
    assert first.folder != folder


def test_a_folder_that_was_given_stays(tmp_path: Path) -> None:
    Pipeline([Recorder("first", {})]).one({}, tmp_path)
    assert (tmp_path / "first.txt").exists()


def test_no_folder_is_a_failed_point(tmp_path: Path) -> None:
    outcome = Pipeline([Recorder("first", {})], scratch=tmp_path / "nowhere").one({})
    assert outcome.status == Status.FAILED
    assert "no folder for the point" in outcome.reason


@pytest.mark.parametrize("status", [Status.UNPHYSICAL, Status.FAILED])
def test_the_chain_ends_where_a_stage_does_not_answer(status: Status) -> None:
    first = Recorder("first", {"mh": 125.0})
    second, third = Recorder("second", {}, status), Recorder("third", {"oh2": 0.1})
    outcome = Pipeline([first, second, third]).one({})
    assert (outcome.status, outcome.stage, outcome.reason) == (status, "second", "because")
    assert outcome.values == {"mh": 125.0}
    assert not third.saw


def test_missing_observables_are_told_and_the_point_is_ok() -> None:
    outcome = Pipeline([Recorder("first", {"a": 1.0}, missing={"b": "no such entry"})]).one({})
    assert outcome.status == Status.OK
    assert outcome.values == {"a": 1.0}
    assert outcome.reason == "b: no such entry"


def test_expressions_are_computed_as_soon_as_possible() -> None:
    second = Recorder("second", {"c": 3.0})
    pipeline = Pipeline(
        [Recorder("first", {"a": 2.0}), second],
        expressions={
            "ab": Expression.parse("a * x"),
            "abc": Expression.parse("ab + c"),
            "bad": Expression.parse("sqrt(-a)"),
        },
    )
    outcome = pipeline.one({"x": 5.0})
    assert second.saw["ab"] == 10.0
    assert outcome.values == {"a": 2.0, "ab": 10.0, "c": 3.0, "abc": 13.0}


@pytest.mark.parametrize(
    ("condition", "skipped"),
    [
        ("mh < 120", False),
        ("mh > 120", True),
        ("not inside(mh)", True),
        ("inside(mh)", False),
        ("not inside(oh2)", False),  # not known yet: the stage is run
        ("oh2 > 1", False),
    ],
)
def test_skip_if(condition: str, skipped: bool) -> None:
    second = Recorder("second", {"oh2": 0.1}, skip_if=Expression.parse(condition))
    constraints = (Limit("mh", min=126.0), Limit("oh2", max=0.12))
    outcome = Pipeline([Recorder("first", {"mh": 125.0}), second], {}, constraints).one({})
    assert outcome.status == Status.OK
    assert bool(second.saw) != skipped
    if skipped:
        assert outcome.stage == "second"
        assert outcome.reason == f"second not run: {condition}"


class Bug:
    """A stage with a fault of our own."""

    name = "bug"
    observables = ()
    skip_if = None

    def run(self, folder: Path, values: Mapping[str, object]) -> Answer:
        raise KeyError("nobody thought of it")


def test_an_error_of_our_own_costs_one_point_and_not_the_scan() -> None:
    outcome = Pipeline([Recorder("first", {"a": 1.0}), Bug()]).one({})
    assert (outcome.status, outcome.stage, outcome.values) == (Status.FAILED, "bug", {"a": 1.0})
    assert outcome.reason == "mlscanner-hep itself failed: KeyError: 'nobody thought of it'"
    assert "Traceback" in outcome.log_tail
