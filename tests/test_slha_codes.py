"""The SLHA reader on the outputs of codes, and how fast it is."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pyslha
import pytest

from mlscanner_hep.slha import (
    Document,
    Query,
    Reading,
    decay_query,
    entry_query,
    parse,
    width_query,
)

FIXTURES = Path(__file__).parent / "fixtures" / "slha"


def document(text: str) -> Document:
    return parse(text.encode())


def entry(text: str, query: str) -> Reading:
    return document(text).read(entry_query(query))


def ratio(text: str, query: str, absent: float | None = None) -> Reading:
    return document(text).read(decay_query(query, absent))


def is_missing(reading: Reading, *words: str) -> bool:
    return math.isnan(reading.value) and all(word in reading.reason for word in words)


def test_gfortran_formats():
    data = parse((FIXTURES / "fortran-formats.spc").read_bytes())
    good = {1: 125.0, 2: 125.0, 3: 1.234e-150, 4: -0.1234e-149, 5: 1.234e-150, 7: -0.5, 8: 3.0}
    good |= {9: 125.0, 10: 125.0, 11: 1e-300, 12: 9.99999975e-06}
    for index, value in good.items():
        assert data.read(entry_query(f"FORMATS {index} @ 1000")) == (value, ""), index
    for index in (6, 13, 14, 15, 16, 18, 19, 1000022):
        assert is_missing(data.read(entry_query(f"FORMATS {index}"))), index
    assert data.read(width_query("25")) == (0.004, "")
    assert data.read(decay_query("25 -> 22 22")) == (0.58e-100, "")
    assert data.read(decay_query("25 -> 23 5 -5")) == (1.0, "")
    assert is_missing(data.read(decay_query("25 -> 21 21", absent=0.0)), "'*****'", "line 25")


def test_spinfo_4_empty_as_spheno_fails():
    failed = parse((FIXTURES / "spheno-failed.spc").read_bytes())
    assert failed.texts("SPINFO", 4) == ["internal problem, see Messages.out for infos"]
    assert failed.texts("SPINFO", 1) == ["SPheno"]
    assert failed.read(entry_query("SPhenoINFO 1")) == (2.0, "")
    assert failed.read(entry_query("MASS 25")).reason == "no block MASS"
    assert is_missing(failed.read(entry_query("SPINFO 4")), "no value")


def test_softsusy_output():
    good = parse((FIXTURES / "softsusy-cmssm.spc").read_bytes())
    assert good.texts("SPINFO", 2) == ["4.1.22"]
    assert good.read(entry_query("MASS 25")) == (122.825911, "")
    failed = parse((FIXTURES / "softsusy-failed.spc").read_bytes())
    assert failed.texts("SPINFO", 3) == ["smu LSP"]
    assert "tachyon" in failed.texts("SPINFO", 4)[0]
    assert not failed.has("MASS")


def test_spheno_output():
    data = parse((FIXTURES / "spheno-cmssm.spc").read_bytes())
    assert data.read(entry_query("MASS 25")) == (123.090353, "")
    assert data.read(entry_query("MASS 1000025")) == (-1701.09102, "")
    assert data.read(entry_query("ALPHA")) == (-0.0695343836, "")
    assert data.read(entry_query("GAUGE 1 @ last")) == (0.363505296, "")
    assert data.read(entry_query("FWCOEF 0305 4422 00 2")) == (-0.187767903, "")
    assert data.read(entry_query("SPhenoLowEnergy 21")) == (1.39483193e-10, "")
    couplings = "HiggsBoundsInputHiggsCouplings"
    assert data.read(entry_query(f"{couplings}Bosons 25 21 21")) == (1.15567927, "")
    assert data.read(entry_query(f"{couplings}Fermions 36 5 5 column 2")) == (208.109983, "")
    assert data.read(decay_query("25 -> 23 12 -12")) == (0.00385310281, "")
    assert data.read(decay_query("25 -> 36 36", absent=0.0)) == (0.0, "")
    assert is_missing(data.read(decay_query("23 -> 5 -5", absent=0.0)), "no readable channel")


def test_sarah_output():
    data = parse((FIXTURES / "sarah-spheno-thdm.spc").read_bytes())
    assert data.texts("SPINFO", 9) == ["4.6.0"]
    assert data.read(entry_query("MASS 35")) == (186.704435, "")
    assert data.read(entry_query("EFFHIGGSCOUPLINGS 25 22 22")) == (0.20165807e-04, "")
    assert data.read(entry_query("FWCOEF 030 4422 00 2")) == (-0.16904299e-08, "")
    assert data.read(entry_query("gaugeGUT 1")) == data.read(entry_query("gaugeGUT 1 @ first"))


def test_2hdmc_output():
    data = parse((FIXTURES / "2hdmc.lha").read_bytes())
    assert data.read(entry_query("THDM 3")) == (0.0, "")
    assert data.read(entry_query("MGCKM 3 3")) == (0.999146, "")
    assert data.read(decay_query("35 -> 25 25")) == (0.18749451, "")


def test_flexiblesusy_output():
    text = (
        "Block SPINFO\n     1   FlexibleSUSY\n     2   2.8.0\n"
        "     4   Pole mass of hh not positive\n     4   no convergence\n     5   CMSSM\n"
        "Block FlexibleSUSYLowEnergy Q= 1.0E+03\n"
        "    21     1.40E-10             # Delta(g-2)_muon/2 FlexibleSUSY\n"
    )
    assert document(text).texts("SPINFO", 4) == ["Pole mass of hh not positive", "no convergence"]
    assert entry(text, "FlexibleSUSYLowEnergy 21") == (1.4e-10, "")


NMSSMTOOLS = """\
BLOCK SPINFO
     1   NMSSMTools
     3   # Chargino too light
