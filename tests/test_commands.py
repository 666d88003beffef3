"""Every command in the pages exists, and is run, or the reason why it is not stands here."""

from __future__ import annotations

import csv
import itertools
import re
import shlex
import shutil
from pathlib import Path

import command_line
import pytest
from pages import DOCS, PAGES, ROOT, blocks, commands, mentioned, name

from mlscanner_hep import Scan

FOLLOWED = {
    *(DOCS / "tutorials").glob("*.md"),
    DOCS / "add-a-code.md",
    DOCS / "getting-started.md",
}
"""The console blocks of these are run to the letter by test_guides."""

NOT_RUN = {
    r"make (demo|test)|make -C examples/thdm": "test_demo compiles and runs the demo",
    r"mlscanner-hep (run|check) examples/thdm/": "so does it",
    r"mlscanner-hep plot runs/thdm-typeII": "of that demo",
    r"pip install|python3 -m venv|\. scans/": "makes an environment, with a network",
    r"python benchmarks/": "takes minutes to hours, or external codes; see test_benchmarks",
    r"python tests/record\.py": "writes into tests/data; test_recorded reads what it has written",
    r"python mlscanner_hep/codes/serve\.py": "waits for lines to be typed; see test_serve",
    r"mlscanner-hep watch \S+ --web": "goes on until Ctrl-C; see test_web",
    r"ssh ": "needs another machine",
    r"mlscanner-hep --(install|show)-completion": "changes the start-up file of a shell",
    r"mlscanner-hep merge model.toml": "for a uniform scan in shards; see test_merging, test_slurm",
    r"mlscanner-hep import model.toml points.dat": "for a scan of m0 and m12; see test_importing",
    r"cd micromegas|sed -e|make main=": "needs micrOMEGAs",
    r"mlscanner-hep adapters test (micromegas|spheno-thdm)": "needs the code",
    r"mlscanner-hep \S+ examples/(cmssm|singlet|thdm-spheno)/": "needs the code",
}

MODEL = """
[scan]
name = "my-model"
stop = { calls = 40 }

[parameters]
tanb = { min = 2, max = 50 }
m0   = { min = 100, max = 3000 }

[constants]
m12   = 2500
a0    = 0
sgnmu = 1

[[chain]]
adapter = "mycode"
exe     = "mycode/mycode.py"

[constraints]
mh = { value = 125.2, sigma = 0.11, theory = 3.0 }

[proposer]
batch = 20

[run]
keep = "all"
"""


def reason(command: str) -> str:
    """Why a command is not run; empty if it is."""
    return next((why for what, why in NOT_RUN.items() if re.match(what, command)), "")


def todo(page: Path) -> list[str]:
    """The commands of a page that are run here."""
    console = "".join(block.text for block in blocks(page, "console"))
    followed = {line[2:] for line in console.splitlines()} if page in FOLLOWED else set()
    return [line for line in commands(page) if line not in followed and not reason(line)]


def plain(line: str) -> list[str]:
    """The words of a command, without what a shell does with its output."""
    return list(itertools.takewhile(lambda word: word not in (">", "|"), shlex.split(line)))


def said(page: Path) -> list[str]:
    """All that is a command of ours on a page."""
    ours = [line for line in commands(page) if line.startswith("mlscanner-hep")]
    return [*ours, *mentioned(page)]


@pytest.mark.parametrize("page", [page for page in PAGES if said(page)], ids=name)
def test_commands_exist(page: Path) -> None:
    known = dict(command_line.commands())
    top = {"--help", "-h", "--version", "--install-completion", "--show-completion"}
    for line in said(page):
        _, *words = plain(line)
        if not words or words[0] in top or words[0].isupper():  # COMMAND --help
            continue
        called = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
        assert called in known, f"{line}: there is no command '{called}'"
        if called == "new" and words[1:]:
            called = "new model"  # by default
        options = {"--help", "-h"}
        for parameter in known[called].params:
            options |= {*parameter.opts, *parameter.secondary_opts}
        for word in words:
            if re.match(r"--?[a-z]", word):
                assert word.partition("=")[0] in options, f"{line}: no option {word}"


def test_no_reason_is_left_over() -> None:
    everything = [line for page in PAGES for line in commands(page)]
    for what in NOT_RUN:
        assert any(re.match(what, line) for line in everything), f"no page says {what}"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that pages speak of: a model, its run, and files to import."""
    folder = tmp_path_factory.mktemp("bench")
    code = ROOT / "mlscanner_hep" / "skeleton" / "mycode"
    shutil.copytree(code, folder / "mycode")
    (folder / "model.toml").write_text(MODEL)
    shutil.copytree(code.parent, folder / "my-model")
    shorten(folder / "my-model" / "model.toml")
    for model in (folder / "model.toml", folder / "my-model" / "model.toml"):
        with Scan.load(model) as scan:
            scan.run()
            scan.learn()
    shutil.copytree(folder / "mycode", folder / "new" / "mycode")
    (folder / "new" / "model.toml").write_text(MODEL)
    write(folder / "scan.csv", ["TB", "m0", "Mh"], [[5, 900, 123.0], [9, 800, 124.0]])
    names = ["m0", "M0", "m12", "a0", "tanb", "mh"]
    write(folder / "old.csv", names, [[900, 900, 800, 0, 10, 124.0]])
    for file in ("new.csv", "points.csv"):
        write(folder / file, names[:-1], [[900, 900, 800, 0, 10], [700, 700, 900, 0, 20]])
    spectrum = (
        "Block MINPAR\n 1 {m0:.9E} #\n 3 {tanb:.9E} #\nBlock MASS\n 25 1.24E+02 #\n"
        " 1000021 5.5E+03 #\n 1000022 1.075E+03 #\n"
    )
    texts = [spectrum.format(m0=500.0 + i, tanb=7.0) for i in range(3)]
    (folder / "spectra").mkdir()
    for i, text in enumerate(texts):
        (folder / "spectra" / f"{i}.slha").write_text(text)
    (folder / "SpectrumFiles.spc").write_text("ENDOFPARAMETERPOINT\n".join([*texts, ""]))
    shutil.copytree(ROOT / "examples" / "toy", folder / "examples" / "toy", ignore=no_runs)
    (folder / "docs" / "images").mkdir(parents=True)
    return folder


def write(file: Path, names: list[str], rows: list[list[float]]) -> None:
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerows([names, *rows])


def no_runs(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name in ("runs", "__pycache__")]


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if todo(page)], ids=name)
def test_commands_are_run(
    page: Path, bench: Path, tmp_path: Path, cli: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(bench, tmp_path / "bench")
    monkeypatch.chdir(folder)
    lines = todo(page)
    if page.name == "import.md":
        run(cli, "mlscanner-hep export runs/my-model points.parquet")
    else:
        shutil.rmtree("spectra")
    if "mlscanner-hep new my-model" in lines or not any(" my-model/" in line for line in lines):
        shutil.rmtree("my-model")
    for line in lines:
        run(cli, line)


def run(cli: object, line: str) -> None:
    """Run a command of a page without a shell; a scan of a new model is cut short."""
    program, *words = plain(line)
    assert program == "mlscanner-hep", f"run '{line}', or say in NOT_RUN why not"
    code, _, err = cli(*words)  # type: ignore[operator]
    assert code == 0, f"{line}\n{err}"
    if words[0] == "new":
        shorten(Path("my-model/model.toml"))


def shorten(model: Path) -> None:
    """Make a scan of the model that `new` makes a short one."""
    text = model.read_text()
    assert "inside = 300, calls = 2000" in text
    model.write_text(text.replace("inside = 300, calls = 2000", "calls = 60"))
