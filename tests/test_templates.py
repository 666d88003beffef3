"""What every adapter that is shipped has to keep, and what their names mean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mlscanner_hep import slha
from mlscanner_hep.codes.adapter import Adapter
from mlscanner_hep.codes.service_stage import ServiceStage
from mlscanner_hep.codes.template import Template
from mlscanner_hep.observables import Computed, Observable
from mlscanner_hep.setup import adapters
from mlscanner_hep.setup.adapter_file import AdapterFile
from mlscanner_hep.setup.config import ChainTable
from mlscanner_hep.setup.tables import load

TEMPLATES = Path(__file__).parent.parent / "templates"
FOLDERS = sorted(file.parent for file in TEMPLATES.glob("*/adapter.toml"))

MSSM = ("softsusy", "spheno", "flexiblesusy-cmssm")
"""Generators that make the same names; they take what is missing from their input for 0."""

SARAH = ("spheno", "spheno-thdm", "spheno-sarah")
"""Codes that lose the line after one without a comment."""

PDG = {
    "mh": 25, "mH": 35, "mA": 36, "mHp": 37, "m_gluino": 1000021,
    "m_neut1": 1000022, "m_neut2": 1000023, "m_neut3": 1000025, "m_neut4": 1000035,
    "m_char1": 1000024, "m_char2": 1000037,
    "m_stop1": 1000006, "m_stop2": 2000006, "m_sbot1": 1000005, "m_sbot2": 2000005,
    "m_stau1": 1000015, "m_stau2": 2000015, "m_snutau": 1000016,
    "m_selL": 1000011, "m_selR": 2000011, "m_smuL": 1000013, "m_smuR": 2000013,
    "m_snue": 1000012, "m_snumu": 1000014,
    "m_suL": 1000002, "m_suR": 2000002, "m_sdL": 1000001, "m_sdR": 2000001,
}  # fmt: skip
"""PDG codes where they say what a particle consists of (SLHA1, hep-ph/0311123)."""

CONTENT = {
    "m_stop1": "USQMIX 3 6: 1", "m_stop2": "USQMIX 3 6: 2",
    "m_sbot1": "DSQMIX 3 6: 1", "m_sbot2": "DSQMIX 3 6: 2",
    "m_stau1": "SELMIX 3 6: 1", "m_stau2": "SELMIX 3 6: 2", "m_snutau": "SNUMIX 3: 1",
    "m_selL": "SELMIX 1: 1", "m_selR": "SELMIX 4: 1",
    "m_smuL": "SELMIX 2: 1", "m_smuR": "SELMIX 5: 1",
    "m_snue": "SNUMIX 1: 1", "m_snumu": "SNUMIX 2: 1",
    "m_suL": "USQMIX 1: 1", "m_suR": "USQMIX 4: 1",
    "m_sdL": "DSQMIX 1: 1", "m_sdR": "DSQMIX 4: 1",
}  # fmt: skip
"""The same in spectra that order sfermions by mass (SLHA2, arXiv:0801.0045)."""

SIGNED = ("m_neut1", "m_neut2", "m_neut3", "m_neut4")
ANY = "Any"
"""What is set for options without a default."""

every = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def made(folder: Path, **options: str) -> Adapter:
    """The adapter with a word for each option that has no default."""
    declared = load(AdapterFile, folder / "adapter.toml").options
    needed = {name: ANY for name, option in declared.items() if option.default is None}
    table = ChainTable(
        adapter=folder.name,
        exe="code",
        options=needed | options,
        inputs=own_inputs(folder) if needed else {},
    )
    return adapters.make(folder, folder.name, table, {}, (), TEMPLATES / "model.toml")


def own_inputs(folder: Path) -> dict[str, str]:
    """For adapters whose template the user writes, a template of the project."""
    inputs = load(AdapterFile, folder / "adapter.toml").inputs
    return {
        file.replace("{model}", ANY): "softsusy/cmssm.in.j2"
        for file, origin in inputs.items()
        if isinstance(origin, str) and origin.startswith("{")
    }


def test_there_are_adapters() -> None:
    assert len(FOLDERS) > 5


@every
def test_an_adapter_loads_and_says_what_it_is(folder: Path) -> None:
    adapter = load(AdapterFile, folder / "adapter.toml")
    assert adapter.description
    assert adapter.kind, "groups the list of adapters"
    assert adapter.outputs
    assert made(folder).name == folder.name


@every
def test_a_readme_names_version_and_citations(folder: Path) -> None:
    adapter = load(AdapterFile, folder / "adapter.toml")
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert adapter.version_tested or "Not run against the real code" in text
    versions = re.findall(r"\d[\w.]*", adapter.version_tested)
    assert [version for version in versions if version not in text] == []
    papers = [paper.removeprefix("arXiv:") for paper in adapter.cite]
    assert [paper for paper in papers if paper not in text] == []


@every
def test_templates_are_templates(folder: Path) -> None:
    for file in folder.glob("*.j2"):
        Template(file.read_text(encoding="utf-8"), str(file)).uses()


@every
def test_each_choice_of_a_template_is_there_and_told(folder: Path) -> None:
    adapter = load(AdapterFile, folder / "adapter.toml")
    option = adapter.options.get("model")
    chosen = [o for o in adapter.inputs.values() if isinstance(o, str) and "{model}" in o]
    if option is None or option.default is None or not chosen:
        pytest.skip("no choice of templates, or they are the user's")
    (pattern,) = chosen
    there = {file.name for file in folder.glob("*.j2")} - {*adapter.inputs.values()}
    told = {pattern.replace("{model}", word) for word in re.findall(r"\w+", option.doc)}
    assert there - told == set()
    for file in there:
        assert made(folder, model=file.removesuffix(pattern.removeprefix("{model}"))).inputs


@pytest.mark.parametrize(
    "file",
    [file for name in SARAH for file in sorted((TEMPLATES / name).glob("*.j2"))],
    ids=lambda file: f"{file.parent.name}/{file.name}",
)
def test_each_line_for_spheno_has_a_comment(file: Path) -> None:
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.lstrip().startswith(("#", "{%")) and line[0].isspace():
            data, _, comment = line.partition("#")
            assert data.strip(), line
            assert comment.strip(), line


@every
def test_success_is_more_than_an_exit_code(folder: Path) -> None:
    adapter = made(folder)
    rules = adapter.success
    assert isinstance(adapter, ServiceStage) or rules.require or rules.plausible or rules.fatal


@pytest.mark.parametrize("name", MSSM)
def test_missing_input_is_told_where_the_code_is_silent(name: str) -> None:
    assert made(TEMPLATES / name).complete


def units() -> dict[str, dict[str, str]]:
    """The unit of each observable in each adapter."""
    result: dict[str, dict[str, str]] = {}
    for folder in FOLDERS:
        for observable in made(folder).makes:
            result.setdefault(observable.name, {})[folder.name] = observable.unit
    return result


def test_a_name_has_one_unit() -> None:
    assert {name: by for name, by in units().items() if len({*by.values()}) > 1} == {}


def test_masses_are_in_gev() -> None:
    assert {
        name: by for name, by in units().items() if name in PDG and {*by.values()} != {"GeV"}
    } == {}


def observables(folder: Path) -> dict[str, Observable]:
    """What it reads, by name."""
    return {o.name: o for o in made(folder).makes if isinstance(o, Observable)}


@every
def test_a_name_is_one_particle(folder: Path) -> None:
    for name, observable in observables(folder).items():
        source = observable.source
        if isinstance(source, slha.Sfermion):
            assert source == slha.sfermion_query(CONTENT[name]), name
        elif isinstance(source, slha.Query) and name in PDG:
            assert source == slha.entry_query(f"MASS {PDG[name]}"), name


@every
def test_the_sign_of_a_majorana_mass_is_dropped(folder: Path) -> None:
    found = observables(folder)
    assert [name for name in SIGNED if name in found and not found[name].absolute] == []


@pytest.mark.parametrize("name", MSSM)
def test_generators_of_the_mssm_make_the_same_names(name: str) -> None:
    found = {o.name: o for o in made(TEMPLATES / name).makes}
    assert found.keys() >= PDG.keys() | {"lsp_gap", "stau_gap"}
    gap = found["lsp_gap"]
    assert isinstance(gap, Computed)
    others = {n for n in PDG if n.startswith("m_") and not n.startswith(("m_neut", "m_char2"))}
    heavier = {"m_stop2", "m_sbot2", "m_stau2"}
    assert gap.expression.names == (others - heavier) | {"m_neut1"}
