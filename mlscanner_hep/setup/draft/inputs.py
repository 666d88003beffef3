"""A template from an input file that works: the numbers of parameters become names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlscanner_hep import slha
from mlscanner_hep.setup.draft.symbols import distinct, symbol

_HEADER = re.compile(r"\s*(block|decay)\s+(\S+)", re.IGNORECASE)
_INTEGER = re.compile(r"[+-]?\d+")
# End with IN as the blocks of parameters do, but say what to compute or hold measured values.
_OTHERS = ("MODSELIN", "VCKMIN", "UPMNSIN")
# The names that the shipped adapters have for the entries of SMINPUTS.
_SMINPUTS = {
    "1": "alpha_em_inv", "2": "G_F", "3": "alpha_s", "4": "mz", "5": "mb", "6": "mtop", "7": "mtau",
}  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """A number of the input file that became a name.

    Parameters
    ----------
    name : str
        What stands in the template.
    entry : str
        Block and indices.
    value : float
        The number in the file.
    comment : str
        What the file says about it.
    """

    name: str
    entry: str
    value: float
    comment: str


@dataclass
class _Line:
    """A data line: what precedes its last word, that word, and what follows it."""

    block: str
    head: str
    value: str
    tail: str
    comment: str

    @property
    def index(self) -> list[str]:
        return self.head.split()

    @property
    def is_parameter(self) -> bool:
        whole = bool(self.index) and all(map(_INTEGER.fullmatch, self.index))
        chosen = self.block in ("MINPAR", "EXTPAR") or self.block.endswith("IN")
        number = not slha.read_number(self.value).reason
        return whole and chosen and number and self.block not in _OTHERS

    def __str__(self) -> str:
        # SARAH's readers take the next line for a comment that is missing.
        comment = self.comment or " ".join([self.block, *self.index])
        return f"{self.head}{self.value}{self.tail or '  '}# {comment}"


def template(text: str) -> tuple[str, list[Parameter]]:
    """Draft the template of an SLHA input file.

    The numbers of MINPAR, EXTPAR and of the blocks whose names end with IN become parameters; those
    of SMINPUTS get a name with the number as its default. Every data line ends with a comment.

    Parameters
    ----------
    text : str
        The file.

    Returns
    -------
    str, list of Parameter
        The template, and the numbers that are names in it.

    Raises
    ------
    ValueError
        If the file holds no SLHA block.
    """
    # A comment could hold what Jinja2 takes for its own.
    text = re.sub(r"\{(?=[{%#])", "{ ", text)
    lines = list(_lines(text))
    data = [line for line in lines if isinstance(line, _Line)]
    if not data:
        raise ValueError("holds no SLHA block: such a template has to be written by hand")
    chosen = [line for line in data if line.is_parameter]
    names = distinct((symbol(line.comment), line.block, line.index) for line in chosen)
    parameters = []
    for line, name in zip(chosen, names, strict=True):
        entry = " ".join([line.block, *line.index])
        number = slha.read_number(line.value).value
        parameters.append(Parameter(name, entry, number, line.comment))
        line.value = f"{{{{ {name} }}}}"
    for line in (line for line in data if line.block == "SMINPUTS" and len(line.index) == 1):
        measured = _SMINPUTS.get(line.index[0], "")
        reading = slha.read_number(line.value)
        if measured and measured not in names and not reading.reason:
            line.value = f"{{{{ {measured} | default({reading.value!r}) }}}}"
    return "".join(f"{line}\n" for line in lines), parameters


def _lines(text: str) -> Iterator[str | _Line]:
    """The lines of a file; those with data are taken apart."""
    block = ""
    for line in text.splitlines():
        data, _, comment = line.partition("#")
        if header := _HEADER.match(data):
            block = header[2].upper() if header[1].lower() == "block" else ""
        elif block and (words := re.fullmatch(r"(.*?)(\S+)(\s*)", data)):
            yield _Line(block, words[1], words[2], words[3], comment.strip())
            continue
        yield line.rstrip()
