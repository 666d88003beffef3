"""The comparison of adapters with codes run by hand notices what it is there for."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import adapters as bench

ADAPTER = """
command = ["{exe}", "in.slha", "out.slha"]
[inputs]
"in.slha" = "in.slha.j2"
[outputs."out.slha"]
format = "slha"
m = { slha = "MASS 25" }
[success]
require = ["out.slha: MASS 25"]
[unphysical]
exit_codes = [3]
"""
CODE = """#!/bin/sh
x=$(sed -n 's/ 1 \\(.*\\) # x/\\1/p' $1)
case $x in -*) exit 3;; esac
printf '# at %s\\nBlock MASS\\n 25 %s # h\\n' "$(date +%N)" "$x" > $2
"""
BOX = """
by_hand = "{code} in.slha out.slha"
ignore = "^# at"
[parameters]
x = { min = -1, max = 1 }
[[chain]]
adapter = "code"
"""


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bench.Box:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "adapter.toml").write_text(ADAPTER)
    (folder / "in.slha.j2").write_text("Block MINPAR\n 1 {{ x }} # x\n")
    (tmp_path / "code.sh").write_text(CODE)
    (tmp_path / "code.sh").chmod(0o755)
    (tmp_path / "code.toml").write_text(BOX)
    monkeypatch.setattr(bench, "BOXES", tmp_path)
    return bench.open_box("code", {"code": str(tmp_path / "code.sh")}, tmp_path / "run")


def both(box: bench.Box, x: float) -> list[str]:
    outcome = box.scan.pipeline.one({"x": x})
    return list(bench.differences(box, outcome, bench.run_by_hand(box, {"x": x})))


def test_an_adapter_that_is_right_has_no_differences(box: bench.Box) -> None:
    report = bench.measure(box, box.points(6, seed=1))
    assert report.disagree == {}
    assert {*report.kinds} == {"ok", "unphysical: exit code 3"}
    assert sum(report.kinds.values()) == 6
    new = bench.row(box, report, 0)
    assert (new["points"], new["other than by hand"]) == ("6", "0")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("exit_codes = [3]", "values = ['m > 0']"),
        ("MASS 25", "MASS 26"),
    ],
)
def test_another_verdict_is_told(box: bench.Box, before: str, after: str) -> None:
    file = bench.BOXES / "code" / "adapter.toml"
    file.write_text(ADAPTER.replace(before, after))
    changed = bench.open_box("code", {"code": str(bench.BOXES / "code.sh")}, bench.BOXES / "new")
    (told,) = both(changed, 0.5)
    assert told.endswith("but by hand an answer")
    assert both(box, 0.5) == []


def test_another_number_is_told(box: bench.Box) -> None:
    outcome = box.scan.pipeline.one({"x": 0.5})
    hand = bench.run_by_hand(box, {"x": 0.25})
    told = list(bench.differences(box, outcome, hand))
    assert told == ["another out.slha", "m = 0.5, but by hand 0.25"]


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ({"slha": "MASS 25"}, -125.0),
        ({"slha": "MASS 25", "abs": True}, 125.0),
        ({"slha": "MIX 1 2"}, 0.5),
        ({"slha": "MASS 1"}, None),
        ({"decay": "25 -> 5 -5"}, None),
        ({"regex": r"^# (\d+) warnings"}, 3.0),
    ],
)
def test_numbers_are_read_as_they_are_printed(
    source: dict[str, object], number: float | None
) -> None:
    text = (
        b"Block Mass Q= 1\n 25 -1.25E2 # h\nDECAY 25 1.0\n 25 7\n"
        b"block MIX\n 1 2 0.5\n# 3 warnings\n"
    )
    assert bench.printed(text, source) == number


def test_a_row_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "adapters.md"
    head = "| adapter | ok |\n| --- | --- |\n"
    file.write_text(f"before\n\n{head}| b | 1 |\n| c | 1 |\n\nafter\n")
    bench.write(file, {"adapter": "b", "ok": "2"})
    bench.write(file, {"adapter": "a", "ok": "3"})
    assert file.read_text() == f"before\n\n{head}| a | 3 |\n| b | 2 |\n| c | 1 |\n\nafter\n"


@pytest.mark.parametrize("file", sorted((bench.BOXES).glob("*.toml")), ids=lambda file: file.stem)
def test_each_box_is_read(file: Path, tmp_path: Path) -> None:
    chain = tomllib.loads(file.read_text(encoding="utf-8"))["chain"]
    exes = {stage["adapter"]: sys.executable for stage in chain}
    box = bench.open_box(file.stem, exes, tmp_path)
    assert len(box.stages) == len(chain)
    assert box.by_hand.count(sys.executable) == len(chain)
    assert len(box.points(3, seed=1)) == 3
