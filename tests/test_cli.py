"""The command line as a user meets it: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mlscanner_hep.cli import main
from mlscanner_hep.cli.console import duration, figure, interval, percent
from mlscanner_hep.cli.watch import panel
from mlscanner_hep.loop import Progress
from mlscanner_hep.scan import Scan

Model = Callable[..., Path]


class Cli:
    """Runs the command line in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        self._monkeypatch.setattr("sys.argv", ["mlscanner-hep", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self._capsys.readouterr()
        return int(ended.value.code or 0), out, err


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.setenv("COLUMNS", "120")
    return Cli(monkeypatch, capsys)


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
    assert len(lines) == 4
    assert lines[-1].startswith("round 3: 40 calls, ")
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
    assert data["best"]["chi2"] == 0
    assert {fault["status"] for fault in data["faults"]} == {"failed", "unphysical"}
    assert len(data["rounds"]) == 3


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
    assert code == 4
    assert "holds no scan" in err


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
    progress = Progress(phase="evaluating", round=2, batch=10, done=4, inside=3, hit_rate=0.25)
    console = Console(width=100)
    with console.capture() as capture:
        console.print(panel(scan, progress, 90.0))
    shown = capture.get()
    for words in ("ring", "round 2: evaluating 4/10", "25.0 %", "1:30 min"):
        assert words in shown


def test_numbers_for_people() -> None:
    assert figure(None) == figure(float("nan")) == percent(None) == "-"
    assert (figure(0.1 + 0.2), percent(0.1234)) == ("0.3", "12.3 %")
    assert [duration(s) for s in (5, 65, 3700, float("inf"))] == [
        "0:05 min", "1:05 min", "1 h 01 min", "-",
    ]  # fmt: skip
    inf = float("inf")
    assert [interval(-inf, inf), interval(-inf, 2), interval(1, inf), interval(1, 2)] == [
        "any", "<= 2", ">= 1", "1 .. 2",
    ]  # fmt: skip
