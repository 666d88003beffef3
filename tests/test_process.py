"""Commands that behave badly, and what is left of them: nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from mlscanner_hep.codes import orphans, process
from mlscanner_hep.codes.groups import kill_all
from mlscanner_hep.codes.limits import Limits
from mlscanner_hep.codes.process import Finished, run

FOREVER = "import time\nwhile True: time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
# A parent and a child in one group; both write their process numbers into the working folder.
FAMILY = """
import os, pathlib
if os.fork() == 0:
    pathlib.Path("child.pid.new").write_text(str(os.getpid()))
    os.rename("child.pid.new", "child.pid")
    {child}
    os._exit(0)
while not os.path.exists("child.pid"): time.sleep(0.002)
pathlib.Path("parent.pid").write_text(str(os.getpid()))
{parent}
"""


def python(code: str, cwd: Path, **options: object) -> Finished:
    argv = [sys.executable, "-I", "-S", "-c", textwrap.dedent(code)]
    return run(argv, cwd, **{"timeout": 30.0, **options})  # type: ignore[arg-type]


def family(child: str, parent: str, before: str = "") -> str:
    return "import time\n" + before + FAMILY.format(child=child, parent=parent)


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that waits to be collected does not count."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    try:
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def survivors(folder: Path) -> list[str]:
    files = list(folder.glob("*.pid"))
    assert files, "the command was ended before it had written a process number"
    numbers = {file.name: file.read_text() for file in files}
    return [name for name, number in numbers.items() if number and is_alive(int(number))]


def zombies() -> set[str]:
    """Children of this process that have ended and are not collected."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    stats = {pid: Path(f"/proc/{pid}/stat").read_text() for pid in children}
    return {pid for pid, stat in stats.items() if stat.rpartition(")")[2].split()[0] == "Z"}


def wait_for(path: Path) -> None:
    until = time.monotonic() + 20
    while not (path.exists() and path.stat().st_size):
        assert time.monotonic() < until, f"{path.name} was never written"
        time.sleep(0.005)


