"""Points that an adapter ships with what the code answered there, to compare an installation."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import Field

from mlscanner_hep import observables
from mlscanner_hep.codes.adapter import Adapter, Handover
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.outcome import Answer, headline
from mlscanner_hep.points import Status
from mlscanner_hep.setup import adapters, programs, user_config
from mlscanner_hep.setup.config import ChainTable
from mlscanner_hep.setup.tables import Positive, Table, load
from mlscanner_hep.tools import toml

FOLDER = "reference"
"""Where the points stand in the folder of an adapter."""

_EXPECTED = re.compile(r"^\[expected\b.*", re.MULTILINE | re.DOTALL)


class ExpectedTable(Table):
    """`[expected]`: what the code answered. It is written by `record`."""

    code: str = Field("", description="name and version of the code")
    status: Literal["ok", "unphysical", "failed"] = Field(description="the verdict")
    reason: str = Field("", description="has to be part of the reason")
    exit_code: int | None = Field(None, description="exit code of the program")
    observables: dict[str, float] = Field(default_factory=dict, description="what was read")


class PointFile(Table):
    """A reference point: a file in the folder `reference` of an adapter."""

    tolerance: Positive = Field(1e-3, description="largest relative deviation of a number")
    tolerances: dict[str, Positive] = Field(
        default_factory=dict, description="other ones, by observable"
    )
    values: dict[str, float | int | str] = Field(
        default_factory=dict, description="what the templates need"
    )
    options: dict[str, float | int | str] = Field(
        default_factory=dict, description="options of the adapter"
    )
    files: dict[str, str] = Field(
        default_factory=dict,
        description="inputs that an earlier stage makes, each with a file beside this one",
    )
    expected: ExpectedTable | None = Field(None, description="the answer")


@dataclass(frozen=True)
class Comparison:
    """What came of a reference point.

    Parameters
    ----------
    answer : Answer
        What the code said.
    expected : ExpectedTable or None
        What it should have said, None if nobody has recorded that yet.
    deviations : mapping of str to float
        Relative deviation of each expected observable; infinite if it is missing.
    problems : tuple of str
        Where they differ by more than allowed; empty if they agree.
    """

    answer: Answer
    expected: ExpectedTable | None
    deviations: Mapping[str, float]
    problems: tuple[str, ...]

    @property
    def worst(self) -> tuple[str, float] | None:
        """The observable that deviates most, and by how much."""
        return max(self.deviations.items(), key=lambda item: item[1], default=None)


def points(folder: Path) -> dict[str, Path]:
    """The reference points of an adapter by name.

    Raises
    ------
    ConfigError
        If it has none.
    """
    found = {file.stem: file for file in sorted((folder / FOLDER).glob("*.toml"))}
    if not found:
        raise ConfigError(
            f"has no reference point: write {FOLDER}/NAME.toml with the [values] of one", folder
        )
    return found


def program(folder: Path, exe: str | None) -> Path:
    """The program that an adapter would run.

    Parameters
    ----------
    folder : Path
        The adapter.
    exe : str, optional
        What the user says: a path, or a name on PATH.

    Raises
    ------
    ConfigError
        If there is none.
    """
    names = adapters.read(folder).exe
    found = programs.find(exe, Path.cwd(), folder.name, names)
    if not found.is_there:
        told = f"say --exe PROGRAM, or set {folder.name} in [paths] of {user_config.location()}"
        on_path = f", or put {' or '.join(names)} on PATH" if names else ""
        raise ConfigError(f"there is no program {found.path}: {told}{on_path}")
    return found.path


def adapter(folder: Path, file: Path, exe: Path) -> Adapter:
    """The adapter of a folder with the options of a reference point.

    Raises
    ------
    ConfigError
        If adapter.toml or the options cannot be meant.
    """
    point = load(PointFile, file)
    table = ChainTable(adapter=folder.name, exe=str(exe), options=point.options)
    return adapters.make(folder, folder.name, table, {}, point.values.keys(), file, "point")


def run(adapter: Adapter, file: Path, folder: Path) -> Answer:
    """Run an adapter on a reference point.

    Parameters
    ----------
    adapter : Adapter
        That of `adapter`.
    file : Path
        The point.
    folder : Path
        A fresh folder to run in, and to leave.

    Returns
    -------
    Answer

    Raises
    ------
    ConfigError
        If the point gives no file for an input that an earlier stage makes.
    """
    point = load(PointFile, file)
    texts: dict[str, str] = {}
    for name, source in point.files.items():
        try:
            data = (file.parent / source).read_bytes()
        except OSError as error:
            raise ConfigError(f"cannot be read: {error}", file, f"files.{name}") from error
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
        texts[name] = data.decode("utf-8", errors="replace")
    for name, origin in adapter.inputs.items():
        if isinstance(origin, Handover) and name not in point.files:
            reason = f"'{name}' comes from an earlier stage: name a file for it here"
            raise ConfigError(reason, file, "files")
    given = {name: Handover(FOLDER, name) for name in point.files if name in adapter.inputs}
    here = replace(adapter, inputs={**adapter.inputs, **given})
    return here.run(folder, {**point.values, "files": texts})


def compare(point: PointFile, answer: Answer) -> Comparison:
    """Compare an answer with the recorded one."""
    expected = point.expected
    if expected is None:
        return Comparison(answer, None, {}, ("nothing is recorded here yet",))
    problems = []
    status = answer.status.name.lower()
    if status != expected.status:
        told = f" ({answer.reason})" if answer.reason else ""
        wanted = f" ({expected.reason})" if expected.reason else ""
        problems.append(f"is {status}{told}, expected {expected.status}{wanted}")
    elif expected.reason not in answer.reason:
        problems.append(f"says '{answer.reason}', expected '{expected.reason}'")
    deviations = {
        name: _deviation(answer.values.get(name, math.nan), value)
        for name, value in expected.observables.items()
        if status == expected.status
    }
    for name, deviation in deviations.items():
        if deviation > point.tolerances.get(name, point.tolerance):
            wanted = f"expected {expected.observables[name]!r}"
            if name in answer.values:
                got = answer.values[name]
                problems.append(f"{name} = {got!r}, {wanted}: {deviation:.2g} away")
            else:
                why = answer.missing.get(name, "the adapter reads no such observable")
                problems.append(f"{name} is missing ({why}), {wanted}")
    return Comparison(answer, expected, deviations, tuple(problems))


def _deviation(got: float, expected: float) -> float:
    if got == expected:
        return 0.0
    return math.inf if math.isnan(got) else abs(got - expected) / max(abs(got), abs(expected))


def code_of(answer: Answer) -> str:
    """Name and version of the code, as far as one of its outputs says so in SPINFO."""
    for data in answer.files.values():
        document = observables.slha_document(data)
        said = [text for index in (1, 2) for text in document.texts("SPINFO", index)]
        if said:
            return " ".join(said)
    return ""


def record(file: Path, answer: Answer, code: str = "") -> ExpectedTable:
    """Write into the file of a point what the code answered; what stands above `[expected]` stays.

    Of a reason the part that does not depend on the digits of numbers is written.

    Parameters
    ----------
    file : Path
        The point.
    answer : Answer
        What came of it.
    code : str, optional
        Name and version of the code; by default what SPINFO says, else what stood there.

    Returns
    -------
    ExpectedTable
        What was written.

    Raises
    ------
    ConfigError
        If another table follows `[expected]`: it would be lost.
    """
    before = load(PointFile, file)
    reason = "" if answer.status == Status.OK else headline(answer.reason)
    expected = ExpectedTable.model_validate(
        {
            "code": code or code_of(answer) or (before.expected.code if before.expected else ""),
            "status": answer.status.name.lower(),
            "reason": reason.partition("\N{HORIZONTAL ELLIPSIS}")[0].rstrip(),
            "exit_code": answer.exit_code,
            "observables": dict(answer.values),
        }
    )
    text = file.read_text(encoding="utf-8")
    above = _EXPECTED.sub("", text).rstrip()
    file.write_text(f"{above}\n\n{lines(expected)}", encoding="utf-8")
    if load(PointFile, file).model_copy(update={"expected": before.expected}) != before:
        file.write_text(text, encoding="utf-8")
        raise ConfigError("[expected] is written anew: put it last", file, "expected")
    return expected


def lines(expected: ExpectedTable) -> str:
    """The `[expected]` of a point, as text."""
    facts: dict[str, toml.Value] = {
        key: value
        for key, value in expected.model_dump(exclude={"observables"}).items()
        if value not in ("", None)
    }
    text = ["[expected]", *toml.lines(facts)]
    if expected.observables:
        text += ["", "[expected.observables]", *toml.lines(expected.observables)]
    return "\n".join(text) + "\n"
