"""How busy the workers are kept, and what a large ledger costs.

    python benchmarks/throughput.py utilisation --workers 16      # slow codes, a slow proposer
    python benchmarks/throughput.py rows                          # fast codes, few and many rows
    python benchmarks/throughput.py load                          # reading a million points

`utilisation`: the code sleeps for a time that is log-normal between 0.2 s and 2 s, one in a hundred
hangs until the time limit, and the proposer computes in Python for 3 s per round. The code notes
when it starts and how long it will take. The ledger holds ten rounds before, so that lag is
allowed; the first round that is run, with the start of the workers, does not count, nor does the
time after the last start. `rows`: the code of overhead.py in ledgers with few and with many rows.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from overhead import ADAPTER, compiled

from mlscanner_hep import Scan
from mlscanner_hep.points import Points
from mlscanner_hep.problem import Problem
from mlscanner_hep.progress import Progress
from mlscanner_hep.proposers.base import Array, Proposal
from mlscanner_hep.record.ledger import Round

SLEEPER = r"""
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
int main(int argc, char **argv) {
  double x = 0, whole, size, angle, seconds; char line[200]; struct timespec now, wait;
  FILE *in = fopen(argv[1], "r"); if (!in) return 1;
  while (fgets(line, sizeof line, in)) sscanf(line, " 1 %lf", &x);
  fclose(in);
  size = sqrt(-2 * log(1 - modf(x * 1e3, &whole)));  /* as good as random, but the point's own */
  angle = 6.283185307 * modf(x * 1e5, &whole);
  seconds = fmin(2.0, fmax(0.2, 0.6 * exp(0.7 * size * cos(angle))));
  if (modf(x * 1e6, &whole) < HANGS) seconds = 1e9;
  clock_gettime(CLOCK_REALTIME, &now);
  int length = snprintf(line, sizeof line, "%.6f %.6f\n", now.tv_sec + 1e-9 * now.tv_nsec,
                        fmin(seconds, LIMIT));
  int log = open(LOG, O_WRONLY | O_APPEND | O_CREAT, 0644);
  if (write(log, line, length) != length) return 2;
  wait.tv_sec = (time_t) seconds; wait.tv_nsec = (long) (1e9 * (seconds - (time_t) seconds));
  nanosleep(&wait, NULL);
  FILE *out = fopen(argv[2], "w");
  fprintf(out, "Block MASS\n  1000003  %.16E  # m\n", x);
  return fclose(out);
}
"""

MODEL = """
[scan]
name = "throughput"
seed = {seed}
stop = {{ calls = {calls} }}
[parameters]
{parameters}
[[chain]]
adapter = "code"
exe = "./bin/code"
timeout = {timeout}
{observables}
[constraints]
m = {{ min = 0.5 }}
[proposer]
kind = "uniform"
batch = {batch}
lag = {lag}
[run]
workers = {workers}
keep = "none"
"""


@dataclass
class Thinker:
    """Proposes random points after computing for some seconds, in Python and on one core."""

    seconds: float

    def size(self, problem: Problem, points: Points, n: int) -> int:
        return n

    def propose(
        self, problem: Problem, points: Points, pending: Array, n: int, rng: np.random.Generator
    ) -> Proposal:
        end = time.perf_counter() + self.seconds
        while time.perf_counter() < end:
            sum(range(1000))
        return Proposal.of(rng.random((n, problem.space.dim)), "main")


def model(folder: Path, columns: int = 0, **settings: float) -> Path:
    """Write a model and its adapter; of so many columns, a quarter parameters."""
    extra = range(columns // 4 - 1), range(columns - columns // 4 - 1)
    parameters = ["x = { min = 0, max = 1 }", *(f"p{i} = {{ min = 0, max = 1 }}" for i in extra[0])]
    observables = [f'o{i} = {{ expr = "m + {i}" }}' for i in extra[1]]
    text = MODEL.format(
        parameters="\n".join(parameters),
        observables="\n".join(["[observables]", *observables] if observables else []),
        **{"seed": 1, "timeout": 60, "lag": 0, "batch": 100, "workers": 2, **settings},
    )
    (folder / "code").mkdir(exist_ok=True)
    (folder / "code" / "adapter.toml").write_text(ADAPTER)
    inputs = [" 1 {{ x }} # x", *(f" {200 + i} {{{{ p{i} }}}} # unused" for i in extra[0])]
    (folder / "code" / "in.slha.j2").write_text("\n".join(["Block MINPAR", *inputs, ""]))
    (folder / "model.toml").write_text(text)
    return folder / "model.toml"


def utilisation(options: argparse.Namespace) -> None:
    """Share of the time in which the workers run codes."""
    print("| workers | batch | lag | calls | time | busy |\n| --- | --- | --- | --- | --- | --- |")
    for batch, lag in product(options.batch, options.lag):
        with tempfile.TemporaryDirectory() as place:
            folder, known, calls = (
                Path(place),
                10 * max(options.lag) * batch,
                options.rounds * batch,
            )
            log = folder / "log"
            flags = [f'-DLOG="{log}"', f"-DHANGS={options.hangs}", f"-DLIMIT={options.timeout}"]
            compiled(folder, SLEEPER, flags)
            file = model(
                folder,
                batch=batch,
                lag=lag,
                calls=known + calls,
                workers=options.workers,
                timeout=options.timeout,
                seed=options.seed,
            )
            fill(file, known, batch)
            with Scan.load(file) as scan:
                scan.proposer = Thinker(options.thinks)
                scan.run()
            start, seconds = np.loadtxt(log).T
            first, last = np.sort(start)[[batch, -1]]
            busy = np.clip(np.minimum(start + seconds, last) - np.maximum(start, first), 0, None)
            share = busy.sum() / (options.workers * (last - first))
            cells = (
                options.workers,
                batch,
                lag,
                calls - batch,
                f"{last - first:.1f} s",
                f"{share:.3f}",
            )
            print(f"| {' | '.join(map(str, cells))} |", flush=True)


def rows(options: argparse.Namespace) -> None:
    """Points per second with so many rows in the ledger already, and what they take of the scan."""
    found: dict[int, list[tuple[float, float, float]]] = {n: [] for n in options.rows}
    with tempfile.TemporaryDirectory() as place:
        scans = {}
        for n in options.rows:
            folder = Path(place) / str(n)
            folder.mkdir()
            compiled(folder, options.code, [f"-DMS={options.ms}"])
            scans[n] = model(folder, options.columns, batch=options.batch[0], calls=n)
            fill(scans[n], n)
        for repeat in range(options.repeat):
            for n, file in scans.items():
                calls = n + (repeat + 1) * options.calls
                text = file.read_text().replace(
                    f"calls = {calls - options.calls} ", f"calls = {calls} "
                )
                file.write_text(text)
                times: list[tuple[float, float]] = []

                def watch(progress: Progress, times: list[tuple[float, float]] = times) -> None:
                    if progress.phase == "evaluating" and progress.done:
                        times.append((time.perf_counter(), time.process_time()))

                start = time.perf_counter()
                with Scan.load(file) as scan:
                    scan.run(watch)
                (first, used_first), (last, used_last) = times[0], times[-1]
                own = 1e3 * (used_last - used_first) / options.calls
                found[n].append((options.calls / (last - first), own, first - start))
    print("| rows | points/s | ms of the scan's processor | seconds to the first point |")
    print("| --- | --- | --- | --- |")
    for n, measured in found.items():
        rate, own, wait = (statistics.median(column) for column in zip(*measured, strict=True))
        print(f"| {n} | {rate:.1f} | {own:.2f} | {wait:.1f} |")
    few, *others = found.values()
    for other in others:
        ratios = [b[0] / a[0] for a, b in zip(few, other, strict=True)]
        print(f"\nmedian ratio {statistics.median(ratios):.3f}")


def fill(file: Path, n: int, per: int = 100_000) -> None:
    """Write so many points of earlier rounds into the ledger."""
    rng = np.random.default_rng(0)
    with Scan.load(file) as scan:
        ledger, space = scan.ledger, scan.problem.space
        for number, start in enumerate(range(0, n, per)):
            size = min(per, n - start)
            u = rng.random((size, space.dim))
            numbers = dict(zip(space.names, space.from_unit(u).T, strict=True))
            numbers |= {name: rng.normal(size=size) for name in ledger.names("observable")}
            facts = {"status": ["ok"] * size, "origin": ["initial"] * size}
            facts["seconds"] = ['{"code": 0.005}'] * size
            ledger.append(Round(number, "uniform", 0.0, None, 0.5, 1.0), facts, numbers)


def load(options: argparse.Namespace) -> None:
    """Seconds to read the points of a ledger."""
    import resource

    with tempfile.TemporaryDirectory() as place:
        for n in options.rows:
            folder = Path(place) / str(n)
            folder.mkdir()
            compiled(folder, options.code, [])
            file = model(folder, options.columns, calls=n)
            fill(file, n)
            with Scan.load(file) as scan:
                wall, cpu = time.perf_counter(), time.process_time()
                points = scan.points
                wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            width = points.x.shape[1] + points.y.shape[1]
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            print(
                f"{n} points x {width} columns: {wall:.1f} s, of these {cpu:.1f} s of a processor; "
                f"{peak:.2f} GB at most"
            )


def main(arguments: Sequence[str] | None = None) -> None:
    from overhead import CODE

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["utilisation", "rows", "load"])
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--batch", type=int, nargs="+", default=[100])
    parser.add_argument("--lag", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--rounds", type=int, default=12, help="utilisation: rounds to run")
    parser.add_argument("--thinks", type=float, default=3.0, help="seconds to propose a round")
    parser.add_argument("--timeout", type=float, default=10.0, help="of the code, in seconds")
    parser.add_argument("--hangs", type=float, default=0.01, help="share of points that hang")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 1_000_000])
    parser.add_argument("--columns", type=int, default=30, help="parameters and observables")
    parser.add_argument("--calls", type=int, default=500, help="rows: points in a run")
    parser.add_argument("--repeat", type=int, default=5, help="rows: runs")
    parser.add_argument("--ms", type=float, default=5.0, help="rows: time of the code")
    options = parser.parse_args(arguments)
    options.code = CODE
    {"utilisation": utilisation, "rows": rows, "load": load}[options.what](options)


if __name__ == "__main__":
    main()
