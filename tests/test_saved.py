"""Fitted models in a file: what comes back is what was written, and nothing else is let in."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlscanner_hep import proposers, surrogates
from mlscanner_hep.constraints import Limit, TableLimit
from mlscanner_hep.errors import ScannerError
from mlscanner_hep.expressions import Expression
from mlscanner_hep.filling.gauge import violations
from mlscanner_hep.filling.prediction import CHUNK, predict
from mlscanner_hep.filling.region import Measured, Region
from mlscanner_hep.filling.transform import Transform
from mlscanner_hep.points import Points, Status
from mlscanner_hep.problem import Problem
from mlscanner_hep.record import saved
from mlscanner_hep.space import Choice, Parameter, Space
from mlscanner_hep.surrogates.base import State
from mlscanner_hep.tools import npz

SMALL = {
    "dnn": {"nodes": 8, "layers": 2, "epochs": 3, "members": 2},
    "forest": {"trees": 5},
    "boosting": {"iterations": 9},
}
KINDS = sorted(surrogates.KINDS)


# --- surrogates

ELSEWHERE = """
import json, sys
import numpy as np
from threadpoolctl import threadpool_limits
from mlscanner_hep import surrogates
from mlscanner_hep.tools import npz
threadpool_limits(1)
at = np.load(sys.argv[1])
for file in sys.argv[2:]:
    arrays = npz.read(file)
    model = surrogates.from_table(json.loads(str(arrays.pop("table")))).restore(arrays)
    rows = np.arange(0, 60, 7)
    parts = [*model.predict(at), *model.held_out(rows), *model.leave_one_out(), model.mean(at)]
    np.save(file + ".npy", np.concatenate(parts))
