"""A code that stays: started once in each worker, and asked for every point.

It speaks JSON lines on its standard input and output; what it logs goes to stderr. The first line
that it is told is ``{"options": {...}}``. When it is ready for points it says ``{"status":
"ready"}``. Then each line that it is told is a point,

    {"id": 7, "values": {"tanb": 2.5}, "folder": "/tmp/point-x", "wanted": ["a", "b"]}

and each line that it says is the answer,

    {"id": 7, "status": "ok", "values": {"a": 1.25}, "missing": {"b": "not tested"}}

or ``{"id": 7, "status": "unphysical", "reason": "no minimum"}``, or the same with ``"failed"``.
When its input ends it leaves. `serve` does all this for a Python script.
"""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import util
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from mlscanner_hep.codes.dialogue import Broken, Dialogue
from mlscanner_hep.codes.limits import NO_LIMITS, Limits
from mlscanner_hep.points import Status

FAILURES_IN_A_ROW = 3
"""So many points that a service calls failed end it: its memory may be full, its state spoilt."""

_STATUS = {"ok": Status.OK, "unphysical": Status.UNPHYSICAL, "failed": Status.FAILED}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one request.

    Attributes
    ----------
    status
        ``OK``, ``UNPHYSICAL`` or ``FAILED``.
    reason
        Why it is not ``OK``.
    exit_code
        The exit code of a service that ended by itself, ``-n`` for signal n; else None.
    seconds
        Wall time, with that of the start if there was one.
    answer
        The line that came; empty if it was none.
    log
        What was printed on stderr meanwhile; the middle of it is left out if it is long.
    """

    status: Status
    reason: str
    exit_code: int | None
    seconds: float
    answer: bytes
    log: bytes


class Service:
    """A process that is started when it is first asked, and again when it has ended.

    It goes when this object or this Python process goes. A copy of the object, such as the one in
    another worker, has a process of its own.

    Parameters
    ----------
    command
        Program and arguments.
    options
        What it is told at the start.
    start_timeout
        Seconds until it has to be ready.
    env
        Environment variables in addition to those of this process.
    limits
        What each of its processes may use.
    scratch
        Where it gets a folder; the system's place for temporary files by default.
    """

    def __init__(
        self,
        command: Sequence[str],
        options: Mapping[str, object],
        start_timeout: float,
        env: Mapping[str, str] | None = None,
        limits: Limits = NO_LIMITS,
        scratch: Path | None = None,
    ) -> None:
        self.command = tuple(command)
        self._settings = (self.command, options, start_timeout, env, limits, scratch)
        self._owner = os.getpid()
        self._dialogue = Dialogue()
        self._finish: Callable[[], object] = self._dialogue.close
        self._count = 0
        self._failures = 0
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return Service, self._settings

    def ask(
        self, values: Mapping[str, object], folder: Path, wanted: Sequence[str], timeout: float
    ) -> Reply:
        """Ask about one point.

        Parameters
        ----------
        values
            Numbers and texts by name. Others, also numbers that are not finite, are left out.
        folder
            The folder of the point.
        wanted
            The names that are asked for.
        timeout
            Seconds until the answer has to be there. A start is not counted.

        Returns
        -------
        Reply
            Whatever the service does. One that breaks the rules is ended, and so is one that has
            called `FAILURES_IN_A_ROW` points failed.
        """
        begin = time.monotonic()
        answer, exit_code = b"", None
        with self._lock:
            try:
                self._have_started()
                self._count += 1
                told = {"values": _tellable(values), "folder": str(folder), "wanted": list(wanted)}
                answer = self._dialogue.exchange(_line({"id": self._count, **told}), timeout)
                status, reason = _judge(answer, self._count)
                self._failures = self._failures + 1 if status == Status.FAILED else 0
                if self._failures == FAILURES_IN_A_ROW:
                    self._finish()
            except BaseException as error:
                self._finish()
                if not isinstance(error, Broken):
                    raise
                status, reason, exit_code = Status.FAILED, str(error), error.code
            log = self._dialogue.log
        return Reply(status, reason, exit_code, time.monotonic() - begin, answer, log)

    def _have_started(self) -> None:
        if self._owner == os.getpid():  # else it is that of the process this one was forked from
            if self._dialogue.alive:
                return
            self._finish()
        command, options, start_timeout, env, limits, scratch = self._settings
        self._failures = 0
        self._owner, self._dialogue = os.getpid(), Dialogue()
        # Unlike atexit this is also done at the end of a worker process.
        self._finish = util.Finalize(self, self._dialogue.close, exitpriority=0)
        self._dialogue.start(command, env, limits, scratch)
        try:
            said = _parsed(self._dialogue.exchange(_line({"options": options}), start_timeout))
        except Broken as error:
            raise Broken(f"the service did not start: {error}", error.code) from error
        if said.get("status") != "ready":
            raise Broken(f"the service did not start: {said.get('reason', said)}")


def _tellable(values: Mapping[str, object]) -> dict[str, object]:
    told: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, str):
            told[name] = value
        elif isinstance(value, Real) and math.isfinite(value):
            told[name] = int(value) if isinstance(value, Integral) else float(value)
    return told


def _line(message: Mapping[str, object]) -> bytes:
    return json.dumps(message, allow_nan=False).encode() + b"\n"


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Broken(f"printed {line[:200].decode(errors='replace')!r} instead of an answer")
    return said


def _judge(line: bytes, number: int) -> tuple[Status, str]:
    said = _parsed(line)
    if said.get("id") != number:
        raise Broken(f"answered request {said.get('id')!r}, asked was {number}")
    status = _STATUS.get(str(said.get("status")))
    if status is None:
        raise Broken(f"answered with the status {said.get('status')!r}")
    return status, str(said.get("reason", ""))
