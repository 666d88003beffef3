"""What the points of a ledger mean, and how that differs from a changed model.

Constraints, proposer, stop rules and workers are free to change: points are judged on reading.
Parameters, constants, the chain with its templates, and the way an observable is read are not:
points of two meanings do not belong in one table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.codes.pipeline import Pipeline, Stage
from mlscanner_hep.codes.service_stage import ServiceStage
from mlscanner_hep.codes.template import Template
from mlscanner_hep.expressions import Expression
from mlscanner_hep.space import Space


def describe(space: Space, pipeline: Pipeline) -> dict[str, Any]:
    """The meaning of a point as plain data, one entry for each thing that may not change."""
    parts: dict[str, Any] = {
        f"parameters.{p.name}": _plain({k: v for k, v in asdict(p).items() if k not in _LABELS})
        for p in space.parameters
    }
    parts["parameters (order)"] = list(space.names)
    parts |= {f"constants.{name}": value for name, value in space.constants.items()}
    parts |= {f"derived.{name}": e.text for name, e in space.derived.items()}
    parts["chain (order)"] = [stage.name for stage in pipeline.stages]
    for stage in pipeline.stages:
        parts |= _stage(stage)
    parts |= {f"observables.{n}": f"expr {e.text}" for n, e in pipeline.expressions.items()}
    return parts


_LABELS = ("unit", "latex")


def _stage(stage: Stage) -> dict[str, Any]:
    prefix = f"chain.{stage.name}"
    parts: dict[str, Any] = {f"{prefix}.skip_if": stage.skip_if.text if stage.skip_if else ""}
    if not isinstance(stage, Adapter):
        parts |= {f"observables.{name}": f"from {stage.name}" for name in stage.observables}
        return parts
    parts[f"{prefix}.command"] = [part.source for part in stage.command]
    parts |= {f"{prefix}.files.{name}": _sha256(text) for name, text in _scripts(stage)}
    if isinstance(stage, ServiceStage):
        parts[f"{prefix}.told"] = list(stage.told)
    parts[f"{prefix}.env"] = dict(stage.env)
    parts[f"{prefix}.stdin"] = stage.stdin or ""
    parts |= {f"{prefix}.options.{name}": value for name, value in stage.options.items()}
    if stage.stdout is not None:
        parts[f"{prefix}.stdout"] = stage.stdout
    for name, origin in stage.inputs.items():
        text = (
            f"{origin.stage}: {origin.file}"
            if not isinstance(origin, Template)
            else f"template, {_sha256(origin.source.encode())}"
        )
        parts[f"{prefix}.inputs.{name}"] = text
    for rules, table in (("success", stage.success), ("unphysical", stage.unphysical)):
        for rule, value in vars(table).items():
            parts[f"{prefix}.{rules}.{rule}"] = _plain(value)
    for output in stage.outputs:
        if output.optional:
            parts[f"{prefix}.outputs.{output.file}"] = "optional"
        for observable in output.observables:
            where = f"{stage.name}, {output.file} ({output.format}): {_plain(observable.source)}"
            where += ", absolute" if observable.absolute else ""
            parts[f"observables.{observable.name}"] = where
    for computed in stage.computed:
        parts[f"observables.{computed.name}"] = f"{stage.name}: {computed.expression.text}"
    return parts


def _scripts(stage: Adapter) -> Iterator[tuple[str, bytes]]:
    """Files of the adapter that its command names."""
    for part in stage.command:
        folder, _, name = part.source.partition("{folder}/")
        with suppress(OSError):  # that one is missing is told before the scan
            if not folder and name:
                yield name, (stage.folder / name).read_bytes()


def _sha256(data: bytes) -> str:
    return f"sha256 {hashlib.sha256(data).hexdigest()[:16]}"


def _plain(value: Any) -> Any:
    """The same as lists, dicts, numbers and strings, so that it survives JSON."""
    if isinstance(value, Expression):
        return value.text
    if hasattr(value, "pattern"):
        return value.pattern if isinstance(value.pattern, str) else value.pattern.pattern
    if isinstance(value, Mapping):
        # NaN stands for an option that does not apply, and is not equal to itself.
        return {k: _plain(v) for k, v in value.items() if v == v}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value if isinstance(value, int | float | str | None) else str(value)


def changes(recorded: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    """What makes old points mean something else; an observable that is new does not.

    Returns
    -------
    list of str
        ``key: old -> new`` for each difference.
    """
    found = []
    for key in {**recorded, **current}:
        new_observable = key.startswith("observables.") and key not in recorded
        dropped = key.startswith("observables.") and key not in current
        if not (new_observable or dropped) and recorded.get(key) != current.get(key):
            found += _told(key, recorded.get(key), current.get(key))
    return found


def _told(key: str, old: Any, new: Any) -> list[str]:
    """A difference in words; of two tables only what differs."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        differing = [part for part in {**old, **new} if old.get(part) != new.get(part)]
        return [
            f"{key}.{part}: {_show(old.get(part))} -> {_show(new.get(part))}" for part in differing
        ]
    return [f"{key}: {_show(old)} -> {_show(new)}"]


def _show(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {part}" for key, part in value.items() if key != "name")
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    return "nothing" if value is None else str(value)
