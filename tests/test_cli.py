"""The command line as a user meets it: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import Cli

from mlscanner_hep.cli import watch
from mlscanner_hep.cli.completeness import telling
from mlscanner_hep.cli.console import duration, figure, interval, percent
from mlscanner_hep.cli.watch import panel
from mlscanner_hep.findings.forecast import Forecast
from mlscanner_hep.progress import Progress
from mlscanner_hep.scan import Scan

Model = Callable[..., Path]


def test_help_teaches(cli: Cli) -> None:
    code, out, _ = cli("--help")
    assert code == 0
    for command in ("run", "check", "status", "export", "plot", "adapters", "new"):
        assert command in out
    assert "Exit codes" in out
    code, out, _ = cli("check", "--help")
    assert "--set" in out


def test_version(cli: Cli) -> None:
    code, out, _ = cli("--version")
    assert code == 0
    assert re.fullmatch(r"mlscanner-hep \d+\.\d+.*\n", out)


def test_run_prints_a_line_per_round_where_there_is_no_terminal(
    cli: Cli, ring_model: Model
) -> None:
    code, out, _ = cli("run", ring_model())
    assert code == 0
    lines = [line for line in out.splitlines() if line.startswith("round")]
    assert len(lines) == 5
    assert lines[0] == "round 0: 10 points ..."
    assert lines[-1].startswith("round 3: 40 calls, ")
    assert re.search(r"inside, hit rate \d+\.\d %, coverage \d+\.\d %$", lines[-1])
    assert "Ended: 40 calls (stop.calls = 40)." in out
    assert "mlscanner-hep status" in out


def test_run_with_options(cli: Cli, ring_model: Model, tmp_path: Path) -> None:
    code, _, _ = cli("run", ring_model(), "--folder", tmp_path / "here", "--workers", 2)
    assert code == 0
    assert (tmp_path / "here" / "ledger.sqlite").exists()


def test_check_shows_every_step(cli: Cli, fake_model: Model, tmp_path: Path) -> None:
    code, out, _ = cli(
        "check", fake_model(), "--set", "x=1.5", "--set", "mode=0", "--keep", tmp_path / "kept"
    )
    assert code == 0
    assert "1. fake" in out
    assert "Block MINPAR" in out
    assert "1.5000000000000000E+00" in out
    assert "in.slha out.slha" in out
    assert re.search(r"mh\s+│\s+1\.5 │ GeV  │ >= 0\s+│ yes", out)
    assert "This point is ok and inside." in out
    assert (tmp_path / "kept" / "out.slha").exists()
    code, _, err = cli("check", fake_model(), "--keep", tmp_path / "kept")
    assert (code, "not empty" in err) == (2, True)


def test_check_shows_what_went_wrong(cli: Cli, fake_model: Model) -> None:
    code, out, _ = cli("check", fake_model(0, 6), "--set", "mode=6")
    assert code == 1
    assert "exit code 7" in out
    assert "something is wrong" in out
    assert re.search(r"mh\s+│ missing", out)
    code, out, _ = cli("check", fake_model(0, 7), "--set", "mode=7")
    assert code == 0
    assert "This point is unphysical: stage 'fake', Stopping calculation" in out


def test_check_as_json(cli: Cli, fake_model: Model) -> None:
    code, out, _ = cli("check", fake_model(), "--set", "x=-1.5", "--set", "mode=0", "--json")
    data = json.loads(out)
    assert code == 0
    assert data["status"] == "ok"
    assert data["inside"] is False
    assert data["observables"] == {"mh": -1.5}
    assert data["constraints"]["mh"]["min"] == 0
    assert data["stages"][0]["exit_code"] == 0
    assert "in.slha" in data["stages"][0]["inputs"]


@pytest.mark.parametrize(
    ("setting", "said"),
    [("X=3", "no parameter 'X'; did you mean 'x'?"), ("x=a", "'a' is not a number"), ("x", "''")],
)
def test_mistakes_in_set(cli: Cli, fake_model: Model, setting: str, said: str) -> None:
    code, _, err = cli("check", fake_model(), "--set", setting)
    assert code == 2
    assert said in err


def test_status(cli: Cli, fake_model: Model) -> None:
    file = fake_model(0, 3, 7)
    cli("run", file)
    code, out, _ = cli("status", file.parent / "runs" / "fake")
    assert code == 0
    for words in ("Constraints", "Points inside", "Last rounds", "Where points die"):
        assert words in out
    assert "wrote no file 'out.slha'" in out
    code, out, _ = cli("status", file, "--json")
    data = json.loads(out)
    assert sum(data["points"].values()) == 24
    assert data["inside_ranges"]["mh"][0] >= 0
    assert data["best"] is None, "a sharp limit makes no point better than another"
    assert "best point" not in out
    assert {fault["status"] for fault in data["faults"]} == {"failed", "unphysical"}
    assert len(data["rounds"]) == 3
    assert data["coverage"] == pytest.approx(data["inside"] * np.log(10) / 500)
    assert sum(island["points"] for island in data["islands"]) == data["inside"]
    assert data["missed"]["drawn"] == data["points"]["ok"] + data["points"]["unphysical"]
    assert data["diagnosis"] is None
    assert data["clusters"] == []


def test_the_best_point_is_one_that_is_better(cli: Cli, ring_model: Model) -> None:
    file = ring_model()
    cli("run", file)
    best = json.loads(cli("status", file, "--json")[1])["best"]
    assert 0 < best["chi2"] < 1
    assert f"best point (chi2 {figure(best['chi2'])})" in cli("status", file)[1]


def test_a_program_that_was_replaced_is_told_once(cli: Cli, fake_model: Model) -> None:
    file = fake_model()
    code = file.parent / "fake.sh"
    assert "Warning" not in cli("run", file)[2]
    code.write_text(code.read_text() + "# built anew\n")
    file.write_text(file.read_text().replace("calls = 24", "calls = 32"))
    _, _, err = cli("run", file)
    assert err.count("Warning: the program of stage 'fake' has changed: it was ") == 1
    assert "Points from both will be in this run." in err
    assert "Warning" not in cli("run", file)[2]


TWO = """
import math
from mlscanner_hep import Unphysical

