"""adapter.toml: the classes are its tables, their field descriptions are the documentation."""

from __future__ import annotations

import keyword
from pathlib import PurePosixPath
from typing import Any, Self

from pydantic import ConfigDict, Field, model_validator

from mlscanner_hep.errors import nearest
from mlscanner_hep.observables import FORMATS, Format
from mlscanner_hep.setup.tables import Latex, Positive, Table

SOURCES = ("slha", "decay", "width", "sfermion", "json", "column", "regex", "ask")

OWN_WORDS = ("exe", "folder", "serve")
"""What `{...}` stands for besides options."""

ANSWER = "answer"
"""Name of the output of a service."""

SPECTRUM = "spectrum"
"""As the origin of an input file: the spectrum of the last earlier stage that makes one."""

Setting = int | float | str
"""The value of an option."""


class ReadTable(Table):
    """Where a number stands in an output file; one of `SOURCES`."""

    slha: str | None = Field(None, description="block and indices, e.g. 'MASS 25'")
    decay: str | None = Field(None, description="branching ratio, e.g. '25 -> 22 22'")
    width: str | None = Field(None, description="total width of a PDG code")
    absent: float | None = Field(None, description="the value if a decay table lacks the channel")
    sfermion: str | None = Field(None, description="mass by content, e.g. 'SELMIX 3 6: 1'")
    json_path: str | None = Field(None, alias="json", description="path, e.g. 'results.0.r'")
    column: str | int | None = Field(None, description="column name or number from 1")
    row: int | None = Field(None, description="row of the table, the last by default")
    regex: str | None = Field(None, description="regular expression with one group")
    ask: str | None = Field(None, description="name by which a service knows it")
    abs: bool = Field(False, description="take the absolute value")
    unit: str = Field("", description="unit, for tables and axes")
    latex: Latex = Field("", description="LaTeX, for axes")
    doc: str = Field("", description="what it is")

    @property
    def source(self) -> tuple[str, Any] | None:
        """The kind of the source and its text, or None."""
        given = [(k, getattr(self, "json_path" if k == "json" else k)) for k in SOURCES]
        given = [(k, value) for k, value in given if value is not None]
        return given[0] if given else None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        names = {"json": "json_path"}
        given = [k for k in SOURCES if getattr(self, names.get(k, k)) is not None]
        if len(given) > 1:
            raise ValueError(f"only one of {', '.join(given)} can say where the number stands")
        if self.absent is not None and given != ["decay"]:
            raise ValueError("'absent' only goes with 'decay'")
        if self.row is not None and given != ["column"]:
            raise ValueError("'row' only goes with 'column'")
        if self.abs and not given:
            raise ValueError(f"'abs' only goes with one of {', '.join(SOURCES)}")
        return self


class ComputedTable(Table):
    """An entry of `[computed]`: an observable that follows from others of the adapter."""

    expr: str = Field(description="expression of other observables of this adapter")
    unit: str = Field("", description="unit, for tables and axes")
    latex: Latex = Field("", description="LaTeX, for axes")
    doc: str = Field("", description="what it is")


class OptionTable(Table):
    """An entry of `[options]`."""

    doc: str = Field("", description="what it decides")
    default: Setting | None = Field(None, description="its value if the model sets none")


class HandoverTable(Table):
    """An input file that an earlier stage made."""

    from_: str = Field(alias="from", description="the earlier stage, or 'spectrum'")
    file: str | None = Field(None, description="its file")

    @model_validator(mode="after")
    def _one_file(self) -> Self:
        if self.file is None and self.from_ != SPECTRUM:
            raise ValueError(
                f"needs 'file', a file of stage '{self.from_}'; from = '{SPECTRUM}' without it is "
                "the spectrum of the last earlier stage that makes one"
            )
        return self


class OutputTable(Table):
    """An entry of `[outputs]`: the format, and the observables by name."""

    format: Format = Field(description=f"one of {', '.join(FORMATS)}")
    optional: bool = Field(False, description="the file need not be written")
    observables: dict[str, ReadTable] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, data: Any) -> Any:
        if isinstance(data, dict) and "observables" not in data:
            own = {k: v for k, v in data.items() if k in ("format", "optional")}
            return own | {"observables": {k: v for k, v in data.items() if k not in own}}
        return data


class SuccessTable(Table):
    """`[success]`: when an answer counts."""

    exit_codes: tuple[int, ...] = Field((0,), description="accepted exit codes")
    require: tuple[str, ...] = Field((), description="'file: BLOCK' or 'file: BLOCK index'")
    fatal: tuple[str, ...] = Field((), description="regular expressions that mean a fault")
    plausible: tuple[str, ...] = Field((), description="conditions on its observables")


class UnphysicalTable(Table):
    """`[unphysical]`: how the code says that there is no spectrum."""

    exit_codes: tuple[int, ...] = Field((), description="exit codes that say so")
    stdout: tuple[str, ...] = Field(
        (), description="regular expressions on stdout, stderr and outputs of format text"
    )
    slha: tuple[str, ...] = Field((), description="entries whose presence says so: 'SPINFO 4'")
    values: tuple[str, ...] = Field((), description="conditions on its observables that say so")


