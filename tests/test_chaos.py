"""Faults of the machine: a scan goes on, or ends with its exit code and says what to do.

What is disturbed is compared with an undisturbed scan bit for bit.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import chaos

from mlscanner_hep.record.ledger import FILE, Ledger
from mlscanner_hep.record.lock import Lock

CALLS = 60


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return chaos.write(tmp_path_factory.mktemp("model"), calls=CALLS, workers=1, seconds=0.001)


@pytest.fixture(scope="module")
def good(model: Path) -> chaos.Table:
    folder = model.parent / "undisturbed"
    assert chaos.wait(chaos.start(model, folder)) == 0
    return chaos.table(folder)


def said(folder: Path) -> str:
    return (folder.parent / f"{folder.name}.log").read_text()


def ends(model: Path, folder: Path, code: int, *words: str, before: object = None) -> None:
    """Run, and find the exit code and the words, and no traceback."""
    start = before if callable(before) else lambda: None
    ended = chaos.wait(chaos.start(model, folder, start))
    assert ended == code, said(folder)
    assert "bug in mlscanner-hep" not in said(folder)
    for word in words:
        assert word in said(folder)


def goes_on(model: Path, folder: Path, good: chaos.Table) -> None:
    """The next run ends as the undisturbed one."""
    assert chaos.wait(chaos.start(model, folder)) == 0, said(folder)
    assert chaos.table(folder) == good


@pytest.mark.parametrize(
    ("kills", "workers", "calls"),
    [(4, 1, 400), *(pytest.param(250, w, 1500, marks=pytest.mark.slow) for w in (1, 2))],
)
@pytest.mark.timeout(3600)
def test_kills(tmp_path: Path, kills: int, workers: int, calls: int) -> None:
    model = chaos.write(tmp_path, calls=calls, workers=workers)
    assert chaos.wait(chaos.start(model, tmp_path / "undisturbed"), 600) == 0
    good, rng, done, number = chaos.table(tmp_path / "undisturbed"), np.random.default_rng(3), 0, 0
    while done < kills:
        folder = tmp_path / f"scan{number}"
        done += chaos.until_done(model, folder, rng, kills - done).total()
        number += 1
        assert chaos.table(folder) == good
        assert not list((tmp_path / "scratch").iterdir())


def test_a_second_run_is_told_of_the_first(model: Path, tmp_path: Path, good: chaos.Table) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    lock = Lock(folder / "ledger.lock")
    ends(model, folder, 4, "has been writing here since", "Wait for it or stop it")
    lock.release()
    goes_on(model, folder, good)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A file system of its own, whose options can be changed while it is used."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(options: str) -> Path:
        how = f"remount,{options}" if os.path.ismount(place) else options
        command = ["mount", "-t", "tmpfs", "-o", how, "tmpfs", str(place)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("may not mount")
        return place

    yield mount
    subprocess.run(["umount", "-l", str(place)], capture_output=True, check=False)


def test_a_full_disk(
    model: Path, tmp_path: Path, good: chaos.Table, small_disk: Callable[[str], Path]
) -> None:
    folder = small_disk("size=64k") / "run"
    folder.mkdir()
    link = tmp_path / "run"  # what is printed goes elsewhere
    link.symlink_to(folder)
    ends(model, link, 4, "disk is full; make room on the disk and run again")
    assert not (folder / "ledger.lock").exists()
    small_disk("size=10m")
    goes_on(model, link, good)


def test_a_file_that_may_not_grow(model: Path, tmp_path: Path, good: chaos.Table) -> None:
    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))

    ends(model, tmp_path / "run", 4, str(tmp_path / "run" / FILE), before=limit)
    goes_on(model, tmp_path / "run", good)


def test_a_read_only_disk(
    model: Path, tmp_path: Path, good: chaos.Table, small_disk: Callable[[str], Path]
) -> None:
    place = small_disk("size=10m")
    shutil.copytree(model.parent / "undisturbed", place / "run")
    small_disk("ro")
    link = tmp_path / "run"
    link.symlink_to(place / "run")
    ends(model, link, 3, "cannot write in")
    assert chaos.table(link) == good


@pytest.mark.parametrize("more", [0, 1, 2, 4, 8])
def test_no_file_handles(model: Path, tmp_path: Path, good: chaos.Table, more: int) -> None:
    def limit() -> None:
        used = max(map(int, os.listdir("/proc/self/fd")))
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + more, used + more))

    folder = tmp_path / "run"
    code = chaos.wait(chaos.start(model, folder, limit))
    assert code in (0, 2, 3, 4, 5, 7), said(folder)
    assert "bug in mlscanner-hep" not in said(folder)
    assert code == 0 or "open files" in said(folder)
    if all(row[4] != "failed" or row[6].startswith("RuntimeError") for row in chaos.table(folder)):
        goes_on(model, folder, good)


NO_LOCKS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
static int call(const char *name, int fd, int command, void *argument) {
  if (command == F_SETLK || command == F_SETLKW || command == F_GETLK) {
    errno = ENOLCK;
    return -1;
  }
  return ((int (*)(int, int, ...))dlsym(RTLD_NEXT, name))(fd, command, argument);
}
#define WRAP(name) int name(int fd, int command, ...) { \
  va_list list; va_start(list, command); void *argument = va_arg(list, void *); va_end(list); \
  return call(#name, fd, command, argument); }
WRAP(fcntl)
WRAP(fcntl64)
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="LD_PRELOAD")
def test_a_file_system_without_locks(model: Path, tmp_path: Path, good: chaos.Table) -> None:
    """As on some network file systems; a killed scan leaves a lock of SQLite's own kind there."""
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler")
    (tmp_path / "nolocks.c").write_text(NO_LOCKS)
    library = tmp_path / "nolocks.so"
    build = ["cc", "-shared", "-fPIC", str(tmp_path / "nolocks.c"), "-o", str(library), "-ldl"]
    subprocess.run(build, check=True)
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "mlscanner_hep", "run", str(model), "--folder", str(folder)]
    env = {**os.environ, "LD_PRELOAD": str(library)}
    scan = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    stale = folder / f"{FILE}.lock"
    while not stale.exists():  # there while it writes
        assert scan.poll() is None
        time.sleep(0.001)
    scan.kill()
    scan.wait()
    stale.mkdir(exist_ok=True)
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert chaos.table(folder) == good


def test_a_program_that_goes_away(
    fake_model: Callable[..., Path], tmp_path: Path, cli: Callable[..., tuple[int, str, str]]
) -> None:
    file = fake_model(0, 10, replace={"calls = 24": "calls = 1000"})
    program = file.parent / "fake.sh"
    count = "echo >> {0}/count; [ $(wc -l < {0}/count) -gt 30 ] && rm -f {1}\n"
    head, rest = program.read_text().split("\n", 1)
    program.write_text(f"{head}\n{count.format(tmp_path, program)}{rest}")
    folder = tmp_path / "run"
    ends(file, folder, 5, "the last 100 points all failed", "100 x stage 'fake'", "retry RUN")
    assert "Warning: " in said(folder)
    with Ledger(folder) as ledger:
        assert len(ledger.ids("status = 'failed'")) == 100
    _, out, _ = cli("status", folder)
    assert "Most points fail now: 50 of the last 50 points failed, all in stage 'fake'" in out


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_soak() -> None:
    """Memory is printed, not judged: see benchmarks/README.md."""
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler")
    command = [sys.executable, str(Path(chaos.__file__).with_name("soak.py")), "--points", "5000"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "; 0 with another status than they must" in done.stdout
