"""The shipped adapters of Python packages: flavio and SModelS if there, a fake HiggsTools."""

from __future__ import annotations

import importlib.util
import json
import runpy
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlscanner_hep.codes.adapter import Adapter, Handover
from mlscanner_hep.outcome import Answer
from mlscanner_hep.points import Status
from mlscanner_hep.setup import adapters, reference
from mlscanner_hep.setup.config import ChainTable
from mlscanner_hep.setup.tables import load

FIXTURES = Path(__file__).parent / "fixtures"


def needs(package: str) -> pytest.MarkDecorator:
    """Skip where a package is not installed; importing it here would take seconds."""
    missing = importlib.util.find_spec(package) is None
    return pytest.mark.skipif(missing, reason=f"{package} is not installed")


def stage(name: str, folder: Path | None = None, **options: str) -> Adapter:
    """The stage of an adapter, with this interpreter."""
    table = ChainTable(adapter=name, exe=sys.executable, options=options)
    made = adapters.make(folder or adapters.find(name), name, table, {}, (), Path("model.toml"))
    spectrum = {file: Handover("earlier", file) for file in made.inputs}
    return replace(made, inputs=spectrum)


# ---- flavio

# The adapter's script, and flavio asked without it, in one process: an import takes seconds.
BOTH = """
import importlib.util
spec = importlib.util.spec_from_file_location("shipped", {script!r})
shipped = importlib.util.module_from_spec(spec)
spec.loader.exec_module(shipped)

def load(options):
    inner = shipped.load(options)
    import flavio, json, wilson
    def answer(values, folder, wanted):
        given = inner(values, folder, wanted)
        with (folder / options["wcxf"]).open() as file:
            coefficients = shipped.read(wilson.Wilson, file.read())
        for name in wanted:
            words = name.split()
            direct = flavio.np_prediction(words[0], coefficients, *map(float, words[1:]))
            assert given[name] == direct, name
        return given
    return answer
"""


@needs("flavio")
def test_flavio(tmp_path: Path) -> None:
    """One start, for it takes seconds: good points, missing files, names it does not know."""
    shipped = adapters.find("flavio")
    folder = tmp_path / "flavio"
    folder.mkdir()
    text = (shipped / "adapter.toml").read_text()
    bins = 'bin = { ask = "<dBR/dq2>(B0->K*mumu) 1.1 6" }\n'
    (folder / "adapter.toml").write_text(text.replace("br_bsmumu ", bins + "br_bsmumu ", 1))
    (folder / "answers.py").write_text(BOTH.format(script=str(shipped / "answers.py")))
    flavio = stage("flavio", folder, wcxf="WC.json")
    file = shipped / "reference" / "made-up.toml"
    point = load(reference.PointFile, file)
    expected = point.expected
    assert expected is not None

    def ask(coefficients: dict[str, Any] | None) -> Answer:
        (tmp_path / "WC.json").unlink(missing_ok=True)
        if coefficients is not None:
            (tmp_path / "WC.json").write_text(json.dumps(coefficients))
        return flavio.run(tmp_path, {})

    made_up = json.loads((file.parent / "WC.json").read_text())
    answer = ask(made_up)
    assert answer.status == Status.OK, answer.reason + answer.log_tail()
    assert 1e-8 < answer.values["bin"] < 1e-7
    # flavio's own inputs change from version to version, by per mille to per cent
    numbers = {name: answer.values[name] for name in expected.observables}
    assert numbers == pytest.approx(dict(expected.observables), rel=0.05)
    small = {"EVLL_2322": {"Re": 1e-12, "Im": 0.0}}
    standard = ask({**made_up, "values": small}).values
    assert numbers["br_bsmumu"] > 1.5 * standard["br_bsmumu"] > 0
    none = ask(None)
    assert (none.status, none.values) == (Status.FAILED, {}), "never the Standard Model instead"
    assert "no earlier stage has left 'WC.json'" in none.reason
    typo = ask({**made_up, "values": {"EVLL_9322": {"Re": 1.0, "Im": 0.0}}})
    assert typo.status == Status.FAILED
    assert "EVLL_9322" in typo.reason
    undefined = ask({**made_up, "values": {"EVLL_2322": {"Re": float("nan"), "Im": 0.0}}})
    assert "br_bsmumu" not in undefined.values

    (tmp_path / "WC.json").write_text((FIXTURES / "slha" / "spheno-cmssm.spc").read_text())
    mssm = flavio.run(tmp_path, {})
    assert mssm.status == Status.OK, mssm.reason + mssm.log_tail()
    light = (FIXTURES / "slha" / "spheno-cmssm.spc").read_text().replace("-1.87767903E-01", "-0.15")
    (tmp_path / "WC.json").write_text(light)
    assert 0.6 < flavio.run(tmp_path, {}).values["br_bsgamma"] / mssm.values["br_bsgamma"] < 0.9
    (tmp_path / "WC.json").write_text((FIXTURES / "slha" / "softsusy-cmssm.spc").read_text())
    assert "not one block FWCOEF" in flavio.run(tmp_path, {}).reason


