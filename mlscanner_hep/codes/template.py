"""Input files from Jinja2 templates: every number with 17 significant digits, nothing undefined."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral, Real

import jinja2
import jinja2.meta
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mlscanner_hep.codes.point_files import MAX_BYTES
from mlscanner_hep.errors import PointError

_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)


def number(value: object) -> str:
    """Write a number so that a code reads back the very same double.

    Integers stay integers. Everything else gets 17 significant digits and an ``E`` exponent,
    which Fortran, C and C++ all understand (SOFTSUSY reads ``3.0D+03`` as 3).

    Raises
    ------
    PointError
        If the value is no finite number: codes read ``nan`` as 0.
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise PointError(f"{value!r} is not a finite number and cannot be given to a code")
    return str(int(value)) if isinstance(value, Integral) else f"{float(value):.16E}"


def _finalize(value: object) -> object:
    """What is written for the value of ``{{ ... }}``; numbers may also come formatted, as text.

    The text of a whole file, which an earlier stage has left, is passed on as it is.
    """
    if isinstance(value, str) and "\n" not in value:
        for word in value.split():
            if _NOT_FINITE.fullmatch(word):
                raise PointError(f"'{value}' holds no finite number and cannot be given to a code")
    return value if isinstance(value, bool) or not isinstance(value, Real) else number(value)


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters["num"] = number
    return environment


_ENVIRONMENT = _environment()


@dataclass(frozen=True)
class Template:
    """A template of one input file (or of one command-line argument).

    Parameters
    ----------
    source : str
        The Jinja2 text.
    name : str
        Where it comes from, for messages.

    Raises
    ------
    jinja2.TemplateSyntaxError
        By `uses` and `render`, if the text is not a template.
    """

    source: str
    name: str

    @cached_property
    def _compiled(self) -> jinja2.Template:
        return _ENVIRONMENT.from_string(self.source)

    @cached_property
    def _plain(self) -> bool:
        """Whether there is nothing to fill in, as in most arguments of a command."""
        marks = set(self.source) & {"{", "\r"}  # Jinja2 changes line ends
        return not marks and len(self.source) <= MAX_BYTES

    def __getstate__(self) -> dict[str, str]:
        # Compiled templates do not travel to worker processes: they compile their own.
        return {"source": self.source, "name": self.name}

    def uses(self) -> dict[str, int]:
        """Names that the template needs, with the line of their first use.

        A name that stands in front of a ``default`` filter or in an ``is defined`` test is
        optional and not listed.
        """
        tree = _ENVIRONMENT.parse(self.source, self.name)
        undeclared = jinja2.meta.find_undeclared_variables(tree)
        optional = {
            id(node.node)
            for node in tree.find_all((nodes.Filter, nodes.Test))
            if isinstance(node, nodes.Filter | nodes.Test)
            and node.name in ("default", "d", "defined", "undefined")
        }
        lines: dict[str, int] = {}
        for node in tree.find_all(nodes.Name):
            if node.ctx == "load" and node.name in undeclared and id(node) not in optional:
                lines.setdefault(node.name, node.lineno)
        return lines

    def mentions(self) -> frozenset[str]:
        """Every name that the template may read, optional ones included."""
        tree = _ENVIRONMENT.parse(self.source, self.name)
        return frozenset(jinja2.meta.find_undeclared_variables(tree))

    def render(self, values: Mapping[str, object]) -> str:
        """Fill in the values.

        Raises
        ------
        PointError
            If a value is missing or not finite, or the text is longer than any input of a code,
            with the name of the template.
        """
        if self._plain:
            return self.source
        parts: list[str] = []
        size = 0
        try:
            for part in self._compiled.generate(values):  # never the whole of what has no end
                parts.append(part)
                size += len(part)
                if size > MAX_BYTES:
                    raise PointError(f"renders to more than {MAX_BYTES >> 20} MiB")
            return "".join(parts)
        except (PointError, jinja2.TemplateError, ArithmeticError, TypeError, ValueError) as error:
            raise PointError(f"template {self.name}: {error}") from error
