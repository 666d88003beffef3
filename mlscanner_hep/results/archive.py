"""A run with all that it was made from in one zip file, and back."""

from __future__ import annotations

import hashlib
import sqlite3
import stat
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

from mlscanner_hep.errors import ConfigError, LedgerError, ScannerError
from mlscanner_hep.record import saved, schema
from mlscanner_hep.record.ledger import FILE, Ledger
from mlscanner_hep.record.writer import Writer
from mlscanner_hep.scan import Scan
from mlscanner_hep.setup import adapters
from mlscanner_hep.setup.config import ModelFile
from mlscanner_hep.tools.folders import new_file, new_folder, within

ABOUT = "about.json"
LARGEST_TEXT = 1 << 20
"""Larger files beside an adapter are no templates and stay behind, in bytes."""
MOST_BYTES = 20 << 30
"""An archive that unpacks to more is refused."""
CHUNK = 1 << 20
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    ValueError,
    NotImplementedError,  # a compression that nobody uses
    RuntimeError,  # encrypted
)


class _About(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: int
    name: str
    made: str
    version: str
    sha256: dict[str, str]


@dataclass(frozen=True)
class Archived:
    """What is in an archive.

    Parameters
    ----------
    points : int
        Points of the ledger.
    files : tuple of str
        Names of the files.
    left_behind : tuple of str
        What the model names and is not in the archive: it lies outside of the model's folder, is
        not there, or is too large to be a template.
    """

    points: int
    files: tuple[str, ...]
    left_behind: tuple[str, ...]


def write(scan: Scan, path: Path) -> Archived:
    """Put a run into one file; the scan may be running.

    The archive holds the ledger as it was at one moment, the models that are saved beside it,
    model.toml, and the adapters, tables and Python files that it names, also those of the package:
    another version may have others. It does not hold the programs; the ledger knows their
    checksums.

    Raises
    ------
    ScannerError
        If the file cannot be written.
    LedgerError
        If there is no ledger.
    """
    needs, left_behind = _needs(scan)
    run = f"runs/{scan.model.scan.name}"
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}-") as name:
            copy = Path(name) / FILE
            _snapshot(scan.folder / FILE, copy)
            with Ledger(Path(name)) as ledger:
                points = len(ledger.ids())
                recorded = Path(name) / "model.toml"
                recorded.write_text(ledger.meta("model_toml") or "", encoding="utf-8")
            needs.setdefault("model.toml", recorded)
            needs[f"{run}/{FILE}"] = copy
            if (models := scan.folder / saved.FILE).is_file():
                needs[f"{run}/{saved.FILE}"] = models
            with new_file(path) as place, zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as file:
                sums = {}
                for member, source in needs.items():
                    info = zipfile.ZipInfo.from_file(source, member, strict_timestamps=False)
                    info.compress_type = zipfile.ZIP_DEFLATED
                    with source.open("rb") as data, file.open(info, "w", force_zip64=True) as to:
                        sums[member] = _copy(data, to)
                file.writestr(ABOUT, _describe(scan.model.scan.name, sums))
    except OSError as error:
        raise ScannerError(f"cannot write {path}: {error.strerror or error}") from error
    return Archived(points, tuple(sums), tuple(left_behind))


def read(path: Path, folder: Path, most: int = MOST_BYTES) -> Path:
    """Unpack an archive; it may come from a stranger.

    Only files with the checksums of the archive's own list are written, none outside of the folder,
    and nothing of it is run. All or nothing.

    Parameters
    ----------
    path : Path
        The archive.
    folder : Path
        A folder that is not there yet: it becomes that of model.toml.
    most : int
        Largest size of what is unpacked, in bytes.

    Returns
    -------
    Path
        The run folder in it.

    Raises
    ------
    ScannerError
        If it is no archive of a run, damaged, or too large.
    """
    try:
        with zipfile.ZipFile(path) as file, new_folder(folder) as place:
            about = _about(file, path)
            members = {member.filename: member for member in file.infolist()}
            if sum(members[name].file_size for name in about.sha256) > most:
                raise ScannerError(f"{path} unpacks to more than {most / 1e9:.3g} GB")
            for name, sha256 in about.sha256.items():
                target = within(place, name)
                target.parent.mkdir(parents=True, exist_ok=True)
                with file.open(members[name]) as data, target.open("xb") as to:
                    if _copy(data, to, members[name].file_size) != sha256:
                        raise ScannerError(f"{path} is damaged: {name} has another checksum")
                if members[name].external_attr >> 16 & stat.S_IXUSR:
                    target.chmod(0o755)
            with Writer(within(place, f"runs/{about.name}")) as ledger:
                ledger.set_meta(model_file=str(folder.resolve() / "model.toml"))
    except _DAMAGE as error:
        raise ScannerError(f"{path} is no archive of a run, or damaged: {error}") from error
    except OSError as error:
        raise ScannerError(f"cannot unpack {path}: {error.strerror or error}") from error
    return within(folder, f"runs/{about.name}")


