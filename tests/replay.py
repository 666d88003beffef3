"""A program that answers as a code once did, so that adapters are tested without the codes.

Recorded cases stand in `data/ADAPTER/CASE/`:

    case.toml       values, options and [expected], as a reference point has them
    run.json        arguments of the program and its exit code; what a service was asked
    inputs/         the files that the code was given
    outputs/        the files that it wrote, or the line that a service answered
    stdout, stderr  what it printed

`record.py` makes them. `program` writes an executable for the cases of one adapter: it finds the
case that has its arguments and its inputs, writes what the code wrote, prints what it printed, and
ends as it ended. Where no case fits it says so and exits with `UNKNOWN`. If it is started as a
service it finds the case of each request.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
UNKNOWN = 97


def program(cases: Path, path: Path) -> Path:
    """Write an executable that replays the cases of a folder."""
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{__file__}" "{cases}" "$@"\n')
    path.chmod(0o755)
    return path


def names(arguments: Sequence[str]) -> list[str]:
    """Arguments as they are compared: of a path that is not relative, only the name."""
    return [Path(text).name if os.path.isabs(text) else text for text in arguments]


def files(folder: Path) -> Iterator[Path]:
    """The files below a folder, relative to it."""
    yield from (p.relative_to(folder) for p in sorted(folder.rglob("*")) if p.is_file())


Differences = Callable[[Path, dict[str, Any]], Iterator[str]]


def find(cases: Path, differences: Differences) -> tuple[Path | None, str]:
    """The case without differences, or why there is none."""
    complaints = []
    for file in sorted(cases.glob("*/run.json")):
        told = ", ".join(differences(file.parent, json.loads(file.read_text())))
        if not told:
            return file.parent, ""
        complaints.append(f"{file.parent.name}: {told}")
    return None, f"replay: no case was recorded with this input ({'; '.join(complaints)})"


def other_files(case: Path, folder: Path) -> Iterator[str]:
    """Which input files of a case do not stand so in a folder."""
    for file in files(case / "inputs"):
        if not (folder / file).is_file():
            yield f"no file {file}"
        elif (folder / file).read_bytes() != (case / "inputs" / file).read_bytes():
            yield f"another {file}"


def run(cases: Path, arguments: list[str], stdin: bytes) -> int:
    """Answer as in the case that fits, and return its exit code."""

    def differences(case: Path, recorded: dict[str, Any]) -> Iterator[str]:
        if recorded["arguments"] != arguments:
            yield f"arguments {recorded['arguments']}"
        if recorded["stdin"] and stdin != (case / "inputs" / recorded["stdin"]).read_bytes():
            yield f"another standard input than {recorded['stdin']}"
        yield from other_files(case, Path())

    case, why = find(cases, differences)
    if case is None:
        print(why, file=sys.stderr)
        return UNKNOWN
    for file in files(case / "outputs"):
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(case / "outputs" / file, file)
    for name, stream in (("stdout", sys.stdout), ("stderr", sys.stderr)):
        if (case / name).exists():
            stream.buffer.write((case / name).read_bytes())
            stream.flush()
    return int(json.loads((case / "run.json").read_text())["exit_code"])


def serve(cases: Path, arguments: list[str], options: dict[str, Any]) -> None:
    """Answer each request as in the case that fits."""
    print(json.dumps({"status": "ready"}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)

        def differences(
            case: Path, recorded: dict[str, Any], request: dict[str, Any] = request
        ) -> Iterator[str]:
            asked = recorded.get("asked", {"options": None, "values": None, "wanted": []})
            if recorded["arguments"] != arguments:
                yield f"arguments {recorded['arguments']}"
            if asked["options"] != options:
                yield f"options {asked['options']}"
            if asked["values"] != request["values"]:
                yield f"values {asked['values']}"
            if unknown := {*request["wanted"]} - {*asked["wanted"]}:
                yield f"was not asked for {', '.join(sorted(unknown))}"
            yield from other_files(case, Path(request["folder"]))

        case, why = find(cases, differences)
        answer: dict[str, Any] = {"status": "failed", "reason": why}
        if case is not None:
            (file,) = (case / "outputs").iterdir()
            answer = json.loads(file.read_text())
        print(json.dumps({**answer, "id": request["id"]}), flush=True)


def main(cases: Path, arguments: list[str]) -> int:
    """Be the program, or the service if the first line says that it is one."""
    first = sys.stdin.buffer.readline()
    if first.startswith(b'{"options"'):
        serve(cases, arguments, json.loads(first)["options"])
        return 0
    return run(cases, arguments, first + sys.stdin.buffer.read())


if __name__ == "__main__":
    code = main(Path(sys.argv[1]), names(sys.argv[2:]))
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)
