"""What several test files share: a code that misbehaves on command, and models that run it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlscanner_hep.cli import main
from mlscanner_hep.tools.cores import one_core

os.environ["COLUMNS"] = "200"
"""Width of the tables that commands print: long paths of temporary folders stay in one piece."""

# It answers in milliseconds, so it is a shell script. The mode is the second entry of its input.
FAKE_CODE = r"""#!/bin/sh
x=$(awk '$1 == 1 {print $2}' "$1")
mode=$(awk '$1 == 2 {print int($2)}' "$1")
spectrum() { printf 'Block SPINFO\n 1 fake\nBlock MASS\n 25 %s # h\n' "$x"; }
echo "working on $x"
case $mode in
  0) spectrum > "$2" ;;
  1) kill -SEGV $$ ;;
  2) sh -c 'trap "" TERM; sleep 60' & sleep 60 ;;
  3) ;;
  4) printf 'Block MASS\n 25 NaN # h\n' > "$2" ;;
  5) spectrum > "$2"; touch -d '2001-01-01' "$2" ;;
  6) spectrum > "$2"; echo "something is wrong" >&2; exit 7 ;;
  7) echo "Stopping calculation because of negative mass squared."; exit 0 ;;
  8) spectrum > "$2"; echo "FATAL: internal problem" ;;
  9) head -c 4000 /dev/urandom > "$2" ;;
  10) printf 'Block SPINFO\n 4 # no convergence\n' > "$2" ;;
  11) printf 'Block MASS\n 25 0.999 # h\n' > "$2" ;;
  12) printf 'Block MASS\n 25 **** # h\n' > "$2" ;;
  13) : > "$2" ;;
esac
"""

ADAPTER = r"""
command = ["{exe}", "in.slha", "out.slha"]
timeout = 1.5
[inputs]
"in.slha" = "in.slha.j2"
[outputs."out.slha"]
format = "slha"
mh = { slha = "MASS 25", unit = "GeV" }
[success]
require = ["out.slha: MASS 25"]
fatal = ["FATAL"]
plausible = ["abs(mh) > 1 or abs(mh) < 0.99"]
[unphysical]
stdout = ["negative mass squared"]
slha = ["SPINFO 4"]
"""

TEMPLATE = "Block MINPAR\n 1 {{ x }} # x\n 2 {{ mode }} # mode\n"

MODEL = r"""
[scan]
name = "fake"
seed = 3
stop = { calls = 24 }
[parameters]
x = { min = -2.0, max = 3.0 }
mode = { choices = [MODES] }
[[chain]]
adapter = "fake"
exe = "./fake.sh"
[constraints]
mh = { min = 0.0 }
[proposer]
kind = "uniform"
batch = 8
"""


@pytest.fixture(scope="session", autouse=True)
def _one_core() -> Iterator[None]:
    """As wherever a scan learns; and tests that run side by side do not fight for the cores."""
    with one_core():
        yield


@pytest.fixture(autouse=True)
def no_user_config(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What somebody has configured on this machine is no part of a test."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "no-config"))


@pytest.fixture
def fake_model(tmp_path: Path) -> Callable[..., Path]:
    """Write a model that runs the fake code in the given modes; more text can be put in."""

    def write(*modes: int, replace: dict[str, str] | None = None) -> Path:
        folder = tmp_path / "model"
        (folder / "fake").mkdir(parents=True, exist_ok=True)
        code = folder / "fake.sh"
        code.write_text(FAKE_CODE)
        code.chmod(code.stat().st_mode | stat.S_IXUSR)
        (folder / "fake" / "adapter.toml").write_text(ADAPTER)
        (folder / "fake" / "in.slha.j2").write_text(TEMPLATE)
        text = MODEL.replace("MODES", ", ".join(map(str, modes or (0, 3))))
        for old, new in (replace or {}).items():
            assert old in text, old
            text = text.replace(old, new)
        (folder / "model.toml").write_text(text)
        return folder / "model.toml"

    return write


SHELL = r"""
from mlscanner_hep import Unphysical

def shell(values):
    x, y = values["x"], values["y"]
    if x < -0.9:
        raise Unphysical("too far left")
    return {"r": (x * x + y * y) ** 0.5, "angle": y}
"""

SHELL_MODEL = r"""
[scan]
name = "ring"
seed = 5
stop = { calls = 40 }
[parameters]
x = { min = -1, max = 1, unit = "GeV" }
y = { min = -1, max = 1 }
[[chain]]
python = "shell.py:shell"
[observables]
r = { from = "shell", unit = "GeV" }
angle = { from = "shell" }
[constraints]
r = { value = 0.7, sigma = 0.05 }
[proposer]
kind = "uniform"
batch = 10
"""


@pytest.fixture
def ring_model(tmp_path: Path) -> Callable[..., Path]:
    """Write a model whose only stage is a Python function: fast, with an unphysical strip."""

    def write(replace: dict[str, str] | None = None) -> Path:
        folder = tmp_path / "ring"
        folder.mkdir(exist_ok=True)
        (folder / "shell.py").write_text(SHELL)
        text = SHELL_MODEL
        for old, new in (replace or {}).items():
            assert old in text, old
            text = text.replace(old, new)
        (folder / "model.toml").write_text(text)
        return folder / "model.toml"

    return write


@pytest.fixture(scope="session")
def codes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the two codes of examples/thdm; the folder with both programs."""
    for program in ("make", "gfortran", "cc"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program} to compile examples/thdm")
    folder = tmp_path_factory.mktemp("thdm-bin")
    source = Path(__file__).parent.parent / "examples" / "thdm"
    make = ["make", "-C", str(source), f"BIN={folder}"]
    built = subprocess.run(make, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return folder


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
