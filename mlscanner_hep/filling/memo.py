"""Remember the results of expensive pure functions, keyed by the content of their arguments."""

from __future__ import annotations

import functools
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")


def memoise(size: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep the last `size` results of a function of arrays and hashable values.

    Only speed depends on what is remembered: the function has to be pure.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        memory: OrderedDict[Hashable, R] = OrderedDict()
        lock = threading.Lock()  # points are proposed in a thread of its own

        @functools.wraps(function)
        def remembered(*args: P.args, **kwargs: P.kwargs) -> R:
            key = (*map(_content, args), *((name, _content(v)) for name, v in kwargs.items()))
            with lock:
                if key in memory:
                    memory.move_to_end(key)
                    return memory[key]
            result = function(*args, **kwargs)
            with lock:
                memory[key] = result
                if len(memory) > size:
                    memory.popitem(last=False)
            return result

        return remembered

    return decorate


def _content(value: object) -> Hashable:
    if isinstance(value, np.ndarray):
        digest = hashlib.blake2b(np.ascontiguousarray(value).tobytes(), digest_size=16).digest()
        return value.shape, value.dtype.str, digest
    if not isinstance(value, Hashable):
        raise TypeError(f"cannot remember by the content of {type(value).__name__}")
    return value
