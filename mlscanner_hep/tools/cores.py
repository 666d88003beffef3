"""Linear algebra whose last bits do not depend on how many cores there are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

_LOCK = threading.Lock()
_within: list[threadpool_limits] = []
"""One for each thread that is within; the first knows what was before all of them."""


@contextmanager
def one_core() -> Iterator[None]:
    """Have BLAS and OpenMP use one core: a sum over several depends on how many there are.

    The limit of BLAS is that of the whole process, which several threads may be within at once:
    it ends with the last of them. That of OpenMP is each thread's own.
    """
    with threadpool_limits(1, user_api="openmp"):
        with _LOCK:
            _within.append(threadpool_limits(1, user_api="blas"))
        try:
            yield
        finally:
            with _LOCK:
                ours = _within.pop()
                if not _within:
                    ours.restore_original_limits()