@pytest.fixture(params=["pidfd", "polling"])
def _both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait with a process descriptor, and as on a system that has none."""
    if request.param == "polling":

        def refuse(pid: int) -> int:
            raise OSError("no such system call")

        monkeypatch.setattr(os, "pidfd_open", refuse, raising=False)
    elif not hasattr(os, "pidfd_open"):
        pytest.skip("no pidfd on this system")


both_ways = pytest.mark.usefixtures("_both_ways")


# ---- a command that behaves


@both_ways
def test_output_and_exit_code(tmp_path: Path) -> None:
    done = python("import os; os.write(1, b'out'); os.write(2, b'err'); os._exit(7)", tmp_path)
    assert (done.exit_code, done.stdout, done.stderr) == (7, b"out", b"err")
    assert not done.timed_out
    assert not done.truncated
    assert done.error == ""
    assert 0 < done.seconds < 20


def test_nothing_is_read_by_a_shell(tmp_path: Path) -> None:
    word = "$HOME `id`; echo * > x"
    done = run(["/bin/echo", word], tmp_path, timeout=10)
    assert done.stdout == word.encode() + b"\n"
    assert list(tmp_path.iterdir()) == []


def test_environment_is_added_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPARPROC", "4")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    done = run(["/usr/bin/env"], tmp_path, timeout=10, env={"OMP_NUM_THREADS": "1"})
    assert {b"NPARPROC=4", b"OMP_NUM_THREADS=1"} <= set(done.stdout.splitlines())


def test_relative_program_is_taken_from_the_working_folder(tmp_path: Path) -> None:
    script = tmp_path / "code.sh"
    script.write_text("#!/bin/sh\npwd\n")
    script.chmod(0o755)
    done = run(["./code.sh"], tmp_path, timeout=10)
    assert done.stdout.strip() == os.fsencode(tmp_path.resolve())


# ---- stdin


def test_stdin_is_empty_by_default(tmp_path: Path) -> None:
    assert run(["/bin/cat"], tmp_path, timeout=10).exit_code == 0


def test_stdin_from_bytes_larger_than_a_pipe(tmp_path: Path) -> None:
    data = os.urandom(300_000)
    assert run(["/bin/cat"], tmp_path, timeout=10, stdin=data).stdout == data


def test_stdin_that_nobody_reads(tmp_path: Path) -> None:
    assert run(["/bin/true"], tmp_path, timeout=10, stdin=bytes(10_000_000)).exit_code == 0


def test_stdin_from_a_file_in_the_working_folder(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"BLOCK MODSEL\n")
    assert run(["/bin/cat"], tmp_path, timeout=10, stdin=Path("in")).stdout == b"BLOCK MODSEL\n"


def test_stdin_file_that_is_missing(tmp_path: Path) -> None:
    done = run(["/bin/cat"], tmp_path, timeout=10, stdin=Path("in"))
    assert done.exit_code is None
    assert "No such file" in done.error
    assert str(tmp_path / "in") in done.error


# ---- a command that cannot be started


def test_program_is_missing(tmp_path: Path) -> None:
    done = run(["./SPheno"], tmp_path, timeout=10)
    assert done.exit_code is None
    assert not done.timed_out
    assert done.error == "No such file or directory: ./SPheno"


def test_working_folder_is_missing(tmp_path: Path) -> None:
    done = run(["/bin/true"], tmp_path / "gone", timeout=10)
    assert done.error == f"No such file or directory: {tmp_path / 'gone'}"


def test_program_is_not_executable(tmp_path: Path) -> None:
    (tmp_path / "code").write_text("#!/bin/sh\n")
    assert run(["./code"], tmp_path, timeout=10).error == "Permission denied: ./code"


def test_program_has_the_wrong_format(tmp_path: Path) -> None:
    (tmp_path / "code").write_bytes(b"\x7fELF is what it says")
    (tmp_path / "code").chmod(0o755)
    assert run(["./code"], tmp_path, timeout=10).error == "Exec format error: ./code"


def test_interpreter_of_the_program_is_missing(tmp_path: Path) -> None:
    (tmp_path / "code").write_text("#!/no/such/interpreter\n")
    (tmp_path / "code").chmod(0o755)
    assert "interpreter or loader" in run(["./code"], tmp_path, timeout=10).error


def test_argument_with_a_null_byte(tmp_path: Path) -> None:
    assert "null byte" in run(["/bin/echo", "a\0b"], tmp_path, timeout=10).error


# ---- time


@both_ways
def test_time_is_over(tmp_path: Path) -> None:
    code = "import os; os.write(1, b'so far'); open('a.pid', 'w').write(str(os.getpid()))\n"
    done = python(code + FOREVER, tmp_path, timeout=1.0)
    assert done.timed_out
    assert done.exit_code is None
    assert done.stdout == b"so far"
    assert 1.0 <= done.seconds < 2.9  # a command that obeys SIGTERM does not cost the grace
    assert survivors(tmp_path) == []


@both_ways
def test_no_time_limit(tmp_path: Path) -> None:
    assert run(["/bin/true"], tmp_path, timeout=float("inf")).exit_code == 0


@both_ways
def test_command_may_tidy_up_within_the_grace(tmp_path: Path) -> None:
    code = """
        import signal, sys, time
        def tidy(*_): time.sleep(0.2); open("tidy", "w").close(); sys.exit(0)
        signal.signal(signal.SIGTERM, tidy)
        while True: time.sleep(60)
    """
    done = python(code, tmp_path, timeout=1.0, grace=10)
    assert (done.timed_out, done.exit_code) == (True, None)
    assert (tmp_path / "tidy").exists()


@both_ways
def test_family_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    code = family(child=FOREVER.replace("\n", "\n    "), parent=FOREVER, before=STUBBORN)
    done = python(code, tmp_path, timeout=1.0, grace=0.3)
    assert done.timed_out
    assert 1.3 <= done.seconds < 5.0
    assert survivors(tmp_path) == []


def test_stopped_command_is_killed(tmp_path: Path) -> None:
    code = """
        import os, signal
        open("a.pid", "w").write(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGSTOP)
    """
    assert python(code, tmp_path, timeout=1.0, grace=0.1).timed_out
    assert survivors(tmp_path) == []


@both_ways
def test_closed_output_is_not_the_end(tmp_path: Path) -> None:
    code = "import os, time\nos.close(1); os.close(2); time.sleep(0.3); open('x', 'w'); os._exit(3)"
    done = python(code, tmp_path)
    assert done.exit_code == 3
    assert (tmp_path / "x").exists()


@both_ways
def test_closed_output_and_forever(tmp_path: Path) -> None:
    code = "import os\nopen('a.pid', 'w').write(str(os.getpid())); os.close(1); os.close(2)\n"
    assert python(code + FOREVER, tmp_path, timeout=1.0).timed_out
    assert survivors(tmp_path) == []


@both_ways
def test_waiting_costs_no_processor_time(tmp_path: Path) -> None:
    before = time.process_time()
    run(["/bin/sh", "-c", "exec >&- 2>&-; sleep 1"], tmp_path, timeout=10)
    assert time.process_time() - before < 0.25


# ---- what a command leaves behind


@both_ways
def test_grandchild_that_holds_the_output_is_killed(tmp_path: Path) -> None:
    child = FOREVER.replace("\n", "\n    ")
    parent = "os.write(1, b'done'); os._exit(0)"
    done = python(family(child, parent, before=STUBBORN), tmp_path)
    assert (done.exit_code, done.stdout) == (0, b"done")
    assert done.seconds < 10
    assert survivors(tmp_path) == []


FLOOD = "while True: os.write(1, b'x' * 4096)"  # what it has inherited


@pytest.mark.skipif(sys.platform != "linux", reason="needs a subreaper")
@both_ways
@pytest.mark.parametrize("parent", ["os._exit(0)", FOREVER], ids=["left behind", "in a hang"])
def test_grandchild_that_left_the_group_is_killed(tmp_path: Path, parent: str) -> None:
    done = python(family(f"os.setsid()\n    {FLOOD}", parent), tmp_path, timeout=1.0, grace=0.3)
    assert done.timed_out == (parent == FOREVER)
    assert done.seconds < 5
    assert survivors(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs a subreaper")
def test_daemons_and_their_children_are_killed_and_collected(tmp_path: Path) -> None:
    """One that runs, with a child in a session of its own, and one that has ended meanwhile."""
    code = """
        import os, pathlib, time
        if os.fork() == 0:
            os.setsid()
            if os.fork():
                os._exit(0)
            if os.fork():
                pathlib.Path("daemon.pid").write_text(str(os.getpid()))
                time.sleep(60)
            os.setsid()
            pathlib.Path("child.pid.new").write_text(str(os.getpid()))
            os.rename("child.pid.new", "child.pid")
            time.sleep(60)
        while not os.path.exists("child.pid") or not os.path.exists("daemon.pid"):
            time.sleep(0.01)
    """
    before = zombies()
    assert python(code, tmp_path).exit_code == 0
    assert survivors(tmp_path) == []
    python("pass", tmp_path)  # what had ended is collected at the latest now
    assert zombies() <= before


def test_grandchild_that_left_the_group_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where it cannot be found."""
    monkeypatch.setattr(orphans, "sweep", lambda *_: None)
    child = f"os.setsid()\n    {FLOOD}"
    try:
        begin = time.monotonic()
        done = python(family(child, parent="os._exit(0)"), tmp_path)
        assert done.exit_code == 0
        assert time.monotonic() - begin < 10
    finally:
        os.kill(int((tmp_path / "child.pid").read_text()), signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL, signal.SIGTERM])
