"""What each process of a code may use of the machine."""

from __future__ import annotations

import resource
import sys
from contextlib import suppress
from dataclasses import dataclass

_OOM_SCORE = b"500"  # as if it had half of all memory: the scan and its workers go after the codes


@dataclass(frozen=True)
class Limits:
    """What each process of a command may use.

    They are set just after the start: what a program does in its first fraction of a millisecond
    is not covered.

    Parameters
    ----------
    memory
        Address space in bytes. Needs Linux; elsewhere the command counts as not started.
    file_size
        Largest file in bytes that it may write; what grows beyond gets SIGXFSZ. Elsewhere than on
        Linux there is no limit.
    """

    memory: int | None = None
    file_size: int | None = None

    def apply(self, pid: int) -> None:
        """Set them for a process that has just started, and for what it will start.

        Raises
        ------
        OSError
            If they cannot be set on this system.
        """
        if sys.platform != "linux":
            if self.memory is not None:
                raise OSError("a memory limit needs Linux; remove it from the configuration")
            return
        kinds = {
            resource.RLIMIT_AS: self.memory,
            resource.RLIMIT_FSIZE: self.file_size,
            resource.RLIMIT_CORE: 0,
        }
        with suppress(ProcessLookupError):  # it has ended already
            for kind, limit in kinds.items():
                if limit is not None:
                    _, hard = resource.prlimit(pid, kind)
                    limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
                    resource.prlimit(pid, kind, (limit, limit))
        with suppress(OSError), open(f"/proc/{pid}/oom_score_adj", "wb", 0) as file:
            file.write(_OOM_SCORE)


NO_LIMITS = Limits()
