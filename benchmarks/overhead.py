"""What the scanner adds to the codes: points per second against a bare loop, side by side.

The code is a C program that reads its input file, works for 20 ms and writes a small SLHA
spectrum. The bare loop makes a folder per point, renders the same input by `sed`, runs the code
and removes the folder, two at a time under `xargs -P2`. Both run in turn, several times.

    python benchmarks/overhead.py            # 400 points, 5 repetitions
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from mlscanner_hep import Scan

CODE = r"""
#include <stdio.h>
#include <time.h>
static double now(clockid_t clock) {
  struct timespec t; clock_gettime(clock, &t); return t.tv_sec + 1e-9 * t.tv_nsec;
}
int main(int argc, char **argv) {
  double x = 0; int i; char line[200];
  FILE *in = fopen(argv[1], "r"); if (!in) return 1;
  while (fgets(line, sizeof line, in)) sscanf(line, " 1 %lf", &x);
  fclose(in);
#ifdef SLEEP
  struct timespec wait = {0, 20000000}; nanosleep(&wait, NULL);
#else
  for (double start = now(CLOCK_PROCESS_CPUTIME_ID); now(CLOCK_PROCESS_CPUTIME_ID) < start + 0.02;);
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
    """Points per second of the evaluation, start-up of the workers included."""
    with Scan.load(folder / "model.toml", folder / f"run{number}") as scan:
        start = time.perf_counter()
        scan.run()
        return calls / (time.perf_counter() - start)


def bare(folder: Path, calls: int) -> float:
    """Points per second of the bare loop."""
    numbers = "\n".join(map(str, range(calls)))
    command = ["xargs", "-P2", "-I{}", "sh", "-c", BARE.format(folder=folder), "sh", "{}"]
    start = time.perf_counter()
    subprocess.run(command, input=numbers, text=True, check=True)
    return calls / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=400)
    parser.add_argument("--repeat", type=int, default=5)
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
        (folder / "bin").mkdir()
        source = folder / "code.c"
        source.write_text(CODE)
        flags = ["-DSLEEP"] if options.sleep else []
        subprocess.run(
            ["cc", "-O2", *flags, str(source), "-o", str(folder / "bin" / "code")], check=True
        )
        rates: list[tuple[float, float]] = []
        for number in range(options.repeat):
            ours = scanner(folder, options.calls, number)
            rates.append((ours, bare(folder, options.calls)))
            print(f"scanner {rates[-1][0]:6.1f} points/s   bare loop {rates[-1][1]:6.1f} points/s")
        ratio = statistics.median(ours / loop for ours, loop in rates)
        print(f"median ratio {ratio:.3f}")


if __name__ == "__main__":
    main()