def test_end_by_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    done = run(["/bin/sh", "-c", f"ulimit -c 0; kill -{number.value} $$"], tmp_path, timeout=10)
    assert done.exit_code == -number
    assert not done.timed_out


# ---- much output


@both_ways
def test_flood_keeps_head_and_tail(tmp_path: Path) -> None:
    done = run(
        ["/bin/sh", "-c", "echo first; head -c 200000000 /dev/zero; echo last"],
        tmp_path,
        timeout=60,
        cap=1000,
    )
    assert done.exit_code == 0
    assert done.truncated
    assert done.stdout.startswith(b"first\n\0")
    assert done.stdout.endswith(b"\0last\n")
    left_out = 200_000_000 + len(b"first\nlast\n") - 1000
    assert b"\n[... %d bytes left out ...]\n" % left_out in done.stdout
    assert len(done.stdout) < 1100


@pytest.mark.parametrize("stream", [1, 2])
@pytest.mark.parametrize(("size", "truncated"), [(999, False), (1000, False), (1001, True)])
def test_the_cap_is_exact(tmp_path: Path, stream: int, size: int, truncated: bool) -> None:
    text = ("0123456789" * 101)[:size]
    done = run(["/bin/sh", "-c", f"printf {text} >&{stream}"], tmp_path, timeout=10, cap=1000)
    kept = done.stdout if stream == 1 else done.stderr
    assert done.truncated is truncated
    assert kept[:500] == text[:500].encode()
    assert kept[-499:] == text[-499:].encode()
    assert (kept == text.encode()) is not truncated


