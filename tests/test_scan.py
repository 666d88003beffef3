"""The Python API."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import mlscanner_hep
from mlscanner_hep import ConfigError, LedgerError, Outcome, Scan, Status
from mlscanner_hep.record.ledger import Ledger
from mlscanner_hep.running import scratch

Ring = Callable[..., Path]


def test_the_public_names() -> None:
    assert sorted(mlscanner_hep.__all__) == [
        "ConfigError", "LedgerError", "Outcome", "Points", "PreflightError", "Scan",
        "ScanStalled", "ScannerError", "Status", "Unphysical",
    ]  # fmt: skip
    assert all(hasattr(mlscanner_hep, name) for name in mlscanner_hep.__all__)


def test_loading_writes_nothing(ring_model: Ring) -> None:
    file = ring_model()
    before = sorted(file.parent.iterdir())
    scan = Scan.load(file)
    assert scan.folder == file.parent / "runs" / "ring"
    assert scan.problem.observables == ("r", "angle")
    assert sorted(file.parent.iterdir()) == before
    with pytest.raises(LedgerError, match="holds no scan"):
        _ = scan.points


def test_ask_and_tell_is_the_same_as_run(ring_model: Ring, tmp_path: Path) -> None:
    file = ring_model()
    with Scan.load(file, tmp_path / "run") as scan:
        scan.run()
    with Scan.load(file, tmp_path / "asked") as asked:
        for _ in range(4):
            batch = asked.ask()
            outcomes = [asked.pipeline.one(inputs) for inputs in batch.inputs]
            asked.tell(batch.ids, outcomes)
    assert (scan.points.x == asked.points.x).all()
    assert np.array_equal(scan.points.y, asked.points.y, equal_nan=True)


def test_tell_takes_observables_by_name_and_outcomes(ring_model: Ring) -> None:
    with Scan.load(ring_model()) as scan:
        batch = scan.ask(3)
        assert batch.inputs[0]["x"] == batch.x[0, 0]
        scan.tell(batch.ids[:1], [{"r": 0.7}])
        scan.tell(batch.ids[1:2], [Outcome(Status.UNPHYSICAL, reason="tachyon")])
        assert scan.pending().ids == batch.ids[2:]
        points = scan.points
    assert points.status.tolist() == [Status.OK, Status.UNPHYSICAL, Status.PENDING]
    assert scan.problem.inside(points).tolist() == [True, False, False]


def test_open_rounds_are_known_by_position_only(ring_model: Ring) -> None:
    """A second batch is asked while the first is open: what was told of it must not matter."""
    batches = []
    for told in (0, 5):
        folder = ring_model().parent / f"told{told}"
        with Scan.load(ring_model(), folder) as scan:
            first = scan.ask(10)
            scan.tell(first.ids[:told], [{"r": 0.1}] * told)
            batches.append((first.x, scan.ask(10).x))
    assert (batches[0][0] == batches[1][0]).all()
    assert (batches[0][1] == batches[1][1]).all()
    assert not (batches[0][0][:, None] == batches[0][1]).all(-1).any()


def test_tell_refuses_what_was_not_asked(ring_model: Ring) -> None:
    with Scan.load(ring_model()) as scan:
        batch = scan.ask(2)
        with pytest.raises(LedgerError, match="is not waiting"):
            scan.tell([99], [{"r": 1.0}])
        with pytest.raises(ValueError, match=r"shorter|longer"):
            scan.tell(batch.ids, [{"r": 1.0}])
        with pytest.raises(ConfigError, match=r"no observable 'angel': did you mean 'angle'"):
            scan.tell(batch.ids, [{"r": 1.0}, {"r": 1.0, "angel": 0.1}])
        assert scan.pending().ids == batch.ids


def test_a_model_without_a_chain_is_asked_and_told(tmp_path: Path) -> None:
    (tmp_path / "model.toml").write_text(
        "[scan]\nname='a'\nstop={calls=5}\n[parameters]\nx={min=0,max=1}\n"
        "[observables]\nmh={}\n[constraints]\nmh={min=1}\n[proposer]\nkind='uniform'\n"
    )
    with Scan.load(tmp_path / "model.toml") as scan:
        batch = scan.ask(4)
        scan.tell(batch.ids, [{"mh": 2.0}] * 4)
        assert scan.problem.inside(scan.points).all()


def test_check_runs_one_point_without_a_ledger(ring_model: Ring, tmp_path: Path) -> None:
    scan = Scan.load(ring_model())
    inputs, outcome = scan.check({"x": 0.6})
    assert inputs == {"x": 0.6, "y": 0.0}
    assert outcome.values["r"] == 0.6
    with pytest.raises(ConfigError, match="no parameter 'z': allowed: x, y"):
        scan.check({"z": 0.6})
    assert not scan.folder.exists()


def test_what_a_killed_run_left_in_scratch_is_removed(ring_model: Ring, tmp_path: Path) -> None:
    file = ring_model({"[proposer]": f"[run]\nscratch = '{tmp_path}/scratch'\n[proposer]"})
    with Scan.load(file) as scan:
        with scratch.opened(scan.folder, scan.model.run.scratch) as place:
            pass
        (place / "point-old").mkdir(parents=True)
        scan.run()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_open_reads_a_run_without_its_codes_and_model(fake_model: Ring, tmp_path: Path) -> None:
    file = fake_model()
    with Scan.load(file, tmp_path / "run") as scan:
        scan.run()
    inside = scan.problem.inside(scan.points)
    (file.parent / "fake" / "adapter.toml").unlink()
    assert (Scan.open(tmp_path / "run").problem.inside(scan.points) == inside).all()
    file.unlink()
    again = Scan.open(tmp_path / "run")
    assert again.problem.observables == ("mh",)
    assert (again.problem.inside(again.points) == inside).all()


def test_the_ledger_says_what_made_it(fake_model: Ring) -> None:
    file = fake_model()
    adapter = file.parent / "fake" / "adapter.toml"
    adapter.write_text('cite = ["arXiv:1104.1573"]\n' + adapter.read_text())
    with Scan.load(file) as scan:
        scan.run()
    with Ledger(scan.folder) as ledger:
        versions = json.loads(ledger.meta("versions") or "")
        codes = json.loads(ledger.meta("codes") or "")
        assert ledger.meta("seed") == "3"
        assert 'name = "fake"' in (ledger.meta("model_toml") or "")
    assert versions["mlscanner-hep"] == mlscanner_hep_version()
    assert len(codes["fake"]["sha256"]) == 64
    assert codes["fake"]["cite"] == ["arXiv:1104.1573"]


def test_earlier_codes_are_kept(fake_model: Ring, tmp_path: Path) -> None:
    file = fake_model()
    code = file.parent / "fake.sh"
    text = code.read_text()

    def session(new: str, calls: int) -> tuple[str, ...]:
        code.write_text(text + new)
        with Scan.load(file, tmp_path / "run") as scan:
            batch = scan.ask(2)
            scan.tell(batch.ids[:calls], [{"mh": 1.0}] * calls)
            return scan.notes

    assert session("", 0) == ()
    assert session("# unused before", 2) == (), "the first program has made no point"
    (note,) = session("# another", 2)
    assert note.startswith(f"the program of stage 'fake' has changed: it was {code} (sha256 ")
    assert session("# another", 2) == ()
    moved = file.parent / "moved.sh"
    moved.write_bytes(code.read_bytes())
    moved.chmod(0o755)
    file.write_text(file.read_text().replace("./fake.sh", "./moved.sh"))
    assert session("", 2) == (), "the same program in another place"
    with Ledger(tmp_path / "run") as ledger:
        (before,) = json.loads(ledger.meta("codes_before") or "")
        assert json.loads(ledger.meta("codes") or "")["fake"]["exe"] == str(moved)
    digest = hashlib.sha256((text + "# unused before").encode()).hexdigest()
    assert (before["stage"], before["exe"], before["sha256"]) == ("fake", str(code), digest)
    assert before["until"]


def test_an_observable_of_parameters_alone_is_known(ring_model: Ring) -> None:
    """Its constraint costs no calls, also in a run folder that knew nothing of it."""
    file = ring_model()
    with Scan.load(file) as scan:
        scan.run()
    more = "[observables]\nboth = { expr = 'one + y' }\none = { expr = '2 * x' }\n"
    more += "told = { expr = 'one + r' }\n"
    text = file.read_text().replace("[observables]\n", more)
    file.write_text(text.replace("[constraints]", "[constraints]\nboth = { min = 0 }"))
    scan = Scan.load(file)
    problems = [scan.problem, Scan.open(scan.folder).problem]
    for problem in problems:
        assert list(problem.computed) == ["one", "both"]
        assert dict(zip([c.name for c in problem.constraints], problem.known, strict=True)) == {
            "both": True,
            "r": False,
        }
        targets = problem.targets(scan.points)[:, 0]
        assert targets == pytest.approx(2 * scan.points.x[:, 0] + scan.points.x[:, 1])
        assert problem.known_targets(scan.points.u)[:, 0] == pytest.approx(targets)
    assert not problems[0].inside(scan.points)[targets < 0].any()


def mlscanner_hep_version() -> str:
    import importlib.metadata

    return importlib.metadata.version("mlscanner-hep")


def test_any_sqlite_tool_reads_the_ledger(ring_model: Ring) -> None:
    with Scan.load(ring_model()) as scan:
        scan.run()
    rows = sqlite3.connect(scan.folder / "ledger.sqlite").execute(
        "SELECT x, y, r FROM points WHERE status = 'ok' ORDER BY id"
    )
    for x, y, r in rows:
        assert r == (x * x + y * y) ** 0.5


@pytest.mark.parametrize(
    ("proposer", "said"),
    [
        ('kind = "regresor"', "proposer: unknown proposer 'regresor': did you mean 'regressor'?"),
        ('kind = "regressor"\nmodel = "gpp"', "did you mean 'gp'?"),
        ('kind = "uniform"\nnodes = 3', "has no option 'nodes'"),
    ],
)
def test_mistakes_in_the_proposer(ring_model: Ring, proposer: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Scan.load(ring_model({'kind = "uniform"': proposer}))
    assert said in str(caught.value)
