"""Reference points: an installation is compared with what the adapter's author recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli

from mlscanner_hep.errors import ConfigError
from mlscanner_hep.outcome import Answer
from mlscanner_hep.points import Status
from mlscanner_hep.setup import reference
from mlscanner_hep.setup.reference import PointFile, compare
from mlscanner_hep.setup.tables import load

GOOD = "# a good point\n[values]   # its parameters\nx = 1.5\nmode = 0\n"


@pytest.fixture
def fake(fake_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write the fake adapter with reference points, and go where it is."""

    def write(**points: str) -> Path:
        place = fake_model().parent
        monkeypatch.chdir(place)
        (place / "fake" / "reference").mkdir()
        for name, text in points.items():
            (place / "fake" / "reference" / f"{name}.toml").write_text(text)
        return place / "fake" / "reference"

    return write


def test_what_is_recorded_is_what_is_found_again(fake: Callable[..., Path], cli: Cli) -> None:
    folder = fake(good=GOOD, bad="[values]\nx = 2\nmode = 7\n", ugly="[values]\nx = 2\nmode = 11\n")
    code, out, _ = cli("adapters", "test", "fake", "--exe", "./fake.sh")
    assert code == 1
    assert "There is nothing to compare with" in out
    code, out, _ = cli("adapters", "record", "fake", "--exe", "./fake.sh")
    assert code == 0
    text = (folder / "good.toml").read_text()
    assert text.startswith(GOOD), "what the author wrote stays"
    assert text.endswith(
        '[expected]\ncode      = "fake"\nstatus    = "ok"\nexit_code = 0\n'
        "\n[expected.observables]\nmh = 1.5\n"
    )
    bad = load(PointFile, folder / "bad.toml").expected
    assert bad is not None
    assert (bad.status, bad.reason) == (
        "unphysical", "Stopping calculation because of negative mass squared.",
    )  # fmt: skip
    ugly = load(PointFile, folder / "ugly.toml").expected
    assert ugly is not None
    assert ugly.reason == "implausible: not abs(mh) > 1 or abs(mh) <", "no digits of the point"
    code, out, _ = cli("adapters", "test", "fake", "--exe", "./fake.sh")
    assert code == 0
    assert "3 of 3 points agree: this installation answers as fake did." in out
    before = text
    cli("adapters", "record", "fake", "--exe", "./fake.sh")
    assert (folder / "good.toml").read_text() == before
    cli("adapters", "record", "fake", "--exe", "./fake.sh", "--code", "fake 1.0")
    assert 'code      = "fake 1.0"' in (folder / "good.toml").read_text()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mh = 1.5": "mh = 1.51"}, "mh = 1.5, expected 1.51: 0.0066 away"),
        (
            {"mh = 1.5": "mh = 1.5\nmA = 3.0"},
            "mA is missing (the adapter reads no such observable)",
        ),
        ({'"ok"': '"unphysical"\nreason = "no"'}, "is ok, expected unphysical (no)"),
        ({"mode = 0": "mode = 6"}, "is failed (exit code 7), expected ok"),
        ({"mode = 0": "mode = 10"}, "is unphysical (SPINFO 4: no convergence), expected ok"),
    ],
)
def test_a_difference_is_told(
    fake: Callable[..., Path], cli: Cli, change: dict[str, str], said: str
) -> None:
    folder = fake(good=GOOD)
    cli("adapters", "record", "fake", "--exe", "./fake.sh")
    text = (folder / "good.toml").read_text()
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "good.toml").write_text(text)
    code, out, _ = cli("adapters", "test", "fake", "--exe", "./fake.sh")
    assert code == 1
    assert said in out
    assert "1 of 1 points differ." in out
    assert ("something is wrong" in out) == ("exit code 7" in said), "the code's last words"
    assert ("--keep FOLDER" in out) == ("exit code 7" in said)


def test_as_json_and_with_files(fake: Callable[..., Path], cli: Cli, tmp_path: Path) -> None:
    fake(good=GOOD)
    cli("adapters", "record", "fake", "--exe", "./fake.sh")
    kept = tmp_path / "kept"
    code, out, _ = cli("adapters", "test", "fake", "--exe", "./fake.sh", "--json", "--keep", kept)
    (point,) = json.loads(out)
    assert code == 0
    assert point["agrees"] is True
    assert point["observables"] == point["expected"]["observables"] == {"mh": 1.5}
    assert (kept / "good" / "out.slha").exists()
    code, _, err = cli("adapters", "test", "fake", "--exe", "./fake.sh", "--keep", kept)
    assert (code, "not empty" in err) == (2, True)


