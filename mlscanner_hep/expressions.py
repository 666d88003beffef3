"""Arithmetic expressions from configuration files, read without ever executing text."""

from __future__ import annotations

import ast
import keyword
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlscanner_hep.errors import nearest

Array = NDArray[np.float64]
Operation = Callable[..., Any]

_MAX_LENGTH = 2000  # characters
_ASSIGNS = re.compile(r"(?<![<>=!])=(?!=)")
_MAX_NODES = 500
_MAX_DEPTH = 100


def _truth(x: ArrayLike) -> Array:
    """1 for true, 0 for false, NaN for unknown."""
    return np.where(np.isnan(x), np.nan, np.asarray(x) != 0)


def _and(a: ArrayLike, b: ArrayLike) -> Array:
    a, b = _truth(a), _truth(b)
    return np.where(np.fmin(a, b) == 0, 0.0, np.minimum(a, b))


def _or(a: ArrayLike, b: ArrayLike) -> Array:
    a, b = _truth(a), _truth(b)
    return np.where(np.fmax(a, b) == 1, 1.0, np.maximum(a, b))


def _not(a: ArrayLike) -> Array:
    return 1.0 - _truth(a)


def _where(condition: ArrayLike, a: ArrayLike, b: ArrayLike) -> Array:
    truth = _truth(condition)
    return np.where(np.isnan(truth), np.nan, np.where(truth == 1, a, b))


def _comparison(compare: Operation) -> Operation:
    def known(a: ArrayLike, b: ArrayLike) -> Array:
        return np.where(np.isnan(a) | np.isnan(b), np.nan, compare(a, b))

    return known


_BINARY: dict[type[ast.AST], Operation] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Mod: np.mod,
    ast.Pow: np.float_power,
}
_UNARY: dict[type[ast.AST], Operation] = {
    ast.UAdd: np.positive,
    ast.USub: np.negative,
    ast.Not: _not,
}
_COMPARE: dict[type[ast.AST], Operation] = {
    ast.Lt: _comparison(operator.lt),
    ast.LtE: _comparison(operator.le),
    ast.Gt: _comparison(operator.gt),
    ast.GtE: _comparison(operator.ge),
    ast.Eq: _comparison(operator.eq),
    ast.NotEq: _comparison(operator.ne),
}
_FUNCTIONS: dict[str, tuple[Operation, int]] = {  # with the number of arguments
    "sqrt": (np.sqrt, 1),
    "exp": (np.exp, 1),
    "log": (np.log, 1),
    "log10": (np.log10, 1),
    "log2": (np.log2, 1),
    "sin": (np.sin, 1),
    "cos": (np.cos, 1),
    "tan": (np.tan, 1),
    "asin": (np.arcsin, 1),
    "acos": (np.arccos, 1),
    "atan": (np.arctan, 1),
    "atan2": (np.arctan2, 2),
    "sinh": (np.sinh, 1),
    "cosh": (np.cosh, 1),
    "tanh": (np.tanh, 1),
    "asinh": (np.arcsinh, 1),
    "acosh": (np.arccosh, 1),
    "atanh": (np.arctanh, 1),
    "abs": (np.abs, 1),
    "sign": (np.sign, 1),
    "floor": (np.floor, 1),
    "ceil": (np.ceil, 1),
    "hypot": (np.hypot, 2),
    "isfinite": (np.isfinite, 1),
    "where": (_where, 3),
}
_REDUCTIONS: dict[str, Operation] = {"min": np.minimum, "max": np.maximum}  # two or more arguments
_CONSTANTS = {"pi": math.pi, "e": math.e}
_CALLABLE = frozenset(_FUNCTIONS) | frozenset(_REDUCTIONS) | {"inside"}

