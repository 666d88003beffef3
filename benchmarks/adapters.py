"""Adapters against their codes run by hand, at random points, with the real programs.

    python benchmarks/adapters.py softsusy --exe softsusy=~/softsusy/softpoint.x

runs 300 points twice, two at a time: through the adapter, and by the command of the code's manual
in a folder with the same input. It prints what came of them and writes the adapter's row in
docs/adapters.md. An adapter needs a file in boxes/: a model without [scan], and `by_hand`, a shell
command that exits with 0 where there is an answer; in it {NAME} is the program of stage NAME. Lines
that match `ignore`, such as dates, may differ between two runs.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mlscanner_hep import Scan
from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.codes.template import Template
from mlscanner_hep.outcome import Outcome, headline
from mlscanner_hep.points import Status
from mlscanner_hep.running import executors
from mlscanner_hep.setup import reference
from mlscanner_hep.setup.config import ModelFile

BOXES = Path(__file__).parent / "boxes"
DOCUMENT = Path(__file__).parent.parent / "docs" / "adapters.md"
WORKERS = 2
BLOCK = 30
"""Points that are run by the adapter before the same ones are run by hand: whatever else the
machine does then slows both."""

Inputs = Mapping[str, float | int | str]


@dataclass(frozen=True)
class Box:
    """Where to look, and how to run the codes by hand."""

    name: str
    scan: Scan
    by_hand: str
    ignore: re.Pattern[str] | None

    @property
    def stages(self) -> list[Adapter]:
        """The chain; the last stage is the one in question."""
        return [stage for stage in self.scan.pipeline.stages if isinstance(stage, Adapter)]

    @property
    def timeout(self) -> float:
        """Seconds for the whole chain."""
        return sum(stage.timeout for stage in self.stages)

    def points(self, n: int, seed: int) -> list[Inputs]:
        """Random points."""
        space = self.scan.problem.space
        u = np.random.default_rng(seed).random((n, space.dim))
        return [space.row(x) for x in space.from_unit(u)]


def open_box(name: str, exes: Mapping[str, str], folder: Path) -> Box:
    """The box of an adapter with the user's programs; `folder` is for what a scan leaves."""
    file = BOXES / f"{name}.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    by_hand, ignore = table.pop("by_hand"), table.pop("ignore", None)
    for stage in table["chain"]:
        if exe := exes.get(stage["adapter"]):
            stage["exe"] = str(Path(exe).expanduser().absolute())
    table["scan"] = {"name": name, "stop": {"calls": 1}}
    scan = Scan(ModelFile.model_validate(table), file, folder)
    scan.preflight()
    box = Box(name, scan, by_hand, re.compile(ignore) if ignore else None)
    for stage in box.stages:
        by_hand = by_hand.replace(f"{{{stage.name}}}", str(stage.exe))
    return Box(name, scan, by_hand, box.ignore)


@dataclass(frozen=True)
class ByHand:
    """What came of a point without the adapter: if there was an answer, and the files by name."""

    answered: bool
    hung: bool
    files: Mapping[str, bytes]


