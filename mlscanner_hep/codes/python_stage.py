"""A stage that calls a Python function instead of a program."""

from __future__ import annotations

import importlib.util
import math
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mlscanner_hep.errors import ConfigError, Unphysical
from mlscanner_hep.expressions import Expression
from mlscanner_hep.observables import missing, number
from mlscanner_hep.outcome import Answer
from mlscanner_hep.points import Status
from mlscanner_hep.slha import Reading


@dataclass(frozen=True)
class PythonStage:
    """A function of the parameters, called in the worker process.

    The function gets one mapping (parameters, constants, derived values, earlier observables) and
    returns a mapping of observables. It raises `Unphysical` where there is no spectrum; any other
    exception is a fault. It cannot be killed when it hangs: a code that may hang is a program.

    Parameters
    ----------
    name : str
        Name of the stage.
    file : Path
        The Python file.
    function : str
        Name of the function in it.
    observables : tuple of str
        What it returns.
    skip_if : Expression, optional
        Condition on earlier values under which it is not called.
    """

    name: str
    file: Path
    function: str
    observables: tuple[str, ...]
    skip_if: Expression | None = None

    @cached_property
    def _call(self) -> Callable[[Mapping[str, object]], Mapping[str, Any]]:
        return load_function(self.file, self.function)

    def __getstate__(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def run(self, folder: Path, values: Mapping[str, object]) -> Answer:
        """Call the function on one point; an exception of it becomes the answer."""
        start = time.perf_counter()
        try:
            returned = dict(self._call(values))
        except Unphysical as error:
            return self._answer(Status.UNPHYSICAL, start, reason=str(error))
        # The user's function: whatever it raises is this point's fault, sys.exit() included.
        except (Exception, SystemExit) as error:
            log = traceback.format_exc().encode()
            reason = f"{type(error).__name__}: {error}"
            return self._answer(Status.FAILED, start, reason=reason, files={"stderr": log})
        values_read: dict[str, float] = {}
        lacking: dict[str, str] = {}
        for name in self.observables:
            if name not in returned:
                lacking[name] = f"{self.function}() returned no '{name}'"
                continue
            reading = _reading(returned[name])
            if math.isfinite(reading.value):
                values_read[name] = reading.value
            else:
                lacking[name] = reading.reason
        return self._answer(Status.OK, start, values=values_read, missing=lacking)

    def _answer(self, status: Status, start: float, **rest: Any) -> Answer:
        command = (f"{self.file.name}:{self.function}",)
        seconds = time.perf_counter() - start
        return Answer(self.name, status, command=command, seconds=seconds, **rest)


def _reading(value: Any) -> Reading:
    """What was returned as a number; it may be one of numpy."""
    try:
        return number(value if isinstance(value, bool | str) else float(value))
    except (TypeError, ValueError, OverflowError) as error:
        return missing(str(error))


def load_function(file: Path, function: str) -> Callable[[Mapping[str, object]], Mapping[str, Any]]:
    """Load a function from a Python file.

    Raises
    ------
    ConfigError
        If the file cannot be loaded or has no such function.
    """
    spec = importlib.util.spec_from_file_location(f"mlscanner_stage_{file.stem}", file)
    if spec is None or spec.loader is None or not file.is_file():
        raise ConfigError(f"no Python file '{file}'", key="chain.python")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ConfigError(f"cannot be loaded: {error!r}", file, "chain.python") from error
    found = getattr(module, function, None)
    if not callable(found):
        names = [n for n in vars(module) if callable(getattr(module, n)) and n[0] != "_"]
        raise ConfigError(
            f"no function '{function}', it has {', '.join(names) or 'none'}", file, "chain.python"
        )
    return found  # type: ignore[no-any-return]
