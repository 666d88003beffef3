"""What becomes of a code that misbehaves, one test per way."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mlscanner_hep.adapter import Adapter, Handover, Output, Success, Unphysical
from mlscanner_hep.outcome import Answer
from mlscanner_hep.points import Status
from mlscanner_hep.scan import Scan
from mlscanner_hep.template import Template

Run = Callable[..., Answer]


@pytest.fixture
def run(fake_model: Callable[..., Path], tmp_path: Path) -> Run:
    def one(mode: int, x: float = 125.0, name: str = "point") -> Answer:
        stage = Scan.load(fake_model(0, 1)).pipeline.stages[0]
        folder = tmp_path / name
        folder.mkdir()
        return stage.run(folder, {"x": x, "mode": mode})

    return one


def test_a_good_answer(run: Run) -> None:
    answer = run(0)
    assert answer.status == Status.OK
    assert answer.values == {"mh": 125.0}
    assert answer.exit_code == 0
    assert answer.command[1:] == ("in.slha", "out.slha")
    assert answer.files.keys() == {"in.slha", "out.slha", "stdout", "stderr"}
    assert answer.seconds > 0


FAULTS = {
    1: "died of signal 11 (SIGSEGV)",
    3: "wrote no file 'out.slha'",
    4: "no finite entry 'MASS 25'",
    5: "put an old 'out.slha' there, last changed before the run",
    6: "exit code 7",
    8: "printed 'FATAL: internal problem'",
    9: "no finite entry 'MASS 25'",
    11: "implausible: not abs(mh) > 1 or abs(mh) < 0.99 (mh = 0.999)",
    12: "no finite entry 'MASS 25'",
    13: "wrote an empty file 'out.slha'",
}


@pytest.mark.parametrize(("mode", "reason"), FAULTS.items(), ids=[str(mode) for mode in FAULTS])
def test_a_fault_has_its_reason_and_no_value(run: Run, mode: int, reason: str) -> None:
    answer = run(mode)
    assert answer.status == Status.FAILED
    assert reason in answer.reason
    assert not answer.values
    assert "working on" in answer.log_tail()


def test_a_hang_is_killed_with_its_grandchildren(run: Run) -> None:
    start = time.monotonic()
    answer = run(2)
    assert answer.status == Status.FAILED
    assert answer.reason == "no answer within 1.5 s, killed"
    assert time.monotonic() - start < 6
    time.sleep(0.1)
    assert not _sleepers(answer)


def _sleepers(answer: Answer) -> list[str]:
    """Command lines of living processes in the point's folder or with its program."""
    alive = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(process / "cwd").endswith("/point"):
                alive.append((process / "cmdline").read_text())
        except OSError:
            continue
    return alive


@pytest.mark.parametrize(
    ("mode", "reason"), [(7, "negative mass squared"), (10, "SPINFO 4: no convergence")]
)
def test_unphysical_is_an_answer(run: Run, mode: int, reason: str) -> None:
    answer = run(mode)
    assert answer.status == Status.UNPHYSICAL
    assert reason in answer.reason


def test_a_crash_is_a_fault_whatever_was_printed_before(tmp_path: Path) -> None:
    code = tmp_path / "code.sh"
    code.write_text("#!/bin/sh\necho negative mass squared\nkill -ABRT $$\n")
    code.chmod(0o755)
    adapter = Adapter("code", (Template("{exe}", "c"),), code)
    assert adapter.run(tmp_path, {}).reason == "died of signal 6 (SIGABRT)"


@pytest.mark.parametrize("rule", ["fatal", "unphysical"])
def test_the_words_of_the_code_win_over_its_exit_code(tmp_path: Path, rule: str) -> None:
    """Also if there is no output, or one of before the run."""
    (tmp_path / "out.slha").write_text("Block MASS\n 25 125.0 #\n")
    words = (re.compile("No convergence"),)
    adapter = Adapter(
        "code",
        (Template("{exe}", "c"),),
        _script(tmp_path, "echo '[ No convergence ]'; exit 255"),
        outputs=(Output("out.slha", "slha"),),
        success=Success(fatal=words if rule == "fatal" else ()),
        unphysical=Unphysical(exit_codes=(255,), text=words) if rule != "fatal" else Unphysical(),
    )
    answer = adapter.run(tmp_path, {})
    expected = {
        "fatal": (Status.FAILED, "printed '[ No convergence ]'"),
        "unphysical": (Status.UNPHYSICAL, "[ No convergence ]"),
    }
    assert (answer.status, answer.reason) == expected[rule]
    assert answer.exit_code == 255
    assert "out.slha" not in answer.files


