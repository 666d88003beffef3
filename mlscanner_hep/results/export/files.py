"""The kept raw files of chosen points, as a folder or one zip file."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlscanner_hep.errors import LedgerError, ScannerError
from mlscanner_hep.record.ledger import Ledger
from mlscanner_hep.results.export.columns import Column, Table
from mlscanner_hep.results.export.formats import write
from mlscanner_hep.tools.folders import new_file, new_folder, within

if TYPE_CHECKING:
    from mlscanner_hep.scan import Scan

INDEX = "index.csv"
"""The table of the points: what they are, and in which folder their files are."""


@dataclass(frozen=True)
class Collected:
    """What was written.

    Parameters
    ----------
    points, files : int
        How many points are in the index, and how many files they have in all.
    without : tuple of int
        Ids of points of which no files were kept.
    """

    points: int
    files: int
    without: tuple[int, ...]


def collect(scan: Scan, table: Table, into: Path) -> Collected:
    """Write what the codes read and wrote at some points, with an index.

    Parameters
    ----------
    scan : Scan
        The run.
    table : Table
        The points; it needs the column ``id``.
    into : Path
        A folder that is not there yet, or a file ``.zip``. The files of point 12 are in
        ``point-000012``, by stage: inputs, outputs and what the code printed.

    Raises
    ------
    ScannerError
        If it cannot be written, or a file in the ledger has a name that leads elsewhere.
    """
    ids = [int(point) for point in table.columns["id"].values]
    count = 0
    kept: list[str] = []
    try:
        with _place(into) as place:
            with Ledger(scan.folder) as ledger:
                for point in ids:
                    folder = f"point-{point:06}"
                    files = ledger.outputs(point)
                    for (stage, file), data in files.items():
                        path = within(within(place / folder, stage), file)
                        path.parent.mkdir(parents=True, exist_ok=True)
                        path.write_bytes(data)
                    kept.append(folder if files else "")
                    count += len(files)
            where = Column(np.array(kept, dtype=object), "text", "record", doc="of kept files")
            write(replace(table, columns={**table.columns, "folder": where}), place / INDEX)
    except ValueError as error:
        raise LedgerError(f"{scan.folder}: {error}") from error
    except OSError as error:
        raise ScannerError(f"cannot write {into}: {error.strerror or error}") from error
    without = tuple(point for point, folder in zip(ids, kept, strict=True) if not folder)
    return Collected(len(ids), count, without)


@contextmanager
def _place(into: Path) -> Iterator[Path]:
    """A folder to fill that becomes `into`."""
    if into.suffix.lower() != ".zip":
        with new_folder(into) as place:
            yield place
        return
    with tempfile.TemporaryDirectory(dir=into.parent, prefix=f".{into.stem}-") as name:
        place = Path(name)
        yield place
        with (
            new_file(into) as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for path in sorted(p for p in place.rglob("*") if p.is_file()):
                archive.write(path, f"{into.stem}/{path.relative_to(place).as_posix()}")