def test_flha() -> None:
    """New physics in SPheno's FWCOEF; SARAH's, of another form, is not taken for none."""
    script = adapters.find("flavio") / "answers.py"
    flha = runpy.run_path(str(script))["flha"]
    scale, values = flha((FIXTURES / "slha" / "spheno-cmssm.spc").read_text())
    assert scale == 160
    assert values["C7_bs"] == pytest.approx(1.163333e-3 + 5.644852e-6j)
    assert values["C10p_bsmumu"] == pytest.approx(5.04549777e-6 - 1.19387938e-6j)
    assert len(values) == 12
    with pytest.raises(ValueError, match="FWCOEF"):
        flha((FIXTURES / "slha" / "sarah-spheno-thdm.spc").read_text())
    new = "Block FWCOEF Q= 80.\n 0305 4422 00 0 -0.2\n 0305 4422 00 1 0.01\n 0305 4422 00 2 -0.19\n"
    assert flha(new) == (80, {"C7_bs": 0.01})


# ---- SModelS


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The made-up data base; a copy, for SModelS writes into it."""
    return Path(shutil.copytree(FIXTURES / "smodels" / "database", tmp_path / "database"))


RUN = "import sys; from smodels.tools.runSModelS import main; main()"
PARAMETERS = """
[database]
path = {database}
analyses = all
txnames = all
dataselector = all
[options]
checkInput = True
doInvisible = True
doCompress = True
computeStatistics = False
testCoverage = False
[particles]
model = share.models.mssm
promptWidth = 1e-11
stableWidth = 1e-25
[parameters]
sigmacut = 0.005
minmassgap = 5
maxcond = 0.2
ncpus = 1
[printer]
outputType = python
"""


@needs("smodels")
def test_smodels(tmp_path: Path, database: Path) -> None:
    """One start and one run of its own program; they agree, and what is not tested is missing."""
    gluino = (FIXTURES / "smodels" / "gluino.slha").read_text()
    parameters = tmp_path / "parameters.ini"
    parameters.write_text(PARAMETERS.format(database=database))
    (tmp_path / "gluino.slha").write_text(gluino)
    command = [sys.executable, "-c", RUN, "-f", "gluino.slha", "-p", str(parameters), "-o", "out"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    direct: dict[str, Any] = {}
    exec((tmp_path / "out" / "gluino.slha.py").read_text(), direct)
    (result,) = direct["smodelsOutput"]["ExptRes"]

    smodels = stage("smodels", database=str(database), parameters=str(parameters))

    def ask(text: str) -> Answer:
        (tmp_path / "spectrum.slha").write_text(text)
        return smodels.run(tmp_path, {})

    excluded = ask(gluino)
    assert excluded.status == Status.OK, excluded.reason + excluded.log_tail()
    numbers = {"r_max": result["r"], "excluded": 1, "allowed": 0, "n_results": 1}
    assert excluded.values == numbers
    assert result["r"] > 1
    allowed = ask(gluino.replace("5.0E-02", "5.0E-03"))
    assert allowed.values["r_max"] == pytest.approx(result["r"] / 10)
    assert (allowed.values["excluded"], allowed.values["allowed"]) == (0, 1)
    for text, why in (
        (gluino.replace("5.0E-02", "1.0E-06"), "below the cut on the cross section"),
        (gluino.replace("1.20000000E+03", "4.2E+03"), "no result in the data base applies"),
    ):
        answer = ask(text)
        assert (answer.status, answer.values) == (Status.OK, {"allowed": 1, "n_results": 0})
        assert answer.missing.keys() == {"r_max", "excluded"}
        assert why in answer.missing["r_max"]
    for text, why in (
        (gluino.partition("XSECTION")[0], "No cross-sections found in spectrum.slha"),
        ("no spectrum", "Could not read input SLHA file"),
    ):
        answer = ask(text)
        assert (answer.status, answer.values) == (Status.FAILED, {})
        assert why in answer.reason


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"database": "data"}, "the option database = 'data' needs the full path"),
        ({"database": "/none"}, "the option database: there is no '/none'"),
    ],
)
def test_smodels_without_a_data_base(tmp_path: Path, options: dict[str, str], why: str) -> None:
    (tmp_path / "spectrum.slha").write_text("Block MASS\n")
    answer = stage("smodels", **options).run(tmp_path, {})
    assert answer.status == Status.FAILED
    assert answer.reason.startswith("the service did not start: ")
    assert why in answer.reason


# ---- HiggsTools: a fake with the names and signatures of its documentation

FAKE = {
    "__init__": "",
    "bounds": """
