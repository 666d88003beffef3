"""What becomes of a code that misbehaves, one test per way."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mlscanner_hep.codes import input_rules
from mlscanner_hep.codes.adapter import Adapter, Handover
from mlscanner_hep.codes.judging import Output
from mlscanner_hep.codes.rules import Success, Unphysical
from mlscanner_hep.codes.template import Template
from mlscanner_hep.expressions import Expression
from mlscanner_hep.observables import Computed, Observable, Regex
from mlscanner_hep.outcome import Answer
from mlscanner_hep.points import Status
from mlscanner_hep.scan import Scan
from mlscanner_hep.slha import entry_query

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
    assert adapter.run(tmp_path, {}).reason == "stage 'first' wrote no file 'b'"


def test_a_huge_output_is_a_fault(tmp_path: Path) -> None:
    code = _script(tmp_path, "truncate -s 65M big.out")
    adapter = Adapter("code", (Template("{exe}", "c"),), code, outputs=(Output("big.out", "text"),))
    assert "65 MiB" in adapter.run(tmp_path, {}).reason


def test_stdout_that_was_cut_is_no_output(tmp_path: Path) -> None:
    code = _script(tmp_path, "head -c 3000000 /dev/zero | tr '\\0' x")
    adapter = Adapter("code", (Template("{exe}", "c"),), code, outputs=(Output("stdout", "text"),))
    assert "printed more on stdout than is kept" in adapter.run(tmp_path, {}).reason


# --- standard output as a file


def _spectrum(*, file: str = "a.spc", optional: bool = False) -> Output:
    observables = (
        Observable("mh", entry_query("MASS 25")),
        Observable("m1", entry_query("MASS 1000022"), absolute=True),
    )
    return Output(file, "slha", observables, optional)


def test_standard_output_becomes_a_file_that_a_later_stage_takes(tmp_path: Path) -> None:
    code = _script(tmp_path, r"printf 'Block MASS\n 25 125.0 #\n 1000022 -97.5 #\n'")
    command = (Template("{exe}", "c"),)
    first = Adapter("first", command, code, outputs=(_spectrum(),), stdout="a.spc")
    point = tmp_path / "point"
    point.mkdir()
    answer = first.run(point, {})
    assert (answer.status, answer.values) == (Status.OK, {"mh": 125.0, "m1": 97.5})
    assert answer.files["a.spc"] == (point / "a.spc").read_bytes()
    reader = tmp_path / "reader.sh"
    reader.write_text("#!/bin/sh\ncat in.slha\n")
    reader.chmod(0o755)
    handed = {"in.slha": Handover("first", "a.spc")}
    second = Adapter("second", command, reader, inputs=handed).run(point, {})
    assert second.files["stdout"] == answer.files["a.spc"]


def test_standard_output_that_says_nothing_or_too_much_is_no_spectrum(tmp_path: Path) -> None:
    command = (Template("{exe}", "c"),)
    code = _script(tmp_path, "exit 0")
    adapter = Adapter("code", command, code, outputs=(_spectrum(),), stdout="a.spc")
    assert adapter.run(tmp_path, {}).reason == "wrote an empty file 'a.spc'"
    _script(tmp_path, "head -c 3000000 /dev/zero | tr '\\0' x")
    assert adapter.run(tmp_path, {}).reason == "printed more on stdout than is kept"


def test_a_file_of_before_is_not_what_the_code_prints_now(tmp_path: Path) -> None:
    (tmp_path / "a.spc").write_text("Block MASS\n 25 99.0 #\n")
    code = _script(tmp_path, r"printf 'Block MASS\n 25 125.0 #\n'")
    outputs = (_spectrum(),)
    adapter = Adapter("code", (Template("{exe}", "c"),), code, outputs=outputs, stdout="a.spc")
    assert adapter.run(tmp_path, {}).values["mh"] == 125.0


# --- options


def test_templates_see_options(tmp_path: Path) -> None:
    adapter = Adapter(
        "code",
        (Template("{exe}", "c"), Template("{{ model }}", "c")),
        _script(tmp_path, 'cat in.txt; echo "$1"'),
        options={"model": "THDM", "loops": 2},
        inputs={"in.txt": Template("{{ x }} {{ loops }}\n", "t")},
    )
    assert adapter.run(tmp_path, {"x": 1}).files["stdout"] == b"1 2\nTHDM\n"


# --- entries that have to be given


def test_an_input_that_lacks_an_entry_never_reaches_the_code(tmp_path: Path) -> None:
    adapter = Adapter(
        "code",
        (Template("{exe}", "c"),),
        _script(tmp_path, "touch was_run"),
        inputs={"in": Template("Block MINPAR\n {{ n }} {{ x }}", "minpar.j2")},
        complete={"in": (input_rules.parse("MINPAR 1"),)},
    )
    answer = adapter.run(tmp_path, {"n": 2, "x": 0.5})
    assert answer.status == Status.FAILED
    assert answer.reason.startswith("in, from minpar.j2: 'MINPAR 1' is not given")
    assert answer.exit_code is None
    assert not (tmp_path / "was_run").exists()
    assert adapter.run(tmp_path, {"n": 1, "x": 0.5}).status == Status.OK


def test_a_file_that_was_taken_over_is_checked_as_well(tmp_path: Path) -> None:
    (tmp_path / "a.spc").write_text("Block MASS\n 25 **** # h\n")
    adapter = Adapter(
        "code",
        (Template("{exe}", "c"),),
        _script(tmp_path, "exit 0"),
        inputs={"in": Handover("first", "a.spc")},
        complete={"in": (input_rules.parse("MASS 25"),)},
    )
    assert "in, from stage 'first': 'MASS 25' is not given" in adapter.run(tmp_path, {}).reason


# --- outputs that need not be there


def _with_optional(folder: Path, text: str, **rules: str) -> Answer:
    """Run a code whose file opt.txt is optional, and its mh is not."""
    conditions = {k: (Expression.parse(v),) for k, v in rules.items()}
    optional = Output("opt.txt", "text", (Observable("r", Regex.parse(r"r = (\S+)")),), True)
    return Adapter(
        "code",
        (Template("{exe}", "c"),),
        _script(folder, f"printf 'Block MASS\\n 25 125.0 #\\n' > a.spc\n{text}"),
        outputs=(Output("a.spc", "slha", (Observable("mh", entry_query("MASS 25")),)), optional),
        computed=(Computed("ratio", Expression.parse("r / mh")),),
        success=Success(plausible=conditions.get("plausible", ())),
        unphysical=Unphysical(
            text=(re.compile("no minimum"),), values=conditions.get("unphysical", ())
        ),
    ).run(folder, {})


@pytest.mark.parametrize("text", ["", ": > opt.txt"], ids=["absent", "empty"])
def test_an_optional_file_that_says_nothing(tmp_path: Path, text: str) -> None:
    rules = {"plausible": "ratio > 0", "unphysical": "r > 1 or mh > 100"}
    answer = _with_optional(tmp_path, text, **rules)
    assert (answer.status, answer.values) == (Status.OK, {"mh": 125.0})
    assert answer.missing == {
        "r": "no file 'opt.txt' was written",
        "ratio": "needs 'r': no file 'opt.txt' was written",
    }


def test_an_optional_file_of_an_earlier_stage_says_nothing_either(tmp_path: Path) -> None:
    (tmp_path / "opt.txt").write_text("r = 4\n")
    assert _with_optional(tmp_path, "").values == {"mh": 125.0}


def test_an_optional_file_that_is_there_counts(tmp_path: Path) -> None:
    answer = _with_optional(tmp_path, "echo 'r = 250' > opt.txt", plausible="ratio > 0")
    assert answer.values == {"mh": 125.0, "r": 250.0, "ratio": 2.0}


def test_rules_on_an_optional_file_that_is_there(tmp_path: Path) -> None:
    answer = _with_optional(tmp_path, "echo 'r = -1' > opt.txt", plausible="r > 0")
    assert answer.reason == "implausible: not r > 0 (r = -1)"
    (tmp_path / "opt.txt").unlink()
    answer = _with_optional(tmp_path, "echo 'r = -1' > opt.txt", unphysical="ratio < 0")
    assert (answer.status, answer.reason) == (
        Status.UNPHYSICAL,
        "ratio < 0 (ratio = -0.008)",
    )


def test_an_optional_file_that_is_old_is_a_fault(tmp_path: Path) -> None:
    answer = _with_optional(tmp_path, "echo 'r = 1' > opt.txt; touch -d 2001-01-01 opt.txt")
    assert "put an old 'opt.txt' there" in answer.reason


def test_what_is_required_of_an_optional_file_is_only_if_it_is_there(tmp_path: Path) -> None:
    adapter = Adapter(
        "code",
        (Template("{exe}", "c"),),
        _script(tmp_path, "exit 0"),
        outputs=(_spectrum(optional=True),),
        success=Success(require=(("a.spc", "MASS 25"),)),
    )
    assert adapter.run(tmp_path, {}).status == Status.OK
    _script(tmp_path, "printf 'Block MASS\\n 25 NaN #\\n' > a.spc")
    assert adapter.run(tmp_path, {}).reason == "a.spc: no finite entry 'MASS 25'"


# --- rules on texts


def test_rules_on_texts_look_at_text_outputs(tmp_path: Path) -> None:
    answer = _with_optional(tmp_path, "echo 'there is no minimum here' > opt.txt")
    assert (answer.status, answer.reason) == (Status.UNPHYSICAL, "there is no minimum here")


def test_but_not_at_those_of_before_the_run_nor_at_other_outputs(tmp_path: Path) -> None:
    (tmp_path / "opt.txt").write_text("no minimum\n")
    answer = _with_optional(tmp_path, "echo '# no minimum' >> a.spc")
    assert answer.status == Status.OK


# --- computed observables


def _computing(folder: Path, masses: str, **more: object) -> Answer:
    return Adapter(
        "code",
        (Template("{exe}", "c"),),
        _script(folder, f"printf 'Block MASS\\n{masses}' > a.spc"),
        outputs=(_spectrum(),),
        computed=(
            Computed("gap", Expression.parse("mh - m1"), unit="GeV"),
            Computed("root", Expression.parse("sqrt(gap)")),
        ),
        **more,  # type: ignore[arg-type]
    ).run(folder, {})


def test_observables_are_computed_from_others(tmp_path: Path) -> None:
    answer = _computing(tmp_path, r" 25 125.0 #\n 1000022 -100.0 #\n")
    assert answer.values == {"mh": 125.0, "m1": 100.0, "gap": 25.0, "root": 5.0}


def test_what_is_missing_is_not_computed(tmp_path: Path) -> None:
    answer = _computing(tmp_path, r" 25 125.0 #\n")
    assert answer.values == {"mh": 125.0}
    assert answer.missing["gap"] == "needs 'm1': no entry MASS 1000022"
    assert answer.missing["root"] == "needs 'gap': needs 'm1': no entry MASS 1000022"


def test_what_has_no_finite_value_is_missing(tmp_path: Path) -> None:
    answer = _computing(tmp_path, r" 25 50.0 #\n 1000022 100.0 #\n")
    assert answer.values["gap"] == -50.0
    assert answer.missing == {"root": "sqrt(gap) is nan"}


def test_rules_may_use_what_is_computed_also_if_it_is_hidden(tmp_path: Path) -> None:
    rules = Unphysical(values=(Expression.parse("gap < 0"),))
    masses = r" 25 50.0 #\n 1000022 100.0 #\n"
    answer = _computing(tmp_path, masses, unphysical=rules, hidden=frozenset({"gap", "m1"}))
    assert (answer.status, answer.reason) == (Status.UNPHYSICAL, "gap < 0 (gap = -50)")
    assert answer.values.keys() == {"mh"}