class ServiceTable(Table):
    """`[service]`: the command starts a process that answers point after point."""

    start_timeout: Positive = Field(120.0, description="seconds until it is ready")
    told: tuple[str, ...] = Field(
        (), description="parameters, constants, derived values, earlier observables that it gets"
    )


class InstallTable(Table):
    """`[install]`: how the code lives with its own folder."""

    copy_per_worker: bool = Field(
        False, description="each worker runs a copy, because the code writes into its own folder"
    )
    tree: str = Field(
        ".",
        pattern=r"^(\.|\.\.(/\.\.)*)$",
        description="what is copied: '.' is the folder of the program, '..' the one above",
    )


class Declared(Table):
    """The options that an adapter has; the part of adapter.toml that is known before the rest."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    options: dict[str, OptionTable] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names(self) -> Self:
        for name in self.options:
            if not name.isidentifier() or keyword.iskeyword(name) or name in (*OWN_WORDS, "files"):
                raise ValueError(
                    f"options: '{name}' cannot be used as a name: letters, digits and _ that do "
                    f"not start with a digit, and none of {', '.join(OWN_WORDS)}, files"
                )
        return self


class AdapterFile(Declared):
    """adapter.toml"""

    model_config = Table.model_config

    description: str = Field("", description="one line on the code")
    kind: str = Field(
        "",
        description="spectrum generator, dark matter, Higgs, flavour, collider ...: groups the "
        "list of adapters",
    )
    homepage: str = Field("", description="where to get the code")
    version_tested: str = Field("", description="version of the code it was tested with")
    cite: tuple[str, ...] = Field((), description="what to cite")
    packages: tuple[str, ...] = Field(
        (), description="Python packages that the program loads: the ledger notes their versions"
    )
    command: tuple[str, ...] = Field(
        description="argument list; {exe} is the program, {folder} the folder of the adapter, "
        "{serve} the runner of a service's script",
        min_length=1,
    )
    exe: tuple[str, ...] = Field(
        (), description="names of the program on PATH, for models and users that set no path"
    )
    timeout: Positive = Field(60.0, description="seconds")
    warm_up: Positive | None = Field(
        None,
        description="seconds for the first call in a run, of a code that compiles then; until one "
        "has got through, there is one at a time on a machine",
    )
    stdin: str | None = Field(None, description="an input file to feed to the standard input")
    stdout: str | None = Field(None, description="a file that the standard output becomes")
    spectrum: str | None = Field(
        None, description="the output that is the spectrum, for later stages"
    )
    env: dict[str, str] = Field(default_factory=dict, description="environment variables")
    service: ServiceTable | None = None
    install: InstallTable = Field(default_factory=InstallTable)
    inputs: dict[str, str | HandoverTable] = Field(default_factory=dict)
    outputs: dict[str, OutputTable] = Field(default_factory=dict)
    computed: dict[str, ComputedTable] = Field(default_factory=dict)
    complete: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    success: SuccessTable = Field(default_factory=lambda: SuccessTable())
    unphysical: UnphysicalTable = Field(default_factory=lambda: UnphysicalTable())

    @model_validator(mode="after")
    def _what_a_service_has(self) -> Self:
        answers = [file for file, table in self.outputs.items() if table.format == "answer"]
        if self.service is None:
            if answers:
                raise ValueError(f"outputs.{answers[0]}: only a [service] answers")
            return self
        if list(self.outputs) != [ANSWER] or not answers:
            raise ValueError("a service has one output: [outputs.answer] with format = 'answer'")
        for table, keys in (
            (self, ("stdin", "stdout", "install")),
            (self.success, ("exit_codes", "require", "fatal")),
            (self.unphysical, ("exit_codes", "stdout", "slha")),
        ):
            for key in keys:
                if key in table.model_fields_set:
                    raise ValueError(f"'{key}' does not go with [service]: it tells its status")
        return self

    @model_validator(mode="after")
    def _inside_the_folder(self) -> Self:
        handed = [t.file for t in self.inputs.values() if isinstance(t, HandoverTable)]
        for name in (*self.inputs, *self.outputs, *handed, self.stdin, self.stdout):
            path = PurePosixPath(name or "")
            if path.is_absolute() or ".." in path.parts:
                raise ValueError(
                    f"'{name}' leads out of the folder of the point, in which each code has to "
                    "find and leave its files"
                )
        return self

    @model_validator(mode="after")
    def _known_files(self) -> Self:
        made = [file for file in self.outputs if file not in ("stdout", "stderr")]
        if self.spectrum is not None and self.spectrum not in made:
            hint = nearest(self.spectrum, made)
            raise ValueError(f"spectrum = '{self.spectrum}' is none of its output files: {hint}")
        for file in self.complete:
            if file not in self.inputs:
                raise ValueError(f"complete: no input '{file}': {nearest(file, self.inputs)}")
        return self
