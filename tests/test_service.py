"""Services that misbehave, one test per way, and what is left of them: nothing."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from mlscanner_hep.codes import dialogue, serve
from mlscanner_hep.codes.groups import kill_all
from mlscanner_hep.codes.limits import Limits
from mlscanner_hep.codes.service import Reply, Service
from mlscanner_hep.points import Status

# A service written by hand: it is told something by `read` and answers by `say`.
PROLOGUE = """
import json, os, signal, sys, time
def read():
    global request
    request = json.loads(sys.stdin.readline() or "null")
    if request is None: sys.exit()
def say(**more):
    said = {"id": request["id"], "status": "ok", "values": {"a": 1.0}, **more}
    print(json.dumps(said), flush=True)
def note(name, pid=None):
    open(name + ".new", "w").write(str(pid or os.getpid()))
    os.rename(name + ".new", name)
read()
print('{"status": "ready"}', flush=True)
"""
FOREVER = "time.sleep(600)"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"

Make = Callable[..., Service]
Ask = Callable[..., Reply]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Make a service of Python code; its pid files are in tmp_path, its own folders in own/."""
    (tmp_path / "own").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "own"))
    monkeypatch.setattr(dialogue, "_GRACE", 0.3)
    monkeypatch.setattr(dialogue, "_LAST_WORDS", 0.3)

    def one(code: str, prologue: str = PROLOGUE, **more: Any) -> Service:
        text = f"{prologue}\nhere = {str(tmp_path)!r} + '/'\n{textwrap.dedent(code)}"
        settings = {"options": {}, "start_timeout": 20.0, **more}
        return Service([sys.executable, "-I", "-S", "-c", text], **settings)

    yield one
    assert list((tmp_path / "own").iterdir()) == [], "a folder of a service is left"


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    def once(service: Service, timeout: float = 20.0, **values: object) -> Reply:
        return service.ask(values, tmp_path, ["a"], timeout)

    return once


def values(reply: Reply) -> dict[str, Any]:
    assert reply.status == Status.OK, reply
    return json.loads(reply.answer)["values"]  # type: ignore[no-any-return]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def pid_in(path: Path) -> int:
    until = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < until, f"{path.name} was never written"
        time.sleep(0.005)
    return int(path.read_text())


def gone(path: Path) -> bool:
    """Whether the process that has left its number there ends soon."""
    pid, until = pid_in(path), time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not is_alive(pid)


# ---- one that behaves


def test_it_is_started_once_and_asked_often(make: Make, ask: Ask) -> None:
    service = make("while True: read(); say(values={'pid': os.getpid(), **request['values']})")
    said = [values(ask(service, x=i)) for i in range(5)]
    assert [each["x"] for each in said] == list(range(5))
    assert len({each["pid"] for each in said}) == 1


def test_what_it_is_told(make: Make, ask: Ask, tmp_path: Path) -> None:
    told = "options = request['options']\nread(); say(reason=json.dumps([options, request]))"
    prologue = PROLOGUE.replace("print('{", told.splitlines()[0] + "\nprint('{")
    service = make(told.splitlines()[1], prologue, options={"wcxf": "WC.json"})
    given = {"n": 2, "x": 0.1 + 0.2, "text": "a", "nan": float("nan"), "files": {}}
    options, request = json.loads(ask(service, **given).reason)
    assert options == {"wcxf": "WC.json"}
    assert request == {
        "id": 1,
        "values": {"n": 2, "x": 0.1 + 0.2, "text": "a"},
        "folder": str(tmp_path),
        "wanted": ["a"],
    }


def test_a_long_request_and_a_long_answer(make: Make, ask: Ask) -> None:
    service = make("read(); say(reason=request['values']['text'])")
    text = "x" * 900_000
    assert ask(service, text=text).reason == text


@pytest.mark.parametrize("status", [Status.UNPHYSICAL, Status.FAILED])
def test_other_answers_do_not_end_it(make: Make, ask: Ask, status: Status) -> None:
    word = status.name.lower()
    service = make(f"while True: read(); say(status={word!r}, reason=str(os.getpid()))")
    first, second = ask(service), ask(service)
    assert first.status == second.status == status
    assert first.reason == second.reason
    assert first.exit_code is None


def test_each_reply_has_its_own_log(make: Make, ask: Ask) -> None:
    service = make("while True: read(); print('log', request['id'], file=sys.stderr); say()")
    assert [ask(service).log for _ in range(2)] == [b"log 1\n", b"log 2\n"]


def test_its_folder_is_its_own_and_goes_with_it(make: Make, ask: Ask, tmp_path: Path) -> None:
    service = make("open('x', 'w'); note(here + 'pid')\nwhile True: read(); say()")
    ask(service)
    (own,) = (tmp_path / "own").iterdir()
    assert (own / "x").exists()
    del service
    assert not own.exists()
    assert gone(tmp_path / "pid")