class Limit:
    def __init__(self, ratio): self._ratio = ratio
    def obsRatio(self): return self._ratio
class Result:
    def __init__(self, ratios):
        self.selectedLimits = {id: Limit(ratio) for id, ratio in ratios.items()}
        self.allowed = all(ratio < 1 for ratio in ratios.values())
class Bounds:
    def __init__(self, path): self.scale = float(open(path + "/scale").read())
    def __call__(self, predictions):
        return Result({id: self.scale * mass for id, mass in predictions.masses.items()})
""",
    "signals": """
class Signals:
    def __init__(self, path): pass
    def __call__(self, predictions): return 10.5
    def observableCount(self): return 131
""",
    "tools/__init__": "",
    "tools/Input": """
class Predictions: pass
def readHB5SLHA(path, neutralIds, chargedIds):
    assert all(isinstance(id, int) for id in [*neutralIds, *chargedIds])
    rows = [line.split() for line in open(path) if line.startswith(" ")]
    known = {int(row[0]): float(row[1]) for row in rows}
    return {str(id): known[id] for id in [*neutralIds, *chargedIds]}
def predictionsFromDict(data, neutralIds, chargedIds, doublyChargedIds):
    predictions = Predictions()
    predictions.masses = {id: data[id] for id in [*neutralIds, *chargedIds] if data[id] > 0}
    return predictions
""",
}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install the fake package; the folder of its data set."""
    for name, text in FAKE.items():
        file = tmp_path / "packages" / "Higgs" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "packages"))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "scale").write_text("0.001")
    return tmp_path / "data"


def spectrum(folder: Path, **masses: float) -> None:
    rows = (f" {name[1:]} {mass} # mass\n" for name, mass in masses.items())
    (folder / "spectrum.slha").write_text("Block MASS\n" + "".join(rows))


def test_higgstools(tmp_path: Path, data: Path) -> None:
    higgstools = stage("higgstools", hb_data=str(data), hs_data=str(data))
    spectrum(tmp_path, h25=125.0, h35=400.0, h36=410.0, h37=420.0)
    answer = higgstools.run(tmp_path, {})
    assert answer.status == Status.OK, answer.reason + answer.log_tail()
    assert answer.values == {"hb_result": 1, "hb_obsratio": 0.42, "hs_chi2": 10.5, "hs_nobs": 131}
    spectrum(tmp_path, h25=125.0, h35=400.0, h36=1410.0, h37=420.0)
    assert higgstools.run(tmp_path, {}).values["hb_result"] == 0
    spectrum(tmp_path, h25=0.0, h35=0.0, h36=0.0, h37=0.0)
    assert higgstools.run(tmp_path, {}).missing == {"hb_obsratio": "no limit was selected"}
    spectrum(tmp_path, h25=125.0)
    answer = higgstools.run(tmp_path, {})
    assert (answer.status, answer.reason) == (Status.FAILED, "KeyError: 35")


def test_higgstools_with_one_data_set(tmp_path: Path, data: Path) -> None:
    spectrum(tmp_path, h25=125.0)
    answer = stage("higgstools", hb_data=str(data), neutral="25", charged="").run(tmp_path, {})
    assert answer.values == {"hb_result": 1, "hb_obsratio": 0.125}
    assert set(answer.missing.values()) == {"the option hs_data is not set"}


@pytest.mark.parametrize("name", ["flavio", "smodels", "higgstools"])
def test_a_package_that_is_not_there(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason says what to install, and for which interpreter."""
    packages = {"flavio": "flavio", "smodels": "smodels", "higgstools": "Higgs"}
    hidden = tmp_path / f"{packages[name]}.py"
    hidden.write_text(f"raise ModuleNotFoundError(\"No module named '{packages[name]}'\")\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "spectrum.slha").write_text("Block MASS\n")
    options = {"flavio": {"wcxf": "WC"}, "smodels": {"database": "official"}}.get(name, {})
    answer = stage(name, **options).run(tmp_path, {})
    assert answer.status == Status.FAILED
    assert f"No module named '{packages[name]}'" in answer.reason
    assert f"{sys.executable} -m pip install " in answer.reason
