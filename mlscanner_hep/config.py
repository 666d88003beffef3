"""model.toml and adapter.toml: the schema is the reference, every mistake is told with its place.

The classes are the tables of the two files; their field descriptions are the documentation.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mlscanner_hep.errors import ConfigError, nearest
from mlscanner_hep.observables import FORMATS, Format

Positive = Annotated[float, Field(gt=0)]
Sigma = Annotated[float, Field(ge=0)]


class Table(BaseModel):
    """A table of a configuration file; a key it does not know is an error with the nearest name."""

    model_config = ConfigDict(
        extra="forbid", populate_by_name=True, frozen=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if isinstance(data, dict) and cls.model_config.get("extra") == "forbid":
            allowed = {f.alias or name for name, f in cls.model_fields.items()}
            for key in data:
                if key not in allowed:
                    raise ValueError(f"unknown key '{key}': {nearest(key, allowed)}")
        return data


class StopTable(Table):
    """When the scan ends: the first rule that is reached."""

    inside: int | None = Field(None, gt=0, description="points inside")
    calls: int | None = Field(None, gt=0, description="evaluated points")
    hours: Positive | None = Field(None, description="hours since this run was started")
    coverage: float | None = Field(
        None, gt=0, lt=1, description="estimated share of the known region near a point inside"
    )


class ScanTable(Table):
    """`[scan]`"""

    name: str = Field(description="name of the scan and of its run folder", min_length=1)
    seed: int = Field(1, ge=0, description="the same seed gives the same points")
    stop: StopTable = Field(description="when to stop")

    @model_validator(mode="after")
    def _stops(self) -> Self:
        if self.stop == StopTable():
            raise ValueError("stop needs at least one of inside, calls, hours, coverage")
        if "/" in self.name or self.name in (".", ".."):
            raise ValueError(f"name '{self.name}' cannot be the name of a folder")
        return self


class ParameterTable(Table):
    """An entry of `[parameters]`: a range with a scale, or choices."""

    min: float | None = Field(None, description="lower end")
    max: float | None = Field(None, description="upper end")
    scale: Literal["flat", "log", "symlog", "normal"] = Field(
        "flat", description="what is uniform in the scan: the value, its logarithm ..."
    )
    threshold: float | None = Field(None, description="symlog: linear below, logarithmic above")
    mean: float | None = Field(None, description="normal: the mean")
    sigma: float | None = Field(None, description="normal: the standard deviation")
    choices: tuple[int | float, ...] | None = Field(None, description="the allowed numbers")
    unit: str = Field("", description="unit, for tables and axes")
    latex: str = Field("", description="LaTeX, for axes")


class ChainTable(Table):
    """An entry of `[[chain]]`: an adapter with a program, or a Python function."""

    adapter: str | None = Field(None, description="name or folder of the adapter")
    exe: str | None = Field(None, description="the program; a path or a name on PATH")
    python: str | None = Field(None, description="file.py:function, instead of an adapter")
    name: str | None = Field(None, description="name of the stage, by default the adapter's")
    timeout: Positive | None = Field(None, description="seconds, by default the adapter's")
    memory: Positive | None = Field(None, description="limit of the address space in GiB")
    skip_if: str | None = Field(None, description="do not run where this holds")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.adapter is None) == (self.python is None):
            raise ValueError("needs either 'adapter' or 'python'")
        if self.adapter is not None and self.exe is None:
            raise ValueError("needs 'exe', the path of the program")
        if self.python is not None:
            set_keys = [k for k in ("exe", "timeout", "memory") if getattr(self, k) is not None]
            if set_keys:
                raise ValueError(f"'{set_keys[0]}' does not apply to a Python function")
            if self.python.count(":") != 1:
                raise ValueError(f"python = '{self.python}' should read 'file.py:function'")
        return self


SOURCES = ("slha", "decay", "width", "json", "column", "regex")


class ReadTable(Table):
    """Where a number stands in an output file; one of slha, decay, width, json, column, regex."""

    slha: str | None = Field(None, description="block and indices, e.g. 'MASS 25'")
    decay: str | None = Field(None, description="branching ratio, e.g. '25 -> 22 22'")
    width: str | None = Field(None, description="total width of a PDG code")
    absent: float | None = Field(None, description="the value if a decay table lacks the channel")
    json_path: str | None = Field(None, alias="json", description="path, e.g. 'results.0.r'")
    column: str | int | None = Field(None, description="column name or number from 1")
    row: int | None = Field(None, description="row of the table, the last by default")
    regex: str | None = Field(None, description="regular expression with one group")
    unit: str = Field("", description="unit, for tables and axes")
    latex: str = Field("", description="LaTeX, for axes")
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
        return self


class ObservableTable(ReadTable):
    """An entry of `[observables]`."""

    from_: str | None = Field(None, alias="from", description="the stage that makes it")
    file: str | None = Field(None, description="its output file, if several could be meant")
    expr: str | None = Field(None, description="or an expression of other values")

    @model_validator(mode="after")
    def _origin(self) -> Self:
        if self.expr is not None and (self.from_ or self.source):
            raise ValueError("'expr' computes the value: it goes without 'from' and a source")
        return self


class ConstraintTable(Table):
    """An entry of `[constraints]`: a measurement, a limit, a table of limits, or a chi2."""

    value: float | None = Field(None, description="measured value")
    sigma: Sigma | None = Field(None, description="its standard deviation")
    min: float | None = Field(None, description="lower limit")
    max: float | None = Field(None, description="upper limit")
    theory: Sigma = Field(0.0, description="theory uncertainty of the observable")
    within: Positive = Field(2.0, description="how many standard deviations count as inside")
    table: str | None = Field(None, description="file with two columns: value, limit")
    against: str | None = Field(None, description="the value that the table's limit depends on")
    side: Literal["max", "min"] = Field("max", description="what the table's limit is")
    beyond: Literal["missing", "allowed"] = Field("missing", description="beyond the table's ends")
    chi2_max: float | None = Field(None, description="the observable is a chi2: its largest value")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = {
            "value": self.value is not None or self.sigma is not None,
            "min/max": self.min is not None or self.max is not None,
            "table": self.table is not None or self.against is not None,
            "chi2_max": self.chi2_max is not None,
        }
        given = [name for name, there in kinds.items() if there]
        if len(given) != 1:
            raise ValueError(
                "needs one of: value and sigma; min and/or max; table and against; chi2_max"
                + (f"; got {' and '.join(given)}" if given else "")
            )
        if kinds["value"] and not (self.value is not None and self.sigma is not None):
            raise ValueError("a measurement needs both value and sigma")
        if kinds["value"] and self.sigma == self.theory == 0:
            raise ValueError("a measurement needs sigma > 0 or theory > 0")
        if kinds["table"] and not (self.table and self.against):
            raise ValueError("a limit from a table needs both table and against")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min = {self.min} is above max = {self.max}")
        return self


class ProposerTable(Table):
    """`[proposer]`: the kind, the batch size, and the options of the kind."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str = Field("regressor", description="the kind of proposer, see below")
    batch: int = Field(
        100, gt=0, description="points per round; rounds are smaller while they go badly"
    )

    @model_validator(mode="after")
    def _misspelt(self) -> Self:
        for key in self.options:
            hint = nearest(key, ("kind", "batch"))
            if hint.startswith("did you mean"):
                raise ValueError(f"unknown key '{key}': {hint}")
        return self

    @property
    def options(self) -> dict[str, Any]:
        """What is not for the loop but for the proposer."""
        return dict(self.model_extra or {})


