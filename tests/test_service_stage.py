"""Services as stages of a chain: from adapter.toml to the values of points."""

from __future__ import annotations

import pickle
import re
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli

from mlscanner_hep import Scan
from mlscanner_hep.codes import serve
from mlscanner_hep.errors import ConfigError, PreflightError
from mlscanner_hep.outcome import Answer
from mlscanner_hep.points import Status
from mlscanner_hep.setup import meaning

KILLED = "died of signal 9 (SIGKILL): killed by somebody, or by the kernel as memory ran out"
SCRIPT = """
import os, time
from serve import Unphysical

def load(options):
    def answer(values, folder, wanted):
        x = values["x"]
        if x < -1:
            raise Unphysical("no minimum")
        if x > 2.5:
            os.kill(os.getpid(), 9)
        if x > 2:
            raise ValueError("too far right")
        text = (folder / "in.txt").read_text()
        known = {"R(x)": options["scale"] * x, "pid": os.getpid(), "in": float(text.split()[1])}
        return {name: known.get(name, f"not tested: no {name}") for name in wanted}
    return answer
"""
ADAPTER = """
exe     = ["python"]
command = ["{exe}", "{serve}", "{folder}/answers.py"]
timeout = 5
[service]
start_timeout = 20
told = ["x"]
[options]
scale = { default = 2 }
[inputs]
"in.txt" = "in.txt.j2"
[outputs.answer]
format = "answer"
r   = { ask = "R(x)", unit = "GeV" }
pid = { ask = "pid" }
[success]
plausible = ["abs(r) < 3.9"]
[unphysical]
values = ["r < -1.9"]
"""
MODEL = f"""
[scan]
name = "service"
stop = {{ calls = 40 }}
[parameters]
x = {{ min = -1.5, max = 3 }}
[[chain]]
adapter = "asked"
exe = "{sys.executable}"
[observables]
same  = {{ from = "asked", ask = "in" }}
never = {{ from = "asked", ask = "nothing" }}
[constraints]
r = {{ min = 0 }}
[proposer]
kind = "uniform"
batch = 20
[run]
workers = 2
keep = "all"
"""


@pytest.fixture
def model(tmp_path: Path) -> Callable[..., Path]:
    """Write a model with a service, and change it."""

    def write(adapter: str = ADAPTER, script: str = SCRIPT, model: str = MODEL) -> Path:
        folder = tmp_path / "asked"
        folder.mkdir(exist_ok=True)
        (folder / "adapter.toml").write_text(adapter)
        (folder / "answers.py").write_text(script)
        (folder / "in.txt.j2").write_text("x {{ x }}\n")
        (tmp_path / "model.toml").write_text(model)
        return tmp_path / "model.toml"

    return write


Write = Callable[..., Path]


@pytest.fixture
def ask(model: Write, tmp_path: Path) -> Callable[[float], Answer]:
    stage = Scan.load(model()).pipeline.stages[0]

    def one(x: float) -> Answer:
        folder = tmp_path / f"point {x}"
        folder.mkdir(exist_ok=True)
        return stage.run(folder, {"x": x})

    return one


def test_a_good_answer(ask: Callable[[float], Answer]) -> None:
    answer = ask(0.1)
    assert answer.status == Status.OK
    assert answer.values == {"r": 0.2, "pid": answer.values["pid"], "same": 0.1}
    assert answer.missing == {"never": "not tested: no nothing"}
    script = Path(answer.command[2])
    assert answer.command == (sys.executable, serve.__file__, str(script))
    assert script.read_text() == SCRIPT
    assert answer.files["in.txt"] == b"x 1.0000000000000001E-01\n"
    assert b'"R(x)": 0.2' in answer.files["answer"]
    assert ask(0.2).values["pid"] == answer.values["pid"]


@pytest.mark.parametrize(
    ("x", "status", "reason"),
    [
        (-1.2, Status.UNPHYSICAL, "no minimum"),
        (-0.96, Status.UNPHYSICAL, "r < -1.9 (r = -1.92)"),
        (1.96, Status.FAILED, "implausible: not abs(r) < 3.9 (r = 3.92)"),
        (2.2, Status.FAILED, "ValueError: too far right"),
        (2.7, Status.FAILED, KILLED),
    ],
)
def test_other_answers(
    ask: Callable[[float], Answer], x: float, status: Status, reason: str
) -> None:
    answer = ask(x)
    assert (answer.status, answer.reason) == (status, reason)
    assert ("Traceback" in answer.log_tail()) == (reason.startswith("ValueError"))
    assert (answer.exit_code == -9) == ("SIGKILL" in reason)
    assert ask(0.0).status == Status.OK


def test_a_hang_is_killed(model: Write, tmp_path: Path) -> None:
    slow = ADAPTER.replace("timeout = 5", "timeout = 0.4")
    script = SCRIPT.replace('x = values["x"]', "time.sleep(60)")
    stage = Scan.load(model(slow, script)).pipeline.stages[0]
    start = time.monotonic()
    answer = stage.run(tmp_path, {"x": 0.0})
    assert (answer.status, answer.reason) == (Status.FAILED, "no answer within 0.4 s, killed")
    assert time.monotonic() - start < 10


