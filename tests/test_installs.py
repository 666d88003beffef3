"""Codes that write into their own folder: each worker runs a copy."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.codes.installs import InstallCopy
from mlscanner_hep.codes.judging import Output
from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.codes.template import Template
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.observables import Observable, Regex
from mlscanner_hep.points import Status
from mlscanner_hep.setup.adapters import find, make
from mlscanner_hep.setup.config import ChainTable

# It reads and writes files of fixed names beside itself, wherever it is called from.
CODE = """#!/bin/sh
cd "$(dirname "$0")"
x=$(cat input.dat)
case $x in
  -*) echo "half a file" > output.dat; touch spoilt; kill -SEGV $$ ;;
  0) exit 0 ;;
esac
[ -e spoilt ] && exit 5
echo "r = $x with $(cat ../data/table)" > output.dat
echo "$PWD" > where
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """bin/code.sh and data/table of an installed code."""
    tree = tmp_path / "Code-1.0"
    (tree / "bin").mkdir(parents=True)
    (tree / "data").mkdir()
    (tree / "data" / "table").write_text("numbers\n")
    (tree / "bin" / "code.sh").write_text(CODE)
    (tree / "bin" / "code.sh").chmod(0o755)
    return tree


def chain(tree: Path, **more: object) -> Pipeline:
    scratch = tree.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    settings: dict[str, object] = {
        "name": "code",
        "command": (Template("{exe}", "c"),),
        "exe": tree / "bin" / "code.sh",
        "inputs": {"input.dat": Template("{{ x }}", "input.dat.j2")},
        "outputs": (
            Output("output.dat", "text", (Observable("r", Regex.parse(r"r = (\S+)")),)),
            Output("where", "text", optional=True),
        ),
        "install": tree,
    }
    return Pipeline([Adapter(**{**settings, **more})], scratch=scratch)  # type: ignore[arg-type]


def before(tree: Path) -> list[str]:
    return sorted(str(path.relative_to(tree)) for path in tree.rglob("*"))


def test_the_copy_is_run_and_the_install_is_left_alone(tree: Path) -> None:
    there = before(tree)
    pipeline = chain(tree)
    for x in (1.5, 2.5):
        assert pipeline.one({"x": x}).values == {"r": x}
    assert before(tree) == there
    assert len(list((tree.parent / "scratch").glob("install-*"))) == 1, "one copy for all points"


def test_outputs_are_in_the_folder_of_the_point_for_later_stages(tree: Path) -> None:
    point = tree.parent / "point"
    point.mkdir()
    outcome = chain(tree).one({"x": 1.5}, point)
    assert (point / "output.dat").read_text().startswith("r = 1.5")
    assert outcome.answers[0].files["where"].startswith(bytes(tree.parent / "scratch" / "install-"))


def test_an_output_of_the_point_before_is_not_read(tree: Path) -> None:
    pipeline = chain(tree)
    assert pipeline.one({"x": 1.5}).status == Status.OK
    outcome = pipeline.one({"x": 0})
    assert (outcome.status, outcome.reason) == (Status.FAILED, "wrote no file 'output.dat'")


def test_a_copy_in_which_the_code_died_is_thrown_away(tree: Path) -> None:
    pipeline = chain(tree)
    assert "SIGSEGV" in pipeline.one({"x": -1.5}).reason
    assert pipeline.one({"x": 2.5}).values == {"r": 2.5}


def test_a_code_that_cannot_be_copied_is_a_fault(tree: Path) -> None:
    outcome = chain(tree, install=tree / "none", exe=tree / "none" / "code").one({"x": 1.5})
    assert outcome.status == Status.FAILED
    assert "No such file" in outcome.reason


def test_each_process_has_a_copy_and_it_goes_with_it(tree: Path, tmp_path: Path) -> None:
    copy = InstallCopy(tree, tree / "bin" / "code.sh", tmp_path)
    first = copy.program()
    assert copy.program() == first
    other = pickle.loads(pickle.dumps(copy))
    assert other.program() != first
    del copy
    assert not first.exists()
    child = os.fork()
    if child == 0:
        os._exit(0 if other.program() != first else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert other.program().exists(), "that of the parent is not removed by a fork"


ADAPTER = """
command = ["{exe}"]
[install]
copy_per_worker = true
tree = "TREE"
[outputs.stdout]
format = "text"
y = { regex = 'y = (\\S+)' }
"""


@pytest.mark.parametrize(("text", "part"), [("..", ""), (".", "bin")])
def test_what_is_copied_is_seen_from_the_program(tree: Path, text: str, part: str) -> None:
    folder = tree.parent / "code"
    folder.mkdir()
    (folder / "adapter.toml").write_text(ADAPTER.replace("TREE", text))
    (tree.parent / "link.sh").symlink_to(tree / "bin" / "code.sh")
    table = ChainTable(adapter="code", exe=str(tree.parent / "link.sh"))
    model = tree.parent / "model.toml"
    adapter = make(find("code", tree.parent), "code", table, {}, (), model)
    assert adapter.install == tree / part
    copy = InstallCopy(tree / part, adapter.exe, tree.parent)
    assert copy.program().name == "code.sh"


def test_no_other_folder_can_be_named(tree: Path) -> None:
    folder = tree.parent / "code"
    folder.mkdir()
    (folder / "adapter.toml").write_text(ADAPTER.replace("TREE", "/home"))
    with pytest.raises(ConfigError, match=r"install\.tree"):
        make(folder, "code", ChainTable(adapter="code"), {}, (), tree.parent / "model.toml")