def test_a_crash_after_words_is_still_a_fault(tmp_path: Path) -> None:
    code = _script(tmp_path, "echo tachyon; kill -SEGV $$")
    rules = Unphysical(text=(re.compile("tachyon"),))
    answer = Adapter("code", (Template("{exe}", "c"),), code, unphysical=rules).run(tmp_path, {})
    assert (answer.status, answer.reason) == (Status.FAILED, "died of signal 11 (SIGSEGV)")


def test_the_archived_number_is_the_one_the_code_read(run: Run) -> None:
    x = 0.1 + 0.2
    answer = run(0, x)
    line = answer.files["in.slha"].decode().splitlines()[1]
    assert float(line.split()[1]) == x
    assert answer.values["mh"] == x


def test_a_program_that_cannot_start(tmp_path: Path) -> None:
    adapter = Adapter("code", (Template("{exe}", "c"),), tmp_path / "nowhere")
    answer = adapter.run(tmp_path, {})
    assert answer.status == Status.FAILED
    assert "nowhere" in answer.reason


def test_an_undefined_or_infinite_value_never_reaches_the_code(run: Run) -> None:
    answer = run(0, float("nan"))
    assert answer.status == Status.FAILED
    assert "in.slha.j2" in answer.reason
    assert answer.exit_code is None


def _script(folder: Path, text: str) -> Path:
    code = folder / "code.sh"
    code.write_text(f"#!/bin/sh\n{text}\n")
    code.chmod(0o755)
    return code


def test_a_file_of_an_earlier_stage_is_no_output_of_this_one(tmp_path: Path) -> None:
    (tmp_path / "out.slha").write_text("Block MASS\n 25 125.0 #\n")
    code = _script(tmp_path, "exit 0")
    adapter = Adapter(
        "code", (Template("{exe}", "c"),), code, outputs=(Output("out.slha", "slha"),)
    )
    answer = adapter.run(tmp_path, {})
    assert answer.status == Status.FAILED
    assert answer.reason == "left 'out.slha' as it was before the run"


def test_appending_to_a_file_of_an_earlier_stage_is_an_output(tmp_path: Path) -> None:
    (tmp_path / "out.slha").write_text("Block MASS\n 25 125.0 #\n")
    code = _script(tmp_path, "echo ' 35 500.0 #' >> out.slha")
    adapter = Adapter(
        "code", (Template("{exe}", "c"),), code, outputs=(Output("out.slha", "slha"),)
    )
    assert adapter.run(tmp_path, {}).status == Status.OK


def test_handover_and_standard_input(tmp_path: Path) -> None:
    (tmp_path / "first.out").write_text("hello\n")
    code = _script(tmp_path, "cat; cat second.in")
    adapter = Adapter(
        "code",
        (Template("{exe}", "c"), Template("{{ n }}", "c")),
        code,
        inputs={
            "second.in": Handover("first", "first.out"),
            "text.in": Template("typed {{ n }}\n", "t"),
        },
        stdin="text.in",
        env={"COLOUR": "red"},
    )
    answer = adapter.run(tmp_path, {"n": 3})
    assert answer.files["stdout"] == b"typed 3\nhello\n"
    assert answer.command[1] == "3"


def test_a_missing_handover_is_a_fault(tmp_path: Path) -> None:
    adapter = Adapter(
        "code", (Template("{exe}", "c"),), tmp_path, inputs={"a": Handover("first", "b")}
    )
    assert adapter.run(tmp_path, {}).reason == "stage 'first' has left no file 'b'"


def test_a_huge_output_is_a_fault(tmp_path: Path) -> None:
    code = _script(tmp_path, "truncate -s 65M big.out")
    adapter = Adapter("code", (Template("{exe}", "c"),), code, outputs=(Output("big.out", "text"),))
    assert "65 MiB" in adapter.run(tmp_path, {}).reason


def test_stdout_that_was_cut_is_no_output(tmp_path: Path) -> None:
    code = _script(tmp_path, "head -c 3000000 /dev/zero | tr '\\0' x")
    adapter = Adapter("code", (Template("{exe}", "c"),), code, outputs=(Output("stdout", "text"),))
    assert "printed more on stdout than is kept" in adapter.run(tmp_path, {}).reason