def test_the_first_answer_has_the_time_to_warm_up(model: Write, tmp_path: Path) -> None:
    adapter = ADAPTER.replace("timeout = 5", "timeout = 1.5\nwarm_up = 20")
    script = SCRIPT.replace('x = values["x"]', 'x = values["x"]; time.sleep(x)')
    stage = replace(Scan.load(model(adapter, script)).pipeline.stages[0], scratch=tmp_path)
    answers = [stage.run(tmp_path, {"x": 1.8}) for _ in range(2)]
    assert [answer.reason for answer in answers] == ["", "no answer within 1.5 s, killed"]


def test_a_reason_does_not_name_the_folder_of_the_point(model: Write, tmp_path: Path) -> None:
    script = SCRIPT.replace('"in.txt"', '"none.txt"')
    answer = Scan.load(model(script=script)).pipeline.stages[0].run(tmp_path, {"x": 0.0})
    assert answer.reason == "FileNotFoundError: [Errno 2] No such file or directory: 'none.txt'"


def test_a_scan_with_two_workers(model: Write) -> None:
    with Scan.load(model()) as scan:
        scan.run()
        points = scan.points
        y = dict(zip(scan.problem.observables, points.y.T, strict=True))
    assert len(points) == 40
    x = points.x[:, 0]
    status = {Status(s) for s in points.status}
    assert status == {Status.OK, Status.UNPHYSICAL, Status.FAILED}
    good = points.status == Status.OK
    assert (y["r"][good] == 2 * x[good]).all()
    assert (y["same"][good] == x[good]).all()
    assert good.sum() == ((x >= -0.95) & (x < 1.95)).sum()
    assert len(set(y["pid"][good])) >= 2
    assert not any(Path(f"/proc/{int(pid)}").exists() for pid in set(y["pid"][good]))


def test_it_travels_without_its_process(model: Write, tmp_path: Path) -> None:
    stage = Scan.load(model()).pipeline.stages[0]
    pid = stage.run(tmp_path, {"x": 1.0}).values["pid"]
    copy = pickle.loads(pickle.dumps(stage))
    assert copy.run(tmp_path, {"x": 1.0}).values["pid"] != pid


def test_check_shows_it(model: Write, cli: Cli) -> None:
    code, out, _ = cli("check", model(), "--set", "x=0.5")
    assert code == 0
    assert "This point is ok" in out
    code, out, _ = cli("check", model(), "--set", "x=-1.2")
    assert "unphysical: stage 'asked', no minimum" in out


# ---- what cannot be meant


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('format = "answer"', 'format = "json"', "a service has one output: [outputs.answer]"),
        ("[outputs.answer]", '[outputs."x.json"]', "a service has one output: [outputs.answer]"),
        ("[service]", "[options.service]", "only a [service] answers"),
        ("[success]", "[success]\nexit_codes = [0]", "'exit_codes' does not go with [service]"),
        ("[unphysical]", "[unphysical]\nstdout = []", "'stdout' does not go with [service]"),
        ("timeout = 5", "timeout = 5\nstdin = 'in.txt'", "'stdin' does not go with [service]"),
        ('ask = "R(x)"', 'json = "r"', "an output of format 'answer' is read by ask"),
        ("start_timeout", "start_time", "unknown key 'start_time': did you mean 'start_timeout'?"),
    ],
)
def test_an_adapter_that_cannot_be_meant(model: Write, old: str, new: str, reason: str) -> None:
    assert old in ADAPTER
    text = ADAPTER.replace(old, new)
    if "options.service" in new:
        text = text.replace('start_timeout = 20\ntold = ["x"]\n', "default = 1\n")
    with pytest.raises(ConfigError, match=re.escape(reason)):
        Scan.load(model(text))


def test_preflight(model: Write) -> None:
    adapter = ADAPTER.replace('told = ["x"]', 'told = ["y"]').replace(
        "answers.py", "answers.py{{ x }}"
    )
    with pytest.raises(PreflightError) as caught:
        Scan.load(model(adapter)).preflight()
    text = str(caught.value)
    assert "'y', to be told, is not known here; allowed: " in text
    assert "a service is not started for each point: 'x' is no option" in text


def test_a_parameter_that_is_told_is_used(model: Write) -> None:
    adapter = ADAPTER.replace('[inputs]\n"in.txt" = "in.txt.j2"\n', "")
    Scan.load(model(adapter)).preflight()
    with pytest.raises(PreflightError, match="'x' is used by no template"):
        Scan.load(model(adapter.replace('told = ["x"]\n', ""))).preflight()


def test_another_script_gives_points_another_meaning(model: Write) -> None:
    def meant(file: Path) -> dict[str, Any]:
        scan = Scan.load(file)
        return meaning.describe(scan.problem.space, scan.pipeline)

    before = meant(model())
    assert not meaning.changes(before, meant(model()))
    changed = meaning.changes(before, meant(model(script=SCRIPT + "\n")))
    assert [text.split(":")[0] for text in changed] == ["chain.asked.files.answers.py"]


def test_it_cannot_be_limited_to_fewer_than_workers(model: Write) -> None:
    """One stays in each worker, so a limit on the points that it answers would not mean much."""
    text = MODEL.replace('adapter = "asked"', 'adapter = "asked"\nat_once = 1')
    with pytest.raises(ConfigError, match="does not go with a service"):
        Scan.load(model(model=text))


def test_it_lives_in_the_scratch_folder(model: Write, tmp_path: Path) -> None:
    pipeline = Scan.load(model()).pipeline
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    placed = replace(pipeline, scratch=scratch)
    assert placed.one({"x": 0.1}).status == Status.OK
    assert [path.name[:8] for path in scratch.iterdir()] == ["service-"]
    del placed
    assert list(scratch.iterdir()) == []
