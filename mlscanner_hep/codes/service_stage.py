"""A stage whose code stays between points: it is asked instead of run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.codes.judging import Verdict
from mlscanner_hep.codes.service import Service
from mlscanner_hep.errors import PointError
from mlscanner_hep.observables import Ask
from mlscanner_hep.outcome import Answer
from mlscanner_hep.points import Status


@dataclass(frozen=True)
class ServiceStage(Adapter):
    """An adapter with the table ``[service]``; its command starts the service.

    Parameters
    ----------
    start_timeout : float
        Seconds until the service has to be ready.
    told : tuple of str
        Parameters, constants, derived values and earlier observables that it is told.
    """

    start_timeout: float = 120.0
    told: tuple[str, ...] = ()

    @cached_property
    def wanted(self) -> tuple[str, ...]:
        """What the service is asked for, by its own names."""
        sources = (o.source for output in self.outputs for o in output.observables)
        return tuple(dict.fromkeys(source.name for source in sources if isinstance(source, Ask)))

    @cached_property
    def _service(self) -> Service:
        command = self.arguments(self.options)
        return Service(
            command, self.options, self.start_timeout, self.env, self.limits, self.scratch
        )

    def _run(self, folder: Path, values: Mapping[str, object], timeout: float) -> Answer:
        """Ask about one point."""
        files: dict[str, bytes] = {}
        try:
            self._prepare(folder, {**values, **self.options}, files)
            service = self._service
        except (PointError, OSError) as error:
            return Answer(self.name, Status.FAILED, reason=str(error), files=files)
        told = {name: values[name] for name in self.told if name in values}
        reply = service.ask(told, folder, self.wanted, timeout)
        files |= {"stderr": reply.log, **{out.file: reply.answer for out in self.outputs}}
        verdict: Verdict = reply.status, reply.reason, {}
        if reply.status == Status.OK:
            verdict = self.judge_outputs(files)
        return self._answer(verdict, files, service.command, reply.exit_code, reply.seconds)
