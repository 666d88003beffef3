"""Answer requests with a script: JSON lines on standard input and output.

Stand-alone: ``python serve.py answers.py`` runs in whichever interpreter has the packages that the
script needs, so this file gets along with Python 3.9 and its standard library. `service` starts it
and describes the lines.

The script has a function ``load(options)``, called once: here it imports and reads what takes long.
It returns a function ``answer(values, folder, wanted)``, called for each point with the values of
parameters and earlier observables by name, the folder of the point with the files of the adapter
and of earlier stages, and the names that are asked for. That one returns a mapping; for each name a
number, or a text that says why there is none. Where there is no spectrum it raises `Unphysical`,
which a script gets by ``from serve import Unphysical``. Anything else that is raised is a fault.
What is printed goes to the log.
"""

from __future__ import annotations

import importlib.util
import json
import math
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

Answer = Callable[[Mapping[str, Any], Path, Iterable[str]], Mapping[str, Any]]


class Unphysical(Exception):
    """To be raised by a script: there is no spectrum at this point, and that is physics."""


def main(script: str) -> int:
    """Load the script, then answer until the input ends."""
    requests, answers = _channel()
    sys.modules["serve"] = sys.modules[__name__]
    # The modules beside this file are not for the script, those beside the script are.
    here = str(Path(__file__).resolve().parent)
    sys.path[:] = [str(Path(script).resolve().parent), *(p for p in sys.path if p != here)]
    try:
        answer = _load(script, json.loads(requests.readline())["options"])
    except Exception as error:
        traceback.print_exc()
        _say(answers, {"status": "failed", "reason": _name(error)})
        return 1
    _say(answers, {"status": "ready"})
    for line in requests:
        request = json.loads(line)
        _say(answers, {"id": request["id"], **_one(answer, request)})
    return 0


def _channel() -> tuple[TextIO, TextIO]:
    """The two ends of the line, out of reach of whatever the script reads and prints.

    They are left open: closed before this process has ended, they would look like a fault of it.
    """
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8", closefd=False)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", closefd=False)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, answers


def _load(script: str, options: Mapping[str, Any]) -> Answer:
    spec = importlib.util.spec_from_file_location("answers", script)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"no Python file '{script}'")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        answer: Answer = module.load(options)
    except ImportError as error:
        packages = getattr(module, "INSTALL", error.name)
        command = f"{sys.executable} -m pip install {packages}"
        raise ImportError(f"{error}; install what is missing: {command}") from error
    if not callable(answer):
        raise TypeError(f"load() in {script} has to return a function, not {answer!r}")
    return answer


def _one(answer: Answer, request: Mapping[str, Any]) -> dict[str, Any]:
    wanted = request["wanted"]
    try:
        given = answer(request["values"], Path(request["folder"]), wanted)
        readings = {name: _number(given[name]) for name in wanted if name in given}
    except Unphysical as error:
        return {"status": "unphysical", "reason": str(error)}
    except MemoryError:
        traceback.print_exc()
        sys.exit("out of memory")  # a new process has it all again, this one might fail for ever
    except Exception as error:
        traceback.print_exc()
        # Reasons of one kind should be alike, but each point has another folder.
        reason = _name(error).replace(request["folder"] + os.sep, "")
        return {"status": "failed", "reason": reason}
    missing = dict.fromkeys(wanted, "the script has returned no such name")
    missing.update({name: why for name, why in readings.items() if isinstance(why, str)})
    values = {name: value for name, value in readings.items() if not isinstance(value, str)}
    return {
        "status": "ok",
        "values": values,
        "missing": {name: why for name, why in missing.items() if name not in values},
    }


def _number(value: Any) -> float | str:
    """A finite number, or why it is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return f"{value} is not a number"
    number = float(value)
    return number if math.isfinite(number) else f"{number} is not finite"


def _name(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _say(answers: TextIO, message: Mapping[str, Any]) -> None:
    sys.stderr.flush()
    answers.write(json.dumps(message, allow_nan=False) + "\n")
    answers.flush()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python serve.py answers.py")
    sys.exit(main(sys.argv[1]))
