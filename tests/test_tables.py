from __future__ import annotations

from pathlib import Path

import pytest

from mlscanner_hep.errors import ConfigError
from mlscanner_hep.setup.tables import Latex, Table, check, load, read


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
    (tmp_path / "broken.toml").write_text("a = 1\nb = c  # no quotes\n")
    with pytest.raises(ConfigError, match=r'2 \| b = c  # no quotes\n.*quotes: "c"$'):
        read(tmp_path / "broken.toml")
    (tmp_path / "long.toml").write_text("a = " + 5000 * "9")
    with pytest.raises(ConfigError, match=r"is not valid TOML: .*digits"):
        read(tmp_path / "long.toml")
    (tmp_path / "short.toml").write_text("[name")
    with pytest.raises(ConfigError, match="is not valid TOML"):
        read(tmp_path / "short.toml")


def test_reading_and_checking_are_two_steps(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("nam = 'x'")
    data = read(tmp_path / "a.toml")
    with pytest.raises(ConfigError, match=r"a\.toml: unknown key 'nam': did you mean 'name'\?"):
        check(Outer, data, tmp_path / "a.toml")
    assert check(Outer, {"name": data["nam"]}, tmp_path / "a.toml").name == "x"


def test_the_place_of_a_mistake_names_keys_and_no_classes(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        check(Outer, {"inner": {"a": {"length": "long"}}}, tmp_path / "a.toml")
    assert "inner.a.length: needs a number, without quotes or unit" in str(caught.value)
    assert "Inner" not in str(caught.value)


@pytest.mark.parametrize("value", ["12.5", "1e3", True])
def test_a_number_is_written_as_a_number(tmp_path: Path, value: object) -> None:
    told = rf"inner\.a: .*'length' needs a number, without quotes, not {value!r}"
    with pytest.raises(ConfigError, match=told):
        check(Outer, {"inner": {"a": {"length": value}}}, tmp_path / "a.toml")
    assert check(Outer, {"inner": {"a": {"length": 3}}}, tmp_path / "a.toml")
    assert check(Outer, {"inner": {"a": "12.5"}}, tmp_path / "a.toml").inner == {"a": "12.5"}


def test_a_tab_in_latex_is_a_slip(tmp_path: Path) -> None:
    class Axis(Table):
        latex: Latex = ""

    (tmp_path / "a.toml").write_text('latex = "\\tan\\\\beta"')
    with pytest.raises(ConfigError, match=r"latex: write LaTeX in single quotes, e\.g\. '\\tan"):
        load(Axis, tmp_path / "a.toml")
    (tmp_path / "a.toml").write_text(r"latex = '\tan\beta'")
    assert load(Axis, tmp_path / "a.toml").latex == r"\tan\beta"
