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

from mlscanner_hep.cli.console import STYLE, duration, out, percent
from mlscanner_hep.loop import Progress, Watch
from mlscanner_hep.points import Status
from mlscanner_hep.scan import Scan


def goal(scan: Scan, progress: Progress) -> float:
    """How far the nearest stop rule is, from 0 to 1."""
    stop = scan.model.scan.stop
    parts = [
        progress.inside / stop.inside if stop.inside else 0.0,
        progress.calls / stop.calls if stop.calls else 0.0,
        progress.seconds / (3600 * stop.hours) if stop.hours else 0.0,
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
    rate = f"{percent(progress.hit_rate)} (predicted {percent(progress.predicted)})"
    rows.add_row("last hit rate", rate)
    rows.add_row("running for", duration(progress.seconds))
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
    remaining = _Remaining(scan)
    if not out.is_terminal:
        yield _print_rounds()
        return
    with Live(console=out, refresh_per_second=8, transient=True) as live:
        yield lambda progress: live.update(panel(scan, progress, remaining(progress)))


def _print_rounds() -> Watch:
    shown = -1

    def show(progress: Progress) -> None:
        nonlocal shown
        first_phase = progress.phase in ("proposing", "ended") and progress.done
        if first_phase and progress.round > shown:
            shown = progress.round
            counts = progress.counts
            out.print(
                f"round {progress.round}: {progress.calls} calls, {counts[Status.OK]} ok, "
                f"{counts[Status.UNPHYSICAL]} unphysical, {counts[Status.FAILED]} failed, "
                f"{progress.inside} inside, hit rate {percent(progress.hit_rate)}",
                soft_wrap=True,
            )

    return show
