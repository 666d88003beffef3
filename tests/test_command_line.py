"""What holds for all commands alike: JSON, colours, completion."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import SHELL, SHELL_MODEL, Cli
from typer.main import get_command

from mlscanner_hep import errors
from mlscanner_hep.cli.app import MENU, app
from mlscanner_hep.cli.console import strict
from mlscanner_hep.scan import Scan

MAKES_FILES = {"archive", "export", "import", "merge", "new", "plot", "report", "run", "unarchive"}
"""Commands that print a few words of what they have written, and no data."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ring")
    (folder / "shell.py").write_text(SHELL)
    text = SHELL_MODEL.replace('kind = "uniform"', 'kind = "regressor"')
    (folder / "model.toml").write_text(text)
    with Scan.load(folder / "model.toml") as scan:
        scan.run()
    (folder / "new.csv").write_text("x,y\n0.1,0.2\n0.6,0.3\n")
    return folder / "model.toml"


def commands(group: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    for name, command in getattr(group, "commands", {}).items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


@pytest.mark.parametrize(
    "arguments",
    [
        ("status", "RUN"),
        ("check", "MODEL"),
        ("watch", "RUN", "--once"),
        ("predict", "RUN", "NEW"),
        ("reread", "RUN"),
        ("files", "RUN", "OUT", "--best", 2),
        ("adapters",),
        ("adapters", "show", "gm2calc"),
    ],
    ids=lambda words: words[0],
)
def test_json_and_nothing_else(
    cli: Cli, model: Path, tmp_path: Path, arguments: tuple[object, ...]
) -> None:
    places = {
        "MODEL": model,
        "RUN": model.parent / "runs" / "ring",
        "NEW": model.parent / "new.csv",
    }
    places["OUT"] = tmp_path / "out"
    code, out, err = cli(*(places.get(str(word), word) for word in arguments), "--json")

    def refuse(text: str) -> None:
        raise AssertionError(f"{text} is no JSON")

    assert json.loads(out, parse_constant=refuse)
    assert (code, err) == (0, "")
    assert "\x1b" not in out


def test_commands_that_read_have_json() -> None:
    lacking = {
        " ".join(path)
        for path, command in commands(get_command(app))
        if path[0] not in MAKES_FILES
        and not any("--json" in parameter.opts for parameter in command.params)  # type: ignore[attr-defined]
    }
    # BibTeX is for programs already; `record` writes the reference points of an adapter
    assert lacking <= {"cite", "adapters record", "retry", "recover"}


def helped() -> list[tuple[str, object]]:
    """All commands and groups by name."""
    top = get_command(app)
    groups = [((name,), top.commands[name]) for name in ("adapters", "new")]  # type: ignore[attr-defined]
    return [(" ".join(path), command) for path, command in (*commands(top), *groups)]


@pytest.mark.parametrize(("name", "command"), helped(), ids=[name for name, _ in helped()])
def test_help_teaches(name: str, command: object) -> None:
    summary, *rest = command.help.split("\n\n")  # type: ignore[attr-defined]
    assert len(summary.replace("`", "")) <= 66, "has to fit into one line of the list of commands"
    assert summary.endswith(".")
    example = f"`mlscanner-hep {name.removesuffix(' model')}"
    assert example in " ".join(rest) or name == "plot"  # it has a list of them
    known = {"--out", "--into", "--where", "--best", "--json", "--folder", "--keep"}
    for parameter in command.params:  # type: ignore[attr-defined]
        assert not known & {f"{option}put" for option in parameter.opts}
        if parameter.param_type_name == "argument":
            assert parameter.metavar, "arguments are in capitals"
            if parameter.metavar in ("RUN", "MODEL"):
                assert "model.toml" in parameter.help


def test_the_menu_has_every_command_once(cli: Cli) -> None:
    names = [name for panel in MENU.values() for name in panel]
    assert sorted(names) == sorted(get_command(app).commands)  # type: ignore[attr-defined]
    _, out, _ = cli("--help")
    panels = [re.search(f"─ {panel} ─", out) for panel in MENU]
    assert [found.start() for found in panels if found] == sorted(f.start() for f in panels if f)
    assert all(panels)


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys, typer.main, mlscanner_hep.cli.app as menu; typer.main.get_command(menu.app);"
        "print({'scipy', 'sklearn', 'matplotlib', 'jinja2', 'pyslha'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


@pytest.mark.parametrize("command", ["status", "recover", "export"])
def test_a_run_is_a_folder_a_model_or_its_folder(
    cli: Cli, model: Path, tmp_path: Path, command: str
) -> None:
    more = [tmp_path / "out.csv"] if command == "export" else []
    run = shutil.copytree(model.parent, tmp_path / "copy") / "runs" / "ring"
    for given in (run, run.parents[1], run.parents[1] / "model.toml"):
        code, _, err = cli(command, given, *more)
        assert code == 0, err


def test_what_is_neither(cli: Cli, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(model.parent)
    code, _, err = cli("status", "runs")
    assert (code, "neither a run nor a model.toml is in this folder" in err) == (2, True)
    assert "did you mean model.toml?" in err
    code, _, err = cli("run", "runs/ring")
    assert (code, "is a run folder: give the model.toml that made it" in err) == (2, True)
    code, _, err = cli("check", "modle.toml")
    assert (code, "no such file; did you mean model.toml?" in err) == (2, True)


def test_predictions_as_json_write_no_file(cli: Cli, model: Path) -> None:
    before = sorted(model.parent.iterdir())
    data = json.loads(cli("predict", model, model.parent / "new.csv", "--json")[1])
    assert data["parameters"] == {"x": [0.1, 0.6], "y": [0.2, 0.3]}
    assert all(0 <= p <= 1 for p in data["predicted"]["p_inside"])
    assert sorted(model.parent.iterdir()) == before


def test_numbers_that_json_does_not_know() -> None:
    data = {"a": float("nan"), 1: (float("-inf"), 2.0), "b": [{"c": float("inf")}]}
    assert strict(data) == {"a": None, "1": [None, 2.0], "b": [{"c": None}]}


def in_a_terminal(arguments: list[str], **env: str) -> bytes:
    """What a command prints to a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "mlscanner_hep", *arguments],
        stdout=slave,
        stderr=slave,
        env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, "TERM": "xterm", **env},
    )
    os.close(slave)
    said = b""
    try:
        while block := os.read(master, 4096):
            said += block
    except OSError:  # the end of a terminal
        pass
    process.wait()
    return said


@pytest.mark.slow  # two processes
def test_colours_are_for_terminals_that_want_them(model: Path) -> None:
    colour = re.compile(rb"\x1b\[[34]\d")
    assert colour.search(in_a_terminal(["status", str(model)]))
    assert not colour.search(in_a_terminal(["status", str(model)], NO_COLOR="1"))


@pytest.mark.slow  # a process
def test_completion() -> None:
    env = {
        **os.environ,
        "_MLSCANNER_HEP_COMPLETE": "complete_bash",
        "COMP_WORDS": "mlscanner-hep unar",
        "COMP_CWORD": "1",
    }
    script = "import sys; sys.argv = ['mlscanner-hep']; from mlscanner_hep.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["unarchive"]


def test_help_says_what_exit_codes_mean(cli: Cli) -> None:
    _, out, _ = cli("--help")
    codes = {error.exit_code for error in vars(errors).values() if hasattr(error, "exit_code")}
    for code in (0, 130, *codes):
        assert f"{code} " in out[out.index("Exit codes") :]
