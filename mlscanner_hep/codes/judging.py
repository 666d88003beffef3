"""What a code has left, read and judged: an answer, no spectrum, or a fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from mlscanner_hep import observables
from mlscanner_hep.codes.process import exit_text
from mlscanner_hep.codes.rules import Success, Unphysical, explain, first_match
from mlscanner_hep.observables import Computed, Format, Observable
from mlscanner_hep.points import Status
from mlscanner_hep.slha import Reading

PRINTED = ("stdout", "stderr")
"""Names of outputs that are no files."""


Verdict = tuple[Status, str, dict[str, Reading]]
"""The status, its reason, and what could be read; see `Success` and `Unphysical`."""


@dataclass(frozen=True)
class Output:
    """An output file, or ``stdout``, and what is read from it.

    Parameters
    ----------
    file : str
        Its name in the folder of the point.
    format : {'slha', 'json', 'columns', 'text'}
        How it is written.
    observables : tuple of Observable
        What is read from it.
    optional : bool
        Whether the code may leave it out; what is read from it is missing then.
    """

    file: str
    format: Format
    observables: tuple[Observable, ...] = ()
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class Judging:
    """What is read from the outputs of a code, and the rules that tell answers from faults.

    Parameters
    ----------
    outputs : tuple of Output
        What it writes.
    computed : tuple of Computed
        What follows from the observables of its outputs.
    success, unphysical : Success, Unphysical
        The rules that tell answers from faults.
    hidden : frozenset of str
        Observables that are read for the rules only, because the name means something else in the
        model (two generators both have an ``mh``).
    """

    outputs: tuple[Output, ...] = ()
    computed: tuple[Computed, ...] = ()
    success: Success = field(default_factory=Success)
    unphysical: Unphysical = field(default_factory=Unphysical)
    hidden: frozenset[str] = frozenset()

    @cached_property
    def makes(self) -> tuple[Observable | Computed, ...]:
        """What it makes, as far as the model does not mean something else by the name."""
        made: list[Observable | Computed] = [o for out in self.outputs for o in out.observables]
        return tuple(o for o in [*made, *self.computed] if o.name not in self.hidden)

    @cached_property
    def observables(self) -> tuple[str, ...]:
        """Names of what it makes."""
        return tuple(observable.name for observable in self.makes)

    def judge(
        self, exit_code: int | None, files: Mapping[str, bytes], faults: Sequence[str]
    ) -> Verdict:
        """The verdict on a run that came to its end.

        Parameters
        ----------
        exit_code : int or None
            Of the code.
        files : mapping of str to bytes
            What it has left, by file name, and what it printed, by `PRINTED`.
        faults : sequence of str
            What is wrong with its files.
        """
        if said := self._says_unphysical(exit_code, files):
            return Status.UNPHYSICAL, said, {}
        # the code's own words say more than a number, so they are asked first
        if said := first_match(self.success.fatal, self._texts(files)):
            return Status.FAILED, f"printed '{said}'", {}
        if exit_code not in self.success.exit_codes:
            return Status.FAILED, exit_text(exit_code), {}
        if faults:
            return Status.FAILED, "; ".join(faults), {}
        return self.judge_outputs(files)

    def judge_outputs(self, files: Mapping[str, bytes]) -> Verdict:
        """The verdict on what a run that seems to be good has left."""
        for file, entry in self.success.require:
            if file in files and not observables.slha_document(files[file]).has(entry):
                return Status.FAILED, f"{file}: no finite entry '{entry}'", {}
        readings = self.read(files)
        numbers = {name: reading.value for name, reading in readings.items()}
        left_out = self._left_out(files)
        for condition in self.unphysical.values:
            if not condition.names & left_out and condition(numbers) == 1:
                return Status.UNPHYSICAL, explain(condition, numbers), readings
        for condition in self.success.plausible:
            if not condition.names & left_out and condition(numbers) != 1:
                return Status.FAILED, f"implausible: not {explain(condition, numbers)}", {}
        return Status.OK, "", readings

    def read(self, files: Mapping[str, bytes]) -> dict[str, Reading]:
        """Read its observables, also hidden ones, out of what it has left, by file name."""
        readings: dict[str, Reading] = {}
        for output in self.outputs:
            if output.file in files:
                data = files[output.file]
                readings |= observables.read(output.format, data, output.observables)
            else:
                none = observables.missing(f"no file '{output.file}' was written")
                readings |= {observable.name: none for observable in output.observables}
        return readings | observables.compute(self.computed, readings)

    def _left_out(self, files: Mapping[str, bytes]) -> frozenset[str]:
        """Observables of optional files that were not written, and what follows from them."""
        names = {o.name for out in self.outputs if out.file not in files for o in out.observables}
        for computed in self.computed:
            if computed.expression.names & names:
                names.add(computed.name)
        return frozenset(names)

    def _texts(self, files: Mapping[str, bytes]) -> list[bytes]:
        """What the rules on texts look at."""
        texts = [output.file for output in self.outputs if output.format == "text"]
        return [files[name] for name in dict.fromkeys([*PRINTED, *texts]) if name in files]

    def _says_unphysical(self, code: int | None, files: Mapping[str, bytes]) -> str:
        said = first_match(self.unphysical.text, self._texts(files)) or self.complaint(files)
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
