from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mlscanner_hep.constraints import Chi2, Gaussian, Limit, TableLimit, TotalChi2
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.setup import build
from mlscanner_hep.setup.config import ModelFile
from mlscanner_hep.setup.tables import load
from mlscanner_hep.space import Choice, Parameter

HEAD = "[scan]\nname = 'm'\nstop = { calls = 10 }\n"


def model(tmp_path: Path, text: str) -> tuple[ModelFile, Path]:
    if "[parameters]" not in text:
        text = "[parameters]\nx = { min = 0, max = 1 }\n" + text
    file = tmp_path / "model.toml"
    file.write_text(HEAD + text)
    return load(ModelFile, file), file


def test_space_with_every_scale(tmp_path: Path) -> None:
    space = build.space(
        *model(
            tmp_path,
            """
[parameters]
a = { min = 0, max = 1, unit = "GeV", latex = "a" }
b = { min = 1e-3, max = 1, scale = "log" }
c = { min = -1e3, max = 1e3, scale = "symlog", threshold = 1 }
d = { mean = 172.5, sigma = 0.5, scale = "normal" }
k = { choices = [1, 2] }
[constants]
mt = 172.5
[derived]
s = "a + mt"
t = "2 * s"
""",
        )
    )
    assert space.names == ("a", "b", "c", "d", "k")
    assert isinstance(space.parameters[4], Choice)
    d = space.parameters[3]
    assert isinstance(d, Parameter)
    assert (d.min, d.max) == (170.0, 175.0)
    assert space.row(np.array([1.0, 1.0, 1.0, 172.0, 2.0]))["t"] == 347.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[parameters]\nx = { min = 2, max = 1 }", "parameters.x: needs finite min < max"),
        ("[parameters]\nx = { min = 2 }", "parameters.x: needs min and max, or choices"),
        ("[parameters]\nx = { choices = [1, 2], min = 3 }", "'min' does not go with 'choices'"),
        ("[parameters]\nx = { min=0, max=1, mean=3 }", "'mean' does not go with scale 'flat'"),
        ("[parameters]\n'tan beta' = { min = 0, max = 1 }", "'tan beta' cannot be used as a name"),
        ("[parameters]\nlambda = { min = 0, max = 1 }", "'lambda' cannot be used as a name"),
        ("[parameters]\nsqrt = { min = 0, max = 1 }", "'sqrt' cannot be used as a name"),
        ("[constants]\nx = 3", "'x' is declared twice"),
        ("[derived]\ny = '2 * z'", "derived.y: unknown name 'z'"),
        ("[derived]\ny = '2 * z'\nz = 'x'", "'z' has to be declared before it"),
        ("[derived]\ny = 'm'\n[observables]\nm = {expr='x'}", "use expr ="),
        ("[derived]\ny = '2 *'", "derived.y: '2 *'"),
    ],
)
def test_mistakes_in_the_space(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build.space(*model(tmp_path, text))
    assert said in str(caught.value)


def test_constraints_of_every_kind(tmp_path: Path) -> None:
    (tmp_path / "limit.csv").write_text("# m, s\n1, 10\n2, 20\n")
    (tmp_path / "limit.dat").write_text("1 10\n2 20\n")
    made = build.constraints(
        *model(
            tmp_path,
            """
[constraints]
chi2_total = { max = 20 }
a = { value = 1, sigma = 0.1, theory = 0.2, within = 3 }
b = { min = 1 }
c = { min = 1, max = 2, theory = 0.1 }
d = { table = "limit.csv", against = "a" }
e = { table = "limit.dat", against = "a", side = "min", theory = 0.1, beyond = "allowed" }
f = { chi2_max = 9 }
""",
        )
    )
    grid = ((1.0, 2.0), (10.0, 20.0))
    assert made[:6] == (
        Gaussian("a", 1, 0.1, 0.2, 3),
        Limit("b", min=1),
        Limit("c", 1, 2, 0.1),
        TableLimit("d", "a", *grid),
        TableLimit("e", "a", *grid, "min", 0.1, beyond="allowed"),
        Chi2("f", 9),
    )
    total = made[6]
    assert isinstance(total, TotalChi2)
    assert [part.name for part in total.smooth] == ["a", "c", "e", "f"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = { table = 'no.csv', against = 'x' }", "constraints.a: "),
        ("a = { table = 'three.csv', against = 'x' }", "it has 3"),
        ("a = { table = 'words.csv', against = 'x' }", "constraints.a: "),
        ("chi2_total = { min = 3 }", "needs max"),
        ("a = { min = 1 }\nchi2_total = { max = 3 }", "has nothing to sum"),
    ],
)
def test_mistakes_in_constraints(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "three.csv").write_text("1,2,3\n")
    (tmp_path / "words.csv").write_text("m,s\n")
    with pytest.raises(ConfigError) as caught:
        build.constraints(*model(tmp_path, "[constraints]\n" + text))
    assert said in str(caught.value)


def test_expressions_are_ordered(tmp_path: Path) -> None:
    made = build.expressions(
        *model(tmp_path, "[observables]\nb = {expr='2*a'}\na = {expr='x+m'}"), ["m"]
    )
    assert list(made) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = {expr='b'}\nb = {expr='a'}", "goes round in a circle"),
        ("a = {expr='y'}", "unknown name 'y'"),
        ("a = {expr='x +'}", "observables.a.expr"),
    ],
)
def test_mistakes_in_expressions(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build.expressions(*model(tmp_path, "[observables]\n" + text), [])
    assert said in str(caught.value)
