"""The command `merge`."""

from __future__ import annotations

from mlscanner_hep.cli.console import out, warnings
from mlscanner_hep.cli.options import Folder, Model, model_file

MOST_SHOWN = 10


def merge(model: Model, folder: Folder = None) -> None:
    """Put the shards of a scan together: the table of one run.

    Shards are the folders RUN-i-of-n that `run --shard i/n` has made, beside the run folder. It may
    be done while some still run, and again later: points that nobody has run yet stay pending.

    Example: `mlscanner-hep merge model.toml`
    """
    from mlscanner_hep.merging import merge
    from mlscanner_hep.scan import Scan

    with Scan.load(model_file(model), folder) as scan:
        done = merge(scan)
    warnings(done.notes)
    out.print(
        f"{sum(done.taken.values())} points taken over from {len(done.taken)} shards into "
        f"{scan.folder}: {done.evaluated} calls, {done.inside} points inside.",
        soft_wrap=True,
    )
    if done.lacking:
        some = ", ".join(map(str, done.lacking[:MOST_SHOWN])) + ", ..." * (
            len(done.lacking) > MOST_SHOWN
        )
        out.print(
            f"{done.pending} points are pending, of the shards {some}: run these and merge again, "
            f"or run the points here with `mlscanner-hep run {model}`.",
            soft_wrap=True,
        )
    out.print(f"Next: mlscanner-hep status {model}", soft_wrap=True)
