"""The pages of the documentation: their code blocks and commands, and how to follow one."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md"), *ROOT.glob("[!.]*/*/README.md")])
PAGES = [page for page in PAGES if "_build" not in page.parts]

BLOCK = re.compile(r"^```(\w+)(?: (file|append)=(\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
PROGRAMS = "mlscanner-hep python3? pip make cd cp chmod sed ssh taplo \\. \\./\\S+"
COMMAND = re.compile(f"^(?:{'|'.join(PROGRAMS.split())})(?= )")
COMMENT = re.compile(r"\s{2,}#.*$")


@dataclass(frozen=True)
class Block:
    """A code block: its language, its text, and what a reader does with it.

    `action` is ``file`` or ``append`` with the name in `file`, or empty.
    """

    language: str
    action: str
    file: str
    text: str


def name(page: Path) -> str:
    """How a page is called in the tests."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str = "") -> list[Block]:
    """The code blocks of a page, or those of one language."""
    found = [Block(*groups) for groups in BLOCK.findall(page.read_text(encoding="utf-8"))]
    return [block for block in found if language in ("", block.language)]


def commands(page: Path) -> list[str]:
    """The commands of a page: those in console and bash blocks, and in indented ones."""
    text = page.read_text(encoding="utf-8")
    shells = [block for block in blocks(page) if block.language in ("console", "bash", "sh")]
    lines = [line for block in shells for line in block.text.splitlines()]
    lines += [line[4:] for line in FENCED.sub("", text).splitlines() if line.startswith("    ")]
    whole = "\n".join(lines).replace("\\\n", " ").splitlines()
    plain = [COMMENT.sub("", line.removeprefix("$ ")) for line in whole]
    return [line for line in plain if COMMAND.match(line)]


def mentioned(page: Path) -> list[str]:
    """The commands of ours that stand in the sentences of a page."""
    text = " ".join(FENCED.sub("", page.read_text(encoding="utf-8")).split())
    return re.findall(r"`(mlscanner-hep [^`]+)`", text)


def call(command: list[str], folder: Path) -> str:
    """Run a command in a folder, with the programs of this environment; what it prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def follow(page: Path, folder: Path) -> dict[str, list[str]]:
    """Do what a page says, in its order: write its files, run its commands and its Python.

    What each command printed, by its text, once for each time that it stands there; what Python
    printed is under ``python``.
    """
    printed: dict[str, list[str]] = {}
    names: dict[str, object] = {}
    for block in blocks(page):
        if block.action:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            before = path.read_text() if block.action == "append" else ""
            path.write_text(before + block.text)
        elif block.language == "console":
            for line in block.text.splitlines():
                assert line.startswith("$ "), line
                said = call(shlex.split(line[2:]), folder)
                printed.setdefault(line[2:], []).append(said)
        elif block.language == "python":
            said = io.StringIO()
            with contextlib.chdir(folder), contextlib.redirect_stdout(said):
                exec(compile(block.text, page.name, "exec"), names)
            printed.setdefault("python", []).append(said.getvalue())
    return printed