def run_by_hand(box: Box, inputs: Inputs) -> ByHand:
    """Run the codes on a point as their manuals say."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for stage in box.stages:
            for file, origin in stage.inputs.items():
                if isinstance(origin, Template):
                    (folder / file).write_text(origin.render({**inputs, **stage.options}))
        process = subprocess.Popen(
            ["sh", "-c", box.by_hand],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        hung = False
        try:
            process.wait(box.timeout)
        except subprocess.TimeoutExpired:
            hung = True
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        paths = [path for path in folder.rglob("*") if path.is_file()]
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return ByHand(process.returncode == 0, hung, files)


def differences(box: Box, outcome: Outcome, hand: ByHand) -> Iterator[str]:
    """Where the adapter and the code by hand disagree."""
    if (outcome.status == Status.OK) != hand.answered:
        said = "an answer" if hand.answered else "no answer"
        yield f"{outcome.status.name.lower()} ({outcome.reason}), but by hand {said}"
    if outcome.status != Status.OK or not hand.answered:
        return
    for stage, answer in zip(box.stages, outcome.answers, strict=True):
        declared = tomllib.loads((stage.folder / "adapter.toml").read_text())["outputs"]
        for output in stage.outputs:
            theirs = hand.files.get(output.file)
            if lines(box, answer.files.get(output.file)) != lines(box, theirs):
                yield f"another {output.file}"
            sources = declared.get(output.file, {}) if theirs is not None else {}
            for name, source in sources.items():
                number = printed(theirs or b"", source) if isinstance(source, dict) else None
                if number is not None and outcome.values.get(name) != number:
                    yield f"{name} = {outcome.values.get(name)}, but by hand {number}"


def lines(box: Box, data: bytes | None) -> list[str]:
    """The lines of a file that should be the same in each run."""
    text = (data or b"").decode(errors="replace")
    return [line for line in text.splitlines() if not (box.ignore and box.ignore.search(line))]


def printed(data: bytes, source: Mapping[str, object]) -> float | None:
    """A number as it stands in a file, read without the package: block and indices, or regex."""
    text, words = data.decode(errors="replace"), str(source.get("slha", "")).split()
    found = None
    if "regex" in source:
        matches = re.findall(str(source["regex"]), text, re.MULTILINE)
        found = matches[-1] if matches else None
    elif len(words) > 1 and all(word.isdigit() for word in words[1:]):
        block = ""
        for line in text.splitlines():
            entry = line.partition("#")[0].split()
            if entry and entry[0].lower() in ("block", "decay"):
                block = entry[1].upper() if entry[0].lower() == "block" else ""
            elif block == words[0].upper() and entry[:-1] == words[1:]:
                found = entry[-1]
    number = None if found is None else float(found)
    return abs(number) if number is not None and source.get("abs") else number


@dataclass
class Report:
    """What came of all points."""

    outcomes: list[Outcome] = field(default_factory=list)
    hands: list[ByHand] = field(default_factory=list)
    disagree: dict[int, list[str]] = field(default_factory=dict)
    overheads: list[float] = field(default_factory=list)

    @property
    def kinds(self) -> Counter[str]:
        """How often each verdict with its reason came."""
        return Counter(
            f"{outcome.status.name.lower()}: {headline(outcome.reason)}".rstrip(": ")
            for outcome in self.outcomes
        )


def measure(box: Box, points: list[Inputs]) -> Report:
    """Run all points both ways."""
    report = Report()
    executor = executors.start(box.scan.pipeline, WORKERS)
    list(executor.run([(n, points[n]) for n in range(WORKERS)]))  # starts the workers
    try:
        for first in range(0, len(points), BLOCK):
            block = points[first : first + BLOCK]
            begin = time.perf_counter()
            outcomes = dict(executor.run(enumerate(block)))
            between = time.perf_counter()
            with ThreadPoolExecutor(WORKERS) as pool:
                hands = list(pool.map(lambda inputs: run_by_hand(box, inputs), block))
            by_hand, by_adapter = time.perf_counter() - between, between - begin
            report.overheads.append((by_adapter - by_hand) * WORKERS / len(block))
            for n, hand in enumerate(hands):
                if found := list(differences(box, outcomes[n], hand)):
                    report.disagree[first + n] = found
                report.outcomes.append(outcomes[n])
                report.hands.append(hand)
            print(f"{len(report.outcomes)} points", file=sys.stderr)
    finally:
        executor.close()
    return report


def listing(exe: Path) -> dict[str, tuple[int, int]]:
    """Size and time of each file in the folder of a program and below."""
    paths = [path for path in exe.resolve().parent.rglob("*") if path.is_file()]
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in paths}


def row(box: Box, report: Report, touched: int) -> dict[str, str]:
    """The row of an adapter in the document."""
    statuses = Counter(outcome.status for outcome in report.outcomes)
    codes = {
        code for o in report.outcomes if o.answers and (code := reference.code_of(o.answers[-1]))
    }
    late = sum("no answer within" in outcome.reason for outcome in report.outcomes)
    return {
        "adapter": box.name,
        "tested with": ", ".join(sorted(codes)) or "-",
        "points": str(len(report.outcomes)),
        "ok": str(statuses[Status.OK]),
        "unphysical": str(statuses[Status.UNPHYSICAL]),
        "failed": str(statuses[Status.FAILED]),
        "of these timed out (by hand)": f"{late} ({sum(hand.hung for hand in report.hands)})",
        "other than by hand": str(len(report.disagree)),
        "files touched": str(touched),
        "overhead [ms]": spread([1000 * seconds for seconds in report.overheads]),
    }


def spread(numbers: list[float]) -> str:
    """Median and quartiles."""
    low, middle, high = np.quantile(numbers, (0.25, 0.5, 0.75))
    return f"{middle:.0f} ({low:.0f} to {high:.0f})"


def write(document: Path, new: Mapping[str, str]) -> None:
    """Put a row into the table of the document, in place of that of the same adapter."""
    text = document.read_text(encoding="utf-8")
    head = "| " + " | ".join(new) + " |\n| " + " | ".join("---" for _ in new) + " |\n"
    before, there, after = text.partition(head)
    if not there:
        raise SystemExit(f"{document} has no table with the heading\n{head}")
    rows = re.match(r"(\|.*\n)*", after)
    old = rows.group() if rows else ""
    kept = [line for line in old.splitlines() if not line.startswith(f"| {new['adapter']} |")]
    body = sorted([*kept, "| " + " | ".join(new.values()) + " |"])
    document.write_text(before + head + "\n".join(body) + "\n" + after[len(old) :], "utf-8")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("adapter", help="name of a file in boxes/, without .toml")
    parser.add_argument("--exe", action="append", default=[], metavar="NAME=PROGRAM")
    parser.add_argument("--points", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--document", type=Path, default=DOCUMENT)
    given = parser.parse_args()
    exes = dict(text.split("=", 1) for text in given.exe)
    with tempfile.TemporaryDirectory() as scratch:
        box = open_box(given.adapter, exes, Path(scratch) / "run")
        points = box.points(given.points, given.seed)
        before = {stage.exe: listing(stage.exe) for stage in box.stages}
        report = measure(box, points)
        touched = sum(
            len(dict(before[stage.exe].items() ^ listing(stage.exe).items()))
            for stage in box.stages
        )
    for kind, times in report.kinds.most_common():
        print(f"{times:5d}  {kind}")
    for n, found in report.disagree.items():
        print(f"point {n} {dict(points[n])}: {'; '.join(found)}")
    new = row(box, report, touched)
    print("\n".join(f"{name:>30}: {value}" for name, value in new.items()))
    write(given.document, new)


if __name__ == "__main__":
    main()