#    3   # Excluded by LEP
BLOCK LOWEN
# Exp. 2 Sigma: 3.04E-4 < BR(b -> s gamma) < 4.06E-4:
         1     3.41E-04   # BR(b -> s gamma)
#  0.2E-26    dEe
         3.5E-26    dEn
        10     1.1E-01   # Omega h^2
DECAY        25     3.0E-03   # h_1
    Branching ratios of h_1
     6.0E-01    2           5        -5   # BR
"""


def test_nmssmtools_4_lowen():
    assert entry(NMSSMTOOLS, "LOWEN 1") == (3.41e-4, "")
    assert entry(NMSSMTOOLS, "LOWEN 10") == (0.11, "")
    assert document(NMSSMTOOLS).texts("SPINFO", 3) == ["Chargino too light"]


def test_nmssmtools_6_text_in_a_decay_table():
    with pytest.raises(ValueError, match="could not convert"):
        pyslha.readSLHA(NMSSMTOOLS[NMSSMTOOLS.index("DECAY") :], ignorenomass=True)
    assert ratio(NMSSMTOOLS, "25 -> 5 -5") == (0.6, "")
    assert is_missing(ratio(NMSSMTOOLS, "25 -> 36 36", absent=0.0), "line 12")


@pytest.mark.parametrize("name", ["spheno-cmssm.spc", "softsusy-cmssm.spc", "2hdmc.lha"])
def test_same_numbers_as_pyslha_where_it_can_be_trusted(name):
    text = (FIXTURES / name).read_text()
    theirs, ours = pyslha.readSLHA(text, ignorenomass=True), document(text)
    compared = 0
    for block in theirs.blocks.values():
        for key, value in block.items():
            index = key if isinstance(key, tuple) else (key,)
            if isinstance(value, float) and None not in index and "COUPLINGS" not in block.name:
                query = Query(block.name, index, scale="last")
                assert ours.read(query) == (value, ""), query
                compared += 1
    for parent, particle in theirs.decays.items():
        for decay in particle.decays:
            query = Query("DECAY", (parent,), final=tuple(sorted(decay.ids)))
            assert ours.read(query) == (decay.br, ""), query
            compared += 1
    assert compared > 80


def test_a_spectrum_reads_in_milliseconds():
    names = ("spheno-cmssm.spc", "sarah-spheno-thdm.spc")
    data = b"".join((FIXTURES / name).read_bytes() for name in names)
    assert data.count(b"\n") > 1000
    blocks = "MASS 25|MASS 36|MASS 1000022|HMIX 2|NMIX 1 1|STOPMIX 1 2|GAUGE 1 @ last|ALPHA"
    blocks += "|SPhenoLowEnergy 21|FWCOEF 305 4422 0 2 @ last|MSOFT 33"
    queries = [entry_query(text) for text in blocks.split("|")]
    queries += [decay_query("25 -> 22 22"), decay_query("25 -> 36 36", 0.0), width_query("25")]
    queries += [decay_query("1000022 -> 1 1", 0.0)]
    durations = []
    for _ in range(20):
        start = time.process_time()
        document = parse(data, queries)
        for query in queries:
            document.read(query)
        durations.append(time.process_time() - start)
    assert min(durations) < 0.008, f"{1e3 * min(durations):.2f} ms"
