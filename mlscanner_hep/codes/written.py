"""Which files a run has written, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mlscanner_hep.codes import point_files
from mlscanner_hep.errors import PointError

CLOCK_STEP_NS = 2_000_000_000
"""How coarse the time stamps of a file system may be."""

_Signature = tuple[int, int, int]


class Written:
    """The output files of one run; made just before it.

    Parameters
    ----------
    folder : Path
        Where the code runs.
    names : iterable of str
        The files that it may write.
    """

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self._folder = folder
        self._before = {name: _signature(folder / name) for name in names}
        # The folder's own clock: that of a file server need not agree with ours.
        self._since = folder.stat().st_mtime_ns

    def read(self, name: str, *, optional: bool = False) -> bytes | None:
        """The content of a file that this run wrote; one that is older than the run is no answer.

        Returns
        -------
        bytes or None
            None if the run has written nothing to the file, and need not.

        Raises
        ------
        PointError
            If the file is no answer.
        """
        path = self._folder / name
        now = _signature(path)
        if (
            optional
            and not path.is_symlink()
            and (now in (None, self._before[name]) or _empty(now))
        ):
            return None
        data = point_files.read(self._folder, name)
        if now is not None and now == self._before[name]:
            raise PointError(f"left '{name}' as it was before the run")
        if now is not None and now[1] < self._since - CLOCK_STEP_NS:
            raise PointError(f"put an old '{name}' there, last changed before the run")
        if not data.strip():
            raise PointError(f"wrote an empty file '{name}'")
        return data


def _empty(signature: _Signature | None) -> bool:
    return signature is not None and signature[2] == 0


def _signature(path: Path) -> _Signature | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
