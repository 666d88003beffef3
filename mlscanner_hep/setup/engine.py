"""What runs the points of a model: processes on this machine, or a Dask cluster."""

from __future__ import annotations

import inspect
import logging
import shutil
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from mlscanner_hep.errors import ClusterError, ConfigError, nearest
from mlscanner_hep.running import executors
from mlscanner_hep.running.executors import Start
from mlscanner_hep.running.interrupts import handlers_kept
from mlscanner_hep.setup.config import RunTable

_CLUSTERS = {
    "slurm": "SLURMCluster",
    "htcondor": "HTCondorCluster",
    "lsf": "LSFCluster",
    "pbs": "PBSCluster",
    "sge": "SGECluster",
}


@contextmanager
def opened(run: RunTable, file: Path) -> Iterator[Start]:
    """Start what the table ``[run]`` asks for; give what makes executors on it.

    Parameters
    ----------
    run : RunTable
        The table.
    file : Path
        The model.toml, for messages.

    Raises
    ------
    ConfigError
        If Dask is not installed, or dask-jobqueue refuses an argument.
    ClusterError
        If there is no cluster: no scheduler answers, or no job can be submitted.
    """
    if run.executor == "local":
        yield partial(executors.start, workers=run.workers)
        return
    try:
        with handlers_kept():  # dask-jobqueue takes Ctrl-C for itself when it is imported
            import dask_jobqueue  # noqa: F401
        import distributed

        from mlscanner_hep.running.cluster import Dask
    except ImportError as error:
        raise ConfigError(
            f"'dask' needs packages that are not installed ({error.name}): "
            "pip install 'mlscanner-hep[dask]', or set executor = \"local\"",
            file,
            "run.executor",
        ) from error
    # What workers come and go is no news to who looks at a scan.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Port .* is already in use")  # of the dashboard
                where, places = _where(run, file)
            if not isinstance(where, str):
                stack.enter_context(where)
            client = stack.enter_context(distributed.Client(where, set_as_default=False))
        except OSError as error:
            raise ClusterError(f"no Dask cluster {run.dask.address or 'here'}: {error}") from error
        yield partial(Dask, client=client, places=places)


def _where(run: RunTable, file: Path) -> tuple[Any, int]:
    """The address of a scheduler or a new cluster, and how many points may come to run there."""
    if run.dask.address is not None:
        return run.dask.address, 1
    if run.dask.system is not None:
        return _batch(run, file), run.dask.jobs * (run.dask.cores or 1)
    return _local(run), run.workers


def _local(run: RunTable) -> Any:
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=run.workers,
        threads_per_worker=1,
        memory_limit=0,
        dashboard_address=None,
        local_directory=run.scratch and str(Path(run.scratch).expanduser()),
        silence_logs=logging.CRITICAL,
    )


def _batch(run: RunTable, file: Path) -> Any:
    """A cluster of jobs; the first one is submitted."""
    import dask_jobqueue
    from distributed.core import Status

    table = run.dask
    assert table.system is not None
    kind = getattr(dask_jobqueue, _CLUSTERS[table.system])
    submit = kind.job_cls.submit_command.split()[0]
    if shutil.which(submit) is None:
        raise ClusterError(
            f"there is no program {submit} here: the scan has to be started where jobs of "
            f"{table.system} are submitted"
        )
    try:
        cluster = kind(**_arguments(run, kind, file))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{kind.__name__} says: {error}", file, "run.dask") from error
    # The first job is submitted here: adapt() would not tell that it is refused.
    cluster.worker_spec.update(cluster.new_worker_spec())
    try:
        cluster.sync(_submitted, cluster)
    except RuntimeError as error:
        for job in cluster.workers.values():
            job.status = Status.failed  # else close() expects it to run
        cluster.close()
        raise ClusterError(f"no job could be submitted. {error}") from error
    least = table.jobs if table.min_jobs is None else table.min_jobs
    cluster.adapt(minimum_jobs=least, maximum_jobs=table.jobs)
    return cluster


async def _submitted(cluster: Any) -> None:
    await cluster


def _arguments(run: RunTable, kind: Any, file: Path) -> dict[str, Any]:
    """The arguments of a cluster class of dask-jobqueue."""
    table = run.dask
    allowed = _names(kind.job_cls) | _names(kind.__mro__[1]) | _names(kind.job_cls.__mro__[1])
    given = table.model_dump(exclude={"address", "system", "jobs", "min_jobs", "options"})
    arguments = {name: value for name, value in given.items() if value}
    if "account" not in allowed and "account" in arguments:
        arguments["project"] = arguments.pop("account")
    if "job_script_prologue" in arguments:
        arguments["job_script_prologue"] = list(arguments["job_script_prologue"])
    for name in arguments.keys() - allowed:
        raise ConfigError(f"{table.system} has no '{name}'", file, f"run.dask.{name}")
    for name in table.options.keys() - allowed:
        raise ConfigError(nearest(name, allowed), file, f"run.dask.options.{name}")
    # One process, for its threads do nothing but wait for the processes of the points.
    return {"processes": 1, "local_directory": run.scratch, **arguments, **table.options}


def _names(of: Any) -> set[str]:
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(of.__init__).parameters.values()
    return {p.name for p in parameters if p.kind not in kinds} - {"self", "scheduler", "n_workers"}
