"""A long scan of a code that fails in many ways: does it go on, and does memory stay flat?

    python benchmarks/soak.py                   # 50 000 points, 2 workers
    python benchmarks/soak.py --points 5000

The code is a C program that reads its input and writes a spectrum of 40 entries; of every hundred
points five crash, five print nonsense, five write nothing, five have no spectrum, five end with an
error, five write a number cut short, and half a per cent hang until they are killed. After the scan
each point is compared with what the code must have done there.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

import chaos
import numpy as np

from mlscanner_hep import Scan
from mlscanner_hep.points import Status

CODE = r"""
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv) {
  double x = 0; int i; char line[200];
  FILE *in = fopen(argv[1], "r"); if (!in) return 1;
  while (fgets(line, sizeof line, in)) sscanf(line, " 1 %lf", &x);
  fclose(in);
  int fault = (int)(x * 20), hang = x >= 0.995;
  printf("working on %.16E\n", x);
  if (hang) sleep(60);
  if (fault == 0) abort();
  if (fault == 1) { puts("FATAL: lost in the loops"); return 0; }
  if (fault == 2) return 0;
  if (fault == 3) { puts("negative mass squared"); return 0; }
  if (fault == 4) return 3;
  FILE *out = fopen(argv[2], "w");
  fprintf(out, "Block MASS\n");
  for (i = 0; i < 40; i++) fprintf(out, "  %d  %.16E  # particle\n", 1000000 + i, x + i);
  if (fault == 5) fprintf(out, "  1000040  1.0E+"); else fprintf(out, "  1000040  %.16E  #\n", x);
  return fclose(out);
}
"""

ADAPTER = """
command = ["{exe}", "in.slha", "out.slha"]
timeout = 1
[inputs]
"in.slha" = "in.slha.j2"
[outputs."out.slha"]
format = "slha"
m = { slha = "MASS 1000040" }
[success]
fatal = ["FATAL"]
require = ["out.slha: MASS 1000040"]
[unphysical]
stdout = ["negative mass squared"]
"""

MODEL = """
[scan]
name = "soak"
stop = {{ calls = {points} }}
[parameters]
x = {{ min = 0, max = 1 }}
y = {{ min = 0, max = 1 }}
[[chain]]
adapter = "code"
exe = "./bin/code"
[constraints]
m = {{ min = 0.5 }}
[proposer]
kind = "uniform"
batch = 200
[run]
workers = {workers}
keep = "none"
"""


def memory(pids: list[int]) -> float:
    """Resident memory of processes in MB."""
    pages = 0
    for pid in pids:
        try:
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except OSError:  # it has ended
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def expected(x: np.ndarray) -> np.ndarray:
    """What has to become of points at x (n,)."""
    fault = (x * 20).astype(int)
    status = np.where((fault > 5) & (x < 0.995), Status.OK, Status.FAILED)
    return np.where(fault == 3, Status.UNPHYSICAL, status)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=50_000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name in ("code", "bin"):
            (folder / name).mkdir()
        (folder / "code" / "adapter.toml").write_text(ADAPTER)
        (folder / "code" / "in.slha.j2").write_text("Block MINPAR\n 1 {{ x }}\n 2 {{ y }}\n")
        (folder / "model.toml").write_text(MODEL.format(**vars(options)))
        (folder / "code.c").write_text(CODE)
        command = ["cc", "-O2", str(folder / "code.c"), "-o", str(folder / "bin" / "code")]
        subprocess.run(command, check=True)
        marks = {int(share * options.points): share for share in (0.1, 0.25, 0.5, 0.75, 1.0)}
        start = time.monotonic()

        def look(progress: object) -> None:
            calls = getattr(progress, "calls", 0)
            if share := marks.pop(calls, None):
                own, theirs = memory([os.getpid()]), memory(list(chaos.workers_of(os.getpid())))
                print(
                    f"{share:4.0%}  {time.monotonic() - start:6.0f} s  scan {own:6.1f} MB  "
                    f"workers {theirs:6.1f} MB",
                    flush=True,
                )

        with Scan.load(folder / "model.toml") as scan:
            scan.run(look)
            points = scan.points
        wrong = points.status != expected(points.x[:, 0])
        good = points.ok
        assert (points.y[good, 0] == points.x[good, 0]).all(), "a wrong value"
        counts = {s.name.lower(): int((points.status == s).sum()) for s in Status}
        print(f"{len(points)} points: {counts}; {wrong.sum()} with another status than they must")


if __name__ == "__main__":
    main()
