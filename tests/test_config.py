"""Every mistake in a file is told with file, key, value and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlscanner_hep.errors import ConfigError
from mlscanner_hep.setup.config import ModelFile
from mlscanner_hep.setup.tables import load

MODEL = """
[scan]
name = "m"
stop = { calls = 10 }
[parameters]
x = { min = 0, max = 1 }
"""


def complaint(tmp_path: Path, text: str) -> str:
    file = tmp_path / "model.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(ModelFile, file)
    assert str(file) in str(caught.value)
    return str(caught.value).replace(str(file), "model.toml")


def test_the_smallest_model_has_working_defaults(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(MODEL)
    model = load(ModelFile, tmp_path / "m.toml")
    assert model.scan.seed == 1
    assert (model.proposer.kind, model.proposer.batch) == ("regressor", 100)
    assert (model.run.workers, model.run.keep) == (1, "inside")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("min = 0", "mim = 0", "parameters.x: unknown key 'mim': did you mean 'min'?"),
        ("[scan]", "[scann]", "unknown key 'scann': did you mean 'scan'?"),
        ('name = "m"', "", "scan.name: is required"),
        ('name = "m"', "name = 3", "scan.name: has to be a valid string, not 3"),
        ('name = "m"', 'name = "a/b"', "scan: name 'a/b' cannot be the name of a folder"),
        ("{ calls = 10 }", "{}", "scan: stop needs at least one of inside, calls, hours"),
        ("calls = 10", "calls = 0", "scan.stop.calls: has to be greater than 0, not 0"),
        ("calls = 10", "calls = 1.5", "scan.stop.calls"),
        ("calls = 10", "coverage = 0", "scan.stop.coverage: has to be greater than 0, not 0"),
        ("calls = 10", "coverage = 1", "scan.stop.coverage: has to be less than 1, not 1"),
        ("max = 1 }", 'max = 1, scale = "lin" }', "parameters.x.scale: has to be 'flat'"),
        ("[parameters]", "[parameters", "is not valid TOML"),
    ],
)
def test_mistakes_in_the_model(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in complaint(tmp_path, MODEL.replace(old, new))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[[chain]]\nexe = 'a'", "chain #1: needs either 'adapter' or 'python'"),
        ("[[chain]]\npython = 'a.py:f'\noptions = { a = 1 }", "'options' does not apply"),
        ("[[chain]]\nadapter = 'a'\noptions = { a = [1] }", "chain #1.options.a"),
        ("[observables]\nm = { from = 'a', abs = true }", "'abs' only goes with one of slha"),
        ("[[chain]]\npython = 'a.py'", "should read 'file.py:function'"),
        ("[[chain]]\npython = 'a.py:f'\ntimeout = 3", "'timeout' does not apply"),
        ("[observables]\nm = { from = 'a', slha = 'M 1', json = 'a' }", "only one of slha, json"),
        ("[observables]\nm = { from = 'a', expr = 'x' }", "goes without 'from'"),
        ("[observables]\nm = { from = 'a', slha = 'M 1', absent = 0 }", "'absent' only goes"),
        ("[observables]\nm = { from = 'a', regex = '(a)', row = 0 }", "'row' only goes"),
        ("[constraints]\nm = {}", "constraints.m: needs one of"),
        ("[constraints]\nm = { value = 1 }", "needs both value and sigma"),
        ("[constraints]\nm = { value = 1, sigma = 0 }", "sigma > 0 or theory > 0"),
        ("[constraints]\nm = { value = 1, sigma = 1, max = 3 }", "got value and min/max"),
        ("[constraints]\nm = { min = 3, max = 1 }", "min = 3.0 is above max = 1.0"),
        ("[constraints]\nm = { table = 'a.csv' }", "needs both table and against"),
        ("[constraints]\nm = { max = 1, within = 0 }", "constraints.m.within"),
        ("[constraints]\nm = { max = nan }", "constraints.m.max: has to be a finite number"),
        ("[proposer]\nbach = 5", "proposer: unknown key 'bach': did you mean 'batch'?"),
        ("[chain]\nadapter = 'a'", "chain: write [[chain]], one for each code"),
        ("[constraints]\nm = 3", "constraints.m: needs a table, { key = value }, not 3"),
        ("[run]\nworkers = 0", "run.workers"),
        ("[run]\nkeep = 'some'", "'all', 'inside', 'failed' or 'none', not 'some'"),
    ],
)
def test_mistakes_in_other_tables(tmp_path: Path, table: str, said: str) -> None:
    assert said in complaint(tmp_path, MODEL + table)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = MODEL.replace("min = 0", "mim = 0") + "[run]\nworkers = -1\n"
    said = complaint(tmp_path, text)
    assert "2 mistakes" in said
    assert "mim" in said
    assert "run.workers" in said


def test_options_of_the_proposer_are_left_to_it(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(
        MODEL + "[proposer]\nkind = 'x'\nmodel = {kind='dnn', nodes=3}"
    )
    assert load(ModelFile, tmp_path / "m.toml").proposer.options == {
        "model": {"kind": "dnn", "nodes": 3}
    }
