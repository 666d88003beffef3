"""Adapters against what the codes really wrote, without the codes: see replay.py."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import replay
from record import record, write_point

from mlscanner_hep.outcome import Answer
from mlscanner_hep.points import Status
from mlscanner_hep.setup import adapters, reference
from mlscanner_hep.setup.reference import PointFile
from mlscanner_hep.setup.tables import load

CASES = [file.parent for file in sorted(replay.DATA.glob("*/*/run.json"))]


def answered(case: Path, tmp_path: Path) -> Answer:
    """What the adapter of a case makes of the recorded output."""
    folder = adapters.find(case.parent.name, case.parent.parent)
    place = tmp_path / "point"
    place.mkdir(parents=True)
    exe = replay.program(case.parent, tmp_path / "code")
    file = case / "case.toml"
    return reference.run(reference.adapter(folder, file, exe), file, place)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_the_adapter_reads_what_was_recorded(case: Path, tmp_path: Path) -> None:
    answer = answered(case, tmp_path)
    expected = load(PointFile, case / "case.toml").expected
    assert expected is not None
    assert answer.status.name.lower() == expected.status, answer.reason + answer.log_tail()
    assert expected.reason in answer.reason
    assert answer.exit_code == expected.exit_code
    read = {name: answer.values.get(name) for name in expected.observables}
    assert read == dict(expected.observables), "to the last digit"


def test_there_are_cases_of_each_kind() -> None:
    statuses = {expected.status for case in CASES
                if (expected := load(PointFile, case / "case.toml").expected)}  # fmt: skip
    assert {"ok", "unphysical", "failed"} <= statuses


def copy(tmp_path: Path, name: str) -> Path:
    """A case in a copy of those of the fake, to change."""
    return Path(shutil.copytree(replay.DATA / "fake", tmp_path / "fake")) / name


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("inputs/in.slha", "good: another in.slha"),
        ("run.json", "good: arguments ['IN.slha', 'out.slha']"),
    ],
)
def test_an_unknown_input_is_told(tmp_path: Path, file: str, said: str) -> None:
    case = copy(tmp_path, "good")
    text = (case / file).read_text()
    (case / file).write_text(text.replace("+00 #", "+01 #").replace('"in.slha"', '"IN.slha"'))
    answer = answered(case, tmp_path)
    assert (answer.status, answer.exit_code) == (Status.FAILED, replay.UNKNOWN)
    assert said in answer.log_tail()


def test_a_changed_number_is_noticed(tmp_path: Path) -> None:
    """The expected numbers are those of the recorded output, not of a second opinion."""
    case = copy(tmp_path, "good")
    output = case / "outputs" / "out.slha"
    output.write_text(
        output.read_text().replace("1.5000000000000000E+00", "1.5000000000000002E+00")
    )
    assert answered(case, tmp_path).values == {"mh": 1.5000000000000002}


def test_what_is_recorded_is_replayed(fake_model: Callable[..., Path], tmp_path: Path) -> None:
    case = copy(tmp_path, "other")
    write_point(case, ["x=-0.25", "mode=0"], [], [])
    made = record(case.parent, str(fake_model().parent / "fake.sh"), case)
    again = answered(case, tmp_path)
    assert made.values == again.values == {"mh": -0.25}
    assert made.files == again.files


def test_a_death_is_replayed(fake_model: Callable[..., Path], tmp_path: Path) -> None:
    case = copy(tmp_path, "dead")
    write_point(case, ["x=1", "mode=1"], [], [])
    record(case.parent, str(fake_model().parent / "fake.sh"), case)
    answer = answered(case, tmp_path)
    assert "SIGSEGV" in answer.reason


ASKED = """
exe = ["python"]
command = ["{exe}", "{serve}", "{folder}/answers.py"]
[options]
factor = { default = 2 }
[inputs]
"in.slha" = { from = "spectrum" }
[service]
told = ["x"]
[outputs.answer]
format = "answer"
double = { ask = "2x" }
length = { ask = "size" }
"""
ANSWERS = """
from serve import Unphysical

def load(options):
    def answer(values, folder, wanted):
        if values["x"] < 0:
            raise Unphysical("x is negative")
        size = len((folder / "in.slha").read_text())
        return {"2x": options["factor"] * values["x"], "size": size}
    return answer
"""


def test_a_service_is_replayed(tmp_path: Path) -> None:
    folder = tmp_path / "asked"
    folder.mkdir()
    (folder / "adapter.toml").write_text(ASKED)
    (folder / "answers.py").write_text(ANSWERS)
    (tmp_path / "spectrum").write_text("Block MASS\n")
    for name, x in (("good", 0.1), ("bad", -1.0)):
        write_point(folder / name, [f"x={x}"], [], [f"in.slha={tmp_path / 'spectrum'}"])
        record(folder, sys.executable, folder / name, "asked 1.0")
    (folder / "answers.py").write_text("raise AssertionError('is not run')")
    good = answered(folder / "good", tmp_path / "good")
    assert good.values == {"double": 0.2, "length": 11.0}
    bad = answered(folder / "bad", tmp_path / "bad")
    assert (bad.status, bad.reason) == (Status.UNPHYSICAL, "x is negative")
    case = folder / "good" / "case.toml"
    case.write_text(case.read_text().replace("x = 0.1", "x = 0.2"))
    other = answered(folder / "good", tmp_path / "other")
    assert other.status == Status.FAILED
    assert "good: values {'x': 0.1}" in other.reason