print("keras" in sys.modules)
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """What a model of each kind says here, and what its file says in another process."""
    place = tmp_path_factory.mktemp("models")
    rng = np.random.default_rng(0)
    u, at = rng.random((60, 3)), rng.random((40, 3))
    np.save(place / "at.npy", at)
    here, files = {}, []
    for kind in KINDS:
        surrogate = surrogates.make(kind, SMALL.get(kind, {})).variants()[0]
        z = (np.sin(4 * u[:, 0]) + u[:, 1])[:, None]
        model = surrogate.fit(u, z, 2**31 + 5)
        rows = np.arange(0, 60, 7)
        parts = [*model.predict(at), *model.held_out(rows), *model.leave_one_out(), model.mean(at)]
        here[kind] = np.concatenate(parts)
        table = json.dumps(surrogates.to_table(model.state().surrogate))
        files.append(place / kind)
        npz.write(files[-1], {**model.state().arrays, "table": np.array(table)})
    command = [sys.executable, "-c", ELSEWHERE, place / "at.npy", *files]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False", "networks are read without Keras"
    return {kind: (here[kind], np.load(place / f"{kind}.npy")) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_comes_back_in_another_process(
    kind: str, answers: dict[str, tuple[np.ndarray, np.ndarray]]
) -> None:
    here, there = answers[kind]
    assert np.isfinite(here).all()
    if kind in ("gp", "dnn"):
        assert (here == there).all()
    assert there == pytest.approx(here, rel=1e-12, abs=1e-12)


def test_the_table_of_a_surrogate_makes_it() -> None:
    gp = surrogates.make("gp", {"kernel": "rbf", "noise": 0.01})
    table = surrogates.to_table(gp)
    assert table == {
        "kind": "gp", "kernel": "rbf", "noise": 0.01, "max_points": 1200, "tune_points": 250,
    }  # fmt: skip
    assert surrogates.from_table(table) == gp


WRONG: dict[str, Callable[[dict[str, np.ndarray]], object]] = {
    "an array less": lambda a: a.pop("z"),
    "an array more": lambda a: a.update(more=np.ones(1)),
    "text": lambda a: a.update(u=a["u"].astype(str)),
    "complex": lambda a: a.update(u=a["u"] + 1j),
    "fewer rows": lambda a: a.update(u=a["u"][1:]),
    "no rows": lambda a: a.update(u=a["u"][:0], z=a["z"][:0]),
    "another number of axes": lambda a: a.update(z=a["z"].ravel()),
    "NaN in u": lambda a: a["u"].__setitem__((0, 0), np.nan),
    "infinite z": lambda a: a["z"].__setitem__((0, 0), np.inf),
    "outside of the cube": lambda a: a["u"].__setitem__((0, 0), 1.5),
    "too many": lambda a: a.update(u=np.tile(a["u"], (4000, 1)), z=np.tile(a["z"], (4000, 1))),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("kind", KINDS)
def test_wrong_arrays_are_refused(kind: str, wrong: str) -> None:
    surrogate = surrogates.make(kind, SMALL.get(kind, {}))
    rng = np.random.default_rng(1)
    arrays: dict[str, np.ndarray] = {"u": rng.random((30, 2)), "z": rng.random((30, 1))}
    if kind == "gp":
        arrays["hyper"] = np.array([0.5, 0.5, 1.0, 0.1])
    elif kind == "dnn":
        arrays["hyper"] = np.full(4, 10.0)
        sides = [2, 8, 8]
        for i in range(2):
            arrays[f"kernel{i}"] = rng.random((2, sides[i], sides[i + 1]), dtype=np.float32)
            arrays[f"bias{i}"] = np.zeros((2, sides[i + 1]), np.float32)
    else:
        arrays["seed"] = np.array(3)
    assert np.isfinite(surrogate.variants()[0].restore(arrays).predict(arrays["u"])).all()
    WRONG[wrong](arrays)
    with pytest.raises(ValueError, match=r"has|holds"):
        surrogate.variants()[0].restore(arrays)


@pytest.mark.parametrize(
    "hyper", [[0.5, 1.0, 0.1], [0.5, 0.5, 1.0, 0.0], [0.5, 0.5, -1.0, 0.1], [1e-9, 0.5, 1.0, 0.1]]
)
def test_impossible_hyperparameters_are_refused(hyper: list[float]) -> None:
    u = np.random.default_rng(1).random((30, 2))
    with pytest.raises(ValueError, match="hyper has"):
        surrogates.make("gp", {}).restore({"u": u, "z": u[:, :1], "hyper": np.array(hyper)})


# --- regions

SPACE = Space(
    (Parameter("a", 1.0, 100.0, scale="log"), Parameter("b", -1, 1), Choice("c", (-1, 1))),
    derived={"edge": Expression.parse("b * c")},
)
CONSTRAINTS = (
    Limit("m", min=0.2, max=0.8),
    TableLimit("w", "a", (1.0, 100.0), (0.5, 1.5)),
    Limit("edge", min=-0.5),
)
PROBLEM = Problem(SPACE, ("m", "w"), CONSTRAINTS)


def some_points(n: int = 600) -> Points:
    """Points with two smooth observables, some of them unphysical."""
    x = SPACE.from_unit(np.random.default_rng(2).random((n, 3)))
    y = np.stack([np.log10(x[:, 0]) / 2 + 0.2 * x[:, 1] * x[:, 2], 1 + x[:, 1] ** 2], axis=1)
    status = np.where(x[:, 1] > 0.8, Status.UNPHYSICAL, Status.OK).astype(np.int8)
    y[status != Status.OK] = np.nan
    return Points.of(SPACE.to_unit(x), x, y, status=status)


PROPOSERS: dict[str, tuple[str, dict[str, Any]]] = {
    "regressor": ("regressor", {}),
    "classifier": ("classifier", {}),
    "networks": ("regressor", {"model": {"kind": "dnn", **SMALL["dnn"]}}),
}


def learnt(kind: str) -> tuple[Region, saved.Gauge, Points]:
    points = some_points()
    gauge, violation = violations(PROBLEM, points)
    proposer: Any = proposers.make(*PROPOSERS[kind])
    return proposer.learn(PROBLEM, points, gauge, violation, 3), gauge, points


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Region, Path]]:
    place = tmp_path_factory.mktemp("regions")
    made = {}
    for kind in PROPOSERS:
        region, gauge, points = learnt(kind)
        path = place / f"{kind}.npz"
        saved.write(path, region, PROBLEM, gauge, points, "key")
        made[kind] = region, path
    return made


