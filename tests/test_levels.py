"""Masses as levels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mlscanner_hep.observables import Observable
from mlscanner_hep.plots.levels import (
    HIGGS,
    INOS,
    OTHERS,
    SLEPTONS,
    SQUARKS,
    group,
    of_file,
    of_observables,
    spread,
    together,
)
from mlscanner_hep.results.labels import Label
from mlscanner_hep.slha import entry_query, sfermion_query

SPECTRA = Path(__file__).parent / "fixtures" / "slha"


def test_masses_of_a_spectrum() -> None:
    levels = of_file((SPECTRA / "spheno-cmssm.spc").read_bytes())
    masses = {level.label: level for level in levels}
    assert masses["$h$"].group == HIGGS
    assert 120 < masses["$h$"].mass < 130
    assert masses[r"$\tilde{t}_1$"].group == SQUARKS
    # the sign is that of the mixing convention
    assert all(level.mass > 0 for level in levels)
    assert not {"6", "23", "24"} & {level.name for level in levels}


def test_sfermions_of_slha2_are_numbered() -> None:
    text = b"Block MASS\n 1000002 500. # x\n 1000021 -900. # glu\nBlock USQMIX\n 1 1 1.0\n"
    first, gluino = of_file(text)
    assert first.label == r"$\tilde{u}_1$"
    assert (gluino.mass, gluino.group) == (900, INOS)
    assert of_file(b"no SLHA") == []


def test_an_unknown_particle_is_called_what_the_file_says() -> None:
    (level,) = of_file(b"Block MASS\n 9900012 3.0e3 # N_R\n")
    assert (level.label, level.group) == ("N_R", OTHERS)


def test_masses_of_observables() -> None:
    known = [
        Observable("mh", entry_query("MASS 25")),
        Observable("mt", entry_query("MASS 6")),
        Observable("alpha", entry_query("HMIX 11")),
        Observable("stau", sfermion_query("SELMIX 3 6: 1")),
    ]
    values = {"mh": 125.0, "mt": 173.0, "alpha": 0.1, "stau": np.nan, "m_dm": 50.0, "m_x": 1.0}
    labels = {"mh": Label("GeV", "m_h"), "m_x": Label("TeV")}
    found = of_observables(known, values, labels)
    assert {(level.name, level.label, level.group) for level in found} == {
        ("mh", "$m_h$", HIGGS),
        ("m_dm", "m_dm", OTHERS),
    }


@pytest.mark.parametrize(
    ("code", "column"),
    [(25, HIGGS), (37, HIGGS), (1000022, INOS), (1000039, OTHERS), (2000015, SLEPTONS),
     (1000016, SLEPTONS), (2000006, SQUARKS), (9900012, OTHERS)],
)  # fmt: skip
def test_columns(code: int, column: str) -> None:
    assert group(code) == column


def test_labels_are_moved_apart_and_no_further() -> None:
    assert spread(np.array([0.1, 0.5]), 0.1, 0, 1) == pytest.approx([0.1, 0.5])
    assert spread(np.array([0.5, 0.5, 0.5]), 0.1, 0, 1) == pytest.approx([0.4, 0.5, 0.6])
    assert spread(np.array([0.98, 1.0]), 0.1, 0, 1) == pytest.approx([0.9, 1.0])
    assert len(spread(np.empty(0), 0.1, 0, 1)) == 0


def test_levels_that_are_near_share_a_line() -> None:
    heights = np.array([0.1, 0.101, 0.102, 0.103, 0.5])
    assert together(heights, 0.01) == [[0, 1, 2], [3], [4]]
    assert together(np.empty(0), 0.01) == []
