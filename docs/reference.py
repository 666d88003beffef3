"""Write the references of the configuration files and of the command line from the code.

python docs/reference.py        # model-toml.md, adapter-toml.md, cli.md and schema/ in docs
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Union

import command_line
import schemas
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from mlscanner_hep import proposers, surrogates
from mlscanner_hep.setup import adapter_file, config, reference, user_config

HERE = Path(__file__).parent

MODEL_INTRO = """# model.toml

Every key of a model file. `mlscanner-hep new DIR` makes one with comments that runs at once.
[With a schema](editors.md) your editor completes and checks these keys.

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

USER = """
## config.toml

Your own configuration holds for all models on a machine. It is the file `mlscanner-hep/config.toml`
in `$XDG_CONFIG_HOME`, by default in `~/.config`. It need not exist.

```toml
[paths]
spheno = "~/SPheno-4.0.5/bin/SPheno"
```
"""

MODEL_TABLES = {
    "[scan]": (config.ScanTable, ""),
    "scan.stop": (config.StopTable, STOP),
    "[parameters]": (
        config.ParameterTable,
        "One entry per scanned parameter: a range with a scale, or choices.",
    ),
    "[[chain]]": (
        config.ChainTable,
        "One table per stage, in the order in which they run. Without `exe` the program is the one"
        " in your own configuration (see [the end](#configtoml)), else one of the names that the"
        " adapter has for it, on PATH. A template in `inputs` is looked for beside model.toml:"
        ' `inputs = { "LesHouches.in" = "my.in.j2" }`. `at_once` is for licences, and for codes'
        " that need much memory: there are so many runs of that program at a time, over all scans"
        " of yours on a machine. The time limit does not count the waiting.",
    ),
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
    "[run.dask]": (config.DaskTable, ""),
}

