"""One external code: templates, command, success rule and observables."""

from __future__ import annotations

import math
import os
import re
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from mlscanner_hep import observables, process
from mlscanner_hep.errors import PointError
from mlscanner_hep.expressions import Expression
from mlscanner_hep.observables import Format, Observable
from mlscanner_hep.outcome import Answer
from mlscanner_hep.points import Status
from mlscanner_hep.slha import Reading
from mlscanner_hep.template import Template

MAX_OUTPUT_BYTES = 64 * 2**20
"""An output file larger than this is a fault, not a spectrum."""

CLOCK_STEP_NS = 2_000_000_000
"""How coarse the time stamps of a file system may be."""


@dataclass(frozen=True)
class Handover:
    """An input file that an earlier stage has left in the folder of the point."""

    stage: str
    file: str


@dataclass(frozen=True)
class Output:
    """An output file, or ``stdout``, and what is read from it."""

    file: str
    format: Format
    observables: tuple[Observable, ...] = ()


@dataclass(frozen=True)
class Success:
    """When an answer of the code counts.

    Parameters
    ----------
    exit_codes : tuple of int
        Accepted exit codes.
    require : tuple of (str, str)
        Pairs of output file and SLHA block or entry that have to be there.
    fatal : tuple of re.Pattern
        Texts on stdout or stderr that mean a fault.
    plausible : tuple of Expression
        Conditions on the observables: a present, finite number is not proof.
    """

    exit_codes: tuple[int, ...] = (0,)
    require: tuple[tuple[str, str], ...] = ()
    fatal: tuple[re.Pattern[str], ...] = ()
    plausible: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Unphysical:
    """How the code says that there is no spectrum at this point.

    Parameters
    ----------
    exit_codes : tuple of int
        Exit codes that say so.
    text : tuple of re.Pattern
        Texts on stdout or stderr that say so.
    slha : tuple of tuple
        Block and indices of entries whose presence says so, e.g. ``("SPINFO", 4)``.
    values : tuple of Expression
        Conditions on the observables that say so.
    """

    exit_codes: tuple[int, ...] = ()
    text: tuple[re.Pattern[str], ...] = ()
    slha: tuple[tuple[str, tuple[int, ...]], ...] = ()
    values: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Adapter:
    """How one external code is run and read.

    Parameters
    ----------
    name : str
        Name of the stage.
    command : tuple of Template
        The argument list; ``{exe}`` stands for the program.
    exe : Path
        The program.
    inputs : mapping of str to Template or Handover
        Input files by name.
    outputs : tuple of Output
        What it writes.
    success, unphysical : Success, Unphysical
        The rules that tell answers from faults.
    timeout : float
        Seconds after which the code and all its children are killed.
    memory : int, optional
        Largest address space in bytes.
    stdin : str, optional
        An input file that is fed to the standard input.
    env : mapping of str to str
        Environment variables in addition to those of the scan.
    skip_if : Expression, optional
        Condition on earlier values under which the code is not run.
    cite : tuple of str
        What to cite when the code was used.
    hidden : frozenset of str
        Observables that are read for the rules only, because the name means something else in the
        model (two generators both have an ``mh``).
    """

    name: str
    command: tuple[Template, ...]
    exe: Path
    inputs: Mapping[str, Template | Handover] = field(default_factory=dict)
    outputs: tuple[Output, ...] = ()
    success: Success = field(default_factory=Success)
    unphysical: Unphysical = field(default_factory=Unphysical)
    timeout: float = 60.0
    memory: int | None = None
    stdin: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    skip_if: Expression | None = None
    cite: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()

    @cached_property
    def observables(self) -> tuple[str, ...]:
        """Names of what it makes."""
        names = (o.name for output in self.outputs for o in output.observables)
        return tuple(name for name in names if name not in self.hidden)

    def run(self, folder: Path, values: Mapping[str, object]) -> Answer:
        """Run the code on one point.

        Parameters
        ----------
        folder : Path
            The point's own folder; the code runs in it.
        values : mapping
            What the templates see.

        Returns
        -------
        Answer
            Never an exception, whatever the code does.
        """
        files: dict[str, bytes] = {}
        try:
            command = tuple(self._argument(part, values) for part in self.command)
            for file in self._write_inputs(folder, values):
                files[file] = (folder / file).read_bytes()
        except (PointError, OSError) as error:
            return Answer(self.name, Status.FAILED, reason=str(error), files=files)
        before = {output.file: _signature(folder / output.file) for output in self.outputs}
        # The folder's own clock: that of a file server need not agree with ours.
        since = folder.stat().st_mtime_ns
        finished = process.run(
            command,
            folder,
            timeout=self.timeout,
            env={**os.environ, **self.env} if self.env else None,
            stdin=folder / self.stdin if self.stdin else None,
            memory=self.memory,
        )
        files |= {"stdout": finished.stdout, "stderr": finished.stderr}
        faults = []
        for output in self.outputs:
            if output.file in ("stdout", "stderr"):
                if finished.truncated:
                    faults.append(f"printed more on {output.file} than is kept")
            else:
                try:
                    files[output.file] = _fresh(folder / output.file, before[output.file], since)
                except PointError as error:
                    faults.append(str(error))
        status, reason, readings = self._judge(finished, files, faults)
        readings = {name: r for name, r in readings.items() if name not in self.hidden}
        return Answer(
            stage=self.name,
            status=status,
            values={n: r.value for n, r in readings.items() if math.isfinite(r.value)},
            missing={n: r.reason for n, r in readings.items() if not math.isfinite(r.value)},
            reason=reason,
            exit_code=finished.exit_code,
            command=command,
            seconds=finished.seconds,
            files=files,
        )

    def _argument(self, part: Template, values: Mapping[str, object]) -> str:
        return part.render(values).replace("{exe}", str(self.exe))

    def _write_inputs(self, folder: Path, values: Mapping[str, object]) -> Iterator[str]:
        for file, origin in self.inputs.items():
            path = folder / file
            if isinstance(origin, Template):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(origin.render(values), encoding="utf-8")
                yield file
            elif not (folder / origin.file).is_file():
                raise PointError(f"stage '{origin.stage}' has left no file '{origin.file}'")
            elif file != origin.file:
                path.write_bytes((folder / origin.file).read_bytes())

    def _judge(
        self, finished: process.Finished, files: Mapping[str, bytes], faults: Sequence[str]
    ) -> tuple[Status, str, dict[str, Reading]]:
        """The verdict, its reason, and what could be read; see `Success` and `Unphysical`."""
        if finished.error:
            return Status.FAILED, finished.error, {}
        if finished.timed_out:
            return Status.FAILED, f"no answer within {self.timeout:g} s, killed", {}
        code = finished.exit_code
        if code is not None and code < 0:
            return Status.FAILED, f"died of signal {-code} ({_signal_name(-code)})", {}
        if said := self._says_unphysical(code, files):
            return Status.UNPHYSICAL, said, {}
        # the code's own words say more than a number, so they are asked first
        if said := _first_match(self.success.fatal, files):
            return Status.FAILED, f"printed '{said}'", {}
        if code not in self.success.exit_codes:
            unknown = " (the program, or what its #! line names, was not found)" * (code == 127)
            return Status.FAILED, f"exit code {code}{unknown}", {}
        if faults:
            return Status.FAILED, "; ".join(faults), {}
        for file, entry in self.success.require:
            if not observables.slha_document(files[file]).has(entry):
                return Status.FAILED, f"{file}: no finite entry '{entry}'", {}
        readings: dict[str, Reading] = {}
        for output in self.outputs:
            readings |= observables.read(output.format, files[output.file], output.observables)
        numbers = {name: reading.value for name, reading in readings.items()}
        for condition in self.unphysical.values:
            if condition(numbers) == 1:
                return Status.UNPHYSICAL, _explain(condition, numbers), readings
        for condition in self.success.plausible:
            if condition(numbers) != 1:
                return Status.FAILED, f"implausible: not {_explain(condition, numbers)}", {}
        return Status.OK, "", readings

    def _says_unphysical(self, code: int | None, files: Mapping[str, bytes]) -> str:
        said = _first_match(self.unphysical.text, files) or self.complaint(files)
        return said or f"exit code {code}" * (code in self.unphysical.exit_codes)

    def complaint(self, files: Mapping[str, bytes]) -> str:
        """What SLHA outputs by name say if they say that there is no spectrum, else nothing."""
        for block, index in self.unphysical.slha:
            for output in self.outputs:
                if output.format == "slha" and output.file in files:
                    texts = observables.slha_document(files[output.file]).texts(block, *index)
                    if texts:
                        entry = " ".join([block, *map(str, index)])
                        return f"{entry}: {'; '.join(texts)}".rstrip(": ")
        return ""


