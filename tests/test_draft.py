"""Drafts of adapters: from real spectra, and from input files as people have them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from mlscanner_hep import slha
from mlscanner_hep.codes.template import Template
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.observables import read
from mlscanner_hep.setup import adapters, draft
from mlscanner_hep.setup.adapter_file import AdapterFile
from mlscanner_hep.setup.config import ChainTable
from mlscanner_hep.setup.draft import inputs
from mlscanner_hep.setup.draft.spectrum import observables
from mlscanner_hep.setup.draft.symbols import distinct, symbol
from mlscanner_hep.setup.tables import load

FIXTURES = Path(__file__).parent / "fixtures" / "slha"
SPECTRA = ["spheno-cmssm.spc", "sarah-spheno-thdm.spc", "softsusy-cmssm.spc", "2hdmc.lha"]

# As SARAH writes them: nothing indented; and as people change them: comments lost, D exponents.
INPUT = """Block MODSEL      #
1 1               #  1/0: High/low scale input
Block SMINPUTS    # Standard Model inputs
2 1.166370E-05    # G_F,Fermi constant
6 1.735D+02
Block MINPAR      # Input parameters
1   1.00000E-01   # Lambda1Input
2   2.0d-01       # Lambda2Input
3   0.3
9   -1.85E+05     # M12input
10  1.0000000E+01 # TanBeta
Block EXTPAR
25  10            # tan(beta)
26  300           # the mass of A
Block YXIN        # {{ not ours }} {% nor this
1 1   0.000000E+00         # YX(1,1)
1 2   1.5E-3               # YX(1,2)
Block SPhenoInput   # SPheno specific input
  1 -1              # error level
 11 1
 12 1.000E-04       # {# no comment of Jinja2
"""


def numbers(data: bytes) -> dict[str, float]:
    return {str(entry.query): entry.value for entry in slha.entries(data)}


@pytest.mark.parametrize("name", SPECTRA)
def test_every_entry_is_read_by_its_query(name: str) -> None:
    data = (FIXTURES / name).read_bytes()
    document = slha.parse(data)
    entries = slha.entries(data)
    assert len({entry.query for entry in entries}) == len(entries) > 100
    for query, value, _ in entries:
        assert document.read(query) == (value, "")
    rows = re.findall(
        r"^\s+(\d+)\s+\S+\s+#", data.decode().split("MASS")[1].split("Block")[0], re.M
    )
    assert {str(query.index[0]) for query, *_ in entries if query.block == "MASS"} >= {*rows}


def test_entries_of_unusual_shape() -> None:
    data = b"""Block ALPHA
 -0.1 # mixing
Block gauge Q= 1.0E+16
 1 0.7 # high
Block gauge Q= 1.0E+03
 1 0.5 # low
Block HiggsBoundsInputHiggsCouplingsFermions
 0.9 0.1 3 25 5 5 # hbb
Block HiggsLHC8
 1 35 5.7 # ggF
Block X
 1 NaN
 word
DECAY 25 4.1D-03
 1.0 2 5 -5
