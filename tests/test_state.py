from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mlscanner_hep.cli.console import strict
from mlscanner_hep.errors import LedgerError
from mlscanner_hep.findings.completeness import coverage
from mlscanner_hep.importing import Rows
from mlscanner_hep.outcome import Answer, Outcome
from mlscanner_hep.points import Status
from mlscanner_hep.results import state
from mlscanner_hep.results.state import Failure, look
from mlscanner_hep.scan import Scan

Model = Callable[..., Path]


@pytest.fixture
def scan(ring_model: Model) -> Scan:
    with Scan.load(ring_model({"calls = 40": "calls = 20, inside = 30, hours = 2"})) as scan:
        scan.run()
    return scan


def begun(scan: Scan, at: str) -> None:
    """Set the time at which all rounds were begun."""
    with scan.ledger._transaction():
        scan.ledger._db.execute("UPDATE rounds SET started = ?", [at])


def test_a_run_that_nobody_makes(scan: Scan) -> None:
    seen = look(scan)
    points = scan.points
    assert seen.progress.phase == "not running"
    assert seen.writer == ""
    assert seen.progress.calls == 20
    assert seen.progress.counts[Status.UNPHYSICAL] == points.unphysical.sum()
    assert seen.progress.inside == scan.problem.inside(points).sum()
    assert seen.progress.coverage == coverage(scan.problem, points)
    last = points[points.round == 1]
    assert seen.progress.hit_rate == scan.problem.inside(last).mean()
    assert math.isnan(seen.pace)
    goals = {goal.rule: goal.seconds for goal in seen.goals}
    assert goals["calls"] == seen.remaining == 0
    assert math.isnan(goals["inside"])
    assert math.isnan(goals["hours"])
    assert [(r.number, n) for r, n in seen.rounds] == [(0, 10), (1, 10)]
    (stage,) = seen.stages
    assert (stage.name, stage.points) == ("shell", 20)
    assert 0 < stage.mean <= stage.longest < 1


def test_a_run_that_another_process_makes(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    with Scan.load(scan.file) as writing:
        batch = writing.ask(10)
        begun(writing, time.strftime("%Y-%m-%dT%H:%M:%S%z"))
        log = Answer("shell", Status.FAILED, files={"stderr": b"oh"})
        writing.tell(batch.ids[:1], [Outcome(Status.FAILED, {}, "shell", "broken", answers=(log,))])
        writing.tell(batch.ids[1:4], [{"r": 0.7, "angle": 0.0}] * 3)
        now = time.time()
        monkeypatch.setattr(state.time, "time", lambda: now + 360)
        seen = look(scan)
    assert seen.writer.startswith("process ")
    assert 359 <= seen.progress.seconds <= 362
    assert (seen.progress.phase, seen.pending) == ("evaluating", 6)
    assert (seen.progress.round, seen.progress.batch, seen.progress.done) == (2, 10, 4)
    assert seen.failures == [Failure(batch.ids[0], "shell", "broken")]
    calls, inside = 24, int(scan.problem.inside(scan.points).sum())
    goals = {goal.rule: goal for goal in seen.goals}
    assert goals.keys() == {"inside", "calls", "hours"}
    assert (goals["calls"].now, goals["calls"].goal, goals["calls"].seconds) == (calls, 20, 0.0)
    assert (goals["inside"].now, goals["inside"].goal) == (inside, 30)
    assert seen.pace == pytest.approx(calls / 0.1, rel=0.01)
    assert goals["inside"].seconds == pytest.approx(3600 * (30 - inside) / seen.gain)
    assert goals["hours"].seconds == pytest.approx(7200 - seen.progress.seconds)
    assert seen.remaining == 0.0


def test_rounds_of_an_earlier_run_give_no_pace(scan: Scan) -> None:
    with Scan.load(scan.file) as writing:
        begun(writing, "2020-01-01T00:00:00+0000")
        assert math.isnan(look(scan).pace)


def test_imported_points_are_no_calls(scan: Scan) -> None:
    columns = {"x": np.array([0.1, 0.2, 0.3]), "y": np.zeros(3), "r": np.full(3, 0.7)}
    before = look(scan).progress
    with Scan.load(scan.file) as writing:
        writing.add(Rows(columns, "table", ["1", "2", "3"]))
    after = look(scan).progress
    assert after.inside == before.inside + 3
    assert (after.calls, after.hit_rate) == (20, before.hit_rate)


def test_as_data_is_plain(scan: Scan) -> None:
    data = json.loads(json.dumps(strict(look(scan).as_data()), allow_nan=False))
    assert data["counts"].keys() == {"ok", "unphysical", "failed"}
    assert data["calls"] == 20
    assert data["pace"] is None
    assert data["rounds"][0]["points"] == 10
    assert data["stages"][0]["name"] == "shell"


def test_no_run(tmp_path: Path, ring_model: Model) -> None:
    with pytest.raises(LedgerError, match="holds no scan"):
        look(Scan.load(ring_model(), tmp_path / "nothing"))
