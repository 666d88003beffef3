"""How fast do proposers fill regions whose volume is known?

    python benchmarks/proposers.py sheet8d --proposer regressor uniform --seed 0 1 2

prints one line for each target, proposer and seed: calls to the first point inside and to 80 %
coverage, points inside and coverage after 500, 1000 and 2000 calls, processor seconds spent
proposing. A proposer is a kind, optionally with a model: ``regressor:dnn``.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
from targets import TARGETS, Target

from mlscanner_hep import proposers
from mlscanner_hep.points import Points
from mlscanner_hep.proposers import Proposer

MARKS = (500, 1000, 2000)


def run(
    target: Target, proposer: Proposer, seed: int, calls: int, batch: int, lag: int, verbose: bool
) -> tuple[Points, float]:
    """Scan a target; returns its points and the processor seconds spent proposing."""
    rounds: list[Points] = []
    empty = target.evaluate(np.empty((0, target.problem.space.dim)))
    seconds = 0.0
    while sum(map(len, rounds)) < calls:
        done = len(rounds) - lag
        points = _join([empty, *rounds[: max(done, 0)]])
        pending = _join([empty, *rounds[max(done, 0) :]]).u
        rng = np.random.default_rng([seed, len(rounds)])
        start = time.process_time()
        proposal = proposer.propose(target.problem, points, pending, batch, rng)
        spent = time.process_time() - start
        seconds += spent
        found = target.evaluate(proposal.u, len(rounds))
        rounds.append(replace(found, origin=proposal.origin, predicted=proposal.predicted))
        if verbose:
            _trace(target, _join(rounds), spent)
    return _join(rounds), seconds


def _trace(target: Target, points: Points, spent: float) -> None:
    last = points[points.round == points.round.max()]
    inside = target.problem.inside(last)
    parts = ", ".join(
        f"{name} {inside[last.origin == name].sum()}/{(last.origin == name).sum()}"
        f" (stated {last.predicted[last.origin == name].sum():.1f})"
        for name in dict.fromkeys(last.origin.tolist())
    )
    covered = target.covered(points.u[target.problem.inside(points)])
    print(f"{len(points):6d} calls, coverage {covered:.3f}, {spent:.1f} s: {parts}", flush=True)


def row(target: Target, points: Points) -> list[str]:
    """First call inside, calls to 80 %, then inside and coverage at the marks."""
    inside = target.problem.inside(points)
    first = str(int(np.argmax(inside)) + 1) if inside.any() else "-"
    cells = [first, _calls_to(target, points.u, inside, 0.8)]
    for mark in MARKS:
        if len(points) < mark:
            cells += ["", ""]
        else:
            head = points.u[:mark][inside[:mark]]
            cells += [str(len(head)), f"{target.covered(head):.3f}"]
    return cells


def _calls_to(target: Target, u: np.ndarray, inside: np.ndarray, share: float) -> str:
    low, high = 1, len(u)
    if target.covered(u[inside]) < share:
        return "-"
    while low < high:
        middle = (low + high) // 2
        if target.covered(u[:middle][inside[:middle]]) >= share:
            high = middle
        else:
            low = middle + 1
    return str(low)


def _join(rounds: list[Points]) -> Points:
    columns = vars(rounds[0]).keys()
    return Points(**{c: np.concatenate([getattr(r, c) for r in rounds]) for c in columns})


def main() -> None:
    """Parse the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="+", choices=TARGETS, metavar="target")
    parser.add_argument("--proposer", nargs="+", default=["regressor", "uniform"])
    parser.add_argument("--seed", nargs="+", type=int, default=[0])
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--lag", type=int, default=0, help="rounds proposed without results")
    parser.add_argument("--verbose", action="store_true", help="print a line for each round")
    args = parser.parse_args()
    marks = " | ".join(f"inside @{mark} | coverage" for mark in MARKS)
    print(f"| target | proposer | seed | first | to 80 % (ideal) | {marks} | seconds |")
    print("|" + " --- |" * (6 + 2 * len(MARKS)))
    for name in args.targets:
        target = TARGETS[name]()
        ideal = target.ideal_calls()
        for kind in args.proposer:
            head, _, model = kind.partition(":")
            proposer = proposers.make(head, {"model": model} if model else {})
            for seed in args.seed:
                points, seconds = run(
                    target, proposer, seed, args.calls, args.batch, args.lag, args.verbose
                )
                first, reached, *cells = row(target, points)
                cells = [name, kind, str(seed), first, f"{reached} ({ideal})", *cells]
                print("| " + " | ".join([*cells, f"{seconds:.1f}"]) + " |", flush=True)


if __name__ == "__main__":
    main()