class RunTable(Table):
    """`[run]`"""

    workers: int = Field(1, gt=0, description="points that run at a time")
    keep: Literal["all", "inside", "failed", "none"] = Field(
        "inside", description="of which points raw inputs and outputs are kept in the ledger"
    )
    folder: str | None = Field(None, description="run folder, by default runs/<name> beside this")
    scratch: str | None = Field(None, description="where the points' folders are made and removed")


class ModelFile(Table):
    """model.toml"""

    scan: ScanTable
    parameters: dict[str, ParameterTable] = Field(min_length=1)
    constants: dict[str, float | int | str] = Field(default_factory=dict)
    derived: dict[str, str] = Field(default_factory=dict)
    chain: tuple[ChainTable, ...] = Field(default=())
    observables: dict[str, ObservableTable] = Field(default_factory=dict)
    constraints: dict[str, ConstraintTable] = Field(default_factory=dict)
    proposer: ProposerTable = Field(default_factory=lambda: ProposerTable())
    run: RunTable = Field(default_factory=lambda: RunTable())


class HandoverTable(Table):
    """An input file that an earlier stage made."""

    from_: str = Field(alias="from", description="the earlier stage")
    file: str = Field(description="its file")


class OutputTable(Table):
    """An entry of `[outputs]`: the format, and the observables by name."""

    format: Format = Field(description=f"one of {', '.join(FORMATS)}")
    observables: dict[str, ReadTable] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, data: Any) -> Any:
        if isinstance(data, dict) and "observables" not in data:
            names = {k: v for k, v in data.items() if k != "format"}
            return {k: v for k, v in data.items() if k == "format"} | {"observables": names}
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
    stdout: tuple[str, ...] = Field((), description="regular expressions on stdout or stderr")
    slha: tuple[str, ...] = Field((), description="entries whose presence says so: 'SPINFO 4'")
    values: tuple[str, ...] = Field((), description="conditions on its observables that say so")


