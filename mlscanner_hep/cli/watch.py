"""The progress display of `run`: a live panel on a terminal, a line per round elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from mlscanner_hep.cli.console import STYLE, duration, out, percent, warnings
from mlscanner_hep.points import Status
from mlscanner_hep.progress import Progress, Watch
from mlscanner_hep.scan import Scan


def goal(scan: Scan, progress: Progress) -> float:
    """How far the nearest stop rule is, from 0 to 1."""
    stop = scan.model.scan.stop
    shards = scan.shard.of if scan.shard else 1
    parts = [
        progress.inside / stop.inside if stop.inside else 0.0,
        shards * progress.calls / stop.calls if stop.calls else 0.0,
        progress.seconds / (3600 * stop.hours) if stop.hours else 0.0,
        progress.coverage / stop.coverage if stop.coverage else 0.0,
    ]
    return min(1.0, max(parts))


def panel(scan: Scan, progress: Progress, remaining: float) -> Panel:
    """What a running scan looks like on a terminal."""
    counts = Text("   ").join(
        Text(f"{status.name.lower()} {progress.counts[status]}", STYLE[status]) for status in STYLE
    )
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim")
    rows.add_column()
    done = goal(scan, progress)
    rows.add_row("stop rule", ProgressBar(total=1.0, completed=done, width=40))
    rows.add_row("", f"{percent(done)}, {duration(remaining)} to go")
    phase = f"round {progress.round}: {progress.phase}"
    if progress.phase in ("evaluating", "finishing"):
        phase += f" {progress.done}/{progress.batch}"
    rows.add_row("now", phase)
    rows.add_row("calls", Text.assemble(f"{progress.calls}   ", counts))
    rows.add_row("inside", Text(str(progress.inside), "bold"))
    predicted = percent(progress.forecast.predicted)
    rows.add_row("last hit rate", f"{percent(progress.hit_rate)} (predicted {predicted})")
    rows.add_row("coverage", f"{percent(progress.coverage)} (estimated)")
    rows.add_row("running for", duration(progress.seconds))
    if progress.trouble:
        rows.add_row("trouble", Text(progress.trouble, STYLE[Status.FAILED]))
    return Panel(rows, title=scan.model.scan.name, title_align="left", expand=False)


class _Remaining:
    """Estimates the time to the stop rule from the pace of this run."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        self._first: tuple[float, float] | None = None

    def __call__(self, progress: Progress) -> float:
        done = goal(self._scan, progress)
        if self._first is None:
            self._first = (progress.seconds, done)
        seconds, gained = progress.seconds - self._first[0], done - self._first[1]
        return (1 - done) * seconds / gained if gained > 0 else math.inf


@contextmanager
def watching(scan: Scan) -> Iterator[Watch]:
    """Give the function that shows progress while a scan runs."""
    remaining, told = _Remaining(scan), _Rounds(scan)
    if not out.is_terminal:
        yield lambda progress: told(progress, plain=True)
        return
    with Live(console=out, refresh_per_second=8, transient=True) as live:

        def show(progress: Progress) -> None:
            told(progress, plain=False)
            live.update(panel(scan, progress, remaining(progress)))

        yield show


class _Rounds:
    """Prints what there is to say at the start, and of each round that ends."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        self._last = -1
        self._warned = self._started = False

    def __call__(self, progress: Progress, *, plain: bool) -> None:
        """Print what is new; `plain` if nothing else shows the progress."""
        self._start(progress, plain)
        waiting = progress.phase in ("proposing", "ended")
        complete = waiting and 0 < progress.done == progress.batch
        if not complete or progress.round <= self._last:
            return
        self._last = progress.round
        if plain:
            status = progress.counts
            out.print(
                f"round {progress.round}: {progress.calls} calls, {status[Status.OK]} ok, "
                f"{status[Status.UNPHYSICAL]} unphysical, {status[Status.FAILED]} failed, "
                f"{progress.inside} inside, hit rate {percent(progress.hit_rate)}, "
                f"coverage {percent(progress.coverage)}",
                soft_wrap=True,
            )
            warnings([progress.trouble] if progress.trouble else [])
        forecast = progress.forecast
        if forecast.disappointing:
            out.print(
                f"[yellow]round {progress.round}: {percent(forecast.achieved)} inside, "
                f"{percent(forecast.predicted)} predicted: the models are chosen anew[/yellow]",
                soft_wrap=True,
            )

    def _start(self, progress: Progress, plain: bool) -> None:
        if not self._warned:
            self._warned = True
            warnings(self._scan.notes)
        if not self._started and progress.phase == "evaluating":
            self._started = True
            if plain:
                count = progress.batch
                out.print(f"round {progress.round}: {count} point{'s' * (count != 1)} ...")