RESERVED = _CALLABLE | frozenset(_CONSTANTS) | frozenset(keyword.kwlist)
"""Names that mean something in an expression: no parameter or observable can be called so."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked arithmetic expression; call it to get its value.

    Allowed are numbers, names, ``+ - * / % **``, comparisons (also ``10 < mh < 1000``), ``and``,
    ``or``, ``not``, ``a if condition else b``, the constants ``pi`` and ``e``, and the functions
    sqrt exp log log10 log2 sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh abs
    sign floor ceil hypot isfinite min max, and where(condition, a, b). ``inside(name)`` stands for
    one value, the verdict of the constraint `name`, and is looked up under just that text.

    Attributes
    ----------
    text : str
        What was written.
    names : frozenset of str
        The values it needs, including ``inside(name)`` where that is used.
    """

    text: str
    names: frozenset[str]
    _tree: ast.expr = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str, bare: Set[str] = frozenset()) -> Expression:
        """Check and keep an expression.

        Parameters
        ----------
        text : str
            What was written.
        bare : set of str
            Functions that stand for a value where they have no arguments.

        Raises
        ------
        ValueError
            With the position, what is allowed there, and the nearest name.
        """
        text = text.strip()
        if len(text) > _MAX_LENGTH:
            raise _fault(text, 1, f"too long, at most {_MAX_LENGTH} characters are allowed")
        try:
            tree = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            at = getattr(error, "offset", 1) or len(text) + 1  # 0: at the end
            reason = getattr(error, "msg", "it cannot be read")
            reason = "to compare write ==" if _ASSIGNS.search(text) else reason
            raise _fault(text, at, f"not an arithmetic expression ({reason})") from None
        checker = _Checker(text, bare)
        return cls(text, frozenset(checker.names(tree)), tree)

    def __call__(self, values: Mapping[str, float | Array]) -> float | Array:
        """Evaluate with numpy's arithmetic, element by element.

        Parameters
        ----------
        values : mapping of str to float or ndarray, shape (n,)
            At least the `names`.

        Returns
        -------
        float or ndarray, shape (n,)
            NaN where a needed value is NaN, and outside the domain of a function, without a
            warning. A condition gives 1, 0, or NaN if a missing value decides: test it with
            ``== 1``, for NaN counts as true in Python.

        Raises
        ------
        KeyError
            If a value is not there at all.
        """
        with np.errstate(all="ignore"):
            result = np.asarray(_value(self._tree, values), dtype=float)
        return float(result) if result.ndim == 0 else result


def in_order(expressions: Mapping[str, Expression], known: Set[str]) -> dict[str, Expression]:
    """Those that follow from known names and from each other, each after those that it needs."""
    ordered: dict[str, Expression] = {}
    while ready := [
        name
        for name, expression in expressions.items()
        if name not in ordered and expression.names <= known | ordered.keys()
    ]:
        ordered |= {name: expressions[name] for name in ready}
    return ordered


def obstacle(expressions: Mapping[str, Expression], known: Set[str]) -> tuple[str, str] | None:
    """The name of an expression that does not follow from the others, and why; None if all do."""
    ordered = in_order(expressions, known)
    stuck = {name: e for name, e in expressions.items() if name not in ordered}
    for name, expression in stuck.items():
        for unknown in sorted(expression.names - known - expressions.keys()):
            hint = nearest(unknown, known | expressions.keys())
            return name, f"unknown name '{unknown}': {hint}"
    return next(((name, "goes round in a circle") for name in stuck), None)


