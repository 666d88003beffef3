"""Looking at a run from another process, again and again, without writing anything."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from mlscanner_hep.errors import LedgerError
from mlscanner_hep.record.ledger import FILE
from mlscanner_hep.results.state import State, look, writer
from mlscanner_hep.scan import Scan

SHARE = 0.1
"""Looking takes no more than this share of the time, however large the ledger is."""


class Monitor:
    """Looks at a run as often as it is worth.

    No lock of ours is taken. While the ledger is read, SQLite makes a writer wait for its end.

    Parameters
    ----------
    scan : Scan
        The run.
    """

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        self._seen: Any = None
        self._state: State | None = None
        self._next = 0.0

    def state(self) -> State:
        """The run as it is now, or as it was a moment ago if it cannot be read just now.

        Raises
        ------
        LedgerError
            If it could not be read so far.
        """
        if self._state is not None and time.monotonic() < self._next:
            return self._state
        start = time.monotonic()
        try:
            self._state = self._look()
        except LedgerError as error:
            if self._state is None:
                raise
            self._state = replace(self._state, note=str(error))
        now = time.monotonic()
        self._next = now + (now - start) * (1 / SHARE - 1)
        return self._state

    def _look(self) -> State:
        """Read the ledger if anything has changed, else let the time go on."""
        by, seconds = writer(self._scan)
        try:
            file = (self._scan.folder / FILE).stat()
            seen = (by, file.st_mtime_ns, file.st_size)
        except OSError:
            seen = None  # the ledger says it better
        if self._state is None or seen is None or seen != self._seen:
            state, self._seen = look(self._scan), seen
            return state
        progress = replace(self._state.progress, seconds=seconds)
        return replace(self._state, progress=progress, note="")
