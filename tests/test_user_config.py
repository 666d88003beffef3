from __future__ import annotations

from pathlib import Path

import pytest

from mlscanner_hep.errors import ConfigError
from mlscanner_hep.setup import user_config


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    file = tmp_path / "xdg" / "mlscanner-hep" / "config.toml"
    file.parent.mkdir(parents=True)
    return file


def test_where_it_is(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert user_config.location() == file
    default = tmp_path / "home" / ".config" / "mlscanner-hep" / "config.toml"
    for nothing in ("", "relative/path"):
        monkeypatch.setenv("XDG_CONFIG_HOME", nothing)
        assert user_config.location() == default


def test_programs(file: Path, tmp_path: Path) -> None:
    assert user_config.program("spheno") is None
    file.write_text('[paths]\nspheno = "~/SPheno/bin/SPheno"\nsoftsusy = "/opt/softpoint.x"\n')
    assert user_config.program("spheno") == tmp_path / "home/SPheno/bin/SPheno"
    assert user_config.program("softsusy") == Path("/opt/softpoint.x")
    assert user_config.program("other") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[path]\na = '/b'", "unknown key 'path': did you mean 'paths'?"),
        ("[paths]\na = 3", "paths.a: has to be a valid string, not 3"),
        ("[paths]\na = 'bin/a'", "paths.a: 'bin/a' has to be a full path"),
        ("[paths", "is not valid TOML"),
    ],
)
def test_mistakes(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        user_config.program("a")
    assert said in str(caught.value)
    assert str(file) in str(caught.value)
