"""model.toml: the classes are its tables, their field descriptions are the documentation."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from mlscanner_hep.errors import nearest
from mlscanner_hep.setup.adapter_file import ReadTable, Setting
from mlscanner_hep.setup.tables import Latex, Positive, Table

Sigma = Annotated[float, Field(ge=0)]


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
    latex: Latex = Field("", description="LaTeX, for axes")


class ChainTable(Table):
    """An entry of `[[chain]]`: an adapter with a program, or a Python function."""

    adapter: str | None = Field(None, description="name or folder of the adapter")
    exe: str | None = Field(
        None, description="the program, a path or a name on PATH; else it is looked for"
    )
    python: str | None = Field(None, description="file.py:function, instead of an adapter")
    name: str | None = Field(None, description="name of the stage, by default the adapter's")
    options: dict[str, Setting] = Field(default_factory=dict, description="options of the adapter")
    inputs: dict[str, str] = Field(
        default_factory=dict, description="templates of your own for input files of the adapter"
    )
    timeout: Positive | None = Field(None, description="seconds, by default the adapter's")
    memory: Positive | None = Field(
        None, description="limit of the address space of each of its processes in GiB; Linux only"
    )
    file_size: Positive = Field(
        2.0, description="limit of each file that it writes in GiB; Linux only"
    )
    at_once: int | None = Field(
        None, gt=0, description="how many may run at once on a machine, if fewer than workers"
    )
    skip_if: str | None = Field(None, description="do not run where this holds")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.adapter is None) == (self.python is None):
            raise ValueError("needs either 'adapter' or 'python'")
        if self.python is not None:
            given = self.model_fields_set - {"python", "name", "skip_if"}
            if given:
                raise ValueError(f"'{min(given)}' does not apply to a Python function")
            if self.python.count(":") != 1:
                raise ValueError(f"python = '{self.python}' should read 'file.py:function'")
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
    lag: int = Field(
        1,
        ge=0,
        le=9,
        description="so many rounds may still run, their results not used, while one is proposed, "
        "once they are few among all; see performance.md",
    )

    @model_validator(mode="after")
    def _misspelt(self) -> Self:
        for key in self.options:
            hint = nearest(key, ("kind", "batch", "lag"))
            if hint.startswith("did you mean"):
                raise ValueError(f"unknown key '{key}': {hint}")
        return self

    @property
    def options(self) -> dict[str, Any]:
        """What is not for the loop but for the proposer."""
        return dict(self.model_extra or {})


class DaskTable(Table):
    """`[run.dask]`: where the workers are; without `address` and `system`, on this machine."""

    address: str | None = Field(None, description="a running scheduler, e.g. tcp://head:8786")
    system: Literal["slurm", "htcondor", "lsf", "pbs", "sge"] | None = Field(
        None, description="the batch system that jobs are submitted to, by dask-jobqueue"
    )
    jobs: int = Field(1, gt=0, description="the most jobs at a time")
    min_jobs: int | None = Field(
        None, ge=0, description="the fewest; by default `jobs`, so that lost ones are replaced"
    )
    cores: int | None = Field(None, gt=0, description="points that run at a time in a job")
    memory: str | None = Field(None, description='of a job, e.g. "8GB"')
    walltime: str | None = Field(None, description='of a job, e.g. "04:00:00"')
    queue: str | None = Field(None, description="queue or partition")
    account: str | None = Field(None, description="account or project that pays")
    job_script_prologue: tuple[str, ...] = Field(
        default=(), description='shell commands before the worker starts, e.g. "module load gcc"'
    )
    options: dict[str, Any] = Field(
        default_factory=dict, description="any other argument of the cluster class of dask-jobqueue"
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        given = self.model_fields_set - {"address", "system"}
        if self.address is not None and (given or self.system):
            raise ValueError("'address' goes alone: its workers are started by somebody else")
        if given and self.system is None:
            raise ValueError(f"'{min(given)}' needs 'system', the batch system")
        if self.min_jobs is not None and self.min_jobs > self.jobs:
            raise ValueError(f"min_jobs = {self.min_jobs} is above jobs = {self.jobs}")
        return self


class RunTable(Table):
    """`[run]`"""

    workers: int = Field(1, gt=0, description="points that run at a time on this machine")
    executor: Literal["local", "dask"] = Field(
        "local", description="processes on this machine, or workers of a Dask cluster"
    )
    dask: DaskTable = Field(default_factory=DaskTable)
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
