"""What goes with a Python process that is killed, and the process that sees to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlscanner_hep.codes import guard, lifeline

# It makes a folder and starts a group, says which process its guard is, and waits.
OWNER = """
import os, sys, time, types
from pathlib import Path
sys.modules["mlscanner_hep"] = types.ModuleType("mlscanner_hep")  # all of it would take seconds
sys.modules["mlscanner_hep"].__path__ = [sys.argv[2]]
from mlscanner_hep.codes import lifeline
from mlscanner_hep.codes.groups import Group
folder = lifeline.make_folder("point-", Path(sys.argv[1]))
group = Group()
group.start(["sh", "-c", "env -i sleep 600 & sleep 600"], folder)
{more}
print(lifeline._guard.pid, group.child.pid, flush=True)
time.sleep(600)
"""


def owner(scratch: Path, more: str = "") -> tuple[subprocess.Popen[str], int, int]:
    code = OWNER.replace("{more}", more)
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(scratch), str(Path(guard.__file__).parents[1])],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    watcher, group = map(int, process.stdout.readline().split())
    return process, watcher, group


def soon(condition: object) -> bool:
    until = time.monotonic() + 5
    while not condition() and time.monotonic() < until:  # type: ignore[operator]
        time.sleep(0.01)
    return bool(condition())  # type: ignore[operator]


def ended(group: int) -> bool:
    """Whether no process of a group runs; one that nobody collects does not count."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[2]) == group and words[0] not in "ZX":
            return False
    return True


pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_left_of_a_process_that_was_killed(
    tmp_path: Path, number: signal.Signals
) -> None:
    process, watcher, group = owner(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    process.send_signal(number)
    process.wait()
    assert soon(lambda: ended(group))
    assert soon(lambda: not list(tmp_path.iterdir()))
    assert soon(lambda: ended(watcher)), "the guard itself has to go"


# Waits so long after each line that a guard could wake up for it.
TELLS = """
for number in range(300):
    lifeline.hold("folder", number)
    lifeline.release("folder", number)
    time.sleep(0.001)
"""


def test_points_of_a_fast_code_do_not_wake_the_guard_one_by_one(tmp_path: Path) -> None:
    start = time.monotonic()
    process, watcher, group = owner(tmp_path, TELLS)
    seconds = time.monotonic() - start
    status = Path(f"/proc/{watcher}/status").read_text()
    process.kill()
    process.wait()
    assert soon(lambda: ended(group)), "it has heard of all that came before"
    woken = int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])
    assert woken < 30 + 50 * seconds


OUT_OF_ORDER = {
    "killed": """
os.kill(lifeline._guard.pid, 9)
lifeline._guard.wait()
lifeline.remove_folder(lifeline.make_folder("other-", Path(sys.argv[1])))
""",
    "stopped": """
first = lifeline._guard.pid
os.kill(first, 19)
for _ in range(10000):
    lifeline.hold("group", 1)
    lifeline.release("group", 1)
assert lifeline._guard.pid != first
""",
}


@pytest.mark.parametrize("what", OUT_OF_ORDER.values(), ids=list(OUT_OF_ORDER))
def test_a_guard_that_is_out_of_order_is_replaced(tmp_path: Path, what: str) -> None:
    process, watcher, group = owner(tmp_path, what)
    process.kill()
    process.wait()
    assert soon(lambda: ended(group))
    assert soon(lambda: not list(tmp_path.iterdir()))
    assert soon(lambda: ended(watcher))


def test_a_guard_ignores_what_ends_a_scan(tmp_path: Path) -> None:
    process, watcher, group = owner(tmp_path)
    time.sleep(0.3)  # it is there, but may still be starting
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(watcher, number)
    process.kill()
    process.wait()
    assert soon(lambda: ended(group))
    assert soon(lambda: not list(tmp_path.iterdir()))


def test_a_fork_does_not_hold_the_line(tmp_path: Path) -> None:
    fork = """
child = os.fork()
if child == 0:
    time.sleep(600)
print(child, flush=True)
"""
    code = fork.replace(
        "print(child, flush=True)", f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child))"
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process, _, group = owner(scratch, code)
    try:
        process.kill()
        process.wait()
        assert soon(lambda: ended(group))
        assert soon(lambda: not list(scratch.iterdir()))
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def test_folders_come_and_go(tmp_path: Path) -> None:
    folder = lifeline.make_folder("point-", tmp_path)
    assert folder.parent == tmp_path
    (folder / "a").write_text("x")
    lifeline.remove_folder(folder)
    assert not folder.exists()
    lifeline.remove_folder(folder)  # once more does no harm


def test_no_place_for_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        lifeline.make_folder("point-", tmp_path / "none")


def test_a_guard_ends_its_process_with_a_leader_and_nobody_else() -> None:
    """Only its parent: the number of one that has gone may be that of another."""
    bystander = subprocess.Popen(["sleep", "600"])
    try:
        read, write = os.pipe()
        watcher = subprocess.Popen(
            [sys.executable, guard.__file__, "MARK=none.", str(bystander.pid), str(read)],
            stdin=subprocess.PIPE,
            pass_fds=[read],
        )
        os.close(write)
        watcher.communicate(timeout=20)
        assert watcher.returncode == 0
        assert bystander.poll() is None
    finally:
        os.close(read)
        bystander.kill()
        bystander.wait()


FOLLOWS = """
import ctypes
read, write = os.pipe()
lifeline.follow(read)
if os.fork() == 0:
    time.sleep(0.3)
    os._exit(0)
os.close(write)
print(lifeline._guard.pid, group.child.pid, flush=True)
ctypes.PyDLL(None).sleep(600)  # no thread of this process can run any more
"""


def test_a_busy_process_ends_with_its_leader(tmp_path: Path) -> None:
    process, watcher, group = owner(tmp_path, FOLLOWS)
    assert process.wait(20) == -signal.SIGKILL
    assert soon(lambda: ended(group))
    assert soon(lambda: not list(tmp_path.iterdir()))
    assert soon(lambda: ended(watcher))


def test_the_guard_stands_alone() -> None:
    """It is started for each worker, so it imports little, and nothing of this package."""
    text = Path(guard.__file__).read_text()
    done = subprocess.run(
        [sys.executable, "-I", "-S", guard.__file__, "MARK=none."],
        input="group 1\nended 1\nfolder /none/such\nremoved /none/such\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "mlscanner_hep import" not in text
