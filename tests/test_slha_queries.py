"""How SLHA queries are written."""

from __future__ import annotations

import math

import pytest

from mlscanner_hep.slha import decay_query, entry_query, width_query

BAD_ENTRIES = """
25
MASS 25,
MASS(25)
MASS x
MASS 25 @
MASS 25 @ 0
MASS 25 @ soon
MASS 25 column
MASS 25 column 0
MASS 25 # 2
DECAY 25
Block MASS
"""


@pytest.mark.parametrize("text", BAD_ENTRIES.split("\n")[1:])
def test_bad_entry_queries(text):
    with pytest.raises(ValueError, match=r"'MASS 25'|'first'|'25 -> 22 22'"):
        entry_query(text)


BAD_DECAYS = ["", "25", "25 ->", "25 -> 22", "25 -> a b", "h -> 22 22", "25 22 22"]


@pytest.mark.parametrize("text", BAD_DECAYS)
def test_bad_decay_queries(text):
    with pytest.raises(ValueError, match="25 -> 22 22"):
        decay_query(text)


@pytest.mark.parametrize("absent", [-0.1, 1.1, math.nan])
def test_bad_value_of_an_absent_channel(absent):
    with pytest.raises(ValueError, match="within 0 and 1"):
        decay_query("25 -> 22 22", absent)


@pytest.mark.parametrize("text", ["", "h", "25 35", "25 -> 22 22", "DECAY2L 25"])
def test_bad_width_queries(text):
    with pytest.raises(ValueError, match="'25'"):
        width_query(text)


def test_queries_compare_and_print():
    assert decay_query("25 -> 5 -5") == decay_query("DECAY 25->-5 5")
    assert str(entry_query("gauge 01 column 2 @ 1e3")) == "GAUGE 1 column 2 @ 1000"
    assert str(decay_query("25 -> 5 -5")) == "DECAY 25 -> -5 5"