class _Checker:
    """Walks a syntax tree and refuses everything that is not on the list."""

    def __init__(self, text: str, bare: Set[str]) -> None:
        self._text, self._bare = text, bare
        self._nodes = 0

    def names(self, node: ast.AST, depth: int = 1) -> Iterator[str]:
        self._nodes += 1
        if self._nodes > _MAX_NODES or depth > _MAX_DEPTH:
            raise _fault(self._text, 1, "too large, split it into several expressions")
        inner: list[ast.expr]
        match node:
            case ast.Constant(value=value):
                inner = []
                self._check_number(node, value)
            case ast.Name(id=name):
                inner = []
                if name in _CALLABLE - self._bare:
                    self._refuse(node, f"'{name}' is a function and needs its arguments")
                if name not in _CONSTANTS:
                    yield name
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                inner = [left, right]
            case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
                inner = [operand]
            case ast.BoolOp(values=inner):
                pass
            case ast.Compare(left=left, ops=ops, comparators=rest) if all(
                type(op) in _COMPARE for op in ops
            ):
                inner = [left, *rest]
            case ast.IfExp(test=test, body=body, orelse=orelse):
                inner = [body, test, orelse]
            case ast.Call(func=ast.Name(id="inside"), args=[ast.Name(id=name)], keywords=[]):
                inner = []
                yield f"inside({name})"
            case ast.Call(func=ast.Name(id=function), args=inner, keywords=[]):
                self._check_call(node, function, len(inner))
            case _:
                self._refuse(
                    node,
                    "only numbers, names, + - * / % **, comparisons, and, or, not, "
                    "'a if condition else b' and functions like sqrt(x) are allowed",
                )
        for part in inner:
            yield from self.names(part, depth + 1)

    def _check_number(self, node: ast.Constant, value: object) -> None:
        if type(value) not in (int, float):
            self._refuse(node, "a number or a name has to stand here (true is 1, false is 0)")
        try:
            finite = math.isfinite(float(value))  # type: ignore[arg-type]
        except OverflowError:
            finite = False
        if not finite:
            self._refuse(node, "the number is too large")

    def _check_call(self, node: ast.Call, function: str, count: int) -> None:
        if function == "inside":
            self._refuse(node, "inside() takes the name of one constraint")
        if function in _REDUCTIONS:
            if count < 2:
                self._refuse(node, f"{function}() takes two or more arguments, not {count}")
        elif function not in _FUNCTIONS:
            hint = nearest(function, _CALLABLE)
            self._refuse(node, f"there is no function '{function}'; {hint}")
        elif count != (wanted := _FUNCTIONS[function][1]):
            plural = "s" * (wanted != 1)
            self._refuse(node, f"{function}() takes {wanted} argument{plural}, not {count}")

    def _refuse(self, node: ast.AST, why: str) -> NoReturn:
        # Every refused node is an expression, and all of those have a position (in bytes).
        line = self._text.encode().splitlines()[getattr(node, "lineno", 1) - 1]
        column = len(line[: getattr(node, "col_offset", 0)].decode()) + 1
        part = ast.get_source_segment(self._text, node) or self._text
        raise _fault(self._text, column, why if part == self._text else f"'{part}': {why}")


def _fault(text: str, column: int, why: str) -> ValueError:
    shown = text if len(text) <= 80 else f"{text[:77]}..."
    return ValueError(f"'{shown}', column {column}: {why}")


def _value(node: ast.AST, values: Mapping[str, float | Array]) -> Any:
    """The value of a node that `_Checker` has let through."""

    def of(part: ast.AST) -> Any:
        return _value(part, values)

    match node:
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            return _CONSTANTS[name] if name in _CONSTANTS else np.asarray(values[name], float)
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](of(left), of(right))
        case ast.UnaryOp(op=op, operand=operand):
            return _UNARY[type(op)](of(operand))
        case ast.BoolOp(op=op, values=parts):
            return reduce(_and if isinstance(op, ast.And) else _or, map(of, parts))
        case ast.Compare(left=left, ops=ops, comparators=rest):
            terms = [of(left), *map(of, rest)]
            pairs = zip(ops, terms[:-1], terms[1:], strict=True)
            return reduce(_and, (_COMPARE[type(op)](a, b) for op, a, b in pairs))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return _where(of(test), of(body), of(orelse))
        case ast.Call(func=ast.Name(id="inside"), args=[ast.Name(id=name)]):
            return np.asarray(values[f"inside({name})"], float)
        case ast.Call(func=ast.Name(id=function), args=arguments):
            if function in _REDUCTIONS:
                return reduce(_REDUCTIONS[function], map(of, arguments))
            return _FUNCTIONS[function][0](*map(of, arguments))
    raise AssertionError(f"unchecked node {node!r}")
