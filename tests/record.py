"""Record what a code answers at one point, for tests that run without the code.

    python tests/record.py softsusy --exe ~/softsusy/softpoint.x --case bulk --set m0=125 ...

writes tests/data/softsusy/bulk. Without --set and the like a case that is there is recorded anew.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import replay

from mlscanner_hep.codes.service_stage import ServiceStage
from mlscanner_hep.outcome import Answer
from mlscanner_hep.setup import adapters, reference
from mlscanner_hep.setup.reference import PointFile
from mlscanner_hep.setup.tables import load
from mlscanner_hep.tools import toml


def record(folder: Path, exe: str, case: Path, code: str = "") -> Answer:
    """Run the point in the case.toml of a case and write down all that came of it."""
    file = case / "case.toml"
    point = load(PointFile, file)
    adapter = reference.adapter(folder, file, reference.program(folder, exe))
    with tempfile.TemporaryDirectory() as scratch:
        answer = reference.run(adapter, file, Path(scratch))
    if not answer.command:
        raise SystemExit(f"nothing was run: {answer.reason}")
    given = {name: answer.files[name] for name in adapter.inputs if name in answer.files}
    given |= {name: (case / source).read_bytes() for name, source in point.files.items()}
    printed = {"stdout", "stderr"}
    written = {output.file for output in adapter.outputs} & answer.files.keys() - printed
    for part in ("inputs", "outputs"):
        shutil.rmtree(case / part, ignore_errors=True)
    _write(case / "inputs", given)
    _write(case / "outputs", {n: answer.files[n] for n in written if n != adapter.stdout})
    for name in printed:
        (case / name).unlink(missing_ok=True)
    _write(case, {n: answer.files[n] for n in printed if answer.files.get(n)})
    place = answer.command.index(str(adapter.exe))
    run: dict[str, object] = {
        "arguments": replay.names(answer.command[place + 1 :]),
        "stdin": adapter.stdin,
        "exit_code": answer.exit_code,
    }
    if isinstance(adapter, ServiceStage):
        values = {name: point.values[name] for name in adapter.told if name in point.values}
        run["asked"] = {"options": adapter.options, "values": values, "wanted": adapter.wanted}
    (case / "run.json").write_text(json.dumps(run, indent=1) + "\n")
    reference.record(file, answer, code)
    return answer


def _write(folder: Path, contents: Mapping[str, bytes]) -> None:
    for name, data in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def write_point(
    case: Path, values: Iterable[str], options: Iterable[str], files: Iterable[str]
) -> None:
    """Write case.toml; all in the form NAME=VALUE."""
    tables: dict[str, dict[str, float | str]] = {"values": {}, "options": {}, "files": {}}
    for table, settings in (("values", values), ("options", options)):
        for setting in settings:
            name, _, text = setting.partition("=")
            tables[table][name] = _value(text)
    for setting in files:
        name, _, source = setting.partition("=")
        _write(case / "inputs", {name: Path(source).expanduser().read_bytes()})
        tables["files"][name] = f"inputs/{name}"
    texts = ["\n".join([f"[{name}]", *toml.lines(t), ""]) for name, t in tables.items() if t]
    _write(case, {"case.toml": "\n".join(texts).encode()})


def _value(text: str) -> float | str:
    # As a scan gives it: no integers.
    try:
        return float(text)
    except ValueError:
        return text


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("adapter", help="name or folder of the adapter")
    parser.add_argument("--exe", required=True, help="the program")
    parser.add_argument("--case", required=True, help="name of the case")
    parser.add_argument("--code", default="", help="name and version, if no SPINFO tells them")
    for option, text in (
        ("--set", "a value"),
        ("--option", "an option of the adapter"),
        ("--file", "an input that an earlier stage makes, and a file to take for it"),
    ):
        parser.add_argument(option, action="append", default=[], metavar="NAME=...", help=text)
    given = parser.parse_args()
    folder = adapters.find(given.adapter, replay.DATA)
    case = replay.DATA / folder.name / given.case
    if given.set or given.option or given.file:
        write_point(case, given.set, given.option, given.file)
    answer = record(folder, given.exe, case, given.code)
    status = answer.status.name.lower()
    print(f"{case}: {status}, {len(answer.values)} observables. {answer.reason}")


if __name__ == "__main__":
    main()
