"""Ctrl-C and SIGTERM end a run in good order."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from mlscanner_hep.running.executors import Executor

ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def handlers_kept() -> Iterator[None]:
    """Whatever is done inside, the signals that end a run mean what they meant before."""
    before = {number: signal.getsignal(number) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is not handler:
                signal.signal(number, handler)


class Interrupts:
    """Ends a run in good order.

    First Ctrl-C: finish the points that run. Second one, or SIGTERM: kill them. While no point runs
    nothing is at stake, and any of them ends the run at once. Elsewhere than in the main thread
    Python delivers no signals, and this does nothing.

    Attributes
    ----------
    caught : int
        How many signals have arrived.
    """

    def __init__(self, executor: Executor) -> None:
        self.caught = 0
        self._executor = executor
        self._raise = False
        self._kept = ExitStack()

    def __enter__(self) -> Interrupts:
        self._kept.enter_context(handlers_kept())
        if threading.current_thread() is threading.main_thread():
            for number in ENDING:
                signal.signal(number, self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.close()

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Inside, a signal raises KeyboardInterrupt."""
        self._raise = True
        try:
            yield
        finally:
            self._raise = False

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.caught += 1
        if self._raise:
            raise KeyboardInterrupt
        if self.caught > 1 or number == signal.SIGTERM:
            self._executor.kill()
        else:
            self._executor.drain()
