"""The folder of a drafted adapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlscanner_hep import slha
from mlscanner_hep.errors import located
from mlscanner_hep.setup import reference
from mlscanner_hep.setup.draft import inputs, spectrum
from mlscanner_hep.setup.draft.inputs import Parameter
from mlscanner_hep.setup.draft.spectrum import Observable
from mlscanner_hep.tools import toml
from mlscanner_hep.tools.folders import unused

POINT = "first"
"""Name of the reference point of a draft: that of the input file."""


@dataclass(frozen=True)
class Draft:
    """What was drafted.

    Parameters
    ----------
    files : list of Path
        The files of the adapter.
    parameters : list of Parameter
        The names in its template.
    observables : list of Observable
        What the spectrum offers.
    """

    files: list[Path]
    parameters: list[Parameter]
    observables: list[Observable]


def write(folder: Path, source: Path, result: Path) -> Draft:
    """Draft an adapter.

    Parameters
    ----------
    folder : Path
        The folder to make.
    source : Path
        An SLHA input file that works.
    result : Path
        The spectrum that the code made of it.

    Returns
    -------
    Draft

    Raises
    ------
    ConfigError
        If the folder is in use, or a file cannot be read or holds no SLHA.
    """
    unused(folder)
    with located(source, ""):
        template, parameters = inputs.template(source.read_text(encoding="utf-8", errors="replace"))
    with located(result, ""):
        data = result.read_bytes()
        entries = slha.entries(data)
        if not entries:
            raise ValueError("holds no number in an SLHA block")
    offered = spectrum.observables(entries, {parameter.name for parameter in parameters})
    said = [" ".join(slha.parse(data).texts("SPINFO", index)) for index in (1, 2)]
    texts = {
        "adapter.toml": "\n".join(_adapter(source.name, result.name, parameters, offered, said)),
        f"{source.name}.j2": template,
        f"{reference.FOLDER}/{POINT}.toml": "\n".join(_point(source.name, parameters)),
    }
    texts[f"{reference.FOLDER}/{POINT}.toml"] += "\n" + reference.lines(_expected(offered, said))
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return Draft([folder / name for name in texts], parameters, offered)


def _adapter(
    source: str,
    result: str,
    parameters: list[Parameter],
    offered: list[Observable],
    said: list[str],
) -> Iterator[str]:
    chosen = {observable.name: observable for observable in offered if observable.chosen}
    yield f"""# Drafted from {source} and {result}: a beginning. Delete what you do not need.
# All keys: mlscanner-hep's docs/adapter-toml.md

description    = {toml.text(said[0])}
version_tested = {toml.text(said[1])}
# cite         = ["arXiv:..."]          # what its authors want cited
# exe          = ["..."]                # names under which the program may be on PATH

command  = ["{{exe}}", {toml.text(source)}, {toml.text(result)}]
timeout  = 60                           # seconds; then it is killed with all its children
spectrum = {toml.text(result)}    # what later codes may take over
# For a code that reads the standard input and writes the standard output:
# command = ["{{exe}}"]
# stdin   = {toml.text(source)}
# stdout  = {toml.text(result)}

[inputs]
{toml.text(source)} = {toml.text(f"{source}.j2")}
"""
    if parameters:
        yield "[complete]                              # many codes take these for 0 when missing"
        yield f"{toml.text(source)} = ["
        width = max(len(toml.text(parameter.entry)) for parameter in parameters)
        for parameter in parameters:
            yield f"  {toml.text(parameter.entry) + ',':{width + 1}}  # {parameter.name}"
        yield "]\n"
    yield f"[outputs.{toml.text(result)}]"
    yield 'format = "slha"'
    yield "# A line with # in front is not read: take the # away where you want the number."
    yield from spectrum.lines(offered)
    yield f"""
[success]                               # everything else is a fault of the code: failed
exit_codes = [0]
require    = [{toml.text(f"{result}: {_required(list(chosen.values()))}")}]
# fatal    = ["internal problem"]       # regular expressions on what it prints
{_plausible(chosen)}

[unphysical]                            # its way to say: there is no spectrum at this point
slha     = ["SPINFO 4"]
# stdout = ["negative mass squared"]    # regular expressions on what it prints
"""


def _required(chosen: list[Observable]) -> str:
    entries = {o.name: o.table["slha"] for o in chosen if "slha" in o.table}
    return str(entries.get("mh", next(iter(entries.values()), chosen[0].block)))


def _plausible(chosen: dict[str, Observable]) -> str:
    mh = chosen["mh"].value if "mh" in chosen else None
    if mh is not None and 10 < mh < 1000:
        return 'plausible  = ["10 < mh < 1000"]         # a present, finite number is not proof'
    return '# plausible = ["10 < mh < 1000"]        # a present, finite number is not proof'


def _point(source: str, parameters: list[Parameter]) -> Iterator[str]:
    yield f"# The point of {source}, to try the adapter at."
    yield "# tolerance = 1e-3    # the default"
    yield ""
    yield "[values]    # a model has to define these, as parameters or constants"
    comments = {p.name: f"{p.entry}: {p.comment}".rstrip(": ") for p in parameters}
    yield from toml.lines({p.name: p.value for p in parameters}, comments)
    yield ""


def _expected(offered: list[Observable], said: list[str]) -> reference.ExpectedTable:
    """What the spectrum says: the template is right if the code says so again."""
    numbers = {o.name: o.value for o in offered if o.chosen and o.value is not None}
    return reference.ExpectedTable(
        code=" ".join(filter(None, said)), status="ok", observables=numbers
    )
