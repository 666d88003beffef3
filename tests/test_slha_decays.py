"""Total widths and branching ratios in SLHA files."""

from __future__ import annotations

import math

import pytest

from mlscanner_hep.slha import Document, Reading, decay_query, parse, width_query

HIGGS = """\
DECAY        25     4.07000000E-03   # h
#    BR                NDA      ID1      ID2
     5.80000000E-01    2           5        -5   # BR(h -> b b)
     2.30000000E-03    2          22        22   # BR(h -> photon photon)
     4.17700000E-01    3          23        11       -11   # BR(h -> Z e e)
DECAY   1000022     0.00000000E+00   # stable
Block END
"""


def document(text: str) -> Document:
    return parse(text.encode())


def ratio(text: str, query: str, absent: float | None = None) -> Reading:
    return document(text).read(decay_query(query, absent))


def is_missing(reading: Reading, *words: str) -> bool:
    return math.isnan(reading.value) and all(word in reading.reason for word in words)


def test_decays():
    assert document(HIGGS).read(width_query("25")) == (0.00407, "")
    assert ratio(HIGGS, "25 -> -5 5") == (0.58, "")
    assert ratio(HIGGS, "25->-11 23 11") == (0.4177, "")
    assert document(HIGGS).read(width_query("1000022")) == (0.0, "")
    assert is_missing(ratio(HIGGS, "35 -> 5 -5", absent=0.0), "no DECAY table of 35")


def test_width_with_d_exponent():
    assert document("DECAY 25 4.0D-03\n").read(width_query("25")) == (0.004, "")
    assert document("DECAY 25 0.4-101\n").read(width_query("25")) == (0.4e-101, "")


@pytest.mark.parametrize("token", ["NaN", "*****", "-1.0E+00", "Auto", ""])
def test_bad_width_is_missing(token):
    text = HIGGS.replace("4.07000000E-03", token)
    assert is_missing(document(text).read(width_query("25")), "line 1")
    assert ratio(text, "25 -> 22 22") == (0.0023, ""), "the ratios stand"


@pytest.mark.parametrize(
    ("token", "words"),
    [("NaN", "not a number"), ("-2.3E-03", "negative (-0.0023)"), ("******", "overflow")],
)
def test_bad_ratio_is_missing_and_never_zero(token, words):
    text = HIGGS.replace("2.30000000E-03", token)
    assert is_missing(ratio(text, "25 -> 22 22", absent=0.0), "line 4", words)
    assert ratio(text, "25 -> 5 -5") == (0.58, "")
    assert ratio(text, "25 -> 36 36", absent=0.0) == (0.0, "")


def test_ratio_without_exponent_letter():
    assert ratio(HIGGS.replace("2.30000000E-03", "0.58000-101"), "25 -> 22 22").value == 0.58e-101


def test_channel_that_is_not_listed():
    assert is_missing(ratio(HIGGS, "25 -> 36 36"), "not listed")
    assert ratio(HIGGS, "25 -> 36 36", absent=0.0) == (0.0, "")
    assert ratio(HIGGS, "1000022 -> 1 1", absent=0.0) == (0.0, ""), "stable"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("DECAY 23 2.5\nBlock END\n", "no readable channel"),
        ("DECAY 23 2.5\n NaN 2 1 -1\nBlock END\n", "no readable channel"),
        ("DECAY 23 2.5\n 0.6 2 1 -1\n", "whole"),
        ("DECAY 23 2.5\n 0.6 2 1 -1\nBlock of Z failed\n 0.4 2 36 25\n", "whole"),
        ("DECAY 23 2.5\n 0.6 2 1 -1\nDecay of Z failed\n 0.4 2 36 25\n", "whole"),
        ("DECAY 23 2.5\n 0.6 2 1 -1\n 0.4 2 36\nBlock END\n", "line 3: the row announces 2"),
        ("DECAY 23 2.5\n 0.6 2 1 -1\n 0.4 2 36 **\nBlock END\n", "line 3"),
    ],
)
def test_not_listed_in_a_table_that_may_lack_it(text, words):
    assert is_missing(ratio(text, "23 -> 36 25", absent=0.0), words)


def test_last_table_is_whole_if_it_sums_to_one():
    text = "DECAY 6 1.5\n 0.99 2 5 24\n 0.01 2 3 24\n"
    assert ratio(text, "6 -> 5 37", absent=0.0) == (0.0, "")


def test_rows_with_the_same_products():
    text = "DECAY 25 1.0\n 0.1 2 1 -1\n 0.2 2 -1 1\n {} 2 5 -5\n"
    assert ratio(text.format(0.7), "25 -> 1 -1").value == pytest.approx(0.3, rel=1e-15)
    assert is_missing(ratio(text.format(0.9), "25 -> 1 -1"), "0.2, 0.1", "1.2")
    assert is_missing(ratio(text.format("0.7 2 5 -5\n NaN"), "25 -> 1 -1"), "2 rows")
    assert ratio(text.replace("0.2 2", "0.0 2"), "25 -> 1 -1") == (0.1, "")


def test_repeated_decay_table():
    text = "DECAY 25 1.0\n 0.1 2 1 -1\nDECAY 25 1.0\n 0.2 2 1 -1\n"
    assert document(text).read(width_query("25")) == (1.0, "")
    assert is_missing(ratio(text, "25 -> 1 -1"), "2 DECAY tables of 25")


def test_decay1l_stands_apart():
    text = HIGGS + "DECAY1L  25  5.0E-03 # h\n  0.9  2  5  -5\n"
    assert document(text).read(width_query("25")) == (0.00407, "")
    assert document(text).read(width_query("DECAY1L 25")) == (0.005, "")
    assert ratio(text, "decay1l 25 -> 5 -5") == (0.9, "")
    assert ratio(text, "DECAY 25 -> 5 -5") == (0.58, "")
    assert is_missing(ratio(HIGGS, "DECAY1L 25 -> 5 -5"), "no DECAY1L table")
