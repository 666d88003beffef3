"""One external code: what it is given, and how it is run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from mlscanner_hep.codes import point_files, process, slots
from mlscanner_hep.codes.input_rules import Complete, lacks
from mlscanner_hep.codes.installs import InstallCopy
from mlscanner_hep.codes.judging import PRINTED, Judging, Verdict
from mlscanner_hep.codes.limits import Limits
from mlscanner_hep.codes.template import Template
from mlscanner_hep.codes.warm_up import cold
from mlscanner_hep.codes.written import Written
from mlscanner_hep.errors import PointError
from mlscanner_hep.expressions import Expression
from mlscanner_hep.outcome import Answer
from mlscanner_hep.points import Status

SERVE = Path(__file__).with_name("serve.py")
"""What ``{serve}`` stands for in a command."""


@dataclass(frozen=True)
class Handover:
    """An input file that an earlier stage has left in the folder of the point."""

    stage: str
    file: str


ANY_SPECTRUM = Handover("spectrum", "")
"""The spectrum of the last earlier stage that makes one, as long as that is not known."""


@dataclass(frozen=True)
class Adapter(Judging):
    """How one external code is run; what it leaves is read and judged as `Judging` says.

    Parameters
    ----------
    name : str
        Name of the stage.
    command : tuple of Template
        The argument list; ``{exe}`` stands for the program, ``{folder}`` for the folder of the
        adapter, ``{serve}`` for the runner of answering scripts.
    exe : Path
        The program.
    folder : Path
        The folder of the adapter.
    hint : str
        What to do if the program is not there.
    options : mapping of str to int, float or str
        Further values that the templates see.
    inputs : mapping of str to Template or Handover
        Input files by name.
    complete : mapping of str to tuple of Complete
        What has to stand in input files in SLHA format.
    spectrum : str, optional
        The output that is the spectrum, for later stages.
    timeout : float
        Seconds after which the code and all its children are killed.
    warm_up : float, optional
        Seconds that the first call in a run may take, of a code that compiles then; until one has
        got through, it is called once at a time on a machine.
    limits : Limits
        What each of its processes may use.
    at_once : int, optional
        How many may run at once on a machine.
    install : Path, optional
        The folder of the installed code, if each worker has to run a copy of it.
    stdin : str, optional
        An input file that is fed to the standard input.
    stdout : str, optional
        A file of the point that the standard output becomes.
    env : mapping of str to str
        Environment variables in addition to those of the scan.
    skip_if : Expression, optional
        Condition on earlier values under which the code is not run.
    cite : tuple of str
        What to cite when the code was used.
    packages : tuple of str
        Python packages that the program, an interpreter, loads.
    scratch : Path, optional
        Where it keeps what is not of one point; the system's place by default.
    """

    name: str
    command: tuple[Template, ...]
    exe: Path
    folder: Path = Path()
    hint: str = ""
    options: Mapping[str, int | float | str] = field(default_factory=dict)
    inputs: Mapping[str, Template | Handover] = field(default_factory=dict)
    complete: Mapping[str, tuple[Complete, ...]] = field(default_factory=dict)
    spectrum: str | None = None
    timeout: float = 60.0
    warm_up: float | None = None
    limits: Limits = field(default_factory=Limits)
    at_once: int | None = None
    install: Path | None = None
    stdin: str | None = None
    stdout: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    skip_if: Expression | None = None
    cite: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    scratch: Path | None = None

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
        if self.warm_up is None:
            return self._run(folder, values, self.timeout)
        try:
            mark = self._mark()
            with cold(self.exe, mark, shared=self.install is None) as first:
                timeout = max(self.timeout, self.warm_up) if first else self.timeout
                answer = self._run(folder, values, timeout)
                if first and mark is not None and answer.status != Status.FAILED:
                    with suppress(OSError):  # then the next one is taken for the first
                        mark.touch()
        except OSError as error:
            return Answer(self.name, Status.FAILED, reason=str(error))
        return answer

    def _mark(self) -> Path | None:
        """The file that says that it is warm: it goes with the run, or with the copy that runs."""
        place = self.scratch if self.install is None else self._copy.program().parent
        return None if place is None else place / f".warm-{quote(self.name, safe='')}"

    def _run(self, folder: Path, values: Mapping[str, object], timeout: float) -> Answer:
        files: dict[str, bytes] = {}
        seen = {**values, **self.options}
        try:
            self._prepare(folder, seen, files)
            with slots.slot(self.exe, self.at_once):
                exe, place = self._place(folder)
                command = self.arguments(seen, exe)
                written = Written(place, (output.file for output in self.outputs))
                finished = process.run(
                    command,
                    place,
                    timeout=timeout,
                    # What a code leaves there goes with the point.
                    env={"TMPDIR": str(folder), **self.env},
                    stdin=folder / self.stdin if self.stdin else None,
                    limits=self.limits,
                )
        except (PointError, OSError) as error:
            return Answer(self.name, Status.FAILED, reason=str(error), files=files)
        files |= {"stdout": finished.stdout, "stderr": finished.stderr}
        faults = list(self._collect(place, finished, written, files))
        if place != folder:
            faults += self._fetch(folder, finished, files)
        verdict = self._judge(finished, files, faults, timeout)
        return self._answer(verdict, files, command, finished.exit_code, finished.seconds)

    @cached_property
    def _copy(self) -> InstallCopy:
        assert self.install is not None
        return InstallCopy(self.install, self.exe, self.scratch)

    def _place(self, folder: Path) -> tuple[Path, Path]:
        """The program, and where it runs: in the folder of the point, or in a copy of its own."""
        if self.install is None:
            return self.exe, folder
        outputs = [output.file for output in self.outputs if output.file not in PRINTED]
        self._copy.provide(folder, self.inputs, outputs)
        return self._copy.program(), self._copy.program().parent

    def _fetch(
        self, folder: Path, finished: process.Finished, files: Mapping[str, bytes]
    ) -> Iterator[str]:
        """Put what a run in a copy has written into the folder of the point, for later stages."""
        for output in self.outputs:
            if output.file in files and output.file not in PRINTED:
                try:
                    point_files.write(folder, output.file, files[output.file])
                except (PointError, OSError) as error:
                    yield str(error)
        if finished.exit_code is None or finished.exit_code < 0:
            self._copy.discard()  # killed while it wrote, who knows what

    def arguments(self, values: Mapping[str, object], exe: Path | None = None) -> tuple[str, ...]:
        """The command, with another program if it is given.

        Raises
        ------
        PointError
            If it needs a value that is not there.
        """
        words = {"{exe}": exe or self.exe, "{folder}": self.folder, "{serve}": SERVE}
        arguments = [part.render(values) for part in self.command]
        for word, path in words.items():
            arguments = [argument.replace(word, str(path)) for argument in arguments]
        return tuple(arguments)

    def _prepare(self, folder: Path, values: Mapping[str, object], files: dict[str, bytes]) -> None:
        """Write the input files; put those from templates into `files`, too."""
        for file, data in self._write_inputs(folder, values):
            files[file] = data
        for file in self.complete:
            if lacking := self.incomplete(file, point_files.read(folder, file)):
                raise PointError(lacking)

    def _answer(
        self,
        verdict: Verdict,
        files: Mapping[str, bytes],
        command: tuple[str, ...],
        exit_code: int | None,
        seconds: float,
    ) -> Answer:
        status, reason, readings = verdict
        readings = {name: r for name, r in readings.items() if name not in self.hidden}
        return Answer(
            stage=self.name,
            status=status,
            values={n: r.value for n, r in readings.items() if math.isfinite(r.value)},
            missing={n: r.reason for n, r in readings.items() if not math.isfinite(r.value)},
            reason=reason,
            exit_code=exit_code,
            command=command,
            seconds=seconds,
            files=files,
        )

    def _write_inputs(
        self, folder: Path, values: Mapping[str, object]
    ) -> Iterator[tuple[str, bytes]]:
        for file, origin in self.inputs.items():
            if isinstance(origin, Template):
                data = origin.render(values).encode()
                point_files.write(folder, file, data)
                yield file, data
                continue
            try:
                data = point_files.read(folder, origin.file)
            except PointError as error:
                raise PointError(f"stage '{origin.stage}' {error}") from error
            if file != origin.file:
                point_files.write(folder, file, data)

    def incomplete(self, file: str, data: bytes) -> str:
        """What an input file with these bytes lacks of what has to stand in it, else nothing."""
        origin = self.inputs[file]
        of = origin.name if isinstance(origin, Template) else f"stage '{origin.stage}'"
        return "; ".join(f"{file}, from {of}: {w}" for w in lacks(data, self.complete[file]))

    def _collect(
        self,
        folder: Path,
        finished: process.Finished,
        written: Written,
        files: dict[str, bytes],
    ) -> Iterator[str]:
        """Put what the run has written into `files`; give a sentence for each fault."""
        names = {output.file for output in self.outputs}
        if self.stdout is not None:
            names.add("stdout")
            try:
                point_files.write(folder, self.stdout, finished.stdout)
            except (PointError, OSError) as error:
                yield str(error)
        if finished.truncated:
            yield from (f"printed more on {n} than is kept" for n in PRINTED if n in names)
        for output in self.outputs:
            if output.file not in PRINTED:
                try:
                    data = written.read(output.file, optional=output.optional)
                except (PointError, OSError) as error:
                    yield str(error)
                else:
                    if data is not None:
                        files[output.file] = data

    def _judge(
        self,
        finished: process.Finished,
        files: Mapping[str, bytes],
        faults: Sequence[str],
        timeout: float,
    ) -> Verdict:
        if finished.error:
            return Status.FAILED, finished.error, {}
        if finished.timed_out:
            return Status.FAILED, f"no answer within {timeout:g} s, killed", {}
        if finished.exit_code is not None and finished.exit_code < 0:
            return Status.FAILED, process.exit_text(finished.exit_code), {}
        return self.judge(finished.exit_code, files, faults)