def _signature(path: Path) -> tuple[int, int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _fresh(path: Path, before: tuple[int, int, int] | None, since: int) -> bytes:
    """The bytes of a file that this run wrote; one that is older than the run is no answer."""
    now = _signature(path)
    if now is None or not path.is_file():
        raise PointError(f"wrote no file '{path.name}'")
    if now == before:
        raise PointError(f"left '{path.name}' as it was before the run")
    if now[1] < since - CLOCK_STEP_NS:
        raise PointError(f"put an old '{path.name}' there, last changed before the run")
    if now[2] > MAX_OUTPUT_BYTES:
        raise PointError(f"'{path.name}' has {now[2] / 2**20:.0f} MiB, more than a spectrum can")
    data = path.read_bytes()
    if not data.strip():
        raise PointError(f"wrote an empty file '{path.name}'")
    return data


def _first_match(patterns: Sequence[re.Pattern[str]], files: Mapping[str, bytes]) -> str:
    """The line around the first match on stdout or stderr; empty if nothing matches."""
    for name in ("stdout", "stderr") if patterns else ():
        text = files[name].decode("utf-8", errors="replace")
        for pattern in patterns:
            if match := pattern.search(text):
                start = text.rfind("\n", 0, match.start()) + 1
                end = text.find("\n", match.end())
                return text[start : end if end >= 0 else None].strip()[:300]
    return ""


def _explain(condition: Expression, numbers: Mapping[str, float]) -> str:
    facts = ", ".join(f"{name} = {numbers[name]:g}" for name in sorted(condition.names))
    return f"{condition.text} ({facts})"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
