"""One core for linear algebra, also when several threads want it at different times."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from mlscanner_hep.tools import cores
from mlscanner_hep.tools.cores import one_core


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(cores, "_within", [])  # the other tests are within
    with threadpool_limits(2):
        yield


def used() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_one_core_for_as_long_as_it_is_wanted() -> None:
    with one_core():
        assert used() == {1}
        with one_core():
            assert used() == {1}
        assert used() == {1}
    assert used() == {2}


def test_after_an_error_there_are_as_many_as_before() -> None:
    with pytest.raises(ZeroDivisionError), one_core():
        _ = 1 // 0
    assert used() == {2}


def test_a_thread_that_is_done_does_not_end_the_limit_of_another() -> None:
    """As that of a scan which was left while it proposed a round."""
    entered, leave = threading.Event(), threading.Event()

    def work() -> None:
        with one_core():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=work)
    thread.start()
    assert entered.wait(10)
    with one_core():
        leave.set()
        thread.join()
        assert used() == {1}
    assert used() == {2}
