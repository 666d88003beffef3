from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from mlscanner_hep.codes.python_stage import PythonStage, load_function
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.points import Status

CODE = """
from mlscanner_hep import Unphysical
import numpy as np

def f(values):
    x = values["x"]
    if x < 0:
        raise Unphysical("negative")
    return {"a": np.float64(x), "b": 1 / (x - 1), "c": float("nan"), "d": True}
"""


@pytest.fixture
def stage(tmp_path: Path) -> PythonStage:
    (tmp_path / "code.py").write_text(CODE)
    return PythonStage("f", tmp_path / "code.py", "f", ("a", "b", "c", "d", "e"))


def test_values_and_what_is_missing(stage: PythonStage, tmp_path: Path) -> None:
    answer = stage.run(tmp_path, {"x": 3.0})
    assert answer.status == Status.OK
    assert answer.values == {"a": 3.0, "b": 0.5}
    assert answer.missing.keys() == {"c", "d", "e"}
    assert answer.missing["e"] == "f() returned no 'e'"


def test_unphysical_is_an_answer(stage: PythonStage, tmp_path: Path) -> None:
    answer = stage.run(tmp_path, {"x": -1.0})
    assert (answer.status, answer.reason) == (Status.UNPHYSICAL, "negative")


def test_an_exception_is_a_fault_with_its_traceback(stage: PythonStage, tmp_path: Path) -> None:
    answer = stage.run(tmp_path, {"x": 1.0})
    assert answer.status == Status.FAILED
    assert "ZeroDivisionError" in answer.reason
    assert "code.py" in answer.log_tail()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("import sys; sys.exit('bye')", "SystemExit: bye"),
        ("return f(values)", "RecursionError: "),
        ("return 3", "TypeError: "),
    ],
)
def test_whatever_it_does_the_scan_goes_on(tmp_path: Path, body: str, reason: str) -> None:
    (tmp_path / "code.py").write_text(f"def f(values):\n    {body}\n")
    answer = PythonStage("f", tmp_path / "code.py", "f", ("a",)).run(tmp_path, {})
    assert answer.status == Status.FAILED
    assert answer.reason.startswith(reason)


@pytest.mark.parametrize("value", ["[1.0]", "{}", "1j", "None", "10 ** 400"])
def test_what_is_no_number_is_missing(tmp_path: Path, value: str) -> None:
    (tmp_path / "code.py").write_text(f"def f(values):\n    return {{'a': {value}}}\n")
    answer = PythonStage("f", tmp_path / "code.py", "f", ("a",)).run(tmp_path, {})
    assert answer.status == Status.OK
    assert answer.missing.keys() == {"a"}
    assert answer.missing["a"]


def test_it_travels_to_workers(stage: PythonStage, tmp_path: Path) -> None:
    stage.run(tmp_path, {"x": 3.0})
    assert pickle.loads(pickle.dumps(stage)).run(tmp_path, {"x": 5.0}).values["b"] == 0.25


def test_a_wrong_return_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(
        "def f(values):\n    return {'a': 'many'}\ndef g(v): return 3"
    )
    stage = PythonStage("f", tmp_path / "code.py", "f", ("a",))
    assert "'many'" in stage.run(tmp_path, {}).missing["a"]
    assert PythonStage("g", stage.file, "g", ("a",)).run(tmp_path, {}).status == Status.FAILED


@pytest.mark.parametrize(
    ("code", "function", "complaint"),
    [("def f(v): pass", "g", "no function 'g', it has f"), ("1 / 0", "f", "ZeroDivisionError")],
)
def test_what_cannot_be_loaded(tmp_path: Path, code: str, function: str, complaint: str) -> None:
    (tmp_path / "code.py").write_text(code)
    with pytest.raises(ConfigError, match=complaint):
        load_function(tmp_path / "code.py", function)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no Python file"):
        load_function(tmp_path / "nothing.py", "f")
