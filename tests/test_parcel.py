"""The chain and its files on a machine that has none of them."""

from __future__ import annotations

import pickle
import shutil
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.codes.pipeline import Pipeline
from mlscanner_hep.codes.python_stage import PythonStage
from mlscanner_hep.points import Status
from mlscanner_hep.running.parcel import Parcel, lacking
from mlscanner_hep.scan import Scan


@pytest.fixture
def pipeline(ring_model: Callable[..., Path], fake_model: Callable[..., Path]) -> Pipeline:
    """A code that needs a file of its adapter's folder, and a Python function."""
    file = fake_model(0, 7)
    adapter = file.parent / "fake" / "adapter.toml"
    run = 'command = ["{exe}", "{folder}/run/code.sh", "in.slha", "out.slha"]'
    adapter.write_text(
        adapter.read_text().replace('command = ["{exe}", "in.slha", "out.slha"]', run)
    )
    (file.parent / "fake" / "run" / "__pycache__").mkdir(parents=True)
    (file.parent / "fake" / "run" / "__pycache__" / "code.pyc").write_text("no part of it")
    shutil.move(file.parent / "fake.sh", file.parent / "fake" / "run" / "code.sh")
    file.write_text(file.read_text().replace("./fake.sh", "/bin/sh"))
    return Pipeline([s for f in (file, ring_model()) for s in Scan.load(f).pipeline.stages])


INPUTS = {"x": 0.5, "y": 0.25, "mode": 0}


def sent(pipeline: Pipeline) -> Parcel:
    """The parcel as it arrives."""
    arrived = pickle.loads(pickle.dumps(Parcel.of(pipeline)))
    assert isinstance(arrived, Parcel)
    return arrived


def test_files_that_are_here_are_used_where_they_are(pipeline: Pipeline, tmp_path: Path) -> None:
    here = sent(pipeline).unpack(tmp_path)
    for stage, sender in zip(here.stages, pipeline.stages, strict=True):
        assert getattr(stage, "folder", None) == getattr(sender, "folder", None)
        assert getattr(stage, "file", None) == getattr(sender, "file", None)
    assert here.scratch == tmp_path
    assert here.one(INPUTS).status == Status.OK


def test_files_that_are_not_here_are_unpacked(pipeline: Pipeline, tmp_path: Path) -> None:
    before = pipeline.one(INPUTS)
    parcel = sent(pipeline)
    code, function = pipeline.stages
    assert isinstance(code, Adapter)
    assert isinstance(function, PythonStage)
    shutil.rmtree(code.folder)
    function.file.write_text("raise SystemExit('another file of this name')")
    place = tmp_path / "worker"
    place.mkdir()
    after = parcel.unpack(place).one(INPUTS)
    assert after.status == Status.OK, after.reason
    assert after.values == before.values
    assert not list(place.rglob("*.pyc"))


def test_programs_are_not_sent(pipeline: Pipeline, tmp_path: Path) -> None:
    assert lacking(pipeline) == []
    code, function = pipeline.stages
    assert isinstance(code, Adapter)
    gone = Pipeline([replace(code, exe=tmp_path / "SPheno"), function])
    (told,) = lacking(gone)
    assert told == (
        f"stage 'fake': there is no program {tmp_path}/SPheno on {socket.gethostname()}"
    )
