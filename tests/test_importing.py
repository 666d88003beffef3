"""Import of earlier scans: what is read, what is left out, and what a scan makes of it."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from mlscanner_hep import Scan
from mlscanner_hep.cli import main
from mlscanner_hep.errors import ConfigError, LedgerError
from mlscanner_hep.filling.sequence import sequence
from mlscanner_hep.importing import Imported, Rows, spectra, tables
from mlscanner_hep.plots.progress import steps, uniform_rate
from mlscanner_hep.plots.results import Results
from mlscanner_hep.points import Status
from mlscanner_hep.record.ledger import FILE, Ledger, Round
from mlscanner_hep.results import export

Model = Callable[..., Path]

REGRESSOR = {'kind = "uniform"': 'kind = "regressor"'}


def ring(n: int, seed: int = 0) -> Rows:
    """Points of the ring model as its code would answer them."""
    x, y = np.random.default_rng(seed).uniform(-0.85, 1, (2, n))
    return Rows({"x": x, "y": y, "r": np.hypot(x, y), "angle": y.copy()}, "ring.csv")


def read(scan: Scan, file: Path, **names: str) -> Rows:
    return tables.read(file, scan.problem, names)


def add(model: Path, rows: Rows, folder: Path | None = None, **options: bool) -> Imported:
    with Scan.load(model, folder) as scan:
        return scan.add(rows, **options)


def record(folder: Path) -> list[tuple[object, ...]]:
    """Points and rounds of a ledger, without times."""
    with Ledger(folder) as ledger:
        points = ledger._db.execute("SELECT * FROM points ORDER BY id").fetchall()
        seconds = [c[1] for c in ledger._db.execute("PRAGMA table_info(points)")].index("seconds")
        rounds = [(r.number, r.proposer, r.predicted, r.achieved) for r in ledger.rounds()]
    return [row[:seconds] + row[seconds + 1 :] for row in points] + rounds


# --- tables

TABLES = {
    "commas": "x,y,r,other\n0.5,-2.5D-01,4.0D-03,1\n1.0,.25,,1\n",
    "quoted": '\ufeff"x", "y", "r"\n"0.5", "-0.25", "4e-3"\n1.0,0.25,NaN\n',
    "semicolons": "x;y;r\n0.5;-0.25;0.4E-2\n1;0.25;****\n",
    "tabs": "x\ty\tr\n0.5\t-0.25\t4.d-3\n1.0\t0.25\t\n",
    "blanks": "  x      y   r\n 5.0E-01  -0.25 0.004\n\n  1 .25   inf\n",
    "comment": "# made by a script\n#x y r\n# two points\n0.5 -0.25 0.004\n1 0.25 nan\n",
    "comment with commas": "# x, y, r\n0.5\t-0.25\t0.004\n1\t0.25\tnan\n",
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_every_layout_is_read_alike(ring_model: Model, tmp_path: Path, text: str) -> None:
    (tmp_path / "table.txt").write_text(text, encoding="utf-8")
    rows = read(Scan.load(ring_model()), tmp_path / "table.txt")
    assert rows.values.keys() == {"x", "y", "r"}
    assert rows.values["x"].tolist() == [0.5, 1.0]
    assert rows.values["y"].tolist() == [-0.25, 0.25]
    assert rows.values["r"][0] == 0.004
    assert np.isnan(rows.values["r"][1])
    assert not rows.left_out.counts


def test_parquet(ring_model: Model, tmp_path: Path) -> None:
    columns = {"TB": [1, None], "y": ["-2.5D-1", "0.5"], "r": [0.5, float("inf")]}
    table = {**columns, "status": ["ok", "failed"], "points": [[1], [2]]}
    pyarrow.parquet.write_table(pyarrow.table(table), tmp_path / "t.dat")
    scan = Scan.load(ring_model())
    rows = read(scan, tmp_path / "t.dat", x="TB")
    assert rows.values["y"].tolist() == [-0.25, 0.5]
    assert rows.values["x"][0] == 1
    assert np.isnan([rows.values["x"][1], rows.values["r"][1]]).all()
    rows = tables.read(tmp_path / "t.dat", scan.problem, {"x": "TB"}, "status")
    assert len(rows) == 1
    assert rows.left_out.counts == {"status is 'failed'": 1}
    (tmp_path / "t.dat").write_bytes((tmp_path / "t.dat").read_bytes()[:-20])
    with pytest.raises(ConfigError, match="damaged Parquet"):
        read(scan, tmp_path / "t.dat", x="TB")


def test_columns_without_names_have_numbers(ring_model: Model, tmp_path: Path) -> None:
    (tmp_path / "t.dat").write_text("9 0.5 0.25 0.6\n")
    rows = read(Scan.load(ring_model()), tmp_path / "t.dat", x="2", y="3", r="4")
    assert {name: column[0] for name, column in rows.values.items()} == {
        "x": 0.5, "y": 0.25, "r": 0.6,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "names", "said"),
    [
        ("X,yy,r\n0,0,0\n", {}, "--map x=COLUMN\n  x: did you mean 'X'?\n  y: did you mean 'yy'?"),
        ("x,y,rr\n0,0,0\n", {}, "none of the observables of the model (r, angle); name one with"),
        ("x,y,r\n0,0,0\n", {"mh": "r"}, "--map mh=r: the model has no parameter, constant or"),
        ("x,y,R\n0,0,0\n", {"r": "RR"}, "has no column 'RR'; did you mean 'R'?"),
        ("x,y,r,r\n0,0,0,0\n", {}, "several columns 'r': choose one by its number"),
        ("# x y r\n\n", {}, "has no rows"),
        ("\0\1\2", {}, "neither text nor Parquet; save it as CSV"),
    ],
)
def test_mistakes_in_a_table_are_told(
    ring_model: Model, tmp_path: Path, text: str, names: dict[str, str], said: str
) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(ConfigError) as caught:
        tables.read(tmp_path / "t.csv", Scan.load(ring_model()).problem, names)
    assert said in str(caught.value)


def test_reading_tells_how_far_it_is(ring_model: Model, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,y,r\n" + "0,0,0\n" * 8000)
    seen: list[float] = []
    tables.read(tmp_path / "t.csv", Scan.load(ring_model()).problem, {}, watch=seen.append)
    assert seen == pytest.approx([0.25, 0.5, 0.75, 1.0], abs=0.01)


# --- what is a point of this model


def test_what_is_left_out_is_counted_with_its_reason(ring_model: Model, tmp_path: Path) -> None:
    more = "k = { choices = [1, 2.5] }\n[constants]\nmt = 172.5\nname = 'a'\n[[chain]]"
    model = ring_model({"[[chain]]": more})
    table = """x,y,k,mt,r,angle,ok
        0.1,0.1,1,172.5,0.5,,ok
        0.1,0.1,1.0,1.72500D2,0.7,0.7,ok
        0.2,0.1,2.5,172.5,0.5,0.1,unphysical
        0.3,0.1,2,172.5,0.5,0.1,ok
        1.5,0.1,1,172.5,0.5,0.1,ok
        -1.001,0.1,1,172.5,0.5,0.1,ok
        *****,0.1,1,172.5,0.5,0.1,ok
        0.4,0.1,1,173.2,0.5,0.1,ok
        0.5,0.1,1,,0.5,0.1,ok
        0.6,0.1,1,172.5,nan,-,OK
        0.7,0.1,1,172.5,0.5,0.1,crashed
        0.8,0.1,1
        -1,1,1,172.5,1.4142135,1,ok
    """
    (tmp_path / "t.csv").write_text(table)
    with Scan.load(model) as scan:
        found = scan.add(tables.read(tmp_path / "t.csv", scan.problem, {}, "ok"))
        points = scan.points
    assert found.left_out.counts == {
        "in the ledger already": 1,
        "k is none of its choices": 1,
        "x is outside of -1 .. 1": 2,
        "no number for x": 1,
        "mt is not 172.5: such a point means something else": 2,
        "no observable; --empty unphysical takes such rows for unphysical points": 1,
        "ok is 'crashed'": 1,
        "not 7 cells": 1,
    }
    assert found.left_out.examples["x is outside of -1 .. 1"] == "line 6"
    assert (found.ok, found.unphysical, found.round) == (2, 1, 0)
    assert found.missing == {"angle": 1}
    assert sorted(points.x[:, 0]) == [-1.0, 0.1, 0.2]
    row = points.x[:, 0] == 0.1
    assert points.y[row, 0] == 0.5
    assert np.isnan(points.y[row, 1]).all()
    assert set(points.origin) == {"import"}
    assert np.isnan(points.predicted).all()


def test_rows_without_observables_may_be_unphysical(ring_model: Model) -> None:
    rows = ring(10)
    for name in ("r", "angle"):
        rows.values[name][:4] = np.nan
    model = ring_model()
    assert add(model, rows, model.parent / "a").ok == 6
    found = add(model, rows, model.parent / "b", empty_unphysical=True)
    assert (found.ok, found.unphysical) == (6, 4)
    with Ledger(model.parent / "b") as ledger:
        ((*fault, _),) = ledger.faults()
        assert fault == ["unphysical", "", "no observable in ring.csv", 4]
        reasons = {reason for _, _, reason, _, _ in ledger.details()}
    assert "imported from ring.csv, row 7" in reasons


def test_a_second_import_changes_nothing(ring_model: Model) -> None:
    model = ring_model()
    first = add(model, ring(30))
    before = record(model.parent / "runs" / "ring")
    second = add(model, ring(30))
    assert (first.points, second.points, second.round) == (30, 0, None)
    assert second.left_out.counts == {Imported.KNOWN: 30}
    assert record(model.parent / "runs" / "ring") == before
    third = add(model, ring(31))
    assert (third.points, third.round) == (31, 1)  # other points


def test_points_of_the_scan_itself_are_known(ring_model: Model) -> None:
    model = ring_model()
    with Scan.load(model) as scan:
        scan.run()
        points = scan.points
        values = {"x": points.x[:, 0], "y": -points.x[:, 1], "r": points.y[:, 0]}
        assert scan.add(Rows({**values, "y": points.x[:, 1]}, "a")).points == 0
        assert scan.add(Rows(values, "b")).points == points.ok.sum()


def test_the_observables_of_the_model_are_computed(ring_model: Model) -> None:
    more = "angle = { from = 'shell' }\nsum = { expr = 'r + x + c' }\ndouble = { expr = '2 * sum' }"
    more += "\nother = { expr = 'angle + 1' }\n[constants]\nc = 1"
    model = ring_model({'angle = { from = "shell" }': more})
    rows = ring(5)
    del rows.values["angle"]  # type: ignore[attr-defined]
    rows.values["r"][0] = np.nan
    rows.values["other"] = np.arange(5.0)  # type: ignore[index]
    with Scan.load(model) as scan:
        assert scan.add(rows).missing == {"r": 1, "angle": 5, "sum": 1, "double": 1}
        points = scan.points
        values = scan.problem.values(points)
    want = 2 * (values["r"] + values["x"] + 1)
    assert np.allclose(values["double"], want, rtol=1e-15, equal_nan=True)
    assert sorted(values["other"]) == [0, 1, 2, 3, 4]  # not to be computed: taken as it is


def test_the_rules_of_an_adapter_hold_for_a_table(fake_model: Model) -> None:
    model = fake_model()
    adapter = model.parent / "fake" / "adapter.toml"
    adapter.write_text(adapter.read_text() + 'values = ["mh > 2.5"]\n')
    x = np.array([0.5, 0.999, 2.6, -1.5])
    rows = Rows({"x": x, "mode": np.zeros(4), "mh": x}, "t")
    found = add(model, rows)
    assert found.left_out.counts == {"implausible: not abs(mh) > 1 or abs(mh) < 0.99": 1}
    with Ledger(model.parent / "runs" / "fake") as ledger:
        assert [fault[:4] for fault in ledger.faults()] == [("unphysical", "", "mh > 2.5, in t", 1)]


def _computing(model: Path) -> None:
    """Let the adapter compute an observable."""
    adapter = model.parent / "fake" / "adapter.toml"
    adapter.write_text(adapter.read_text() + '[computed]\ntwice = { expr = "2 * mh" }\n')


def test_what_an_adapter_computes_is_computed_for_a_table(fake_model: Model) -> None:
    model = fake_model()
    _computing(model)
    mh = np.array([0.5, 2.0])
    with Scan.load(model) as scan:
        scan.add(Rows({"x": mh, "mode": np.zeros(2), "mh": mh}, "t"))
        twice = scan.points.y[:, scan.problem.observables.index("twice")]
    assert twice.tolist() == [1.0, 4.0]


def test_but_not_if_the_model_means_something_else(fake_model: Model) -> None:
    other = "[observables]\nmh = { expr = 'x + 1' }\n[constraints]"
    model = fake_model(replace={"[constraints]": other})
    adapter = model.parent / "fake" / "adapter.toml"
    rules = '["abs(mh) > 1 or abs(mh) < 0.99"]'
    adapter.write_text(adapter.read_text().replace(rules, "[]"))
    _computing(model)
    x = np.array([0.5, 2.0])
    with Scan.load(model) as scan:
        scan.add(Rows({"x": x, "mode": np.zeros(2), "mh": x + 1}, "t"))
        twice = scan.points.y[:, scan.problem.observables.index("twice")]
    assert np.isnan(twice).all()


def test_an_opened_run_gets_a_new_observable(ring_model: Model) -> None:
    model = ring_model()
    add(model, ring(5))
    text = model.read_text()
    model.write_text(text.replace("[constraints]", "more = { from = 'shell' }\n[constraints]"))
    rows = ring(6, seed=1)
    with Scan.open(model.parent / "runs" / "ring") as scan:
        rows.values["more"] = np.arange(6.0)  # type: ignore[index]
        scan.add(rows)
        assert np.nansum(scan.points.y[:, scan.problem.observables.index("more")]) == 15


# --- SLHA


def spectrum(x: object, mass: object = None, mode: int = 0, more: str = "") -> str:
    mass = f"Block MASS\n 25 {x if mass is None else mass} # h\n" if mass != "" else ""
    return f"Block SPINFO\n 1 fake\n{more}Block MINPAR # input\n 1 {x}\n 2 {mode}\n{mass}"


SLHA = {"x": "MINPAR:1", "mode": "minpar:2"}


def read_slha(model: Path, path: Path, names: Mapping[str, str] = SLHA, **more: Any) -> Rows:
    scan = Scan.load(model)
    return spectra.read(path, scan.problem, scan.pipeline, names, **more)


def test_a_folder_of_spectra(fake_model: Model, tmp_path: Path) -> None:
    model, folder = fake_model(), tmp_path / "spectra"
    folder.mkdir()
    files = {
        "a.slha": spectrum("1.5D+00"),
        "b.slha": spectrum(0.5, more=" 4 no convergence\n", mass=""),
        "c.slha": spectrum(0.6, mass="NaN"),
        "d.slha": "Block MASS\n 25 1.25\n",
        "e.slha": "no SLHA at all",
        "f.slha": spectrum(2.0, mode=1),
        "g.slha": spectrum(0.7, mass=0.999),
        "h.out": spectrum(0.8),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    seen: list[float] = []
    found = add(model, read_slha(model, folder, pattern="*.slha", watch=seen.append))
    assert seen[-1] == 1.0
    assert found.left_out.counts == {
        "no finite entry 'MASS 25'": 1,
        "x: no block MINPAR": 1,
        "x: no block MINPAR: the file holds no SLHA block at all": 1,
        "mode is none of its choices": 1,
        "implausible: not abs(mh) > 1 or abs(mh) < 0.99": 1,
    }
    assert found.left_out.examples["x: no block MINPAR"] == "d.slha"
    assert (found.ok, found.unphysical, found.inside) == (1, 1, 1)
    with Ledger(model.parent / "runs" / "fake") as ledger:
        reasons = {reason for _, _, reason, _, _ in ledger.details()}
    assert reasons == {
        "imported from spectra, a.slha",
        "SPINFO 4: no convergence, in spectra",
    }


def test_many_spectra_in_one_file(fake_model: Model, tmp_path: Path) -> None:
    model = fake_model()
    parts = [spectrum(x) for x in (0.5, 1.5, 2.5)]
    (tmp_path / "all.spc").write_text("ENDOFPARAMETERPOINT\n".join(parts) + "ENDOFPARAMETERPOINT\n")
    rows = read_slha(model, tmp_path / "all.spc")
    assert rows.values["mh"].tolist() == [0.5, 1.5, 2.5]
    assert rows.place(1) == "all.spc, spectrum 2"


def test_references_for_observables_and_constants(fake_model: Model, tmp_path: Path) -> None:
    model = fake_model(replace={"[[chain]]": "[constants]\nmt = 172.5\n[[chain]]"})
    more = "Block SMINPUTS\n 6 172.5\nBlock NMIX\n 1 2 0.3\n"
    (tmp_path / "a.spc").write_text(spectrum(1.5) + more)
    names = {**SLHA, "mt": "SMINPUTS:6", "mh": "NMIX:1,2"}
    rows = read_slha(model, tmp_path / "a.spc", names)
    assert {n: v[0] for n, v in rows.values.items()} == {
        "x": 1.5,
        "mode": 0,
        "mt": 172.5,
        "mh": 0.3,
    }
    assert add(model, rows).ok == 1


def test_what_an_adapter_computes_is_computed_for_spectra(
    fake_model: Model, tmp_path: Path
) -> None:
    model = fake_model()
    _computing(model)
    (tmp_path / "a.spc").write_text(spectrum(1.5))
    rows = read_slha(model, tmp_path / "a.spc")
    assert rows.values["twice"] == 2 * rows.values["mh"]


def test_which_output_of_the_chain_has_to_be_said(fake_model: Model, tmp_path: Path) -> None:
    """MASS 25 of one code is not that of another."""
    second = (
        'command = ["{exe}"]\n[outputs."fh.slha"]\nformat = "slha"\nmh2 = { slha = "MASS 25" }\n'
    )
    chain = "[[chain]]\nadapter = 'second'\nexe = './fake.sh'\n[constraints]"
    model = fake_model(replace={"[constraints]": chain})
    (model.parent / "second").mkdir()
    (model.parent / "second" / "adapter.toml").write_text(second)
    (tmp_path / "a.spc").write_text(spectrum(1.5))
    with pytest.raises(ConfigError, match=r"out\.slha, fh\.slha.*--as"):
        read_slha(model, tmp_path / "a.spc")
    assert read_slha(model, tmp_path / "a.spc", output="fh.slha").values.keys() >= {"mh2"}
    rows = read_slha(model, tmp_path / "a.spc", output="out.slha")
    assert rows.values.keys() == {"x", "mode", "mh"}
    with pytest.raises(ConfigError, match=r"did you mean 'out\.slha'"):
        read_slha(model, tmp_path / "a.spc", output="out.slh")


@pytest.mark.parametrize(
    ("names", "pattern", "said"),
    [
        ({"x": "MINPAR:1"}, "*", "--map mode=BLOCK:INDEX"),
        ({**SLHA, "x": "25 -> 5 5"}, "*", "write BLOCK:INDEX, for example MINPAR:3"),
        ({**SLHA, "tb": "MINPAR:3"}, "*", "no parameter, constant or observable 'tb'"),
        (SLHA, "*.nothing", r"no file matches --glob"),
    ],
)
def test_mistakes_with_spectra_are_told(
    fake_model: Model, tmp_path: Path, names: dict[str, str], pattern: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        read_slha(fake_model(), tmp_path, names, pattern=pattern)


# --- what a scan makes of it


def test_imported_points_are_no_calls(ring_model: Model) -> None:
    model = ring_model(REGRESSOR)
    add(model, ring(60))
    with Scan.load(model) as scan:
        seen: list[int] = []
        progress = scan.run(lambda p: seen.append(p.calls))
        points = scan.points
    results = Results.read(scan)
    assert (seen[0], progress.calls, len(points)) == (0, 40, 100)
    assert progress.counts.total() == 40
    assert progress.inside == scan.problem.inside(points).sum()
    assert points.round.tolist() == [0] * 60 + [1] * 10 + [2] * 10 + [3] * 10 + [4] * 10
    assert uniform_rate(results).calls == np.isin(points.origin, ("initial", "audit")).sum()
    assert steps(results, uniform_rate(results))["calls"][-1] == 40


@pytest.mark.parametrize("kind", ["regressor", "classifier"])
def test_with_enough_points_learning_starts_at_once(ring_model: Model, kind: str) -> None:
    model = ring_model({'kind = "uniform"': f'kind = "{kind}"'})
    add(model, ring(200))
    with Scan.load(model) as scan:
        batch = scan.ask(20)
        points = scan.points
    new = points[points.round == batch.round]
    assert "initial" not in new.origin
    radius = np.hypot(*new.x[new.origin == "main"].T)
    assert (abs(radius - 0.7) < 0.15).mean() > 0.8


def test_a_few_points_leave_the_start_as_it_is(ring_model: Model) -> None:
    """Five good points are no start; the sequence is not read off them."""
    model = ring_model({**REGRESSOR, "stop = { calls = 40 }": "stop = { calls = 15 }"})
    angle = np.arange(5.0)
    x, y = 0.7 * np.cos(angle) * 0.9, 0.7 * np.sin(angle)
    add(model, Rows({"x": x, "y": y, "r": np.full(5, 0.7)}, "good"))
    with Scan.load(model) as scan:
        scan.run()
        points = scan.points
        none = np.empty((0, 2))
        want = sequence(scan.problem, none, 15, np.random.default_rng([5, 1]))
    assert points.origin.tolist() == ["import"] * 5 + ["initial"] * 15
    assert points.u[5:] == pytest.approx(want)


def test_uniform_goes_on_with_its_sequence(ring_model: Model) -> None:
    model = ring_model()
    with Scan.load(model) as scan:
        scan.ask(10)
        scan.add(ring(7))
        scan.ask(10)
        points = scan.points
        want = sequence(scan.problem, np.empty((0, 2)), 20, np.random.default_rng([5, 0]))
    assert points.u[points.origin == "initial"] == pytest.approx(want)


def test_an_open_round_is_finished_after_an_import(ring_model: Model) -> None:
    model = ring_model()
    with Scan.load(model) as scan:
        asked = scan.ask(10)
    assert add(model, ring(5)).round == 1
    with Scan.load(model) as scan:
        assert scan.pending().ids == asked.ids
        progress = scan.run()
        points = scan.points
    assert progress.calls == 40
    assert np.unique(points.round).tolist() == [0, 1, 2, 3, 4]
    assert (points.status != Status.PENDING).all()


def test_a_killed_scan_resumes_to_the_same_points(ring_model: Model) -> None:
    model = ring_model({**REGRESSOR, "= 10\n": "= 20\n"})
    folders = [model.parent / "undisturbed", model.parent / "interrupted"]
    for folder in folders:
        add(model, ring(30), folder)
    with Scan.load(model, folders[0]) as scan:
        scan.run()
    with Scan.load(model, folders[1]) as scan:
        batch = scan.ask()
        inputs = batch.inputs[:7]
        scan.tell(batch.ids[:7], [scan.pipeline.one(point) for point in inputs])
    with Scan.load(model, folders[1]) as scan:
        scan.run()
    undisturbed, interrupted = (Scan.load(model, folder).points for folder in folders)
    assert (undisturbed.x == interrupted.x).all()
    assert np.array_equal(undisturbed.y, interrupted.y, equal_nan=True)


def test_an_import_is_written_all_or_nothing(ring_model: Model) -> None:
    model = ring_model()
    add(model, ring(5))
    with Scan.load(model) as scan:
        facts = {"origin": ["import"] * 3, "status": ["ok", "ok", object()]}
        numbers = {"x": np.zeros(3), "y": np.zeros(3)}
        with pytest.raises(LedgerError):
            scan.ledger.append(Round(1, "import", 0.0, None, 0.0, 0.0), facts, numbers)
        assert len(scan.ledger.rounds()) == 1
        assert len(scan.points) == 5


# --- the command


@pytest.fixture
def cli(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    def call(*arguments: object) -> tuple[int, str]:
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.setattr("sys.argv", ["mlscanner-hep", "import", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out + err

    return call


Cli = Callable[..., tuple[int, str]]


def test_the_command(cli: Cli, ring_model: Model, tmp_path: Path) -> None:
    model, table = ring_model(), tmp_path / "scan.csv"
    run = model.parent / "runs" / "ring"
    table.write_text("TB,y,r\n0.5,0.5,0.7\n0.6,0.5,\n0.65,0.5,0.9\n7,7,7\n")
    code, said = cli(model, table, "--map", "x=TB")
    assert code == 0
    assert "2 of 4 points of scan.csv imported as round 0: 2 ok, 0 unphysical; 1 inside." in said
    assert "x is outside of -1 .. 1" in said
    assert "line 5" in said
    assert "In none of them: angle" in said
    assert f"Next: mlscanner-hep run {model}" in said
    code, said = cli(run, table, "--map", "x=TB", "--empty", "unphysical")
    assert "1 of 4 points of scan.csv imported as round 1: 0 ok, 1 unphysical" in said
    code, said = cli(model, table, "--map", "x=TB", "--folder", tmp_path / "other")
    assert (tmp_path / "other" / FILE).is_file()


def test_the_page_names_options_that_exist(cli: Cli) -> None:
    page = (Path(__file__).parent.parent / "docs" / "import.md").read_text(encoding="utf-8")
    code, help_ = cli("--help")
    assert code == 0
    options = set(re.findall(r"--[a-z]+", page))
    assert options >= {"--map", "--empty", "--status", "--glob", "--as"}
    assert options <= set(re.findall(r"--[a-z]+", help_))


def test_an_exported_run_comes_back(cli: Cli, ring_model: Model, tmp_path: Path) -> None:
    model = ring_model()
    with Scan.load(model) as scan:
        scan.run()
        old = scan.points
    for name in ("points.csv", "points.parquet"):
        export.write(export.table(scan), tmp_path / name)
        code, _ = cli(
            model, tmp_path / name, "--status", "status", "--folder", tmp_path / name[:-3]
        )
        assert code == 0
        new = Scan.load(model, tmp_path / name[:-3]).points
        order = [np.flatnonzero((new.x == x).all(axis=1))[0] for x in old.x]
        assert (new.status[order] == old.status).all()
        assert np.array_equal(new.y[order], old.y, equal_nan=True)


def test_the_command_reads_spectra(cli: Cli, fake_model: Model, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "a.spc").write_text(spectrum(1.5))
    options = ("--map", "x=MINPAR:1", "--map", "mode=MINPAR:2")
    for source in (tmp_path / "s", tmp_path / "s" / "a.spc"):
        code, said = cli(fake_model(), source, *options)
        assert code == 0
        assert "in the ledger already" in said or "1 of 1 points" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--map", "x"], "write OURS=THEIRS"),
        (["--map", "x=a", "--map", "x=b"], "'x' is 'a' already"),
        (["--glob", "*"], "--glob *: has no meaning here"),
        (["--status", "state"], "has no column 'state'"),
        ([], "nothing of scan.csv is a new point of this model"),
    ],
)
def test_mistakes_on_the_command_line(
    cli: Cli, ring_model: Model, tmp_path: Path, options: list[str], said: str
) -> None:
    (tmp_path / "scan.csv").write_text("x,y,r\n7,7,7\n")
    code, shown = cli(ring_model(), tmp_path / "scan.csv", *options)
    assert code == 2
    assert said in shown


def test_a_run_folder_has_no_other(cli: Cli, ring_model: Model, tmp_path: Path) -> None:
    model = ring_model()
    add(model, ring(5))
    (tmp_path / "scan.csv").write_text("x,y,r\n0,0,0\n")
    code, said = cli(
        model.parent / "runs" / "ring", tmp_path / "scan.csv", "--folder", tmp_path / "x"
    )
    assert code == 2
    assert "is a run folder itself" in said


@pytest.mark.slow
def test_a_killed_import_leaves_nothing(ring_model: Model, tmp_path: Path) -> None:
    model, table = ring_model(), tmp_path / "big.csv"
    rows = ring(60_000)
    columns = np.stack([rows.values[name] for name in ("x", "y", "r")], axis=1)
    np.savetxt(table, columns, delimiter=",", header="x,y,r")
    command = [sys.executable, "-m", "mlscanner_hep", "import", str(model), str(table)]
    rng = np.random.default_rng(0)
    run = model.parent / "runs" / "ring"
    counts = set()
    for _ in range(4):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not run.exists() and process.poll() is None:
            time.sleep(0.01)
        try:
            process.wait(rng.uniform(0.1, 1.5))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with Scan.load(model) as scan:
            counts.add(len(scan.points) if (run / FILE).is_file() else 0)
    assert counts <= {0, 60_000}
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    assert len(Scan.load(model).points) == 60_000