def test_the_program_is_found_as_in_a_scan(
    fake: Callable[..., Path], cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fake(good=GOOD)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    code, _, err = cli("adapters", "test", "fake")
    assert code == 2
    assert "say --exe PROGRAM, or set fake in [paths] of" in " ".join(err.split())
    assert cli("adapters", "test", "fake", "--exe", "./gone.sh")[0] == 2
    exe = folder.parent.parent / "fake.sh"
    (tmp_path / "mlscanner-hep").mkdir()
    (tmp_path / "mlscanner-hep" / "config.toml").write_text(f'[paths]\nfake = "{exe}"\n')
    assert cli("adapters", "record", "fake")[0] == 0
    (listed,) = [a for a in json.loads(cli("adapters", "--json")[1]) if a["name"] == "fake"]
    assert listed["program"] == str(exe)
    assert str(exe) in cli("adapters", "show", "fake")[1]


def test_a_file_of_an_earlier_stage(fake: Callable[..., Path]) -> None:
    folder = fake(good='[values]\nx = 1\n[files]\n"in.slha" = "given.slha"\n')
    (folder / "given.slha").write_text("Block MINPAR\n 1 0.25 # x\n 2 0 # mode\n")
    adapter_file = folder.parent / "adapter.toml"
    text = adapter_file.read_text()
    adapter_file.write_text(text.replace('"in.slha.j2"', '{ from = "spectrum" }'))
    file, exe = folder / "good.toml", folder.parent.parent / "fake.sh"
    place = folder.parent / "point"
    place.mkdir()
    answer = reference.run(reference.adapter(folder.parent, file, exe), file, place)
    assert answer.values == {"mh": 0.25}
    file.write_text('[files]\n"in.slha" = "gone.slha"\n')
    with pytest.raises(ConfigError, match=r"good.toml: files.in.slha: cannot be read"):
        reference.run(reference.adapter(folder.parent, file, exe), file, place)
    file.write_text("[values]\nx = 1\n")
    with pytest.raises(ConfigError, match=r"'in.slha' comes from an earlier stage: name a file"):
        reference.run(reference.adapter(folder.parent, file, exe), file, place)


def test_what_is_wrong_with_a_point_is_told(fake: Callable[..., Path], cli: Cli) -> None:
    folder = fake()
    code, _, err = cli("adapters", "test", "fake", "--exe", "./fake.sh")
    assert (code, "has no reference point" in err) == (2, True)
    (folder / "x.toml").write_text("[valves]\nx = 1\n")
    _, _, err = cli("adapters", "test", "fake", "--exe", "./fake.sh")
    assert "unknown key 'valves': did you mean 'values'?" in err
    (folder / "x.toml").write_text(GOOD + "[options]\nmodel = 'MSSM'\n")
    _, _, err = cli("adapters", "test", "fake", "--exe", "./fake.sh")
    assert "the adapter has no option 'model'" in " ".join(err.split())


def test_nothing_of_the_author_is_lost(fake: Callable[..., Path]) -> None:
    text = '[expected]\nstatus = "ok"\n[values]\nx = 1\n'
    file = fake(x=text) / "x.toml"
    with pytest.raises(ConfigError, match="put it last"):
        reference.record(file, Answer("x", Status.OK))
    assert file.read_text() == text


def point(**more: object) -> PointFile:
    observables = {"a": 2.0, "zero": 0.0}
    return PointFile.model_validate(
        {"expected": {"status": "ok", "observables": observables}, **more}
    )


@pytest.mark.parametrize(
    ("a", "zero", "more", "problems"),
    [
        (2.0, 0.0, {}, 0),
        (2.0019, 0.0, {}, 0),
        (2.003, 0.0, {}, 1),
        (-2.0, 0.0, {}, 1),
        (2.003, 0.0, {"tolerance": 0.01}, 0),
        (2.003, 0.0, {"tolerance": 0.01, "tolerances": {"a": 1e-3}}, 1),
        (2.0, 1e-30, {}, 1),
        (2.0, 1e-30, {"tolerances": {"zero": 1}}, 0),
    ],
)
def test_tolerances(a: float, zero: float, more: dict[str, object], problems: int) -> None:
    answer = Answer("x", Status.OK, {"a": a, "zero": zero, "new": 1.0})
    assert len(compare(point(**more), answer).problems) == problems


def test_a_missing_number_never_agrees() -> None:
    answer = Answer("x", Status.OK, {"zero": 0.0}, missing={"a": "no entry MASS 25"})
    compared = compare(point(tolerance=1e9), answer)
    assert compared.problems == ("a is missing (no entry MASS 25), expected 2.0",)
    assert compared.worst == ("a", float("inf"))


@pytest.mark.parametrize("name", ["thdmspec", "higgsfit"])
def test_the_codes_of_the_example_agree(codes: Path, cli: Cli, name: str) -> None:
    code, out, _ = cli("adapters", "test", name, "--exe", codes / name)
    assert code == 0, out