def same(a: Region, b: Region) -> bool:
    u = np.random.default_rng(5).random((50, 3))
    one, other = (predict(region, ["m", "w", "edge"], u) for region in (a, b))
    return one.keys() == other.keys() and all((one[name] == other[name]).all() for name in one)


@pytest.mark.parametrize("kind", PROPOSERS)
def test_a_region_comes_back(kind: str, files: dict[str, tuple[Region, Path]]) -> None:
    region, path = files[kind]
    again = saved.read(path, PROBLEM)
    assert same(again, region)
    u = np.random.default_rng(6).random((50, 3))
    for level in (0.0, 0.7):
        assert (again.log_inside(u, level) == region.log_inside(u, level)).all()
    about = saved.about(path)
    assert (about.fingerprint, about.points, about.rounds) == ("key", 600, 1)
    assert [p["name"] for p in about.parameters] == ["a", "b", "c"]
    with np.load(path, allow_pickle=False) as plain:  # by whoever has numpy
        assert json.loads(str(plain["about"]))["versions"] == saved.versions()


def test_what_a_region_predicts(files: dict[str, tuple[Region, Path]]) -> None:
    u = np.random.default_rng(7).random((CHUNK + 10, 3))
    region = files["regressor"][0]
    table = predict(region, ["m", "w", "edge"], u)
    assert list(table) == ["p_spectrum", "m", "m_sd", "w", "w_sd", "p_inside"]
    x = SPACE.from_unit(u)
    truth = np.log10(x[:, 0]) / 2 + 0.2 * x[:, 1] * x[:, 2]
    off = np.abs(table["m"] - truth)
    assert np.median(off) < 0.01  # measured: 0.00005; the spread of m is 0.3
    assert (off < 3 * table["m_sd"]).mean() > 0.95
    assert (table["p_inside"][x[:, 1] * x[:, 2] < -0.51] == 0).all()
    assert (table["p_spectrum"][x[:, 1] > 0.9] < 0.5).mean() > 0.9
    labels = predict(files["classifier"][0], ["m", "w", "edge"], u)
    assert list(labels) == ["p_spectrum", "p_m_min", "p_m_max", "p_w_max", "p_inside"]
    passes = (labels["p_m_max"] > 0.5) == (truth < 0.8)
    assert passes.mean() > 0.95
    vague = predict(replace(region, complete=False), ["m", "w", "edge"], u[:5])
    assert np.isnan(vague["p_inside"]).all()


