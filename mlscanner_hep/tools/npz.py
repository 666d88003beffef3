"""Named arrays in a file that may come from a stranger: the zip that ``numpy.load`` reads."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlscanner_hep.tools.folders import new_file

Arrays = dict[str, NDArray[Any]]


def write(path: Path, arrays: Arrays) -> None:
    """Write arrays, all or nothing; a file that is there is replaced.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    with new_file(path) as place, zipfile.ZipFile(place, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, array, allow_pickle=False)


def read(path: Path) -> Arrays:
    """Read all arrays; in memory they are no larger than the file.

    Raises
    ------
    Exception
        Of many kinds, if the file was not written by `write`, or is damaged.
    """
    arrays: Arrays = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"{member.filename} is compressed")
            name = member.filename.removesuffix(".npy")
            if name in arrays:
                raise ValueError(f"{name} is there twice")
            with archive.open(member) as file:
                arrays[name] = np.lib.format.read_array(file, allow_pickle=False)
                # only at the end of its bytes is the checksum of a member compared
                if file.read(1):
                    raise ValueError(f"{name} is longer than its array")
    return arrays
