"""What the scanner adds to the codes: points per second against a bare loop, side by side.

The code is a C program that reads its input file, works for some milliseconds and writes a small
SLHA spectrum. There are two bare loops. The one of the shell makes a folder per point, renders the
same input by `sed`, runs the code and removes the folder, two at a time under `xargs -P2`. The one
of Python does the same with `subprocess.run` in two threads, and reads nothing. All run in turn,
several times.

    python benchmarks/overhead.py            # 20 ms, 400 points, 5 repetitions
    python benchmarks/overhead.py --ms 5 --calls 1000
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mlscanner_hep import Scan

CODE = r"""
#include <stdio.h>
#include <time.h>
#ifndef MS
#define MS 20
#endif
static double now(clockid_t clock) {
  struct timespec t; clock_gettime(clock, &t); return t.tv_sec + 1e-9 * t.tv_nsec;
}
int main(int argc, char **argv) {
  double x = 0; int i; char line[200];
  FILE *in = fopen(argv[1], "r"); if (!in) return 1;
  while (fgets(line, sizeof line, in)) sscanf(line, " 1 %lf", &x);
  fclose(in);
#ifdef SLEEP
  struct timespec wait = {0, (long) (1e6 * MS)}; nanosleep(&wait, NULL);
#else
  double end = now(CLOCK_PROCESS_CPUTIME_ID) + 1e-3 * MS;
  while (now(CLOCK_PROCESS_CPUTIME_ID) < end);
#endif
  FILE *out = fopen(argv[2], "w");
  fprintf(out, "Block MASS\n");
  for (i = 0; i < 40; i++) fprintf(out, "  %d  %.16E  # particle\n", 1000000 + i, x + i);
  return fclose(out);
}
"""

ADAPTER = """
command = ["{exe}", "in.slha", "out.slha"]
[inputs]
"in.slha" = "in.slha.j2"
[outputs."out.slha"]
format = "slha"
m = { slha = "MASS 1000003" }
[success]
require = ["out.slha: MASS"]
"""

MODEL = """
[scan]
name = "overhead"
stop = {{ calls = {calls} }}
[parameters]
x = {{ min = 0, max = 1 }}
[[chain]]
adapter = "code"
exe = "./bin/code"
[constraints]
m = {{ min = 3.5 }}
[proposer]
kind = "uniform"
batch = 100
[run]
workers = 2
keep = "none"
"""

BARE = (
    'd=$(mktemp -d) && cd "$d" && sed "s/@x@/0.$1/" {folder}/in.template > in.slha '
    '&& {folder}/bin/code in.slha out.slha && rm -rf "$d"'
)


def scanner(folder: Path, calls: int, number: int) -> float:
    """Points per second between the first and the last point: workers start once in a scan."""
    times: list[float] = []
    with Scan.load(folder / "model.toml", folder / f"run{number}") as scan:
        scan.run(lambda progress: times.append(time.perf_counter() if progress.calls else 0.0))
    times = [at for at in times if at]
    return (calls - 1) / (times[-1] - times[0])


def bare(folder: Path, calls: int) -> float:
    """Points per second of the bare loop."""
    numbers = "\n".join(map(str, range(calls)))
    command = ["xargs", "-P2", "-I{}", "sh", "-c", BARE.format(folder=folder), "sh", "{}"]
    start = time.perf_counter()
    subprocess.run(command, input=numbers, text=True, check=True)
    return calls / (time.perf_counter() - start)


def bare_python(folder: Path, calls: int) -> float:
    """Points per second of a loop in Python."""
    template = (folder / "in.template").read_text()

    def one(number: int) -> None:
        with tempfile.TemporaryDirectory() as place:
            Path(place, "in.slha").write_text(template.replace("@x@", f"0.{number}"))
            command = [folder / "bin" / "code", "in.slha", "out.slha"]
            subprocess.run(command, cwd=place, check=True, capture_output=True)

    start = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(calls)))
    return calls / (time.perf_counter() - start)


def compiled(folder: Path, source: str, flags: Sequence[str]) -> None:
    """Compile a code to bin/code in a folder."""
    (folder / "bin").mkdir()
    (folder / "code.c").write_text(source)
    program = folder / "bin" / "code"
    subprocess.run(["cc", "-O2", *flags, folder / "code.c", "-o", program, "-lm"], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=400)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--ms", type=float, default=20, help="for which the code works")
    parser.add_argument("--sleep", action="store_true", help="the code sleeps instead of working")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "code").mkdir()
        (folder / "code" / "adapter.toml").write_text(ADAPTER)
        template = "Block MINPAR\n 1 {{ x }} # x\n"
        (folder / "code" / "in.slha.j2").write_text(template)
        (folder / "in.template").write_text(template.replace("{{ x }}", "@x@"))
        (folder / "model.toml").write_text(MODEL.format(calls=options.calls))
        compiled(folder, CODE, [f"-DMS={options.ms}", *["-DSLEEP"] * options.sleep])
        rates: list[tuple[float, float, float]] = []
        for number in range(options.repeat):
            ours = scanner(folder, options.calls, number)
            loops = bare(folder, options.calls), bare_python(folder, options.calls)
            rates.append((ours, *loops))
            print("points/s: scanner {:6.1f}, shell {:6.1f}, Python {:6.1f}".format(*rates[-1]))
        for name, column in (("shell", 1), ("Python", 2)):
            ratio = statistics.median(rate[0] / rate[column] for rate in rates)
            print(f"median ratio to the loop of {name}: {ratio:.3f}")


if __name__ == "__main__":
    main()
