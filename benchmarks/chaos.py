"""Kill a scan again and again and compare what it ends with to an undisturbed one, bit for bit.

    python benchmarks/chaos.py                     # 100 kills, 2 workers
    python benchmarks/chaos.py --kills 500 --workers 1

What is done to the scan: SIGKILL, SIGTERM, one SIGINT and two, and SIGKILL of a worker, each at a
random moment, every other time only once points run: on a busy machine a start alone takes longer.
The code is a Python function that takes some milliseconds; every start is a fork of this process,
so that no time goes into importing.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

import mlscanner_hep.scan  # noqa: F401  `run` imports it when it is called
from mlscanner_hep.cli import main as command_line
from mlscanner_hep.errors import LedgerError
from mlscanner_hep.record.ledger import Ledger

ENDS = {"KILL": {-9}, "TERM": {130, -15}, "INT": {130}, "INT INT": {130}, "worker": {-9}}
"""What is done to a scan, and the exit codes that may come of it; 0 if it came to its end."""
MARK = "ran"  # a file that the code makes

CODE = """
import time
from mlscanner_hep import Unphysical

def code(values):
    x, y = values["x"], values["y"]
    open({mark!r}, "w").close()
    time.sleep({seconds})
    if x < -0.9:
        raise Unphysical("too far left")
    if abs(y) < 0.02:
        raise RuntimeError(f"no digits left at {{y}}")
    return {{"r": (x * x + y * y) ** 0.5, "angle": y}}
"""

MODEL = """
[scan]
name = "chaos"
seed = {seed}
stop = {{ calls = {calls} }}
[parameters]
x = {{ min = -1, max = 1 }}
y = {{ min = -1, max = 1 }}
[[chain]]
python = "code.py:code"
[observables]
r = {{ from = "code" }}
angle = {{ from = "code" }}
[constraints]
r = {{ value = 0.7, sigma = 0.05 }}
[proposer]
kind = "{proposer}"
batch = 20
[run]
workers = {workers}
scratch = "{scratch}"
"""

Table = list[tuple[object, ...]]


def write(
    folder: Path,
    proposer: str = "uniform",
    calls: int = 400,
    workers: int = 2,
    seconds: float = 0.004,
    seed: int = 1,
) -> Path:
    """A model and its code; the path of model.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "code.py").write_text(CODE.format(seconds=seconds, mark=str(folder / MARK)))
    (folder / "scratch").mkdir(exist_ok=True)
    text = MODEL.format(
        proposer=proposer, calls=calls, workers=workers, seed=seed, scratch=folder / "scratch"
    )
    (folder / "model.toml").write_text(text)
    return folder / "model.toml"


def start(model: Path, folder: Path, before: Callable[[], object] = lambda: None) -> int:
    """Run the scan in a fork, after `before` has been called in it; its process number."""
    child = os.fork()
    if child:
        return child
    try:
        os.setpgid(0, 0)
        log = (folder.parent / f"{folder.name}.log").open("a", buffering=1)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        sys.stdout = sys.stderr = log
        before()
        sys.argv = ["mlscanner-hep", "run", str(model), "--folder", str(folder)]
        command_line()
    except SystemExit as ended:
        os._exit(int(ended.code or 0))
    except KeyboardInterrupt:  # before there was a command line
        os._exit(130)
    finally:
        os._exit(99)


def table(folder: Path) -> Table:
    """Everything that has to be the same however a scan was run; empty if there is none yet."""
    try:
        with Ledger(folder) as ledger:
            if not ledger.ids():  # it may not even have the columns of the model
                return []
            columns = "id, round, origin, predicted, status, stage, reason, x, y, r, angle"
            return ledger._db.execute(f"SELECT {columns} FROM points ORDER BY id").fetchall()
    except LedgerError:
        return []


def workers_of(scan: int) -> Iterator[int]:
    """The processes that a scan has started, and those that they have."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    for pid in parents:
        above = parents[pid]
        while above > 1 and above != scan:
            above = parents.get(above, 0)
        if above == scan:
            yield pid


def disturb(scan: int, what: str, rng: np.random.Generator) -> None:
    """Send a signal to a scan, or kill one of its processes and soon after that itself."""
    if what == "worker":
        if found := sorted(workers_of(scan)):
            with suppress(ProcessLookupError):
                os.kill(int(rng.choice(found)), signal.SIGKILL)
        time.sleep(rng.uniform(0.2, 2.0))
        what = "KILL"
    for name in what.split():
        os.kill(scan, signal.Signals[f"SIG{name}"])
        time.sleep(rng.uniform(0, 0.05))


def wait_for_points(scan: int, mark: Path) -> None:
    """Wait until a point has run, or the scan has ended."""
    ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
    while not mark.exists() and os.waitid(os.P_PID, scan, ended) is None:
        time.sleep(0.01)


def wait(scan: int, seconds: float = 60.0) -> int:
    """The exit code of a scan, negative if a signal ended it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        pid, status = os.waitpid(scan, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(scan, signal.SIGKILL)
    raise TimeoutError(f"the scan did not end within {seconds:g} s")


def until_done(model: Path, folder: Path, rng: np.random.Generator, most: int) -> Counter[str]:
    """Run a scan, disturbed at most so many times, to its end; what was done, and how it ended."""
    done: Counter[str] = Counter()
    evaluated = 0
    mark = model.with_name(MARK)
    while done.total() < most:
        mark.unlink(missing_ok=True)
        scan = start(model, folder)
        if rng.random() < 0.5:
            wait_for_points(scan, mark)
        time.sleep(rng.uniform(0.0, 1.5))
        what = str(rng.choice(list(ENDS)))
        disturb(scan, what, rng)
        code = wait(scan)
        if code == 0:
            break
        if code not in ENDS[what]:
            said = (folder.parent / f"{folder.name}.log").read_text()
            raise AssertionError(f"{what}: the exit code is {code}\n{said[-4000:]}")
        done[f"{what} -> {code}"] += 1
        now = sum(row[4] != "pending" for row in table(folder))
        if now < evaluated:
            raise AssertionError(f"{evaluated - now} evaluated points are gone")
        evaluated = now
    code = wait(start(model, folder), 600.0)
    if code:
        raise AssertionError(f"the last run ended with {code}")
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--proposer", default="uniform")
    parser.add_argument("--calls", type=int, default=1500, help="points of one scan")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    done: Counter[str] = Counter()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        model = write(Path(place), options.proposer, options.calls, options.workers)
        if code := wait(start(model, Path(place) / "undisturbed"), 600.0):
            sys.exit(f"the undisturbed scan ended with {code}")
        good = table(Path(place) / "undisturbed")
        scans = 0
        while done.total() < options.kills:
            folder = Path(place) / f"scan{scans}"
            done += until_done(model, folder, rng, options.kills - done.total())
            scans += 1
            if table(folder) != good:
                sys.exit(f"scan {scans} differs from the undisturbed one")
            if left := list((Path(place) / "scratch").iterdir()):
                sys.exit(f"left behind: {left}")
            print(f"{scans} scans of {len(good)} points, {done.total()} kills", flush=True)
    for what, count in sorted(done.items()):
        print(f"{count:5} x {what}")
    seconds = time.monotonic() - begin
    print(
        f"{scans} scans, {done.total()} kills in {seconds:.0f} s: every table bit for bit the same"
    )


if __name__ == "__main__":
    main()