def test_environment_is_added_to(make: Make, ask: Ask) -> None:
    code = "read(); say(reason=os.environ['OMP_NUM_THREADS'] + os.environ['PATH'])"
    service = make(code, env={"OMP_NUM_THREADS": "1"})
    assert ask(service).reason == "1" + os.environ["PATH"]


def test_threads_wait_for_each_other(make: Make, ask: Ask) -> None:
    service = make("while True: read(); say(values=request['values'])")
    with ThreadPoolExecutor(4) as pool:
        replies = pool.map(lambda x: ask(service, x=x), range(40))
        assert [values(reply)["x"] for reply in replies] == list(range(40))


# ---- the start


@pytest.mark.parametrize(
    ("prologue", "reason", "exit_code"),
    [
        ("import sys; print('no data', file=sys.stderr); sys.exit(3)", "exit code 3", 3),
        ("import os; os.kill(os.getpid(), 11)", "died of signal 11 (SIGSEGV)", -11),
        ("import time; time.sleep(60)", "no answer within 0.5 s, killed", None),
        ("print('hello', flush=True); input()", "printed 'hello' instead of an answer", None),
        ('print(\'{"status": "ok"}\', flush=True)', "{'status': 'ok'}", None),
        ('print(\'{"status": "failed", "reason": "no x"}\', flush=True)', "no x", None),
    ],
    ids=["exit", "signal", "never", "rubbish", "not ready", "failed"],
)
def test_a_start_that_fails(
    make: Make, ask: Ask, prologue: str, reason: str, exit_code: int | None
) -> None:
    service = make("", prologue, start_timeout=0.5 if "sleep" in prologue else 20.0)
    for _ in range(2):  # it is tried again for the next point
        reply = ask(service)
        assert reply.status == Status.FAILED
        assert reply.reason.startswith("the service did not start: ")
        assert reply.reason.endswith(reason) or reason in reply.reason
        assert reply.exit_code == exit_code
        assert (b"no data" in reply.log) == ("no data" in prologue)


def test_a_program_that_is_not_there(ask: Ask, tmp_path: Path) -> None:
    reply = ask(Service([str(tmp_path / "none")], {}, start_timeout=5.0))
    assert (reply.status, reply.reason) == (
        Status.FAILED,
        f"No such file or directory: {tmp_path}/none",
    )