def test_flood_without_end_stops_at_the_time_limit(tmp_path: Path) -> None:
    done = run(["/bin/sh", "-c", "yes & yes >&2 & wait"], tmp_path, timeout=1.0, cap=100)
    assert done.timed_out
    assert done.truncated
    assert done.seconds < 5


# ---- memory


@pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit")
def test_memory_limit(tmp_path: Path) -> None:
    code = "import time; time.sleep(0.2); x = bytearray(600 << 20); print(len(x))"
    assert python(code, tmp_path, limits=Limits(memory=2 << 30)).exit_code == 0
    done = python(code, tmp_path, limits=Limits(memory=300 << 20))
    assert done.exit_code == 1
    assert b"MemoryError" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit")
def test_limit_of_the_size_of_a_file(tmp_path: Path) -> None:
    def write(size: int) -> Finished:
        code = f"sleep 0.1; head -c {size} /dev/zero > file"
        limits = Limits(file_size=1 << 20)
        return run(["/bin/sh", "-c", code], tmp_path, timeout=10, limits=limits)

    assert write(1 << 20).exit_code == 0
    assert process.exit_text(write((1 << 20) + 1).exit_code).startswith("exit code 153 (what shell")
    assert (tmp_path / "file").stat().st_size == 1 << 20


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_command_leaves_no_core_and_is_what_the_kernel_ends_first(tmp_path: Path) -> None:
    code = "sleep 0.1; ulimit -c; cat /proc/self/oom_score_adj"
    done = run(["/bin/sh", "-c", code], tmp_path, timeout=10)
    assert done.stdout.split() == [b"0", b"500"]


def test_memory_limit_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    done = run(["/bin/sleep", "60"], tmp_path, timeout=10, limits=Limits(memory=1 << 30))
    assert "needs Linux" in done.error
    assert done.seconds < 5


# ---- being told to stop


@pytest.mark.parametrize("exception", [KeyboardInterrupt, SystemExit, MemoryError])
def test_exception_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exception: type[BaseException]
) -> None:
    code = family(child=FOREVER.replace("\n", "\n    "), parent=FOREVER, before=STUBBORN)

    def interrupt(*_: object) -> bool:
        wait_for(tmp_path / "parent.pid")
        raise exception

    monkeypatch.setattr(process, "_watch", interrupt)
    with pytest.raises(exception):
        python(code, tmp_path)
    assert survivors(tmp_path) == []


