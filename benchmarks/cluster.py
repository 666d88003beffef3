"""How many workers one scan process can feed: its own CPU time per point, measured.

The scan process holds the Dask scheduler, the proposer and the only writer of the ledger. Workers
are elsewhere, so what limits a large cluster is the time that this process spends on each point.
The code copies a spectrum of the given size; a point is proposed at random, so that what is
measured is the way of a point to a worker and back into the ledger. Wall time says little on a
machine that runs the workers as well; CPU time of the one process does not depend on that.

    python benchmarks/cluster.py             # 2000 points, 2 workers, spectra of 40 kB
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from mlscanner_hep import Scan
from mlscanner_hep.outcome import Answer, Outcome
from mlscanner_hep.points import Status
from mlscanner_hep.record.writer import Writer

ADAPTER = """
command = ["{exe}", "{folder}/spectrum", "out.slha"]
[inputs]
"in.slha" = "in.slha.j2"
[outputs."out.slha"]
format = "slha"
"""

MODEL = """
[scan]
name = "cluster"
stop = {{ calls = {calls} }}
[parameters]
x = {{ min = 0, max = 1 }}
[[chain]]
adapter = "code"
exe = "/bin/cp"
[constraints]
m0 = {{ min = 0 }}
[proposer]
kind = "uniform"
batch = 500
[run]
keep = "{keep}"
workers = {workers}
executor = "{executor}"
"""

OBSERVABLES = 50


def prepare(folder: Path, size: int) -> None:
    """Write an adapter whose code makes a spectrum of so many bytes."""
    (folder / "code").mkdir()
    lines = [f'm{i} = {{ slha = "MASS {1000001 + i}" }}' for i in range(OBSERVABLES)]
    (folder / "code" / "adapter.toml").write_text(ADAPTER + "\n".join(lines) + "\n")
    (folder / "code" / "in.slha.j2").write_text("Block MINPAR\n 1 {{ x }} # x\n")
    masses = [f"  {1000001 + i}  {100.0 + i:.8E}  # particle\n" for i in range(OBSERVABLES)]
    spectrum = "Block MASS\n" + "".join(masses)
    comment = "# what a spectrum generator says besides\n"
    spectrum += comment * max((size - len(spectrum)) // len(comment), 0)
    (folder / "code" / "spectrum").write_text(spectrum)


def cpu() -> float:
    """Seconds that this process has computed, without its children."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure(folder: Path, **settings: object) -> tuple[float, float]:
    """Points per second, and CPU time of this process per point in milliseconds.

    The first quarter is not counted: the workers start in it.
    """
    file = folder / "model.toml"
    file.write_text(MODEL.format(**settings))
    calls = int(str(settings["calls"]))
    begin: list[float] = []

    def watch(progress: object) -> None:
        if not begin and progress.calls >= calls // 4:  # type: ignore[attr-defined]
            begin.extend((time.perf_counter(), cpu()))

    run = "-".join(map(str, settings.values()))
    with Scan.load(file, folder / run) as scan:
        scan.run(watch)
    counted = calls - calls // 4
    return counted / (time.perf_counter() - begin[0]), (cpu() - begin[1]) / counted * 1e3


def ledger(folder: Path, points: int) -> tuple[float, float]:
    """Outcomes per second that the ledger takes by itself, without and with kept files."""
    rates = []
    names = [f"m{i}" for i in range(OBSERVABLES)]
    values = {name: 100.0 for name in names}
    files = {"out.slha": (folder / "code" / "spectrum").read_bytes()}
    outcome = Outcome(Status.OK, values, answers=(Answer("code", Status.OK, values, files=files),))
    for keep in (False, True):
        with Writer(folder / f"ledger-{keep}", ["x"], names) as record:
            ids = record.propose(
                np.zeros((points, 1)),
                round=0,
                proposer="uniform",
                seconds=0.0,
                origin=np.full(points, "initial"),
                predicted=np.full(points, np.nan),
            )
            start = time.perf_counter()
            for point in ids:
                record.record(point, outcome, keep=keep)
            record.commit()
            rates.append(points / (time.perf_counter() - start))
    return rates[0], rates[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kilobytes", type=int, default=40, help="size of a spectrum")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        prepare(folder, 1000 * options.kilobytes)
        rates = ledger(folder, options.calls)
        print("the ledger alone: {:.0f} points/s, {:.0f} with their files\n".format(*rates))
        print("executor  kept   points/s   CPU of the scan process per point")
        for executor in ("local", "dask"):
            for keep in ("none", "all"):
                rate, milliseconds = measure(
                    folder,
                    calls=options.calls,
                    workers=options.workers,
                    executor=executor,
                    keep=keep,
                )
                print(f"{executor:8}  {keep:4}  {rate:9.1f}   {milliseconds:.2f} ms")
        print("\nworkers that the last one feeds at half of its time:")
        for seconds in (1, 10, 60):
            print(f"  {0.5 * seconds / milliseconds * 1e3:8.0f}  of a code of {seconds} s")


if __name__ == "__main__":
    main()