"""
    assert [(str(e.query), e.value, e.comment) for e in slha.entries(data)] == [
        ("ALPHA", -0.1, "mixing"),
        ("GAUGE 1 @ last", 0.5, "low"),
        ("HIGGSBOUNDSINPUTHIGGSCOUPLINGSFERMIONS 25 5 5 column 1", 0.9, "hbb"),
        ("HIGGSBOUNDSINPUTHIGGSCOUPLINGSFERMIONS 25 5 5 column 2", 0.1, "hbb"),
        ("HIGGSLHC8 1 35", 5.7, "ggF"),
        ("DECAY 25", 4.1e-3, ""),
        ("DECAY 25 -> -5 5", 1.0, ""),
    ]


@pytest.mark.parametrize(
    ("comment", "name"),
    [
        ("Lambda1Input", "lambda1"),
        ("M12input", "M12"),
        ("MS2IN", "MS2"),
        ("TanBeta", "tanb"),
        ("tan(beta) at MZ", "tanb"),
        ("sign(mu)", "sgnmu"),
        ("SignumMu", "sgnmu"),
        ("m1/2 [GeV]", "m12"),
        ("Azero", "a0"),
        ("M_1(MX)", "M_1"),
        ("YX(1,2)", "YX_1_2"),
        ("Re[YX(1,2)]", "YX_1_2"),
        ("the mass of A", ""),
        ("Mass of the scalar", ""),
        ("sin", ""),
        ("Lambda", "Lambda"),
        ("files", ""),
        ("{{ x }}", ""),
        ("m\u00e9", ""),
        ("", ""),
    ],
)
def test_names_from_comments(comment: str, name: str) -> None:
    assert symbol(comment) == name


def test_a_block_of_the_name_of_decays_has_no_entries() -> None:
    masses = b"Block MASS\n 25 125.0\n"
    assert slha.entries(b"Block DECAY\n 1 2.0\n" + masses) == slha.entries(masses) != []


def test_no_two_entries_have_the_same_name() -> None:
    wishes = [
        ("mu", "MINPAR", ["1"]),
        ("tanb", "MINPAR", ["3"]),
        ("tanb", "EXTPAR", ["25"]),
        ("", "XIN", ["1", "-2"]),
        ("", "XIN", ["1", "-2"]),
        ("extpar_25", "YIN", ["1"]),
    ]
    assert distinct(wishes) == [
        "mu", "minpar_3", "extpar_25_2", "xin_1__2", "xin_1__2_2", "extpar_25",
    ]  # fmt: skip


def test_the_template_gives_the_input_again() -> None:
    text, parameters = inputs.template(INPUT)
    values = {parameter.name: parameter.value for parameter in parameters}
    assert values == {
        "lambda1": 0.1, "lambda2": 0.2, "minpar_3": 0.3, "M12": -1.85e5, "minpar_10": 10.0,
        "extpar_25": 10.0, "extpar_26": 300.0, "YX_1_1": 0.0, "YX_1_2": 1.5e-3,
    }  # fmt: skip
    rendered = Template(text, "draft").render(values)
    assert numbers(rendered.encode()) == numbers(INPUT.encode())
    assert Template(text, "draft").uses().keys() == values.keys(), "the others have defaults"
    assert "{{ mtop | default(173.5) }}" in text
    changed = Template(text, "draft").render(values | {"lambda2": 0.25, "mtop": 170.0})
    assert numbers(changed.encode()) == numbers(rendered.encode()) | {
        "MINPAR 2": 0.25,
        "SMINPUTS 6": 170.0,
    }


def test_every_data_line_of_the_template_ends_with_a_comment() -> None:
    text, _ = inputs.template(INPUT)
    data = [line for line in text.splitlines() if line and not line.lower().startswith("block")]
    assert len(data) == 15
    for line in data:
        assert re.search(r"\s# \S+", line), line


@pytest.mark.parametrize("name", SPECTRA)
def test_names_of_observables_are_their_own(name: str) -> None:
    offered = observables(slha.entries((FIXTURES / name).read_bytes()), {"mA", "nmix_1_1"})
    names = [observable.name for observable in offered]
    assert len(set(names)) == len(names)
    assert not {"mA", "nmix_1_1"} & set(names)
    assert all(name.isidentifier() for name in names)


def test_sfermions_ordered_by_mass_are_found_by_content() -> None:
    data = (
        "Block MASS\n 1000011 200 # Se_1\n 2000015 300 # Se_6\nBlock SELMIX\n 1 3 1.0 # ZE(1,3)\n"
    )
    tables = {o.name: o.table for o in observables(slha.entries(data.encode()), set())}
    assert tables["m_sl1"]["slha"] == "MASS 1000011"
    assert tables["m_stau1"]["sfermion"] == "SELMIX 3 6: 1"
    plain = data.replace("SELMIX", "STAUMIX").encode()
    tables = {o.name: o.table for o in observables(slha.entries(plain), set())}
    assert tables["m_selL"]["slha"] == "MASS 1000011"
    assert "m_stau1" not in tables


def test_a_file_without_a_spectrum_offers_all_that_it_has() -> None:
    data = b"Block DARKMATTER\n 1 0.12 # Omega h^2\n 201 1e-10 # sigma_SI proton\n"
    assert [(o.name, o.chosen) for o in observables(slha.entries(data), set())] == [
        ("darkmatter_1", True),
        ("darkmatter_201", True),
    ]


def drafted(tmp_path: Path, spectrum: str = "spheno-cmssm.spc") -> Path:
    draft.write(tmp_path / "code", FIXTURES / "spheno-cmssm.in", FIXTURES / spectrum)
    return tmp_path / "code"


@pytest.mark.parametrize("spectrum", SPECTRA)
def test_a_draft_is_an_adapter_also_with_everything_in_it(tmp_path: Path, spectrum: str) -> None:
    file = drafted(tmp_path, spectrum) / "adapter.toml"
    few = load(AdapterFile, file)
    text = file.read_text()
    more = re.sub(r"^# (\w+ = \{)", r"\1", text, flags=re.MULTILINE)
    file.write_text(more)
    table = ChainTable(adapter="code", exe="/bin/true")
    adapter = adapters.make(file.parent, "code", table, {}, set(), file)
    assert len(few.outputs[spectrum].observables) < len(adapter.observables)
    (output,) = adapter.outputs
    data = (FIXTURES / spectrum).read_bytes()
    readings = read(output.format, data, output.observables)
    assert not {name: r.reason for name, r in readings.items() if r.reason}


def test_what_a_draft_says(tmp_path: Path) -> None:
    folder = drafted(tmp_path)
    adapter = load(AdapterFile, folder / "adapter.toml")
    assert adapter.description == "SPheno"
    assert adapter.version_tested == "v4.0.5"
    assert adapter.complete["spheno-cmssm.in"] == tuple(f"MINPAR {i}" for i in range(1, 6))
    assert adapter.success.require == ("spheno-cmssm.spc: MASS 25",)
    assert adapter.success.plausible == ("10 < mh < 1000",)
    assert adapter.unphysical.slha == ("SPINFO 4",)
    point = tomllib.loads((folder / "reference" / "first.toml").read_text())
    assert point["values"] == {
        "m0": 900, "m12": 1100, "tanb": 15, "sgnmu": 1, "a0": -2200,
    }  # fmt: skip
    assert point["expected"]["observables"]["m_neut3"] == 1701.09102
    assert point["expected"]["code"] == "SPheno v4.0.5"


def test_what_cannot_be_drafted(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("mass 125\n")
    with pytest.raises(ConfigError, match="text: holds no SLHA block: such a template"):
        draft.write(tmp_path / "x", tmp_path / "text", FIXTURES / SPECTRA[0])
    with pytest.raises(ConfigError, match="text: holds no number in an SLHA block"):
        draft.write(tmp_path / "x", FIXTURES / "spheno-cmssm.in", tmp_path / "text")
    with pytest.raises(ConfigError, match="No such file"):
        draft.write(tmp_path / "x", tmp_path / "gone", FIXTURES / SPECTRA[0])
    assert not (tmp_path / "x").exists()
    folder = drafted(tmp_path)
    with pytest.raises(ConfigError, match="not empty"):
        draft.write(folder, FIXTURES / "spheno-cmssm.in", FIXTURES / SPECTRA[0])
