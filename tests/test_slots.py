"""At most so many at once, over all processes, and nothing left of one that was killed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mlscanner_hep.codes import slots
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.points import Status
from mlscanner_hep.scan import Scan

HOLDER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])  # without the rest of the package, which takes seconds
from slots import slot
with slot(Path(sys.argv[1]), 1):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place for temporary files of this test."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    monkeypatch.setenv("TMPDIR", str(place))
    return place


def test_so_many_and_no_more(tmp_path: Path) -> None:
    running, most, lock = 0, 0, threading.Lock()

    def one() -> None:
        nonlocal running, most
        with slots.slot(tmp_path / "code", 2):
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.05)
            with lock:
                running -= 1

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_a_holder_that_was_killed_holds_no_more(tmp_path: Path, place: Path) -> None:
    beside = str(Path(slots.__file__).parent)
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "code"), beside]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, env={"TMPDIR": str(place)})
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    got = threading.Event()

    def wait() -> None:
        with slots.slot(tmp_path / "code", 1):
            got.set()

    threading.Thread(target=wait, daemon=True).start()
    assert not got.wait(0.2)
    holder.kill()
    holder.wait()
    assert got.wait(5)


def test_others_are_not_waited_for(tmp_path: Path) -> None:
    with slots.slot(tmp_path / "a", 1), slots.slot(tmp_path / "b", 1):
        pass
    with slots.slot(tmp_path / "a", 1), slots.slot(tmp_path / "a", None):
        pass


def test_a_link_to_the_program_is_the_same_program(tmp_path: Path, place: Path) -> None:
    (tmp_path / "link").symlink_to("code")
    for name in ("code", "link"):
        with slots.slot(tmp_path / name, 1):
            pass
    assert len(list(place.glob("*/*"))) == 1


# It is the only one, or it fails.
ALONE = """#!/bin/sh
mkdir "$(dirname "$0")/busy" || exit 9
sleep 0.05
rmdir "$(dirname "$0")/busy"
printf 'Block MASS\\n 25 130.0 # h\\n' > "$2"
"""


@pytest.mark.parametrize("at_once", ["at_once = 1", ""])
def test_at_once_holds_over_the_workers(fake_model: Callable[..., Path], at_once: str) -> None:
    chain = f'exe = "./fake.sh"\ntimeout = 60\n{at_once}'
    replace = {'exe = "./fake.sh"': chain, "batch = 8": "batch = 8\n[run]\nworkers = 3"}
    file = fake_model(0, 1, replace=replace)
    (file.parent / "fake.sh").write_text(ALONE)
    with Scan.load(file) as scan:
        scan.run()
    failed = (scan.points.status == Status.FAILED).any()
    assert failed == (not at_once), "without it they are in each other's way"


def test_it_does_not_go_with_a_python_function(ring_model: Callable[..., Path]) -> None:
    chain = 'python = "shell.py:shell"'
    with pytest.raises(ConfigError, match="'at_once' does not apply to a Python function"):
        Scan.load(ring_model({chain: f"{chain}\nat_once = 1"}))