class AdapterFile(Table):
    """adapter.toml"""

    description: str = Field("", description="one line on the code")
    homepage: str = Field("", description="where to get the code")
    version_tested: str = Field("", description="version of the code it was tested with")
    cite: tuple[str, ...] = Field((), description="what to cite")
    command: tuple[str, ...] = Field(
        description="argument list; {exe} is the program", min_length=1
    )
    timeout: Positive = Field(60.0, description="seconds")
    stdin: str | None = Field(None, description="an input file to feed to the standard input")
    env: dict[str, str] = Field(default_factory=dict, description="environment variables")
    inputs: dict[str, str | HandoverTable] = Field(default_factory=dict)
    outputs: dict[str, OutputTable] = Field(default_factory=dict)
    success: SuccessTable = Field(default_factory=lambda: SuccessTable())
    unphysical: UnphysicalTable = Field(default_factory=lambda: UnphysicalTable())


File = TypeVar("File", ModelFile, AdapterFile)


def load(kind: type[File], path: Path) -> File:
    """Read and validate a TOML file.

    Parameters
    ----------
    kind : ModelFile or AdapterFile
        What the file should be.
    path : Path
        The file.

    Raises
    ------
    ConfigError
        With the file, the key, the value and what is allowed; every mistake at once.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"is not UTF-8: {error}", path) from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"is not valid TOML: {error}", path) from error
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        mistakes = [_tell(mistake) for mistake in error.errors()]
        if len(mistakes) == 1:
            raise ConfigError(mistakes[0][1], path, mistakes[0][0]) from error
        lines = "".join(f"\n  {key}: {text}" for key, text in mistakes)
        raise ConfigError(f"{len(mistakes)} mistakes{lines}", path) from error


def _tell(mistake: Any) -> tuple[str, str]:
    """The key path and the message of one of pydantic's errors."""
    unions = {"int", "float", "str", "HandoverTable"}
    key = ".".join(str(part) for part in mistake["loc"] if part not in unions)
    message = mistake["msg"].removeprefix("Value error, ")
    if mistake["type"] == "missing":
        return key, "is required"
    if mistake["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return key, f"needs a table, e.g. {{ min = 1 }}, not {mistake['input']!r}"
    if mistake["type"] == "tuple_type":
        brackets = key == "chain"
        return key, "write [[chain]], one for each code" if brackets else "needs a list: [ ... ]"
    value = mistake["input"]
    if mistake["type"] != "value_error" and not isinstance(value, dict | list):
        message = f"{message[0].lower()}{message[1:]}, not {value!r}"
    return key, message