def test_no_place_for_its_folder(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/none")
    reply = ask(Service([sys.executable], {}, start_timeout=5.0))
    assert reply.status == Status.FAILED
    assert reply.reason.startswith("No such file or directory: /none/service-")


def test_a_script_without_its_package_says_what_to_install(ask: Ask, tmp_path: Path) -> None:
    script = tmp_path / "answers.py"
    script.write_text("INSTALL = \"flavour 'grain<1'\"\ndef load(options): import flavour_\n")
    reply = ask(Service([sys.executable, serve.__file__, str(script)], {}, start_timeout=20.0))
    assert reply.status == Status.FAILED
    assert "No module named 'flavour_'" in reply.reason
    assert reply.reason.endswith(f"{sys.executable} -m pip install flavour 'grain<1'")
    assert b"Traceback" in reply.log


# ---- points that go wrong; each service misbehaves at its second point

BAD = {
    "crash": ("os.kill(os.getpid(), signal.SIGSEGV)", "died of signal 11 (SIGSEGV)", -11),
    "exit": ("sys.exit(5)", "ended with exit code 5 instead of an answer", 5),
    "exit 0": ("sys.exit()", "ended with exit code 0 instead of an answer", 0),
    "hang": (FOREVER, "no answer within 0.6 s, killed", None),
    "stubborn": (f"{STUBBORN}; {FOREVER}", "no answer within 0.6 s, killed", None),
    "half a line": (f"print('{{', end='', flush=True)\n{FOREVER}", "no answer within 0.6 s", None),
    "rubbish": ("print('Welcome!', flush=True)", "printed 'Welcome!' instead of an answer", None),
    "no object": ("print('[1]', flush=True)", "printed '[1]' instead of an answer", None),
    "number": ("print(1e400, flush=True)", "printed 'inf' instead of an answer", None),
    "two lines": ("print('{}\\n{}', flush=True)", "printed '{}' out of turn", None),
    "flood": ("print('y' * 100_000_000, flush=True)", "more than 1048576 bytes", None),
    "lines": ("while True: print('y')", "printed", None),
    "wrong point": ("say(id=1)", "answered request 1, asked was 2", None),
    "no id": ('print(\'{"status": "ok"}\', flush=True)', "answered request None", None),
    "status": ("say(status='good')", "answered with the status 'good'", None),
    "closed output": (f"os.close(1); {FOREVER}", "closed its standard output, killed", None),
}


@pytest.mark.parametrize(("code", "reason", "exit_code"), BAD.values(), ids=list(BAD))
def test_a_bad_point_fails_and_the_next_gets_a_fresh_service(
    make: Make, ask: Ask, tmp_path: Path, code: str, reason: str, exit_code: int | None
) -> None:
    service = make(
        "note(here + 'pid')\nread()\nif request['values']['x'] == 1: say(); read()\n"
        f"if request['values']['x'] == 2:\n    print('bad', file=sys.stderr)\n"
        f"{textwrap.indent(code, '    ')}\n    {FOREVER}\n"
        "say(values={'x': 3})\nread()"
    )
    ask(service, x=1)
    (tmp_path / "pid").rename(tmp_path / "first")
    start = time.monotonic()
    reply = ask(service, timeout=0.6 if "no answer" in reason else 20.0, x=2)
    assert reply.status == Status.FAILED
    assert reason in reply.reason
    assert reply.exit_code == exit_code
    assert b"bad" in reply.log
    assert time.monotonic() - start < 10
    assert gone(tmp_path / "first")
    assert values(ask(service, x=3)) == {"x": 3}


def test_where_the_kernel_has_no_pidfd(
    make: Make, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(pid: int) -> int:
        raise OSError("no such system call")

    monkeypatch.setattr(os, "pidfd_open", refuse, raising=False)
    service = make(f"read(); say(); read()\nif request['values']['x']: sys.exit(5)\n{FOREVER}")
    assert ask(service, x=0).status == Status.OK
    assert ask(service, timeout=0.3, x=0).reason == "no answer within 0.3 s, killed"
    assert ask(service, x=0).status == Status.OK
    assert ask(service, x=1).exit_code == 5


def test_one_that_does_not_read_is_not_waited_for(make: Make, ask: Ask) -> None:
    text = "x" * 1_000_000  # more than a pipe holds
    deaf = make(FOREVER)
    assert ask(deaf, timeout=0.3, text=text).reason == "no answer within 0.3 s, killed"
    closed = make(f"os.close(0); {FOREVER}")
    assert ask(closed, text=text).reason == "closed its standard input, killed"


def test_grandchildren_go_with_a_hang(make: Make, ask: Ask, tmp_path: Path) -> None:
    service = make(
        f"""
        {STUBBORN}
        if os.fork() == 0: note(here + 'child'); os.execvp('sleep', ['sleep', '60'])
        read(); say(); read()
        {FOREVER}
        """
    )
    assert ask(service).status == Status.OK
    pid_in(tmp_path / "child")
    assert ask(service, timeout=0.3).reason == "no answer within 0.3 s, killed"
    assert gone(tmp_path / "child")


def test_one_that_ended_between_two_points_is_replaced(
    make: Make, ask: Ask, tmp_path: Path
) -> None:
    service = make("note(here + 'pid')\nread(); say()")
    for _ in range(3):
        assert values(ask(service)) == {"a": 1.0}
        assert gone(tmp_path / "pid")
        (tmp_path / "pid").unlink()


@pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit")
def test_memory_limit(make: Make, ask: Ask) -> None:
    code = "read(); bytearray(600 << 20); say()"
    assert values(ask(make(code, limits=Limits(memory=2 << 30))))
    reply = ask(make(code, limits=Limits(memory=300 << 20)))
    assert (reply.status, reply.exit_code) == (Status.FAILED, 1)
    assert b"MemoryError" in reply.log


LEAK = """
import os
kept = []
def load(options):
    def answer(values, folder, wanted):
        kept.append(bytearray(200 << 20))
        return {"a": os.getpid()}
    return answer
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit")
def test_a_leak_costs_a_point_now_and_then(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "answers.py").write_text(LEAK)
    command = [sys.executable, serve.__file__, str(tmp_path / "answers.py")]
    service = Service(command, {}, 20.0, limits=Limits(memory=1 << 30))
    replies = [ask(service) for _ in range(14)]
    failed = [reply for reply in replies if reply.status == Status.FAILED]
    assert 1 <= len(failed) <= 3
    assert {reply.reason for reply in failed} == {"ended with exit code 1 instead of an answer"}
    assert all(b"out of memory" in reply.log for reply in failed)
    pids = {values(reply)["a"] for reply in replies if reply.status == Status.OK}
    assert len(pids) == len(failed) + (replies[-1].status == Status.OK)


def test_one_that_fails_point_after_point_is_started_again(make: Make, ask: Ask) -> None:
    """As if something in it was spoilt for good."""
    service = make(
        """
        while True:
            read()
            x = request['values']['x']
            good = x in (0, 3)
            say(status='ok' if good else 'failed', reason=str(os.getpid()))
        """
    )
    replies = [ask(service, x=x) for x in range(9)]
    pids = [reply.reason for reply in replies]
    # Points 1 and 2 are forgiven after 3; 4, 5, 6 are too many.
    assert len(set(pids[:7])) == 1
    assert pids[7] != pids[6]
    assert pids[8] == pids[7]
    assert [reply.status for reply in replies].count(Status.OK) == 2


# ---- the end


def test_an_exception_while_it_is_asked_ends_it(make: Make, ask: Ask, tmp_path: Path) -> None:
    service = make(f"read(); note(here + 'pid'); {FOREVER}")

    def interrupt() -> None:
        pid_in(tmp_path / "pid")
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        ask(service)
    assert gone(tmp_path / "pid")


def test_kill_all_ends_it(make: Make, ask: Ask, tmp_path: Path) -> None:
    service = make(f"read(); note(here + 'pid'); {FOREVER}")
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(ask, service)
        pid_in(tmp_path / "pid")
        assert kill_all() == 1
        assert running.result(timeout=10).reason.startswith("died of signal 9 (SIGKILL)")


def test_a_copy_has_a_process_of_its_own(make: Make, ask: Ask) -> None:
    service = make("while True: read(); say(values={'pid': os.getpid()})")
    pid = values(ask(service))["pid"]
    copy = pickle.loads(pickle.dumps(service))
    assert values(ask(copy))["pid"] != pid
    assert values(ask(service))["pid"] == pid


def in_a_worker(service: Service, folder: Path, x: int) -> tuple[Reply, int]:
    # The same object for all points, as a worker has one pipeline.
    global kept
    if x >= 0:
        kept = globals().get("kept", service)
    return kept.ask({"x": x}, folder, ["a"], 20.0), os.getpid()


def test_one_for_each_worker_and_none_after_its_end(make: Make, tmp_path: Path) -> None:
    service = make(
        "open(here + 'pid-%d' % os.getpid(), 'w')\n"
        "while True: read(); time.sleep(0.1); say(values={'pid': os.getpid()})"
    )
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        asked = [pool.submit(in_a_worker, service, tmp_path, x) for x in range(8)]
        pairs = {(values(reply)["pid"], worker) for reply, worker in (a.result() for a in asked)}
    assert len(pairs) == 2
    assert len({worker for _, worker in pairs}) == 2
    assert not any(is_alive(pid) for pid, _ in pairs)
    assert len(list(tmp_path.glob("pid-*"))) == 2


def test_a_fork_does_not_disturb_the_service_of_its_parent(make: Make, ask: Ask) -> None:
    service = make("while True: read(); say(values={'pid': os.getpid()})")
    pid = values(ask(service))["pid"]
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, b"%d" % values(ask(service))["pid"])
            del service
        finally:
            os._exit(0)
    assert int(os.read(reading, 100)) != pid
    os.waitpid(child, 0)
    assert values(ask(service))["pid"] == pid


def commands_with(text: str) -> list[str]:
    """Command lines of living processes in which a text stands."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(FileNotFoundError, ProcessLookupError):
            found.append(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [line for line in found if text in line]


# The library holds the interpreter: no other thread of the service can run meanwhile.
BUSY = """
import ctypes, os, subprocess
def load(options):
    def answer(values, folder, wanted):
        code = "echo $$ > child.new; mv child.new child; sleep 60"
        subprocess.Popen(["sh", "-c", code], cwd=folder)
        (folder / "pid.new").write_text(str(os.getpid()))
        (folder / "pid.new").rename(folder / "pid")
        return {"a": ctypes.PyDLL(None).sleep(60)}
    return answer
"""
WORKER = """
import sys
from pathlib import Path
from mlscanner_hep.codes.service import Service
folder = Path(sys.argv[2])
command = [sys.executable, sys.argv[1], str(folder / "answers.py")]
Service(command, {}, start_timeout=20.0).ask({}, folder, ["a"], 60.0)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_worker_even_while_it_computes(
    tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "answers.py").write_text(BUSY)
    command = [sys.executable, "-c", WORKER, serve.__file__, str(tmp_path)]
    package = str(Path(serve.__file__).parents[1])
    worker = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": package, "TMPDIR": str(tmp_path)},
        stderr=subprocess.DEVNULL,
    )
    pid_in(tmp_path / "pid")
    pid_in(tmp_path / "child")
    worker.send_signal(number)
    worker.wait(timeout=20)
    assert gone(tmp_path / "pid")
    assert gone(tmp_path / "child")
    until = time.monotonic() + 5
    while commands_with(str(tmp_path)) and time.monotonic() < until:
        time.sleep(0.01)
    assert commands_with(str(tmp_path)) == [], "what watches the worker has to go, too"
