from __future__ import annotations

import json
import os
import shutil
import stat
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from conftest import SHELL, SHELL_MODEL, Cli

from mlscanner_hep.errors import ScannerError
from mlscanner_hep.results import archive
from mlscanner_hep.scan import Scan
from mlscanner_hep.setup import adapters

Model = Callable[..., Path]

TABLE = '[constraints]\nangle = { table = "limits/angle.dat", against = "x" }\n'


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with a Python stage and a table of limits, and its run."""
    folder = tmp_path_factory.mktemp("original")
    (folder / "shell.py").write_text(SHELL)
    (folder / "model.toml").write_text(SHELL_MODEL.replace("[constraints]\n", TABLE))
    (folder / "limits").mkdir()
    (folder / "limits" / "angle.dat").write_text("-1 0.5\n1 0.5\n")
    with Scan.load(folder / "model.toml") as scan:
        scan.run()
    return folder


@pytest.fixture
def ring(original: Path, tmp_path: Path) -> Path:
    """A copy to play with."""
    return Path(shutil.copytree(original, tmp_path / "ring")) / "model.toml"


def same(a: Scan, b: Scan) -> bool:
    return all(
        np.array_equal(getattr(a.points, name), getattr(b.points, name), equal_nan=name == "y")
        for name in ("x", "y", "status", "round", "origin")
    ) and np.array_equal(a.problem.inside(a.points), b.problem.inside(b.points))


def test_there_and_back(ring: Path, tmp_path: Path) -> None:
    (ring.parent / "runs" / "ring" / "models.npz").write_bytes(b"models")
    (ring.parent / "shell.py").chmod(0o700)
    done = archive.write(Scan.load(ring), tmp_path / "run.zip")
    assert done.points == 40
    assert done.left_behind == ()
    assert {"model.toml", "shell.py", "limits/angle.dat", "runs/ring/models.npz"} <= {*done.files}
    shutil.move(ring.parent, tmp_path / "elsewhere")
    run = archive.read(tmp_path / "run.zip", tmp_path / "back")
    assert run == tmp_path / "back" / "runs" / "ring"
    original = Scan.load(tmp_path / "elsewhere" / "model.toml")
    for again in (Scan.open(run), Scan.load(tmp_path / "back" / "model.toml")):
        assert same(original, again)
        assert again.file == tmp_path / "back" / "model.toml"
    assert os.access(tmp_path / "back" / "shell.py", os.X_OK)
    assert not os.access(tmp_path / "back" / "limits" / "angle.dat", os.X_OK)


def test_a_run_goes_on_from_an_archive(ring: Path, tmp_path: Path) -> None:
    archive.write(Scan.load(ring), tmp_path / "run.zip")
    shutil.rmtree(ring.parent)
    archive.read(tmp_path / "run.zip", tmp_path / "back")
    file = tmp_path / "back" / "model.toml"
    file.write_text(file.read_text().replace("calls = 40", "calls = 50"))
    with Scan.load(file) as scan:
        assert scan.run().calls == 50


def test_adapters_of_the_package_come_along(
    fake_model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version of the package may have another one."""
    file = fake_model()
    shutil.copytree(file.parent, tmp_path / "package", ignore=shutil.ignore_patterns("*.toml.*"))
    (file.parent / "fake" / "adapter.toml").unlink()
    monkeypatch.setattr(adapters, "places", lambda beside=None: [beside, tmp_path / "package"])
    with Scan.load(file) as scan:
        _ = scan.ledger
    done = archive.write(scan, tmp_path / "fake.zip")
    assert {"fake/adapter.toml", "fake/in.slha.j2"} <= {*done.files}
    shutil.rmtree(tmp_path / "package")
    archive.read(tmp_path / "fake.zip", tmp_path / "back")
    assert Scan.load(tmp_path / "back" / "model.toml").pipeline.stages[0].name == "fake"


def test_a_snapshot_of_a_run_that_is_being_written(ring: Path, tmp_path: Path) -> None:
    file = ring.read_text().replace("calls = 40", "calls = 60")
    ring.write_text(file)
    with Scan.load(ring) as scan:
        _ = scan.ledger
        batch = scan.ask(10)
        scan.ledger.record(batch.ids[0], scan.pipeline.one(batch.inputs[0]))  # not committed yet
        done = archive.write(Scan.load(ring), tmp_path / "run.zip")
        scan.tell(batch.ids[1:], [{"r": 1.0, "angle": 0.0}] * 9)
    assert done.points == 50
    run = archive.read(tmp_path / "run.zip", tmp_path / "back")
    assert (Scan.open(run).points.status == 0).sum() == 10
    assert (scan.points.status == 0).sum() == 0


def test_what_lies_elsewhere_is_told(ring: Path, tmp_path: Path) -> None:
    text = ring.read_text().replace("limits/angle.dat", "../angle.dat")
    shutil.move(ring.parent / "limits" / "angle.dat", ring.parent.parent / "angle.dat")
    ring.write_text(text)
    done = archive.write(Scan.load(ring), tmp_path / "run.zip")
    assert done.left_behind == ("../angle.dat",)


