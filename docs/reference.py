"""Write the reference of the two configuration files from their schema.

python docs/reference.py        # writes docs/model-toml.md and docs/adapter-toml.md
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from mlscanner_hep import config, proposers, surrogates

HERE = Path(__file__).parent

MODEL_INTRO = """# model.toml

Every key of a model file. `mlscanner-hep new DIR` makes one with comments that runs at once.

Names of parameters, constants, derived values and observables share one namespace: letters, digits
and `_`. Expressions know `+ - * / % **`, comparisons, `and`, `or`, `not`, `a if condition else b`,
`pi`, `e`, and the functions sqrt exp log log10 log2 sin cos tan asin acos atan atan2 sinh cosh tanh
asinh acosh atanh abs sign floor ceil hypot isfinite min max where; `skip_if` also `inside(name)`.
"""

ADAPTER_INTRO = """# adapter.toml

Every key of an adapter. An adapter is a folder with this file and its templates; it is looked for
beside model.toml, in `templates/` beside it, and among the shipped ones
(`mlscanner-hep adapters` lists them).
"""

STOP = """The scan ends when the first is reached. The coverage is estimated at the end of each
round; [completeness.md](completeness.md) says what it means and when it misleads. A coverage of
c takes at least 217 c points inside, thus 0.95 more than 206."""

AUTO = """`regressor` learns the numbers of constrained observables, `classifier` whether a point
passes each end of their intervals. `auto` decides that for each observable. A flag (at most five
values, e.g. allowed or not) goes by its cuts. Any other number does so once ten points are inside
if the cuts predict held-out points near the limits better: if their log loss is smaller by more
than twice its standard error. It is decided anew whenever the number of points has grown by a
quarter, and when a round disappoints; `mlscanner-hep status` says what was decided last. Cuts are
better where an observable jumps, e.g. where another particle becomes the lightest one."""

MODEL_TABLES = {
    "[scan]": (config.ScanTable, ""),
    "scan.stop": (config.StopTable, STOP),
    "[parameters]": (
        config.ParameterTable,
        "One entry per scanned parameter: a range with a scale, or choices.",
    ),
    "[[chain]]": (config.ChainTable, "One table per stage, in the order in which they run."),
    "[observables]": (
        config.ObservableTable,
        "What is read besides the observables that the adapters list, or instead of them. An `expr`"
        " of nothing but parameters, numeric constants, derived values and other such observables"
        " is known without running a code, like `[derived]`: a constraint on it costs no calls.",
    ),
    "[constraints]": (
        config.ConstraintTable,
        "What inside means. One of: `value` and `sigma`; `min` and/or `max`; `table` and `against`;"
        " `chi2_max`. The name `chi2_total` limits the sum over all that are not sharp.",
    ),
    "[proposer]": (config.ProposerTable, "Further keys are options of the kind, see below."),
    "[run]": (config.RunTable, ""),
}

ADAPTER_TABLES = {
    "top level": (config.AdapterFile, ""),
    "[inputs]": (
        config.HandoverTable,
        "Files to have before the run: the name of a template in the folder of the adapter, or",
    ),
    "[outputs.FILE]": (
        config.OutputTable,
        "Files that the run has to write; `stdout` and `stderr` are names too. Besides `format`,"
        " each key is an observable:",
    ),
    "an observable": (
        config.ReadTable,
        "`slha`, `decay` and `width` go with the format slha, `json` with json, `column` with"
        " columns, `regex` with text. In `slha`, indices follow the block (`NMIX 1 1`, `ALPHA`);"
        " `GAUGE 1 @ 1000` takes the copy of a block at that scale, `@ first` or `@ last` the first"
        " or last one; rows of effective couplings are found by their PDG codes"
        " (`HiggsCouplingsBosons 25 24 24`), and `column 2` behind them chooses one of several"
        " values.",
    ),
    "[success]": (
        config.SuccessTable,
        "Anything else is a fault of the code: `failed`. A match of `fatal` is the reason, else the"
        " exit code is.",
    ),
    "[unphysical]": (
        config.UnphysicalTable,
        "There is no spectrum: an answer, not a fault, even if `[success]` does not accept the exit"
        " code or a file is missing. Output files that this run has not written are never looked"
        " at, and a code that was killed or died of a signal is `failed` whatever it said.",
    ),
}


def table(model: type[BaseModel]) -> Iterator[str]:
    """The keys of a table as markdown."""
    yield "| key | type | default | what |"
    yield "| --- | --- | --- | --- |"
    for name, field in model.model_fields.items():
        if field.description:
            cells = [f"`{field.alias or name}`", _type(field.annotation), _default(field)]
            yield f"| {' | '.join(cells)} | {field.description} |"


def _type(annotation: Any) -> str:
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin in (Union, types.UnionType):
        return " or ".join(_type(part) for part in parts if part is not type(None))
    if origin is typing.Annotated:
        return _type(parts[0])
    if origin is tuple:
        return f"list of {_type(parts[0])}"
    if origin is dict:
        return "table"
    names = {str: "text", int: "integer", float: "number"}
    return names.get(annotation, "table")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default in (None, PydanticUndefined, "", ()):
        return ""
    shown = list(field.default) if isinstance(field.default, tuple) else field.default
    return f"`{shown}`"


def options(kinds: dict[str, type], heading: str) -> Iterator[str]:
    """The options of each kind of proposer or surrogate."""
    for kind, options_class in kinds.items():
        summary = (options_class.__doc__ or "").splitlines()[0]
        yield f"\n### {heading} `{kind}`\n\n{summary}\n"
        declared = [f for f in dataclasses.fields(options_class) if f.metadata]
        if declared:
            yield "| option | default | allowed | what |"
            yield "| --- | --- | --- | --- |"
        for field in declared:
            allowed = ""
            if "range" in field.metadata:
                allowed = "{:g} ... {:g}".format(*field.metadata["range"])
            elif "allowed" in field.metadata:
                allowed = ", ".join(f"`{word}`" for word in field.metadata["allowed"])
            plain = isinstance(field.default, int | float | str)
            default = f"`{field.default}`" if plain else '`"gp"`'
            yield f"| `{field.name}` | {default} | {allowed} | {field.metadata['text']} |"


def page(intro: str, tables: dict[str, tuple[type[BaseModel], str]]) -> Iterator[str]:
    """The part of a page that follows from the schema."""
    yield intro
    for heading, (model, text) in tables.items():
        yield f"## {heading}\n"
        if text:
            yield f"{text}\n"
        yield from table(model)
        yield ""


def model_page() -> str:
    """docs/model-toml.md"""
    lines = list(page(MODEL_INTRO, MODEL_TABLES))
    lines += [
        "## Proposers and their models",
        "",
        'A model is named (`model = "gp"`) or given with its options',
        '(`model = { kind = "dnn", layers = 3, nodes = 100 }`).',
        "",
        AUTO,
    ]
    lines += options(dict(proposers.KINDS), "proposer")
    lines += options(dict(surrogates.KINDS), "model")
    return "\n".join(lines).rstrip() + "\n"


def adapter_page() -> str:
    """docs/adapter-toml.md"""
    return "\n".join(page(ADAPTER_INTRO, ADAPTER_TABLES)).rstrip() + "\n"


PAGES = {"model-toml.md": model_page, "adapter-toml.md": adapter_page}

if __name__ == "__main__":
    for name, make in PAGES.items():
        (HERE / name).write_text(make(), encoding="utf-8")
