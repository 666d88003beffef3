from __future__ import annotations

import errno
import json
import multiprocessing
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mlscanner_hep.errors import LedgerError
from mlscanner_hep.record.lock import Lock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.lock"


def test_the_second_is_told_who_holds_it(path: Path) -> None:
    lock = Lock(path)
    with pytest.raises(LedgerError, match=f"process {os.getpid()} on .* has been writing here"):
        Lock(path)
    lock.release()
    assert not path.exists()
    Lock(path).release()


def test_a_dead_owner_here_is_replaced(path: Path) -> None:
    code = "from pathlib import Path; from mlscanner_hep.record.lock import Lock; "
    code += f"Lock(Path({str(path)!r}))"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert path.exists()
    Lock(path).release()


def test_a_reused_process_number_is_no_owner(path: Path) -> None:
    Lock(path)
    owner = json.loads(path.read_text())
    path.write_text(json.dumps({**owner, "started": "1"}))
    Lock(path).release()


def test_another_host_is_respected(path: Path) -> None:
    Lock(path)
    owner = json.loads(path.read_text())
    path.write_text(json.dumps({**owner, "host": "elsewhere", "pid": 2**22 + 1}))
    with pytest.raises(LedgerError, match=r"on elsewhere.*remove"):
        Lock(path)


def test_a_lock_that_is_just_being_written_is_respected(path: Path) -> None:
    path.touch()
    with pytest.raises(LedgerError, match="another scan is starting"):
        Lock(path)
    os.utime(path, (0, 0))
    Lock(path).release()


def test_a_clock_that_was_set_back_keeps_nobody_out(path: Path) -> None:
    path.touch()
    os.utime(path, (2e9, 2e9))
    Lock(path).release()


def test_a_lock_that_was_taken_over_is_not_removed(path: Path) -> None:
    lock = Lock(path)
    path.write_text("{}")
    lock.release()
    assert path.exists()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="cannot write"):
        Lock(tmp_path / "nowhere" / "ledger.lock")


def test_a_full_disk_leaves_no_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(json, "dump", full)
    with pytest.raises(LedgerError, match=r"cannot write .*No space left"):
        Lock(path)
    assert not path.exists()


def test_only_one_of_many_takes_over(path: Path) -> None:
    """Each of them sees the lock of the same dead owner."""
    fork = multiprocessing.get_context("fork")
    together, said = fork.Barrier(6), fork.SimpleQueue()

    def take() -> None:
        together.wait()
        try:
            Lock(path)
        except LedgerError:
            said.put(False)
        else:
            said.put(True)
        together.wait()  # the owner lives until all have tried

    for _ in range(5):
        path.write_text(json.dumps({"host": socket.gethostname(), "pid": 2**22 + 1}))
        many = [fork.Process(target=take) for _ in range(6)]
        for process in many:
            process.start()
        assert sum(said.get() for _ in many) == 1
        for process in many:
            process.join()
        assert list(path.parent.iterdir()) == [path]