@dataclass(frozen=True)
class Steady:
    """A model that says the same everywhere, learnt from values from -2 to 2."""

    mean: float = 0.8
    std: float = 0.5

    def predict(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.full((len(u), 1), self.mean), np.full((len(u), 1), self.std)

    def state(self) -> State:
        return State(surrogates.make("gp", {}), {"z": np.array([[-2.0], [np.nan], [2.0]])})


def test_median_and_width_are_those_on_the_scale_of_the_target() -> None:
    transform = Transform(3.0, 0.1)
    gauge = saved.Gauge(np.array([[2.0, 4.0]]), np.ones(1))
    factor = Measured(Steady(), [transform], gauge, np.array([2.0]), columns=[0])  # type: ignore[arg-type]
    table = predict(Region(SPACE, (factor,)), ["m"], np.full((1, 3), 0.5))
    drawn = transform.inverse(np.random.default_rng(0).normal(0.8, 2 * 0.5, 200_000))
    low, middle, high = np.quantile(drawn, [0.158655, 0.5, 0.841345])
    assert table["m"] == pytest.approx(middle, rel=1e-3)
    assert table["m_sd"] == pytest.approx((high - low) / 2, rel=0.02)
    assert transform(transform.inverse(np.array([-9.0, 0.3]))) == pytest.approx([-9.0, 0.3])


@pytest.mark.parametrize(
    ("mean", "std", "told"),
    [
        (2.5, 0.1, True),  # beyond the values learnt from, but not far: sinh(2.5) = 1.7 sinh(2)
        (3.0, 0.1, False),  # 2.8 sinh(2)
        (-25.0, 0.1, False),
        (0.0, 2.6, True),
        (0.0, 3.0, False),
        (0.0, 1000.0, False),  # both ends are infinite
    ],
)
def test_a_number_that_says_nothing_is_left_out(mean: float, std: float, told: bool) -> None:
    gauge = saved.Gauge(np.array([[2.0, 4.0]]), np.ones(1))
    factor = Measured(Steady(mean, std), [Transform(3.0, 0.1)], gauge, np.ones(1), columns=[0])  # type: ignore[arg-type]
    table = predict(Region(SPACE, (factor,)), ["m"], np.full((1, 3), 0.5))
    assert np.isfinite([*table["m"], *table["m_sd"]]).tolist() == [told, told]
    assert np.isfinite(table["p_inside"]).all()


def test_a_widened_cut_has_no_name() -> None:
    """As long as too few points are inside, the classifier has not learnt the limits."""
    points = some_points(30)
    hard = Problem(SPACE, ("m", "w"), (Limit("m", min=0.5, max=0.501),))
    gauge, violation = violations(hard, points)
    region = proposers.make("classifier", {}).learn(hard, points, gauge, violation, 3)  # type: ignore[attr-defined]
    assert not region.complete
    assert list(predict(region, ["m"], points.u)) == ["p_spectrum", "p_inside"]


def test_other_problems_are_refused(files: dict[str, tuple[Region, Path]]) -> None:
    path = files["regressor"][1]
    narrow = Space(
        (replace(SPACE.parameters[0], max=50.0), *SPACE.parameters[1:]), {}, SPACE.derived
    )
    with pytest.raises(ScannerError, match="for other parameters"):
        saved.read(path, replace(PROBLEM, space=narrow))
    moved = (replace(CONSTRAINTS[0], max=0.6), *CONSTRAINTS[1:])
    for constraints in (moved, CONSTRAINTS[:2]):
        with pytest.raises(ScannerError, match="for other constraints"):
            saved.read(path, replace(PROBLEM, constraints=constraints))


Edit = Callable[[dict[str, Any], dict[str, np.ndarray]], object]
FORGED: dict[str, tuple[Edit, str]] = {
    "version": (lambda d, a: d.update(format=2), "it does not have format 1"),
    "no version": (lambda d, a: d.pop("format"), "it does not have format 1"),
    "unknown key": (lambda d, a: d.update(more=1), "more: Extra inputs are not permitted"),
    "missing key": (lambda d, a: d.pop("complete"), "complete: Field required"),
    "infinite": (lambda d, a: d["factors"][2]["targets"][0].update(centre=float("inf")), "finite"),
    "negative": (lambda d, a: d["factors"][2]["targets"][0].update(width=-1.0), "greater than 0"),
    "kind of factor": (lambda d, a: d["factors"][2].update(factor="magic"), "'magic'"),
    "kind of model": (lambda d, a: d["factors"][2]["model"].update(kind="gpp"), "mean 'gp'"),
    "option": (lambda d, a: d["factors"][2]["model"].update(noise=7.0), "lies outside of"),
    "hidden option": (lambda d, a: d["factors"][2]["model"].update(hyper=1), "no option 'hyper'"),
    "constraint": (lambda d, a: d["factors"][2]["targets"][0].update(constraint=9), "not there"),
    "two targets": (lambda d, a: d["factors"][2]["targets"].append(
        {**d["factors"][2]["targets"][0], "constraint": 1}), "1 targets"),
    "parameters": (lambda d, a: a.update({"2.u": a["2.u"][:, :2], "2.hyper": a["2.hyper"][1:]}),
        "a model of 2 parameters"),
    "array too much": (lambda d, a: a.update({"9.u": a["2.u"]}), "nothing needs the arrays"),
    "array too few": (lambda d, a: a.pop("2.u"), "has the arrays"),
    "object": (lambda d, a: a.update({"2.u": np.array([{}], dtype=object)}), "pickle"),
    "no JSON": (lambda d, a: a.update(about=np.array("{")), "line 1"),
    "a number": (lambda d, a: a.update(about=np.array("7")), "it does not have format 1"),
    "no about": (lambda d, a: a.pop("about"), "about"),
    "huge numbers": (lambda d, a: a["2.z"].__imul__(1e306), "no number"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_forged_files_are_refused(
    name: str, files: dict[str, tuple[Region, Path]], tmp_path: Path
) -> None:
    edit, said = FORGED[name]
    arrays = npz.read(files["regressor"][1])
    about = json.loads(str(arrays["about"]))
    assert [f["factor"] for f in about["factors"]] == ["known", "labelled", "measured", "measured"]
    before = arrays["about"]
    edit(about, arrays)
    if arrays.get("about") is before:
        arrays["about"] = np.array(json.dumps(about))
    path = tmp_path / "forged.npz"
    np.savez(path, **arrays)  # unlike ours it writes objects, too
    with pytest.raises(ScannerError, match="holds no models that can be used") as caught:
        saved.read(path, PROBLEM)
    assert said in str(caught.value)


def test_files_that_are_none(files: dict[str, tuple[Region, Path]], tmp_path: Path) -> None:
    path = tmp_path / "models.npz"
    for data in (b"", b"hello", b"\x93NUMPY", files["regressor"][1].read_bytes()[:-30]):
        path.write_bytes(data)
        with pytest.raises(ScannerError, match="holds no models"):
            saved.about(path)
    with pytest.raises(ScannerError, match="holds no models"):
        saved.about(tmp_path / "absent.npz")
    np.savez_compressed(path, about=np.zeros(10_000))
    with pytest.raises(ScannerError, match="is compressed"):
        saved.about(path)


def test_a_member_longer_than_its_array_is_refused(tmp_path: Path) -> None:
    npz.write(tmp_path / "a.npz", {"a": np.arange(3)})
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        data = archive.read("a.npy")
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        archive.writestr("a.npy", data + b"more")
    assert npz.read(tmp_path / "a.npz")["a"].tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="longer than its array"):
        npz.read(tmp_path / "b.npz")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damaged_files_are_refused_or_harmless(
    data: st.DataObject, files: dict[str, tuple[Region, Path]], tmp_path: Path
) -> None:
    """A checksum guards what is stored; what is left are dates and the like in the zip's lists."""
    region, path = files["regressor"]
    damaged = bytearray(path.read_bytes())
    places = st.integers(0, len(damaged) - 1)
    for place in data.draw(st.lists(places, min_size=1, max_size=3)):
        damaged[place] ^= data.draw(st.integers(1, 255))
    (tmp_path / "damaged.npz").write_bytes(damaged[: data.draw(places) or None])
    if data.draw(st.booleans()):
        (tmp_path / "damaged.npz").write_bytes(damaged)
    try:
        again = saved.read(tmp_path / "damaged.npz", PROBLEM)
    except ScannerError:
        return
    assert same(again, region)


def test_an_interrupted_write_leaves_the_old_file(
    files: dict[str, tuple[Region, Path]], tmp_path: Path
) -> None:
    path = tmp_path / "models.npz"
    npz.write(path, {"a": np.ones(1)})
    with pytest.raises(ValueError, match=r"[Oo]bject arrays"):
        npz.write(path, {"a": np.zeros(1), "b": np.array([{}], dtype=object)})
    assert npz.read(path)["a"] == 1
    assert [p.name for p in tmp_path.iterdir()] == ["models.npz"]
