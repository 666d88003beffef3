"""SLHA files of other scans, read by the rules of the model's own chain."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from mlscanner_hep import observables
from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.codes.judging import Output
from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.errors import ConfigError, nearest
from mlscanner_hep.importing.rows import LeftOut, Rows, Watch, check_complete, check_names
from mlscanner_hep.problem import Problem
from mlscanner_hep.slha import Query, entry_query

SEPARATOR = b"ENDOFPARAMETERPOINT"
"""The line between the spectra of one file, as SSP and BSMArt write it and xSLHA reads it."""

_BLOCK = re.compile(rb"^\s*block\s+\w", re.IGNORECASE | re.MULTILINE)


def recognised(path: Path) -> bool:
    """Whether a file looks like SLHA."""
    with path.open("rb") as file:
        return _BLOCK.search(file.read(1 << 14)) is not None


def read(
    path: Path,
    problem: Problem,
    pipeline: Pipeline,
    names: Mapping[str, str],
    pattern: str = "*",
    output: str | None = None,
    watch: Watch | None = None,
) -> Rows:
    """Read SLHA files, one point each.

    The observables are those that the chain reads from its output of that kind, and what the
    adapter calls unphysical or requires there holds here, too. Parameters are where `names` says,
    for a template does not tell it.

    Parameters
    ----------
    path : Path
        A folder, or one file. A file may hold several spectra with a line `SEPARATOR` after each.
    problem : Problem
        The names of the model.
    pipeline : Pipeline
        Its chain.
    names : mapping of str to str
        References for parameters, and where needed for constants and observables:
        ``MINPAR:3``, ``NMIX:1,1``.
    pattern : str
        Which files of the folder, e.g. ``*.slha`` or ``*/SPheno.spc``.
    output : str, optional
        Which output file of the chain they are, if it has several in SLHA format.
    watch : callable, optional
        Gets the share that is read.

    Raises
    ------
    ConfigError
        If there is no such file, a reference cannot be read, or a parameter has none.
    """
    check_names(problem, names)
    queries = {name: _reference(name, text) for name, text in names.items()}
    outputs = _outputs(pipeline, output)
    made = {o.name for _, kind in outputs for o in kind.observables}
    made |= {o.name for stage, _ in outputs for o in stage.computed}
    made &= {*problem.observables}
    check_complete(problem, queries.keys() | made, str(path), (), "BLOCK:INDEX")
    files = sorted(p for p in path.glob(pattern) if p.is_file()) if path.is_dir() else [path]
    if not files:
        raise ConfigError(f"no file matches --glob '{pattern}'", path)
    found: list[dict[str, float]] = []
    places: list[str] = []
    unphysical: dict[int, str] = {}
    left_out = LeftOut()
    for count, file in enumerate(files, 1):
        for place, data in _spectra(file, path if path.is_dir() else file.parent):
            fault, complaint, values = _read(data, queries, outputs, problem)
            if fault:
                left_out.add(fault, place)
                continue
            if complaint:
                unphysical[len(found)] = f"{complaint}, in"
            found.append(values)
            places.append(place)
        if watch is not None:
            watch(count / len(files))
    columns = {
        name: np.array([values.get(name, math.nan) for values in found], dtype=float)
        for name in dict.fromkeys([*queries, *made])
    }
    return Rows(columns, path.name, places, unphysical, left_out)


def _reference(name: str, text: str) -> Query:
    try:
        return entry_query(re.sub("[:,]", " ", text))
    except ValueError as error:
        reason = f"--map {name}={text}: write BLOCK:INDEX, for example MINPAR:3 or NMIX:1,1"
        raise ConfigError(reason) from error


def _outputs(pipeline: Pipeline, wanted: str | None) -> list[tuple[Adapter, Output]]:
    """The outputs of the chain that the files are: all of one name."""
    found = [
        (stage, output)
        for stage in pipeline.stages
        if isinstance(stage, Adapter)
        for output in stage.outputs
        if output.format == "slha"
    ]
    kinds = list(dict.fromkeys(output.file for _, output in found))
    if wanted is None and len(kinds) > 1:
        raise ConfigError(
            f"the chain has several outputs in SLHA format ({', '.join(kinds)}): the same entry "
            "may mean something else in each; say which one the files are with --as"
        )
    if wanted is not None and wanted not in kinds:
        raise ConfigError(f"--as {wanted}: no such output of the chain in SLHA format; "
                          f"{nearest(wanted, kinds)}")  # fmt: skip
    return [(stage, output) for stage, output in found if wanted in (None, output.file)]


def _spectra(file: Path, base: Path) -> Iterator[tuple[str, bytes]]:
    """The spectra of a file, each with its place."""
    name = str(file.relative_to(base))
    lines: list[bytes] = []
    count = 0
    with file.open("rb") as opened:
        for line in opened:
            if line.strip() == SEPARATOR:
                count += 1
                yield f"{name}, spectrum {count}", b"".join(lines)
                lines = []
            else:
                lines.append(line)
    if not count or any(line.strip() for line in lines):
        yield (f"{name}, spectrum {count + 1}" if count else name), b"".join(lines)


def _read(
    data: bytes,
    queries: Mapping[str, Query],
    outputs: list[tuple[Adapter, Output]],
    problem: Problem,
) -> tuple[str, str, dict[str, float]]:
    """Why a spectrum is left out, why it is unphysical, and its numbers."""
    document = observables.slha_document(data)
    readings = {name: document.read(query) for name, query in queries.items()}
    for name in problem.space.names:
        if readings[name].reason:
            return f"{name}: {readings[name].reason}", "", {}
    complaint = ""
    for stage, output in outputs:
        complaint = complaint or stage.complaint({output.file: data})
        here = observables.read("slha", data, output.observables)
        here |= observables.compute(stage.computed, here)
        readings = {n: r for n, r in here.items() if n in stage.observables} | readings
        if not complaint:
            for file, entry in stage.success.require:
                if file == output.file and not document.has(entry):
                    return f"no finite entry '{entry}'", "", {}
    return "", complaint, {name: reading.value for name, reading in readings.items()}