def test_a_run_whose_model_is_gone(ring_model: Model, tmp_path: Path) -> None:
    """The ledger has its text."""
    file = ring_model()
    with Scan.load(file) as scan:
        _ = scan.ledger
    text = file.read_text()
    file.unlink()
    done = archive.write(Scan.open(scan.folder), tmp_path / "run.zip")
    assert done.left_behind == ("shell.py",)
    archive.read(tmp_path / "run.zip", tmp_path / "back")
    assert (tmp_path / "back" / "model.toml").read_text() == text


# --- archives of strangers


def forge(
    path: Path, files: dict[str, bytes], listed: dict[str, str] | None = None, **about: object
) -> None:
    """An archive with its list of checksums, right or as given."""
    sums = {name: sha256(data).hexdigest() for name, data in files.items()}
    told = {
        "format": 1,
        "name": "ring",
        "made": "",
        "version": "0",
        "sha256": sums if listed is None else listed,
        **about,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name, data)
        file.writestr("about.json", json.dumps(told))


@pytest.fixture
def good(ring: Path, tmp_path: Path) -> dict[str, bytes]:
    archive.write(Scan.load(ring), tmp_path / "good.zip")
    with zipfile.ZipFile(tmp_path / "good.zip") as file:
        return {name: file.read(name) for name in file.namelist() if name != "about.json"}


@pytest.mark.parametrize(
    "name", ["../escaped", "/tmp/escaped", "a/../../escaped", "a\\..\\escaped"]
)
def test_no_file_leaves_the_folder(good: dict[str, bytes], tmp_path: Path, name: str) -> None:
    forge(tmp_path / "bad.zip", {**good, name: b"bad"})
    with pytest.raises(ScannerError, match="no archive of a run, or damaged"):
        archive.read(tmp_path / "bad.zip", tmp_path / "deep" / "back")
    assert not list(tmp_path.rglob("*escaped*"))
    assert list((tmp_path / "deep").iterdir()) == []


def test_a_link_becomes_a_file(good: dict[str, bytes], tmp_path: Path) -> None:
    forge(tmp_path / "bad.zip", good)
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    about = json.loads(zipfile.ZipFile(tmp_path / "bad.zip").read("about.json"))
    about["sha256"]["link"] = sha256(b"/etc").hexdigest()
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as file:
        for name, data in good.items():
            file.writestr(name, data)
        file.writestr(link, b"/etc")
        file.writestr("about.json", json.dumps(about))
    archive.read(tmp_path / "bad.zip", tmp_path / "back")
    assert not (tmp_path / "back" / "link").is_symlink()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shell.py": b"import os"}, "another checksum"),
        ({"more.py": b""}, "does not hold what"),
        ({"model.toml": None}, "does not hold what"),
    ],
)
def test_only_what_is_listed(
    good: dict[str, bytes], tmp_path: Path, change: dict[str, bytes | None], said: str
) -> None:
    listed = {name: sha256(data).hexdigest() for name, data in good.items()}
    files = {name: data for name, data in {**good, **change}.items() if data is not None}
    forge(tmp_path / "bad.zip", files, listed)
    with pytest.raises(ScannerError, match=said):
        archive.read(tmp_path / "bad.zip", tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_other_mistakes(good: dict[str, bytes], tmp_path: Path) -> None:
    path, back = tmp_path / "bad.zip", tmp_path / "back"

    def refused(said: str, most: int = archive.MOST_BYTES) -> None:
        with pytest.raises(ScannerError, match=said):
            archive.read(path, back, most)
        assert not back.exists()

    forge(path, {**good, "bomb": bytes(10**7)})
    refused("unpacks to more than 0.001 GB", 10**6)
    forge(path, good, format=2)
    refused("needs a newer version")
    forge(path, good, name="../../ring")
    refused("no model.toml or no ledger")
    forge(path, {"model.toml": b""})
    refused("no model.toml or no ledger")
    forge(path, {**good, "runs/ring/ledger.sqlite": b"no ledger at all" * 100})
    refused("no ledger or damaged")
    path.write_bytes(b"PK nothing")
    refused("no archive of a run")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a", b"")
    refused(r"it has no about\.json")


def test_damage_is_told(good: dict[str, bytes], tmp_path: Path) -> None:
    """Whatever byte is wrong: nothing but our errors, and nothing left behind."""
    data = (tmp_path / "good.zip").read_bytes()
    refused = 0
    for count, place in enumerate(np.linspace(0, len(data) - 1, 60).astype(int)):
        broken = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
        (tmp_path / "bad.zip").write_bytes(broken)
        try:
            archive.read(tmp_path / "bad.zip", tmp_path / "backs" / str(count))
        except ScannerError:
            refused += 1
            assert not (tmp_path / "backs" / str(count)).exists()
    assert refused > 40
    assert not list((tmp_path / "backs").glob(".*"))


def test_the_commands(
    cli: Cli, ring: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = cli("archive", ring, "my-run.zip")
    assert code == 0
    assert "40 points" in out
    assert cli("archive", ring, "my-run.tar")[0] == 2
    code, _, err = cli("status", "my-run.zip")
    assert (code, "mlscanner-hep unarchive my-run.zip" in err) == (2, True)
    code, out, _ = cli("unarchive", "my-run.zip")
    assert code == 0
    assert "mlscanner-hep status my-run/runs/ring" in out
    assert json.loads(cli("status", "my-run/runs/ring", "--json")[1])["points"]["pending"] == 0
    code, _, err = cli("unarchive", "my-run.zip")
    assert (code, "is there already" in err) == (2, True)
