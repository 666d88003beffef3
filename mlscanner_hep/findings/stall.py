"""Whether points still come back: warn when most of them fail, end a run in which all do."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mlscanner_hep.errors import ScanStalled
from mlscanner_hep.outcome import Outcome, headline
from mlscanner_hep.points import Points, Status

FIRST = 20
"""So many points, all failed, from the start of a run end it: it was set up wrongly."""
IN_A_ROW = 100
"""So many failed points one after the other end a run: something has broken on the way."""
WINDOW = 50
"""If more than half of the last so many points failed, that is said."""

_SHOWN = 3


class End(NamedTuple):
    """How a point ended.

    Parameters
    ----------
    status : Status
        Not pending.
    stage, reason : str
        Where and why, unless it is ok.
    """

    status: Status
    stage: str
    reason: str


def trouble(ends: Sequence[End]) -> str:
    """A sentence on the last `WINDOW` points if more than half of them failed, else nothing."""
    last = ends[-WINDOW:]
    failed = sum(end.status == Status.FAILED for end in last)
    if 2 * failed <= WINDOW:
        return ""
    why = Counter((e.stage, headline(e.reason)) for e in last if e.status == Status.FAILED)
    (((stage, reason), count),) = why.most_common(1)
    most = "all" if count == failed else f"{count} of them"
    where = f" in stage '{stage}'" if stage else ""
    return f"{failed} of the last {len(last)} points failed, {most}{where}: {reason}"


def lately(points: Points, ends: Sequence[tuple[str, str]]) -> str:
    """The `trouble` of a scan, from its points and the stage and reason with which each ended."""
    rows = np.flatnonzero(points.called)[-WINDOW:].tolist()
    return trouble([End(Status(points.status[row]), *ends[row]) for row in rows])


class Recent:
    """The last points of one run, also of one that goes on with an older scan."""

    def __init__(self) -> None:
        self._last: deque[tuple[int, End, str]] = deque(maxlen=IN_A_ROW)
        self._count = 0
        self._failed = 0  # in a row, as the next one
        self._good = 0

    def add(self, point: int, outcome: Outcome) -> None:
        """Take note of a point.

        Raises
        ------
        ScanStalled
            If the first `FIRST` points of the run have all failed, or `IN_A_ROW` one after the
            other: what will not work is not tried a thousand times. It has the code's own words.
        """
        end = End(outcome.status, outcome.stage, outcome.reason)
        self._last.append((point, end, outcome.log_tail))
        self._count += 1
        failed = outcome.status == Status.FAILED
        self._failed = self._failed + 1 if failed else 0
        self._good = 0 if failed else self._good + 1
        if self._failed == self._count == FIRST:
            raise ScanStalled(self._tell(f"the first {FIRST}"))
        if self._failed == IN_A_ROW:
            raise ScanStalled(self._tell(f"the last {IN_A_ROW}"))

    def trouble(self) -> str:
        """See `trouble`."""
        if self._good >= WINDOW:
            return ""
        return trouble([end for _, end, _ in self._last])

    def _tell(self, which: str) -> str:
        examples = {(e.stage, headline(e.reason)): (point, log) for point, e, log in self._last}
        why = Counter((e.stage, headline(e.reason)) for _, e, _ in self._last)
        lines = [f"{which} points all failed, so the scan stops here:"]
        for key, count in why.most_common(_SHOWN):
            stage, reason = key
            point, log = examples[key]
            where = f"stage '{stage}': " if stage else ""
            lines.append(f"  {count} x {where}{reason}")
            lines += [f"  last words of the code at point {point}:"] if log else []
            lines += [f"    | {line}" for line in log.splitlines()]
        if len(why) > _SHOWN:
            lines.append(f"  and {len(why) - _SHOWN} other reasons")
        lines += [
            "`mlscanner-hep check MODEL` runs one point and shows every step,",
            f"`mlscanner-hep replay RUN {self._last[-1][0]}` runs this one again.",
            "When the cause is gone, `mlscanner-hep retry RUN` lets the failed points run again.",
        ]
        return "\n".join(lines)
