from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli

from mlscanner_hep.errors import LedgerError
from mlscanner_hep.results import monitor
from mlscanner_hep.results.monitor import Monitor
from mlscanner_hep.scan import Scan

Model = Callable[..., Path]


@pytest.fixture
def scan(ring_model: Model) -> Scan:
    with Scan.load(ring_model()) as scan:
        scan.run()
    return scan


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Scan]:
    """Each time that the ledger is read; looking costs nothing."""
    seen: list[Scan] = []
    look = monitor.look
    monkeypatch.setattr(monitor, "look", lambda scan: (seen.append(scan), look(scan))[1])
    monkeypatch.setattr(monitor, "SHARE", 1.0)
    return seen


def test_it_reads_only_what_has_changed(scan: Scan, looks: list[Scan]) -> None:
    seeing = Monitor(Scan.open(scan.folder))
    assert seeing.state().progress.calls == seeing.state().progress.calls == 40
    assert len(looks) == 1
    with Scan.load(scan.file) as writing:
        batch = writing.ask(5)
        assert seeing.state().pending == 5
        assert seeing.state().writer != ""
        writing.tell(batch.ids, [{"r": 0.7, "angle": 0.0}] * 5)
        assert seeing.state().progress.calls == 45
    assert seeing.state().writer == ""


def test_looking_takes_little_of_the_time(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(monitor.time, "monotonic", lambda: clock[0])
    look, count = monitor.look, [0]

    def slow(scan: Scan) -> object:
        count[0] += 1
        clock[0] += 2.0
        return look(scan)

    monkeypatch.setattr(monitor, "look", slow)
    seeing = Monitor(scan)
    seeing.state()
    seeing._seen = None
    clock[0] += 17.0
    seeing.state()
    assert count[0] == 1
    clock[0] += 2.0
    seeing.state()
    assert count[0] == 2


def test_a_ledger_that_cannot_be_read_just_now(
    scan: Scan, looks: list[Scan], monkeypatch: pytest.MonkeyPatch
) -> None:
    seeing = Monitor(scan)
    before = seeing.state()

    def busy(scan: Scan) -> object:
        raise LedgerError("database is locked")

    look = monitor.look
    monkeypatch.setattr(monitor, "look", busy)
    with Scan.load(scan.file) as writing:
        writing.ask(5)
        after = seeing.state()
        assert (after.progress, after.note) == (before.progress, "database is locked")
        monkeypatch.setattr(monitor, "look", look)
        assert seeing.state().note == ""
        assert seeing.state().pending == 5
    with pytest.raises(LedgerError):
        Monitor(Scan.load(scan.file, scan.folder / "nowhere")).state()


def test_nothing_is_written(scan: Scan) -> None:
    """Not even by one who could: the folder and every byte of it stay as they are."""

    def everything() -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in scan.folder.iterdir() if p.is_file()}

    before = everything()
    Monitor(Scan.open(scan.folder)).state()
    assert everything() == before


def test_a_reader_does_not_stop_a_writer(scan: Scan) -> None:
    db = sqlite3.connect(scan.folder / "ledger.sqlite", timeout=1.0)
    seeing = Monitor(scan)
    with db:
        db.execute("INSERT INTO meta VALUES ('test', '1')")
        assert seeing.state().progress.calls == 40, "as it was before the transaction"
    db.close()


def test_the_command(cli: Cli, scan: Scan) -> None:
    code, out, _ = cli("watch", scan.folder, "--once")
    assert code == 0
    for words in ("ring", "nobody runs it", "Stop rules", "Last rounds", "Stages", "last hit rate"):
        assert words in out
    code, out, _ = cli("watch", scan.file, "--once", "--json")
    assert json.loads(out)["calls"] == 40
    code, _, err = cli("watch", scan.file, "--web", "--json")
    assert (code, "--web does not go with" in err) == (2, True)
    assert cli("watch", scan.folder / "..", "--once")[0] == 2