ADAPTER_TABLES = {
    "top level": (adapter_file.AdapterFile, ""),
    "[options]": (
        adapter_file.OptionTable,
        'What a model can or, without a default, has to choose: `options = { model = "THDM" }` in'
        " its `[[chain]]`. `{model}` stands for it in every text of this file, names of files,"
        " templates and outputs included, but for `{{ model }}`: templates see it by its name.",
    ),
    "[service]": (
        adapter_file.ServiceTable,
        "The command starts a process that stays and answers point after point, for codes that take"
        " long to load: once in each worker, and again if it has ended. Its only output is"
        ' `[outputs.answer]` with `format = "answer"`. It says itself whether there is a spectrum:'
        " of the rules below only `plausible` and `values` apply. `{serve}` in the command runs a"
        " Python script, see [Add a code, 8.]"
        "(add-a-code.md#8-a-python-package-that-takes-long-to-load). `timeout` is for a point,"
        " without the start.",
    ),
    "[install]": (
        adapter_file.InstallTable,
        "For codes with files of fixed names in their own folder. With `copy_per_worker` each"
        " worker copies that folder into its scratch folder once, and runs the copy: `{exe}` is the"
        " program in it, the working directory is the one of that program, and the files in"
        " `[inputs]` and `[outputs]` are beside it. Outputs of the point before are taken away, and"
        " a copy in which the code was killed is thrown away; what else a code leaves in its folder"
        " is there at the next point, as it is without this. Absolute paths that were compiled into"
        " a program still lead to the installed code.",
    ),
    "[inputs]": (
        adapter_file.HandoverTable,
        "Files to have before the run: the name of a template in the folder of the adapter (or, if"
        " it has none of that name, beside model.toml), or",
    ),
    "[outputs.FILE]": (
        adapter_file.OutputTable,
        "Files that the run has to write; `stdout` and `stderr` are names too. If an optional file"
        " was not written, or is empty, its observables are missing and rules on it do not apply."
        " Besides `format` and `optional`, each key is an observable:",
    ),
    "an observable": (
        adapter_file.ReadTable,
        "`slha`, `decay`, `width` and `sfermion` go with the format slha, `json` with json,"
        " `column` with columns, `regex` with text, `ask` with the answer of a service. In"
        " `slha`, indices follow the block (`NMIX 1 1`, `ALPHA`); `GAUGE 1 @ 1000` takes the"
        " copy of a block at that scale, `@ first` or `@ last` the first or last one; rows of"
        " effective couplings are found by their PDG codes (`HiggsCouplingsBosons 25 24 24`),"
        " and `column 2` behind them chooses one of several values. SLHA2 (arXiv:0801.0045)"
        " gives the PDG codes of squarks and sleptons by mass; there `sfermion` asks by content."
        " Behind a mixing matrix (USQMIX, DSQMIX, SELMIX, SNUMIX) stand columns, 1 to 3 for the"
        " L of three families and 4 to 6 for the R. As many mass eigenstates consist mostly of"
        " them, and behind the colon stands which of these, from the lightest: `SELMIX 3 6: 1`"
        " is the lighter stau, `SELMIX 4: 1` the right selectron. Where no state consists mostly"
        " of that, it is missing; states of one mass (within 1e-6) may be mixed.",
    ),
    "[computed]": (
        adapter_file.ComputedTable,
        "Observables that follow from others of this adapter. Rules may use them.",
    ),
    "[complete]": (
        None,
        "What a code takes for 0 without a word when it is missing from its input file, in SLHA"
        " format: a list of entries for each file. Those of one block stand behind commas, and `if`"
        " makes the rule depend on an entry of the file:"
        ' `"LesHouches.in" = ["SMINPUTS 5, 6", "MINPAR 1, 2, 5 if MODSEL 1 = 1"]`. What is missing'
        " or not finite is told before the scan, at the middle of the parameter ranges; a point"
        " whose file lacks an entry is `failed`, and the code is not called.",
    ),
    "[success]": (
        adapter_file.SuccessTable,
        "Anything else is a fault of the code: `failed`. A match of `fatal` on stdout, stderr or an"
        " output of format text is the reason, else the exit code is.",
    ),
    "[unphysical]": (
        adapter_file.UnphysicalTable,
        "There is no spectrum: an answer, not a fault, even if `[success]` does not accept the exit"
        " code or a file is missing. Output files that this run has not written are never looked"
        " at, and a code that was killed or died of a signal is `failed` whatever it said.",
    ),
    "reference/NAME.toml": (
        reference.PointFile,
        "A point at which an installation can be compared with that of the author"
        " (`mlscanner-hep adapters test`). `[expected]` stands last, because"
        " `mlscanner-hep adapters record` writes it:",
    ),
    "[expected]": (reference.ExpectedTable, ""),
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
    names = {str: "text", bool: "true or false", int: "integer", float: "number"}
    return names.get(annotation, "table")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default in (None, PydanticUndefined, "", ()):
        return ""
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
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


def page(intro: str, tables: Mapping[str, tuple[type[BaseModel] | None, str]]) -> Iterator[str]:
    """The part of a page that follows from the schema."""
    yield intro
    for heading, (model, text) in tables.items():
        yield f"## {heading}\n"
        if text:
            yield f"{text}\n"
        if model is not None:
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
    lines += [USER, *table(user_config.UserFile)]
    return "\n".join(lines).rstrip() + "\n"


def adapter_page() -> str:
    """docs/adapter-toml.md"""
    return "\n".join(page(ADAPTER_INTRO, ADAPTER_TABLES)).rstrip() + "\n"


PAGES = {
    "model-toml.md": model_page,
    "adapter-toml.md": adapter_page,
    "cli.md": command_line.page,
    "schema/model.schema.json": lambda: schemas.text(schemas.model()),
    "schema/adapter.schema.json": lambda: schemas.text(schemas.adapter()),
}

if __name__ == "__main__":
    for name, make in PAGES.items():
        (HERE / name).write_text(make(), encoding="utf-8")
