from __future__ import annotations

import errno
from pathlib import Path

import pytest

from mlscanner_hep import errors
from mlscanner_hep.errors import ConfigError, MachineError, PreflightError, located, nearest


def test_exit_codes_are_those_of_the_documentation() -> None:
    codes = {kind.__name__: kind.exit_code for kind in errors.ScannerError.__subclasses__()}
    assert codes == {
        "ConfigError": 2,
        "PreflightError": 3,
        "LedgerError": 4,
        "ScanStalled": 5,
        "ClusterError": 6,
        "MachineError": 7,
        "PointError": 1,
    }


def test_a_fault_of_the_machine_says_what_to_do() -> None:
    full = MachineError.of(OSError(errno.ENOSPC, "No space left on device"))
    assert "No space left on device: make room on the disk, then run again" in str(full)
    assert MachineError.of(OSError(errno.ENOENT, "No such file")) is None
    assert MachineError.of(OSError("without a number")) is None


def test_config_error_names_file_and_key() -> None:
    error = ConfigError("is wrong", Path("model.toml"), "parameters.tanb")
    assert str(error) == "model.toml: parameters.tanb: is wrong"
    assert str(ConfigError("is wrong")) == "is wrong"


def test_preflight_error_lists_all() -> None:
    text = str(PreflightError(["first", "second"]))
    assert text.splitlines() == ["2 problems found before the scan:", "  1. first", "  2. second"]
    assert str(PreflightError(["one"])).startswith("1 problem found")


@pytest.mark.parametrize(
    ("word", "allowed", "hint"),
    [
        ("scal", ["scale", "min"], "did you mean 'scale'?"),
        ("MH", ["mh", "oh2"], "did you mean 'mh'?"),
        ("xyz", ["mh", "oh2"], "allowed: mh, oh2"),
        ("xyz", [], ""),
    ],
)
def test_nearest(word: str, allowed: list[str], hint: str) -> None:
    assert nearest(word, allowed) == hint


def test_located_gives_a_complaint_its_place() -> None:
    with (
        pytest.raises(ConfigError, match=r"m\.toml: a\.b: too small"),
        located(Path("m.toml"), "a.b"),
    ):
        raise ValueError("too small")
