"""The stand-alone runner of answering scripts, spoken to by hand."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from mlscanner_hep.codes import serve

SERVE = Path(serve.__file__)


def talk(
    folder: Path,
    script: str,
    *wanted: str,
    values: dict[str, Any] | None = None,
    options: dict[str, Any] | None = None,
    python: tuple[str, ...] = (sys.executable,),
) -> tuple[list[dict[str, Any]], str, int]:
    """What the runner says when it is told its options and one point, its log, its exit code."""
    (folder / "answers.py").write_text(textwrap.dedent(script))
    point = {"id": 1, "values": values or {}, "folder": str(folder), "wanted": wanted}
    done = subprocess.run(
        [*python, str(SERVE), "answers.py"],
        input="".join(json.dumps(line) + "\n" for line in ({"options": options or {}}, point)),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr, done.returncode


def answer(folder: Path, body: str, *wanted: str, **more: Any) -> tuple[dict[str, Any], str]:
    """The answer to one point, and the log."""
    script = f"""
        import math
        from serve import Unphysical
        def load(options):
            def answer(values, folder, wanted):
                {body}
            return answer
    """
    (ready, said), log, _ = talk(folder, script, *wanted, **more)
    assert ready == {"status": "ready"}
    assert said.pop("id") == 1
    return said, log


def test_numbers_come_back_as_they_are(tmp_path: Path) -> None:
    body = "return {'a': values['x'], 'b': 3, 'not asked': 1.0}"
    said, _ = answer(tmp_path, body, "a", "b", values={"x": 0.1 + 0.2})
    assert said == {"status": "ok", "values": {"a": 0.1 + 0.2, "b": 3.0}, "missing": {}}


def test_the_folder_of_the_point_is_told(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("4.5\n")
    body = "return {name: (folder / 'in.txt').read_text() and 4.5 for name in wanted}"
    assert answer(tmp_path, body, "a")[0]["values"] == {"a": 4.5}


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("math.nan", "nan is not finite"),
        ("-math.inf", "-inf is not finite"),
        ("None", "None is not a number"),
        ("True", "True is not a number"),
        ("'not tested'", "not tested"),
    ],
)
def test_no_number_is_missing_with_a_reason(tmp_path: Path, value: str, why: str) -> None:
    said, _ = answer(tmp_path, f"return {{'a': {value}, 'b': 0.0}}", "a", "b", "c")
    missing = {"a": why, "c": "the script has returned no such name"}
    assert said == {"status": "ok", "values": {"b": 0.0}, "missing": missing}


def test_unphysical_is_an_answer(tmp_path: Path) -> None:
    said, log = answer(tmp_path, "raise Unphysical('no minimum')", "a")
    assert said == {"status": "unphysical", "reason": "no minimum"}
    assert "Traceback" not in log


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return {'a': 1 / 0}", "ZeroDivisionError: division by zero"),
        ("return {'a': values['none']}", "KeyError: 'none'"),
        ("return None", "TypeError: "),
        ("return {'a': [1]}", "TypeError: "),
    ],
)
def test_an_exception_is_a_fault_with_its_traceback(tmp_path: Path, body: str, reason: str) -> None:
    said, log = answer(tmp_path, body, "a")
    assert said["status"] == "failed"
    assert said["reason"].startswith(reason)
    assert "Traceback" in log


def test_what_is_printed_goes_to_the_log(tmp_path: Path) -> None:
    body = "print('py'); import os; os.write(1, b'fd'); os.system('echo child'); return {'a': 1}"
    said, log = answer(tmp_path, body, "a")
    assert said["values"] == {"a": 1.0}
    assert "py\n" in log
    assert "fdchild\n" in log


def test_a_script_that_reads_its_input_takes_no_request_away(tmp_path: Path) -> None:
    body = "import sys; assert sys.stdin.read() == ''; return {'a': 1}"
    assert answer(tmp_path, body, "a")[0]["values"] == {"a": 1.0}


def test_options_are_given_once(tmp_path: Path) -> None:
    script = """
        def load(options):
            calls = [options["first"]]
            def answer(values, folder, wanted):
                calls.append(1)
                return {"a": sum(calls)}
            return answer
    """
    (_, said), _, code = talk(tmp_path, script, "a", options={"first": 10})
    assert said["values"] == {"a": 11.0}
    assert code == 0


def test_modules_beside_the_script_are_found_and_those_beside_the_runner_are_not(
    tmp_path: Path,
) -> None:
    (tmp_path / "helper.py").write_text("two = 2\n")
    script = """
        import importlib.util
        import helper
        def load(options):
            return lambda values, folder, wanted: {
                "a": helper.two, "b": float(importlib.util.find_spec("preflight") is None)}
    """
    (_, said), _, _ = talk(tmp_path, script, "a", "b")
    assert said["values"] == {"a": 2.0, "b": 1.0}


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (
            "INSTALL = \"nowhere 'other<1'\"\ndef load(options): import nowhere.to.be_found\n",
            f"{sys.executable} -m pip install nowhere 'other<1'",
        ),
        ("import nowhere\n", f"{sys.executable} -m pip install nowhere"),
        ("x = 1\n", "no attribute 'load'"),
        ("def load(options): pass\n", "has to return a function, not None"),
        ("def load(options): raise ValueError('no data base')\n", "ValueError: no data base"),
        ("def load(:\n", "SyntaxError"),
    ],
)
def test_a_script_that_cannot_be_loaded(tmp_path: Path, script: str, reason: str) -> None:
    said, log, code = talk(tmp_path, script)
    assert [line["status"] for line in said] == ["failed"]
    assert reason in said[0]["reason"]
    assert "Traceback" in log
    assert code == 1


def test_a_script_that_is_not_there(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SERVE), "none.py"],
        input='{"options": {}}\n',
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "none.py" in json.loads(done.stdout)["reason"]


def test_it_stands_alone() -> None:
    """Other interpreters run it: old syntax, the standard library, nothing of this package."""
    tree = ast.parse(SERVE.read_text(encoding="utf-8"), feature_version=(3, 9))
    found = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert found <= sys.stdlib_module_names


def test_it_needs_no_site_packages(tmp_path: Path) -> None:
    script = "def load(options): return lambda values, folder, wanted: {'a': 1}\n"
    (_, said), _, _ = talk(tmp_path, script, "a", python=(sys.executable, "-S", "-E"))
    assert said["values"] == {"a": 1.0}


def test_usage(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(SERVE)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "usage: python serve.py answers.py\n")