@pytest.mark.slow
def test_interrupt_at_any_moment_leaves_no_process(tmp_path: Path) -> None:
    """A signal handler that raises, at 40 moments that cover the start of the command."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    marked = ["/bin/sh", "-c", "while :; do sleep 60; done", f"marked-{os.getpid()}"]
    previous = signal.signal(signal.SIGTERM, stop)
    try:
        for step in range(40):
            kicker = threading.Timer(step * 7e-5, os.kill, (os.getpid(), signal.SIGTERM))
            with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - may come at either line
                kicker.start()
                run(marked, tmp_path, timeout=5)
            kicker.join()
    finally:
        signal.signal(signal.SIGTERM, previous)
    listed = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True)
    assert [line for line in listed.stdout.splitlines() if marked[-1] in line] == []


@both_ways
def test_kill_all_reaches_other_threads(tmp_path: Path) -> None:
    code = family(child=FOREVER.replace("\n", "\n    "), parent=FOREVER, before=STUBBORN)
    folders = [tmp_path / str(i) for i in range(3)]
    with ThreadPoolExecutor(3) as pool:
        for folder in folders:
            folder.mkdir()
        running = [pool.submit(python, code, folder) for folder in folders]
        for folder in folders:
            wait_for(folder / "parent.pid")
        assert kill_all() == 3
        assert [each.result(timeout=10).exit_code for each in running] == [-9, -9, -9]
    assert [survivors(folder) for folder in folders] == [[], [], []]
    assert kill_all() == 0


def test_kill_all_in_a_signal_handler(tmp_path: Path) -> None:
    """A worker that runs commands in threads and gets SIGTERM."""
    worker = f"""
        import pathlib, signal, sys, threading
        from mlscanner_hep.codes.groups import kill_all
        from mlscanner_hep.codes.process import run
        def stop(*_): print(kill_all(), flush=True); sys.exit(143)
        signal.signal(signal.SIGTERM, stop)
        argv = ["/bin/sh", "-c", "echo $$ > new; mv new shell.pid; sleep 60"]
        folder = pathlib.Path({str(tmp_path)!r})
        thread = threading.Thread(target=run, args=(argv, folder), kwargs={{"timeout": 60}})
        thread.start()
        thread.join()
    """
    package = str(Path(process.__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(worker)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": package},
    ) as started:
        wait_for(tmp_path / "shell.pid")
        started.terminate()
        out, _ = started.communicate(timeout=20)
    assert (started.returncode, out) == (143, b"1\n")
    assert survivors(tmp_path) == []


def test_many_threads_at_once(tmp_path: Path) -> None:
    def one(number: int) -> bytes:
        return run(["/bin/cat"], tmp_path, timeout=30, stdin=str(number).encode()).stdout

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(100))) == [str(i).encode() for i in range(100)]


def one_in_a_worker(number: int) -> int | None:
    return run(["/bin/sh", "-c", f"exit {number}"], Path("/"), timeout=30).exit_code


def test_worker_processes() -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert list(pool.map(one_in_a_worker, range(6))) == list(range(6))


@both_ways
def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    def count() -> int:
        return len(os.listdir("/dev/fd"))

    before = count()
    for _ in range(5):
        run(["/bin/true"], tmp_path, timeout=10, stdin=b"x")
        run(["./none"], tmp_path, timeout=10, stdin=b"x")
        run(["/bin/sleep", "60"], tmp_path, timeout=0.01)
    assert count() == before


def test_finished_travels_between_processes() -> None:
    import pickle

    done = Finished(None, True, 1.0, b"a", b"b", False)
    assert pickle.loads(pickle.dumps(done)) == done