def _describe(name: str, sums: dict[str, str]) -> str:
    about = _About(
        format=1,
        name=name,
        made=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        version=metadata.version("mlscanner-hep"),
        sha256=sums,
    )
    return about.model_dump_json(indent=1)


def _needs(scan: Scan) -> tuple[dict[str, Path], list[str]]:
    """What the model consists of, by name in the archive; and what has to stay behind."""
    found: dict[str, Path] = {}
    left_behind: list[str] = []
    beside = scan.file.parent
    if scan.file.is_file():  # else the ledger has its text
        found["model.toml"] = scan.file
    for name, path in _named(scan.model, beside, left_behind):
        try:
            within(beside, name)
            large = path.stat().st_size > LARGEST_TEXT
        except (ValueError, OSError):
            large = True
        if large:
            left_behind.append(name)
        else:
            found[name] = path
    return found, left_behind


def _named(model: ModelFile, beside: Path, left_behind: list[str]) -> Iterator[tuple[str, Path]]:
    """The files that a model names, by their place beside it."""
    plain = [table.table for table in model.constraints.values() if table.table is not None]
    for stage in model.chain:
        if stage.python is not None:
            plain.append(stage.python.split(":")[0])
        plain += stage.inputs.values()
        if stage.adapter is not None:
            try:
                folder = adapters.find(stage.adapter, beside)
                inputs = adapters.read(folder).inputs.values()
            except ConfigError:
                left_behind.append(stage.adapter)
                continue
            plain += [o for o in inputs if isinstance(o, str) and not (folder / o).is_file()]
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                if "__pycache__" not in path.parts:
                    inner = path.relative_to(folder)
                    yield (PurePosixPath(stage.adapter) / inner.as_posix()).as_posix(), path
    for name in plain:
        yield PurePosixPath(name).as_posix(), beside / name


def _about(file: zipfile.ZipFile, path: Path) -> _About:
    names = file.namelist()
    if ABOUT not in names:
        raise ScannerError(f"{path} is no archive of a run: it has no {ABOUT}")
    if file.getinfo(ABOUT).file_size > LARGEST_TEXT:
        raise ScannerError(f"{path}: {ABOUT} is too large")
    try:
        about = _About.model_validate_json(file.read(ABOUT))
    except ValidationError as error:
        raise ScannerError(
            f"{path}: {ABOUT} cannot be meant: {error.errors()[0]['msg']}"
        ) from error
    if about.format != 1:
        raise ScannerError(f"{path} has format {about.format}, not 1: it needs a newer version")
    if {*names} != {*about.sha256, ABOUT} or len(names) != len({*names}):
        raise ScannerError(f"{path} does not hold what its {ABOUT} lists")
    if not {"model.toml", f"runs/{about.name}/{FILE}"} <= about.sha256.keys():
        raise ScannerError(f"{path} has no model.toml or no ledger")
    return about


def _copy(source: IO[bytes], target: IO[bytes], most: int | None = None) -> str:
    """Copy a file; return its SHA-256."""
    sum_, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if most is not None and size > most:
            raise ValueError("a file is longer than it says")
        sum_.update(chunk)
        target.write(chunk)
    return sum_.hexdigest()


def _snapshot(ledger: Path, copy: Path) -> None:
    """The ledger as it is at one moment, also while a scan writes."""
    if not ledger.is_file():
        raise LedgerError(f"{ledger.parent} holds no scan (no file {FILE})")
    source, target = schema.connect(ledger, create=False), sqlite3.connect(copy)
    with closing(source), closing(target):
        source.backup(target)
