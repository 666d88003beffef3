from __future__ import annotations

from pathlib import Path

import pytest

from mlscanner_hep.errors import ConfigError
from mlscanner_hep.tables import Table, check, load, read


class Inner(Table):
    length: float


class Outer(Table):
    name: str = ""
    inner: dict[str, str | Inner] = {}  # noqa: RUF012


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load(Outer, tmp_path / "nothing.toml")
    (tmp_path / "latin.toml").write_bytes(b"# \xe9\n")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        read(tmp_path / "latin.toml")
    (tmp_path / "broken.toml").write_text("[name")
    with pytest.raises(ConfigError, match="is not valid TOML"):
        read(tmp_path / "broken.toml")


def test_reading_and_checking_are_two_steps(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("nam = 'x'")
    data = read(tmp_path / "a.toml")
    with pytest.raises(ConfigError, match=r"a\.toml: unknown key 'nam': did you mean 'name'\?"):
        check(Outer, data, tmp_path / "a.toml")
    assert check(Outer, {"name": data["nam"]}, tmp_path / "a.toml").name == "x"


def test_the_place_of_a_mistake_names_keys_and_no_classes(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        check(Outer, {"inner": {"a": {"length": "long"}}}, tmp_path / "a.toml")
    assert "inner.a.length: input should be a valid number" in str(caught.value)
    assert "Inner" not in str(caught.value)