def shell(values):
    x, y = values["x"], values["y"]
    if x > 0.8:
        raise RuntimeError(f"stuck at {x}")
    return {"r": 0.7 + abs(abs(x) - 0.5) + 0.2 * y * y, "angle": y}
"""


def test_status_says_how_complete_a_scan_is(cli: Cli, ring_model: Model) -> None:
    file = ring_model({"calls = 40": "calls = 600", "batch = 10": "batch = 300"})
    (file.parent / "shell.py").write_text(TWO)
    cli("run", file)
    code, out, _ = cli("status", file)
    assert code == 0
    assert re.search(r"coverage  \d+\.\d %, estimated share of the known region", out)
    assert "islands   2" in out
    assert re.search(r"1 │ \d+ +│ (-0\.\d+ .. -0\.4|0\.4\d* .. 0\.)", out)  # told apart by x alone
    assert "y" not in next(line for line in out.splitlines() if "points ┃" in line)
    assert re.search(r"uniform points: \d+ drawn, \d+ inside, \d+ surprises; less than 0\.", out)
    assert "a smaller island may be missed" in out
    clustered = next(line for line in out.splitlines() if line.startswith("Failed points cluster"))
    assert re.search(r"have x = 0\.8\d* .. [01]\.?\d*, where 0 % of the others", clustered)
    assert "RuntimeError: stuck at" in clustered
    data = json.loads(cli("status", file, "--json")[1])
    assert [set(island["ranges"]) for island in data["islands"]] == [{"x", "y"}] * 2
    assert data["clusters"][0]["parameter"] == "x"


def test_why_nothing_is_inside(cli: Cli, ring_model: Model) -> None:
    """One wants x above 0.3 at least, the other one below -0.3."""
    impossible = "[constraints]\nangle = { min = 0.3 }\nr = { max = -0.3 }\n[proposer]"
    file = ring_model({"calls = 40": "calls = 200", "batch = 10": "batch = 100"})
    text = (
        file.read_text()
        .replace("r = { value = 0.7, sigma = 0.05 }", "")
        .replace("[constraints]\n", "")
    )
    file.write_text(text.replace("[proposer]", impossible))
    (file.parent / "shell.py").write_text(
        "def shell(values): return {'r': values['x'], 'angle': values['x'] + values['y'] / 100}"
    )
    said = "as far as these points show they contradict each other"
    _, out, _ = cli("run", file)
    assert said in out
    _, out, _ = cli("status", file)
    assert "None of 200 points is inside" in out
    assert said in out
    assert "Closest is point" in out
    data = json.loads(cli("status", file, "--json")[1])
    assert data["diagnosis"]["contradictory"] == [["angle", "r"]]
    assert data["islands"] == []


@pytest.mark.parametrize("terminal", [False, True])
def test_a_round_that_disappoints_is_told_once(
    ring_model: Model, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    from rich.console import Console

    console = Console(width=150, force_terminal=terminal, color_system=None, highlight=False)
    monkeypatch.setattr(watch, "out", console)
    progress = Progress(phase="proposing", round=17, batch=100, done=100)
    bad, good = Forecast(100, 0.81, 0.12), Forecast(100, 0.81, 0.7)
    with console.capture() as capture, watch.watching(Scan.load(ring_model())) as show:
        show(replace(progress, round=16, forecast=good))
        show(replace(progress, phase="evaluating", done=99, forecast=bad))
        show(replace(progress, forecast=bad))
        show(replace(progress, phase="ended", forecast=bad))
    said = "round 17: 12.0 % inside, 81.0 % predicted: the models are chosen anew"
    assert capture.get().count(said) == 1


def test_status_marks_rounds_that_disappointed(cli: Cli, ring_model: Model) -> None:
    file = ring_model()
    with Scan.load(file) as scan:
        for predicted in (0.9, 0.05):
            ids = scan.ledger.propose(
                np.zeros((20, 2)),
                round=int(predicted < 0.5),
                proposer="regressor",
                seconds=0.0,
                origin=np.full(20, "main"),
                predicted=np.full(20, predicted),
            )
            scan.tell(ids, [{"r": 0.0, "angle": 0.0}] * 20)
    _, out, _ = cli("status", file)
    assert out.count(" ! ") == 1
    assert "!: less than half of what was predicted" in out
    data = json.loads(cli("status", file, "--json")[1])
    assert [row["disappointing"] for row in data["rounds"]] == [True, False]
    assert data["forecast"] == {"points": 40, "predicted": pytest.approx(0.475), "achieved": 0.0}


def test_parameters_that_tell_islands_apart() -> None:
    left, right, above = (
        {"a": [0.0, 1.0], "b": [0.0, 1.0], "c": [0.0, 5.0]},
        {"a": [2.0, 3.0], "b": [0.0, 1.0], "c": [0.0, 5.0]},
        {"a": [0.5, 2.5], "b": [1.5, 2.0], "c": [0.0, 5.0]},
    )
    assert telling([left, right]) == ["a"]
    assert telling([left, right, above]) == ["a", "b"]
    assert telling([left, left]) == []


def test_status_counts_points_that_cannot_be_judged(cli: Cli, fake_model: Model) -> None:
    """A constrained observable was not read: these points are not silently outside."""
    more = (
        "[observables]\nmH = { from = 'fake', slha = 'MASS 35' }\n[constraints]\nmH = { min = 1 }\n"
    )
    file = fake_model(0, 7, replace={"[constraints]": more})
    cli("run", file)
    _, out, _ = cli("status", file, "--json")
    data = json.loads(out)
    assert data["inside"] == 0
    assert data["incomplete"] > 0
    assert next(c for c in data["constraints"] if c["name"] == "mH")["missing"] > 0
    _, out, _ = cli("status", file)
    assert "do not count as inside" in out


def test_export(cli: Cli, ring_model: Model, tmp_path: Path) -> None:
    file = ring_model()
    cli("run", file)
    code, out, _ = cli("export", file, tmp_path / "points.csv")
    assert code == 0
    assert "40 points written" in out
    assert len((tmp_path / "points.csv").read_text().splitlines()) == 41


OPTIONS = """
command = ["{exe}", "{model}.in"]
[options]
model = { default = "thdm", doc = "name of the model" }
scale = { doc = "in GeV" }
[inputs]
"{model}.in" = "{model}.in.j2"
"spectrum" = { from = "spectrum" }
[outputs."{model}-{scale}.spc"]
format = "slha"
m_neut1 = { slha = "MASS 1000022", abs = true, unit = "GeV" }
[computed]
twice = { expr = "2 * m_neut1", doc = "two of them" }
[complete]
"{model}.in" = ["MINPAR 1"]
"""


def test_an_adapter_with_options_is_shown(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("many").mkdir()
    Path("many/adapter.toml").write_text(OPTIONS)
    Path("many/thdm.in.j2").write_text("Block MINPAR\n")
    code, out, _ = cli("adapters", "show", "many")
    assert code == 0
    for said in (
        r"model │ thdm          │ name of the model",
        r"scale │ has to be set │ in GeV",
        r"thdm.in from the template thdm.in.j2; spectrum is the spectrum of an earlier stage",
        r"needed entries  thdm.in: MINPAR 1",
        r"m_neut1 │ thdm-{scale}.spc │ slha MASS 1000022, absolute value │ GeV",
        r"twice   │                  │ 2 * m_neut1 ",
        r"Block MINPAR",
    ):
        assert said in out


def test_adapters(cli: Cli) -> None:
    code, out, _ = cli("adapters")
    assert code == 0
    assert "thdmspec" in out
    code, out, _ = cli("adapters", "show", "thdmspec")
    assert code == 0
    assert "MASS 25" in out
    assert "Block MINPAR" in out
    code, out, _ = cli("adapters", "--json")
    assert "thdmspec" in {adapter["name"] for adapter in json.loads(out)}
    code, out, _ = cli("adapters", "show", "thdmspec", "--json")
    assert json.loads(out)["outputs"]["SPheno.spc"]["format"] == "slha"
    _, out, _ = cli("adapters")
    assert out.index("spectrum generator") < out.index("thdmspec") < out.index("higgsfit")
    code, _, err = cli("adapters", "show", "thdmspek")
    assert code == 2
    assert "did you mean 'thdmspec'?" in err


@pytest.mark.parametrize(
    ("break_", "code", "said"),
    [
        ({"min = -2.0": "mim = -2.0"}, 2, "parameters.x: unknown key 'mim': did you mean 'min'?"),
        ({"./fake.sh": "./gone.sh"}, 3, "1 problem found before the scan"),
    ],
)
def test_errors_have_their_exit_code(
    cli: Cli, fake_model: Model, break_: dict[str, str], code: int, said: str
) -> None:
    got, out, err = cli("run", fake_model(replace=break_))
    assert got == code
    assert said in " ".join(err.split())
    assert not out


def test_a_changed_model_is_exit_4_and_a_stall_5(cli: Cli, fake_model: Model) -> None:
    cli("run", fake_model(0, 3))
    code, _, err = cli("run", fake_model(0, 3, 4))
    assert code == 4
    assert "parameters.mode" in err
    file = fake_model(3, 6)
    code, _, err = cli("run", file, "--folder", file.parent / "other")
    assert code == 5
    assert "exit code 7" in err


def test_a_folder_without_a_scan(cli: Cli, tmp_path: Path) -> None:
    code, _, err = cli("status", tmp_path)
    assert code == 2
    assert "neither a run nor a model.toml" in err


def test_a_bug_asks_for_a_report(
    cli: Cli, ring_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("mlscanner_hep.scan.Scan.load", bug)
    code, _, err = cli("run", ring_model())
    assert code == 1
    assert "Please report" in err
    assert "boom" in err


def test_the_live_panel(ring_model: Model) -> None:
    from rich.console import Console

    scan = Scan.load(ring_model())
    progress = Progress(
        phase="evaluating", round=2, batch=10, done=4, inside=3, hit_rate=0.25, coverage=0.125
    )
    console = Console(width=100)
    with console.capture() as capture:
        console.print(panel(scan, progress, 90.0))
    shown = capture.get()
    for words in ("ring", "round 2: evaluating 4/10", "25.0 %", "12.5 %", "1:30 min"):
        assert words in shown


def test_numbers_for_people() -> None:
    assert figure(None) == figure(float("nan")) == percent(None) == "-"
    assert (figure(0.1 + 0.2), percent(0.1234)) == ("0.3", "12.3 %")
    assert [duration(s) for s in (5, 65, 3700, float("inf"))] == [
        "5 s", "1:05 min", "1 h 01 min", "-",
    ]  # fmt: skip
    inf = float("inf")
    assert [interval(-inf, inf), interval(-inf, 2), interval(1, inf), interval(1, 2)] == [
        "any", "<= 2", ">= 1", "1 .. 2",
    ]  # fmt: skip
