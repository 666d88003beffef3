"""The chain with the files that go with it, to be sent to machines that do not share a disk."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.codes.pipeline import Pipeline, Stage
from mlscanner_hep.codes.python_stage import PythonStage


@dataclass(frozen=True)
class Parcel:
    """A chain and its files.

    Templates are part of the chain itself. What it only names are the files of Python stages and
    the folders of adapters whose command has ``{folder}`` in it: they are sent along. Programs are
    not, for they need libraries and data that nothing knows of.

    Parameters
    ----------
    pipeline : Pipeline
        The chain.
    files : mapping of str to mapping of str to bytes
        For each stage, by name, what its files contain.
    """

    pipeline: Pipeline
    files: Mapping[str, Mapping[str, bytes]]

    @classmethod
    def of(cls, pipeline: Pipeline) -> Parcel:
        """Read the files of a chain."""
        found = {s.name: dict(_files(s)) for s in pipeline.stages}
        return cls(pipeline, {name: files for name, files in found.items() if files})

    def unpack(self, folder: Path) -> Pipeline:
        """The chain for this machine.

        Files that are here, at the same place and the same, are used there; the others are
        written to a folder. Points get their folders in it, too.

        Parameters
        ----------
        folder : Path
            It has to be there.
        """
        stages = tuple(
            self._here(stage, folder / f"stage-{number}")
            for number, stage in enumerate(self.pipeline.stages)
        )
        return replace(self.pipeline, stages=stages, scratch=folder)

    def _here(self, stage: Stage, folder: Path) -> Stage:
        files = self.files.get(stage.name, {})
        if dict(_files(stage)) == files:
            return stage
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if isinstance(stage, PythonStage):
            return replace(stage, file=folder / stage.file.name)
        assert isinstance(stage, Adapter)
        return replace(stage, folder=folder)


def lacking(pipeline: Pipeline) -> list[str]:
    """A sentence for each program of a chain that is not on this machine."""
    return [
        f"stage '{stage.name}': there is no program {stage.exe} on {socket.gethostname()}"
        for stage in pipeline.stages
        if isinstance(stage, Adapter) and not stage.exe.is_file()
    ]


def _files(stage: Stage) -> Iterator[tuple[str, bytes]]:
    """The files that a stage names, as far as they are here."""
    if isinstance(stage, PythonStage):
        if stage.file.is_file():
            yield stage.file.name, stage.file.read_bytes()
    elif isinstance(stage, Adapter) and any("{folder}" in part.source for part in stage.command):
        for path in sorted(stage.folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield str(path.relative_to(stage.folder)), path.read_bytes()
