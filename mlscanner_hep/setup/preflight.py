"""What can be known to be wrong before a code is run; everything is told at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import jinja2

from mlscanner_hep.codes.adapter import ANY_SPECTRUM, Adapter, Handover
from mlscanner_hep.codes.pipeline import Pipeline, Stage
from mlscanner_hep.codes.python_stage import PythonStage, load_function
from mlscanner_hep.codes.service_stage import ServiceStage
from mlscanner_hep.codes.template import Template
from mlscanner_hep.errors import ConfigError, PointError, nearest
from mlscanner_hep.problem import Problem


def problems(problem: Problem, pipeline: Pipeline, run_folder: Path) -> list[str]:
    """List everything that stands between a scan and its first point.

    Parameters
    ----------
    problem, pipeline : Problem, Pipeline
        What is to be scanned, and how.
    run_folder : Path
        Where the ledger goes.

    Returns
    -------
    list of str
        One sentence each; empty if the scan can start.
    """
    if not pipeline.stages:
        return ["the model has no [[chain]]: there is nothing to run"]
    found: list[str] = []
    known = {*problem.space.names, *problem.space.constants, *problem.space.derived}
    used: set[str] = set()
    for position, stage in enumerate(pipeline.stages):
        earlier = pipeline.stages[:position]
        if isinstance(stage, Adapter):
            found += _program(stage)
            found += _templates(stage, known | {"files"}, used)
            if isinstance(stage, ServiceStage):
                found += _told(stage, known)
                used |= set(stage.told)
            found += _files(stage, earlier)
            found += _incomplete(stage, problem)
        elif isinstance(stage, PythonStage):
            used |= set(problem.space.names)
            try:
                load_function(stage.file, stage.function)
            except ConfigError as error:
                found.append(str(error))
        if stage.skip_if is not None:
            found += _names(f"skip_if of '{stage.name}'", stage.skip_if.names, known, problem)
        known |= set(stage.observables)
        for name, expression in pipeline.expressions.items():
            if expression.names <= known:
                known.add(name)
    found += _constraints(problem, known)
    if used <= known | {"files"}:  # else a name is misspelt, and that is why another is not used
        found += _unused(problem, used)
    found += _writable(run_folder)
    return found


def _program(stage: Adapter) -> Iterator[str]:
    if not stage.exe.is_absolute() or not stage.exe.exists():
        yield f"stage '{stage.name}': there is no program {stage.exe}; {stage.hint}"
    elif stage.exe.is_dir():
        yield f"stage '{stage.name}': {stage.exe} is a folder, not a program; {stage.hint}"
    elif not os.access(stage.exe, os.X_OK):
        hint = "chmod +x if it is one"
        yield f"stage '{stage.name}': {stage.exe} is not an executable program; {hint}"


def _templates(stage: Adapter, known: set[str], used: set[str]) -> Iterator[str]:
    templates = [t for t in stage.inputs.values() if isinstance(t, Template)]
    known = known | stage.options.keys()
    for template in [*templates, *stage.command]:
        try:
            uses = template.uses()
            used |= template.mentions() - stage.options.keys()
        except jinja2.TemplateSyntaxError as error:
            yield f"{template.name}, line {error.lineno}: {error.message}"
            continue
        for name, line in uses.items():
            if name not in known:
                hint = nearest(name, known - {"files"})
                yield f"{template.name}, line {line}: '{name}' is not known here; {hint}"


def _told(stage: ServiceStage, known: set[str]) -> Iterator[str]:
    for name in stage.told:
        if name not in known:
            hint = nearest(name, known)
            yield f"stage '{stage.name}': '{name}', to be told, is not known here; {hint}"
    for template in stage.command:
        for name in template.mentions() - stage.options.keys():
            yield f"{template.name}: a service is not started for each point: '{name}' is no option"


def _files(stage: Adapter, earlier: Sequence[Stage]) -> Iterator[str]:
    by_name = {other.name: other for other in earlier}
    for file, origin in stage.inputs.items():
        if not isinstance(origin, Handover):
            continue
        if origin == ANY_SPECTRUM:
            yield (
                f"stage '{stage.name}' needs a spectrum as {file}: no earlier stage makes one; "
                "put its [[chain]] behind one whose adapter.toml has spectrum = FILE"
            )
            continue
        maker = by_name.get(origin.stage)
        if maker is None:
            hint = nearest(origin.stage, by_name) or "it is the first stage"
            yield f"stage '{stage.name}' needs {file} of an earlier stage '{origin.stage}'; {hint}"
        elif isinstance(maker, Adapter):
            made = {output.file for output in maker.outputs} | set(maker.inputs)
            if maker.stdout is not None:
                made.add(maker.stdout)
            if origin.file not in made:
                hint = nearest(origin.file, made)
                yield f"stage '{stage.name}': '{maker.name}' makes no '{origin.file}'; {hint}"
    if stage.stdin is not None and stage.stdin not in stage.inputs:
        yield f"stage '{stage.name}': stdin = '{stage.stdin}' is none of its inputs"


def _incomplete(stage: Adapter, problem: Problem) -> Iterator[str]:
    """What the inputs lack at the middle of the space, where a template can be written so early."""
    values = {**problem.space.row(problem.space.middle), **stage.options}
    for file in stage.complete:
        template = stage.inputs[file]
        # One that cannot be rendered has been told of, or needs what earlier stages make: then
        # each point is checked.
        with suppress(jinja2.TemplateSyntaxError, PointError):
            if isinstance(template, Template) and template.uses().keys() <= values.keys():
                lacking = stage.incomplete(file, template.render(values).encode())
                yield from [f"stage '{stage.name}': {lacking}"] if lacking else []


def _names(where: str, names: frozenset[str], known: set[str], problem: Problem) -> Iterator[str]:
    judged = {f"inside({constraint.name})" for constraint in problem.constraints}
    for name in sorted(names - known - judged):
        yield f"{where}: '{name}' is not known here; {nearest(name, known | judged)}"


def _constraints(problem: Problem, known: set[str]) -> Iterator[str]:
    for constraint in problem.constraints:
        for name in constraint.needs:
            if name not in known:
                yield (
                    f"constraint '{constraint.name}': nothing makes '{name}'; "
                    f"{nearest(name, known)} Else declare it in [observables]"
                )


def _unused(problem: Problem, used: set[str]) -> Iterator[str]:
    """A parameter that no template writes would be scanned without any effect."""
    reached = set(used)
    for name in reversed(list(problem.space.derived)):
        if name in reached:
            reached |= problem.space.derived[name].names
    for name in problem.space.names:
        if name not in reached:
            yield (
                f"parameter '{name}' is used by no template: no code would ever see it; "
                f"write {{{{ {name} }}}} where it belongs"
            )


def _writable(folder: Path) -> Iterator[str]:
    place = folder
    while not place.exists():
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        yield f"run folder {folder}: cannot write in {place}; set folder in [run], or --folder"
