"""Write docs/mistakes.md: each mistake is made, in a folder of its own, and what is said of it.

python docs/mistakes.py
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mlscanner_hep
from mlscanner_hep.cli import main

HERE = Path(__file__).parent
SKELETON = Path(mlscanner_hep.__file__).parent / "skeleton"
TOLD = re.compile(
    r"│ (missing +\w+: .*?) *│|((?:This point is|None of \d+ points|  Without|  '|With --keep).*)"
)

INTRO = """# What it says when ...

Typical mistakes, each made in the folder of `mlscanner-hep new my-model`, and what is said of it. A
message names the file, the key and the value, what is allowed, and the nearest name. Stages count
from 1. All that can be known before a code is run is told at once. The exit codes are in
[the command line](cli.md).
"""

RING = """def shell(values):
    x, y = values["x"], values["y"]
    return {"r": (x * x + y * y) ** 0.5, "angle": y}
"""
NO_SPECTRUM = """from mlscanner_hep import Unphysical

def shell(values):
    raise Unphysical("tachyon")
"""
RING_MODEL = """[scan]
name = "ring"
seed = 5
stop = { calls = 100 }
[parameters]
x = { min = -1, max = 1 }
y = { min = -1, max = 1 }
[[chain]]
python = "ring.py:shell"
[observables]
r     = { from = "shell" }
angle = { from = "shell" }
[constraints]
r = { max = 0.3 }
[proposer]
kind  = "uniform"
batch = 100
"""


@dataclass(frozen=True)
class Mistake:
    """One mistake.

    Parameters
    ----------
    what : str
        What was done, in words.
    edits : tuple of tuple of str
        File, what stands there, and what is written instead; the whole file if nothing stands.
    command : str
        What is called then.
    first : str
        What has been called before the edits.
    """

    what: str
    edits: tuple[tuple[str, str, str], ...] = ()
    command: str = "check model.toml"
    first: str = ""


def model(old: str, new: str, what: str) -> Mistake:
    """A mistake in model.toml."""
    return Mistake(what, (("model.toml", old, new),))


def ring(what: str, command: str, *edits: tuple[str, str, str], first: str = "") -> Mistake:
    """A mistake with a model whose code is a function, which is fast."""
    start = (("model.toml", "", RING_MODEL), ("ring.py", "", RING))
    return Mistake(what, (*start, *edits), command, first)


ADAPTER, TEMPLATE, CODE = "mycode/adapter.toml", "mycode/LesHouches.in.j2", "mycode/mycode.py"
MISTAKES: dict[str, tuple[Mistake, ...]] = {
    "model.toml": (
        model('unit = "GeV", latex = "m_0"', 'units = "GeV"', 'a key is misspelt: `units = "GeV"`'),
        model("[constraints]", "[constraint]", "a table is misspelt: `[constraint]`"),
        model('"regressor"', '"regresor"', 'another word is misspelt: `kind = "regresor"`'),
        model('scale = "log" }', 'scale = "logarithmic" }', '`scale = "logarithmic"`'),
        model('scale = "log" }', "scale = log }", "quotes are forgotten: `scale = log`"),
        model("min = 2, max = 50", "min = 50, max = 2", "a range is reversed: `min = 50, max = 2`"),
        model(
            "m12  = { min = 100",
            "m12  = { min = 0",
            'a logarithm starts at 0: `min = 0` of `"log"`',
        ),
        model("{ min = 2300 }", '{ min = "2300" }', 'a number is in quotes: `min = "2300"`'),
        model("{ min = 2300 }", '{ min = "2300 GeV" }', 'it has its unit: `min = "2300 GeV"`'),
        model(
            r"latex = '\tan\beta'", r'latex = "\tan\beta"', 'LaTeX is in double quotes: `"\\tan"`'
        ),
        model("mgl    =", "mglu   =", "`[constraints]` has a misspelt observable: `mglu`"),
        model('"mgl / msq"', '"mgl / mqs"', 'an expression has one: `"mgl / mqs"`'),
        model('{ from = "mycode", slha', '{ from = "mycod", slha', 'so has `from = "mycod"`'),
        model("sigma = 0.11, theory = 1.0, ", "", "a measurement has no `sigma`"),
        model("{ min = 2300 }", "{ min = 2300, max = 100 }", "limits contradict each other"),
        model(
            'slha = "MASS 1000002"', 'slha = "1000002"', 'a place has no block: `slha = "1000002"`'
        ),
        model(
            "inside = 300, calls", "points = 300, calls", "a stop rule is not known: `points = 300`"
        ),
        model("\nstop = {", "\n# stop = {", "there is no `stop`"),
    ),
    "The chain, adapters and templates": (
        model('adapter = "mycode"', 'adapter = "mycod"', 'an adapter is misspelt: `"mycod"`'),
        model('mycode.py"', 'mycod.py"', 'a path is misspelt: `exe = "mycode/mycod.py"`'),
        model('"mycode/mycode.py"', '"SPhenoMSSM"', 'a program is not on PATH: `"SPhenoMSSM"`'),
        model(
            "[[chain]]  ",
            '[[chain]]\nadapter = "gm2calc"\nexe = "mycode/mycode.py"\n\n[[chain]]  ',
            "the chain has the wrong order: a code comes before its spectrum generator",
        ),
        Mistake(
            "a template has a misspelt name: `{{ tanbeta }}`",
            ((TEMPLATE, "{{ tanb }}", "{{ tanbeta }}"),),
        ),
        Mistake("a template forgets a parameter", ((TEMPLATE, "{{ tanb }}", "10.0"),)),
        Mistake(
            "a rule has a misspelt name: `50 < mhh < 500`", ((ADAPTER, "50 < mh <", "50 < mhh <"),)
        ),
        Mistake(
            "a rule is on a file that is no output",
            ((ADAPTER, '"spectrum.slha: MASS', '"SPheno.spc: MASS'),),
        ),
        Mistake("a key of adapter.toml is misspelt", ((ADAPTER, "timeout =", "time_out ="),)),
    ),
    "A point": (
        Mistake("the program prints, but writes nothing", ((CODE, "", "#!/bin/sh\necho ok\n"),)),
        Mistake("it dies", ((CODE, "", "#!/bin/sh\nkill -SEGV $$\n"),)),
        model(
            'slha = "MASS 1000002"',
            'slha = "MAS 1000002"',
            'there is no such block: `"MAS 1000002"`',
        ),
        model(
            'slha = "MASS 1000002"', 'slha = "MASS 2000002"', 'or no such entry: `"MASS 2000002"`'
        ),
        ring("all points are unphysical", "run model.toml", ("ring.py", "", NO_SPECTRUM)),
        ring(
            "no point fulfils all limits",
            "run model.toml",
            ("model.toml", "r = { max = 0.3 }", "r = { max = 0.3 }\nangle = { min = 0.9 }"),
        ),
    ),
    "The command line": (
        Mistake("a file is misspelt", command="run modle.toml"),
        Mistake(
            "the parameter of `--set` is misspelt", command="check model.toml --set tanbeta=10"
        ),
        Mistake("it has no number", command="check model.toml --set tanb=ten"),
        ring("`--x` is misspelt", "plot model.toml --x rr", first="run model.toml"),
        ring(
            "`--where` is misspelt", "export model.toml a.csv --where rr<1", first="run model.toml"
        ),
        ring(
            "`--where` is no condition",
            "export model.toml a.csv --where r=1",
            first="run model.toml",
        ),
        ring("a format is not known", "export model.toml a.xlsx", first="run model.toml"),
    ),
    "Runs": (
        Mistake("nothing has been run yet", command="status model.toml"),
        Mistake("a folder has no run", command="status mycode"),
        Mistake("an archive is still packed", command="status my-model.zip"),
        Mistake("a folder is there already", command="new mycode"),
        ring(
            "a range is changed, and the run folder is that of before",
            "run model.toml",
            ("model.toml", "y = { min = -1", "y = { min = -2"),
            first="run model.toml",
        ),
        ring(
            "the run folder is that of another model",
            "run model.toml",
            ("model.toml", "y = { min", "z = { min"),
            ("ring.py", 'values["y"]', 'values["z"]'),
            first="run model.toml",
        ),
        ring("the run folder cannot be made", "run model.toml --folder /dev/null/ring"),
        ring("a point does not exist", "replay model.toml 4711", first="run model.toml"),
    ),
}


def said(mistake: Mistake) -> str:
    """What is said of a mistake: the error, or the lines that tell of it."""
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        shutil.copytree(SKELETON, place, dirs_exist_ok=True)
        Path(CODE).chmod(0o755)
        # The files of `ring` come first, and its run is made before they are edited.
        edits = list(mistake.edits)
        if mistake.first:
            _edit(edits[:2])
            _call(mistake.first)
            edits = edits[2:]
        _edit(edits)
        out, err = _call(mistake.command)
        text = err or "\n".join("".join(found) for found in TOLD.findall(out))
        return text.replace(f"{place}/", "").replace(os.path.realpath(place), "").strip()


def _edit(edits: list[tuple[str, str, str]]) -> None:
    for name, old, new in edits:
        text = Path(name).read_text(encoding="utf-8") if old else ""
        assert old in text, f"{name} has no {old}"
        Path(name).write_text(text.replace(old, new, 1) if old else new, encoding="utf-8")


def _call(command: str) -> tuple[str, str]:
    out, err, before = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["mlscanner-hep", *command.split()]
    try:
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            contextlib.suppress(SystemExit),
        ):
            main()
    finally:
        sys.argv = before
    return out.getvalue(), err.getvalue()


def lines() -> Iterator[str]:
    """The page, line by line."""
    yield INTRO
    for title, mistakes in MISTAKES.items():
        yield f"## {title}\n"
        yield "| when | it says |"
        yield "| --- | --- |"
        for mistake in mistakes:
            own = mistake.command not in ("check model.toml", "run model.toml")
            command = f": `{mistake.command}`" if own else ""
            yield f"| {mistake.what}{command} | {_cell(said(mistake))} |"
        yield ""


def _cell(text: str) -> str:
    """A message in a cell of a table."""
    shown = [" ".join(line.split()) for line in text.removeprefix("Error: ").splitlines()]
    return "<br>".join(f"`` {line} ``".replace("|", "\\|") for line in shown if line)


def page() -> str:
    """docs/mistakes.md"""
    return "\n".join(lines()).rstrip() + "\n"


if __name__ == "__main__":
    os.environ["COLUMNS"] = "200"
    (HERE / "mistakes.md").write_text(page(), encoding="utf-8")
