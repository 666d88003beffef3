"""A copy of an installed code for each worker, for codes that write into their own folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from multiprocessing import util
from pathlib import Path
from typing import Any

from mlscanner_hep.codes import lifeline, point_files


class InstallCopy:
    """A copy that is made when it is first needed, and goes when this Python process goes.

    A copy of this object, such as the one in another worker, has a copy of its own.

    Parameters
    ----------
    tree
        The folder that is copied, with all links followed. Links in it stay as they are.
    program
        The program, in the folder or below, or a link to it.
    scratch
        Where the copy is made; the system's place for temporary files by default.
    """

    def __init__(self, tree: Path, program: Path, scratch: Path | None = None) -> None:
        self._settings = (tree, program, scratch)
        self._owner = 0
        self._program: Path | None = None
        self.discard: Callable[[], object] = _nothing

    def __reduce__(self) -> tuple[Any, ...]:
        return InstallCopy, self._settings

    def program(self) -> Path:
        """The program in the copy.

        Raises
        ------
        OSError
            If the copy cannot be made.
        """
        if self._program is None or not self._program.exists() or self._owner != os.getpid():
            tree, program, scratch = self._settings
            folder = lifeline.make_folder("install-", scratch)
            self._owner = os.getpid()
            self.discard = util.Finalize(self, lifeline.remove_folder, (folder,), exitpriority=0)
            shutil.copytree(tree, folder / tree.name, symlinks=True)
            self._program = folder / tree.name / program.resolve().relative_to(tree)
        return self._program

    def provide(self, folder: Path, inputs: Iterable[str], outputs: Iterable[str]) -> None:
        """Put the input files of a point beside the program, and take the outputs of others away.

        Raises
        ------
        PointError, OSError
            If a file is not there, or cannot be copied.
        """
        place = self.program().parent
        for name in outputs:
            point_files.remove(place / name)
        for name in inputs:
            point_files.write(place, name, point_files.read(folder, name))


def _nothing() -> None:
    """There is no copy yet."""
