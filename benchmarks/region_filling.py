"""How fast are regions filled whose volume is known?

    python benchmarks/region_filling.py sheet8d --proposer regressor uniform --seed 0 1 2

runs each proposer on each target with each seed and prints Markdown tables with medians and ranges
over the seeds. A proposer is a kind, optionally with a model (``regressor:dnn``), or one of the
other samplers: ``nautilus``, ``emcee``, ``cma``, ``dlscanner``.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import traceback
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

from measures import measure
from others import ROUND, SAMPLERS
from runs import Setting, make, run
from tables import read, tables
from targets import TARGETS

from mlscanner_hep.errors import ScannerError


def report(setting: Setting, verbose: bool = False) -> dict[str, Any]:
    """Make a run; returns what was measured, together with the setting."""
    target = TARGETS[setting.target]()
    points, seconds = run(setting, target, verbose)
    return asdict(setting) | measure(target, points) | {"seconds": round(seconds, 2)}


def report_all(
    settings: list[Setting], jobs: int, kept: Path | None, verbose: bool
) -> list[dict[str, Any]]:
    """Make several runs at a time, each on one thread; those that end in an error are left out."""
    for name in {setting.target for setting in settings}:
        _ = TARGETS[name]().reference  # drawn once, here, and found in its file by the runs
    # Read by the linear algebra of the new processes when they start.
    os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    found = []
    pool = ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"))
    try:
        running = {pool.submit(report, setting, verbose): setting for setting in settings}
        for count, future in enumerate(as_completed(running), 1):
            setting = running[future]
            title = f"{count}/{len(running)} {setting.target} {setting.proposer} {setting.seed}"
            if error := future.exception():
                if not isinstance(error, ScannerError):
                    traceback.print_exception(error)
                print(f"{title}: {type(error).__name__}: {error}", flush=True)
                continue
            found.append(future.result())
            print(f"{title}: {_summary(found[-1])}", flush=True)
            if kept:
                with kept.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(found[-1]) + "\n")
    finally:
        pool.shutdown(cancel_futures=True)
    return found


def _summary(found: dict[str, Any]) -> str:
    marks = ", ".join(f"{mark}: {share:.3f}" for mark, share in found["coverage"].items())
    islands = f", all islands after {found['all_found'] or '-'}" if "islands" in found else ""
    reached = f"80 % after {found['reached'] or '-'} calls (ideal {found['ideal']})"
    return f"coverage at {marks or '-'}; {reached}{islands}; {found['seconds']} s"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("targets", nargs="*", metavar="target", help=", ".join(TARGETS))
    parser.add_argument("--proposer", nargs="+", default=["regressor", "uniform"])
    parser.add_argument("--seed", nargs="+", type=int, default=[0])
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--lag", type=int, default=0, help="rounds proposed without results")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time, one thread each")
    parser.add_argument("--json", type=Path, help="append each finished run to this file")
    parser.add_argument("--table", type=Path, help="print the tables of such a file, run nothing")
    parser.add_argument("--verbose", action="store_true", help="print a line for each round")
    args = parser.parse_args()
    if bool(args.targets) == bool(args.table):
        parser.error("give either targets to run or --table FILE")
    for name in args.targets:
        if name not in TARGETS:
            parser.error(f"no target '{name}'; there are {', '.join(TARGETS)}")
    for name in args.proposer:
        if name not in SAMPLERS:
            try:
                make(name)
            except ValueError as error:
                parser.error(f"{error}; other samplers: {', '.join(SAMPLERS)}")
    return args


def main() -> None:
    """Parse the command line, make the runs and print the tables."""
    args = _arguments()
    if args.table:
        try:
            print(tables(read(args.table)))
        except (OSError, ValueError) as error:
            raise SystemExit(str(error)) from None
        return
    rounds = dict.fromkeys(args.proposer, (args.batch, args.lag)) | dict.fromkeys(SAMPLERS, (1, 0))
    rounds["dlscanner"] = (ROUND, 0)
    settings = [
        Setting(target, proposer, seed, args.calls, *rounds[proposer])
        for target, proposer, seed in product(args.targets, args.proposer, args.seed)
    ]
    found = report_all(settings, args.jobs, args.json, args.verbose)
    if found:
        print(f"\n{tables(found)}")
    if len(found) < len(settings):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
