"""One run: a proposer or another sampler, on one target, with one seed."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from others import SAMPLERS, Oracle
from targets import Target

from mlscanner_hep import proposers
from mlscanner_hep.points import Points
from mlscanner_hep.proposers import Proposer
from mlscanner_hep.rounds import Basis, ahead, propose


@dataclass(frozen=True)
class Setting:
    """What is run.

    Parameters
    ----------
    target : str
        A key of `targets.TARGETS`.
    proposer : str
        A kind of proposer, optionally with a model (``regressor:dnn``), or a key of `SAMPLERS`.
    seed, calls : int
        Seed, and number of calls to the stand-in for the codes.
    batch, lag : int
        Points in a round, and how many rounds are proposed without results, as a scan does. For
        the other samplers 1 and 0: they see each result before the next call.
    """

    target: str
    proposer: str
    seed: int
    calls: int
    batch: int
    lag: int


def run(setting: Setting, target: Target, verbose: bool = False) -> tuple[Points, float]:
    """Points of a run, in the order of the calls, and the processor seconds spent on choosing."""
    if setting.proposer in SAMPLERS:
        oracle = Oracle(target, setting.calls)
        start = time.process_time()
        oracle.record(SAMPLERS[setting.proposer], setting.seed)
        return oracle.points(), time.process_time() - start - oracle.seconds
    return _rounds(setting, target, make(setting.proposer), verbose)


def make(name: str) -> Proposer:
    """The proposer of a name such as ``regressor`` or ``regressor:dnn``."""
    kind, _, model = name.partition(":")
    return proposers.make(kind, {"model": model} if model else {})


def _rounds(
    setting: Setting, target: Target, proposer: Proposer, verbose: bool
) -> tuple[Points, float]:
    rounds: list[Points] = []
    empty = target.evaluate(np.empty((0, target.problem.space.dim)))
    seconds = 0.0
    while (made := sum(map(len, rounds))) < setting.calls:
        most = min(setting.batch, setting.calls - made)
        table, number = _join([empty, *rounds]), len(rounds)
        start = time.process_time()
        basis = Basis.of(table, range(max(number - setting.lag, 0), number))
        if not ahead(basis):
            basis = Basis.of(table, ())
        proposal = propose(target.problem, proposer, basis, setting.seed, most).proposal
        spent = time.process_time() - start
        seconds += spent
        found = target.evaluate(proposal.u, len(rounds))
        rounds.append(replace(found, origin=proposal.origin, predicted=proposal.predicted))
        if verbose:
            _trace(setting, target, _join(rounds), spent)
    return _join(rounds), seconds


def _trace(setting: Setting, target: Target, points: Points, spent: float) -> None:
    last = points[points.round == points.round.max()]
    inside = target.problem.inside(last)
    parts = ", ".join(
        f"{name} {inside[last.origin == name].sum()}/{(last.origin == name).sum()}"
        f" (stated {last.predicted[last.origin == name].sum():.1f})"
        for name in dict.fromkeys(last.origin.tolist())
    )
    covered = target.covered(points.u[target.problem.inside(points)])
    who = f"{setting.target} {setting.proposer} {setting.seed}"
    print(f"{who}: {len(points)} calls, coverage {covered:.3f}, {spent:.1f} s: {parts}", flush=True)


def _join(rounds: list[Points]) -> Points:
    columns = vars(rounds[0]).keys()
    return Points(**{c: np.concatenate([getattr(r, c) for r in rounds]) for c in columns})
