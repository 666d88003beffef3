"""How far is the estimated coverage from the true one, and does the limit on what is missed hold?

    python benchmarks/completeness.py shell2d sheet8d --proposer regressor --seed 0 1 2

prints a line for each target, proposer, seed and number of calls: points inside, estimated and
true coverage, the latter of the whole region and of those islands that have a point, the estimate
less the last, and the 95 % limit on the volume that is inside and not found, with the true one.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from runs import Setting, run
from scipy.spatial import cKDTree
from targets import TARGETS, Target

from mlscanner_hep.findings.completeness import coverage, missed
from mlscanner_hep.points import Points

MARKS = (500, 1000, 2000)


def row(target: Target, points: Points) -> list[str]:
    """Inside, estimate, truth, truth of the found islands, error, limit and true volume."""
    u = points.u[target.problem.inside(points)]
    estimate, limit = coverage(target.problem, points), missed(target.problem, points)
    known = found_islands(target, u)
    truth = known.covered(u)
    far = np.ones(len(target.reference), bool)
    if len(u):
        far = cKDTree(u).query(target.reference)[0] > limit.length
    numbers = [estimate, target.covered(u), truth, estimate - truth]
    volumes = [limit.limit, target.volume * far.mean()]
    return [str(len(u)), *(f"{x:.2f}" for x in numbers), *(f"{x:.1e}" for x in volumes)]


def found_islands(target: Target, u: np.ndarray) -> Target:
    """The target with only those islands that a point inside (n, d) is in."""
    if target.island is None or not len(u):
        return target
    space = target.problem.space
    met = np.unique(target.island(space.from_unit(u)))
    part = replace(target)
    kept = np.isin(target.island(space.from_unit(target.reference)), met)
    part.__dict__["reference"] = target.reference[kept]  # its cached property
    return part


def main() -> None:
    """Parse the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="+", choices=TARGETS, metavar="target")
    parser.add_argument("--proposer", nargs="+", default=["regressor"])
    parser.add_argument("--seed", nargs="+", type=int, default=[0])
    parser.add_argument("--batch", type=int, default=100)
    args = parser.parse_args()
    names = "target | proposer | seed | calls | inside | estimate | true | of found islands"
    print(f"| {names} | error | limit | true |")
    print("|" + " --- |" * 11)
    for name in args.targets:
        target = TARGETS[name]()
        for kind in args.proposer:
            for seed in args.seed:
                setting = Setting(name, kind, seed, max(MARKS), args.batch, 0)
                points, _ = run(setting, target)
                for mark in MARKS:
                    cells = [name, kind, str(seed), str(mark), *row(target, points[:mark])]
                    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
