"""The SLHA reader on what files really contain; one test for each oddity."""

from __future__ import annotations

import math

import pytest

from mlscanner_hep.slha import (
    Document,
    Reading,
    decay_query,
    entry_query,
    parse,
    read_number,
    width_query,
)


def document(text: str) -> Document:
    return parse(text.encode())


def entry(text: str, query: str) -> Reading:
    return document(text).read(entry_query(query))


def ratio(text: str, query: str, absent: float | None = None) -> Reading:
    return document(text).read(decay_query(query, absent))


def is_missing(reading: Reading, *words: str) -> bool:
    return math.isnan(reading.value) and all(word in reading.reason for word in words)


def in_mass(token: str) -> Reading:
    return entry(f"Block MASS\n   25   {token}   # h\n   35   300.0  # H\n", "MASS 25")


HIGGS = """\
DECAY        25     4.07000000E-03   # h
#    BR                NDA      ID1      ID2
     5.80000000E-01    2           5        -5   # BR(h -> b b)
     2.30000000E-03    2          22        22   # BR(h -> photon photon)
     4.17700000E-01    3          23        11       -11   # BR(h -> Z e e)
DECAY   1000022     0.00000000E+00   # stable
Block END
"""


# Numbers


def test_d_exponent_in_block():
    assert in_mass("1.25000000D+02") == (125.0, "")
    assert in_mass("1.25d2") == (125.0, "")


def test_exponent_without_letter():
    assert in_mass("0.12340000-149") == (0.1234e-149, "")
    assert in_mass("-0.12340000+149") == (-0.1234e149, "")


NOT_FINITE = "NaN nan -NaN nan(0x8000) Inf -Infinity 1.#QNAN -1.#IND 1.#INF000"


@pytest.mark.parametrize("token", NOT_FINITE.split())
def test_nan_and_inf_are_missing(token):
    reading = in_mass(token)
    assert is_missing(reading, "line 2: ")
    assert "not a number" in reading.reason or "infinite" in reading.reason


def test_stars_are_missing():
    assert in_mass("******").reason == (
        "line 2: '******' is a Fortran overflow: the number did not fit its field"
    )


SHAPES = "125 +125. 125.0 .125E3 1.25e+002 1.25Q2 12500.-002"


@pytest.mark.parametrize("token", SHAPES.split())
def test_shapes_of_one_number(token):
    assert read_number(token) == (125.0, "")


NOT_NUMBERS = "1_000 1,5 0x1F 1.0E+02-3.0E+01 (1.0,2.0) T 2*0.5 12-345 1.0-12 1.2.3 --1 1e999"


@pytest.mark.parametrize("token", [*NOT_NUMBERS.split(), "9.0E+", "9.0-", "-", "", "\uff11"])
def test_not_numbers(token):
    reading = read_number(token)
    assert math.isnan(reading.value)
    assert reading.reason


# Blocks at several scales

TWO_SCALES = """\
Block GAUGE Q=  9.11876000E+01  # (MZ)
   1    3.6E-01  # g'
   2    6.5E-01
Block gauge Q= 1.00000000D+03  # (SUSY scale)
   1    3.7E-01  # g'
   2    6.5E-01
   3    1.1E+00
"""


def test_repeated_block_without_a_choice():
    reading = entry(TWO_SCALES, "GAUGE 1")
    assert is_missing(reading, "91.1876, 1000", "'@ first'", "'@ last'")
    assert entry(TWO_SCALES, "GAUGE 2") == (0.65, ""), "the copies agree"
    assert entry(TWO_SCALES, "GAUGE 3") == (1.1, ""), "one copy has it"


def test_block_chosen_by_its_scale():
    assert entry(TWO_SCALES, "GAUGE 1 @ 91.1876") == (0.36, "")
    assert entry(TWO_SCALES, "gauge 1 @ 1.0000005E+03") == (0.37, "")
    assert entry(TWO_SCALES, "GAUGE 1 @ first") == (0.36, "")
    assert entry(TWO_SCALES, "GAUGE 1 @ last") == (0.37, "")
    assert is_missing(entry(TWO_SCALES, "GAUGE 1 @ 1000.1"), "91.1876, 1000")
    assert is_missing(entry(TWO_SCALES, "GAUGE 3 @ first"), "no entry")


def test_scale_in_a_comment_is_no_scale():
    text = "Block nmix  # neutralino mixing matrix Q=1.7e+03\n 1 1 0.9\n"
    assert is_missing(entry(text, "NMIX 1 1 @ 1700"), "Q = none")


# Lines


def test_comment_glued_to_the_header():
    assert entry("Block MASS#c\n 25 125.0\n", "MASS 25") == (125.0, "")


def test_indented_header():
    text = "  BLOCK MASS\n 25 125.0\n\t Decay 25 1.0\n 0.5 2 5 -5\n"
    assert entry(text, "MASS 25") == (125.0, "")
    assert ratio(text, "25 -> 5 -5") == (0.5, "")


def test_tabs():
    assert entry("Block\tMASS\t# m\n\t25\t125.0\t# h\n", "MASS 25") == (125.0, "")


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends(end):
    text = HIGGS.replace("\n", end)
    assert ratio(text, "25 -> 22 22") == (0.0023, "")
    assert is_missing(ratio(text.replace("2.3", "x"), "25 -> 22 22"), "line 4")


def test_value_glued_to_its_comment():
    assert entry("Block MASS\n 25 125.0# h\n", "MASS 25") == (125.0, "")


def test_unindented_rows_of_sarah_input():
    text = "Block MINPAR      # Input parameters \n1   1.0E-01    # Lambda1Input\n"
    assert entry(text, "MINPAR 1") == (0.1, "")


def test_stray_text_inside_a_block():
    text = "Block MASS\n 25 125.0\n Warning: no convergence of 35\nSTOP 1\n 35 300.0 # H\n"
    assert entry(text, "MASS 35") == (300.0, "")
    assert entry(text, "MASS 25") == (125.0, "")


@pytest.mark.parametrize("end", ["9.0E+", "9.0E+0", "9.0E+01", "9.0", "9", "  ", ""])
def test_value_cut_short_at_the_end_of_the_file(end):
    reading = entry(f"Block MASS\n 25 125.0\n 1000022   {end}", "MASS 1000022")
    assert is_missing(reading)
    assert "cut short" in reading.reason


def test_last_line_is_complete_once_its_comment_begins():
    assert entry("Block MASS\n 25 125.0 #", "MASS 25") == (125.0, "")


@pytest.mark.parametrize("data", [b"", b"\n\n", b"Segmentation fault\n"])
def test_empty_file(data):
    reading = parse(data).read(entry_query("MASS 25"))
    assert is_missing(reading, "no block MASS", "no SLHA block at all")
    assert is_missing(parse(data).read(width_query("25")), "no SLHA block at all")
    assert not parse(data).has("MASS")
    assert parse(data).texts("SPINFO", 4) == []


def test_latin_1():
    data = "Block MASS # für\n 25 125.0 # ±\nBlock SPINFO\n 4 größer\n".encode("latin-1")
    assert parse(data).read(entry_query("MASS 25")) == (125.0, "")
    assert parse(data).texts("SPINFO", 4) == ["größer"]


def test_byte_order_mark():
    assert parse(b"\xef\xbb\xbfBlock MASS\n 25 125.0\n").read(entry_query("MASS 25")).value == 125


def test_rows_behind_a_hole_belong_to_nothing():
    data = b"Block A\n 1 1.0\n\0\0\0\0\0k B\n 2 2.0\nBlock C\n 3 3.0\n"
    assert is_missing(parse(data).read(entry_query("A 2")))
    assert parse(data).read(entry_query("C 3")) == (3.0, "")


def test_duplicate_entry():
    text = "Block MASS\n 25 125.0\n 35 300.0\n 25 {}\n"
    assert entry(text.format("1.25E+02"), "MASS 25") == (125.0, "")
    assert is_missing(entry(text.format("126.0"), "MASS 25"), "lines 2 and 4")
    assert is_missing(entry(text.format("NaN"), "MASS 25"), "line 4", "NaN")


def test_no_mass_block():
    text = "Block MINPAR\n 1 0.5\n"
    assert entry(text, "MINPAR 1") == (0.5, "")
    assert entry(text, "MASS 25").reason == "no block MASS"


# Rows of other shapes

COUPLINGS = """\
Block HiggsCouplingsBosons
    1.1E+00        3  25  24  24  # h-W-W
    NaN            3  35  24  24
    2              3  36  24  24
                   3  36  23  23
    0.3E+00        4  25  21  21  23  # h-g-g-Z
Block HiggsCouplingsFermions
    1.2E+00    0.4E+00        3  25   5   5  # scalar, pseudoscalar
"""


def test_value_first_rows():
    assert entry(COUPLINGS, "HiggsCouplingsBosons 25 24 24") == (1.1, "")
    assert entry(COUPLINGS, "HiggsCouplingsBosons 25 21 21 23") == (0.3, "")
    assert entry(COUPLINGS, "HiggsCouplingsBosons 36 24 24") == (2.0, "")
    assert is_missing(entry(COUPLINGS, "HiggsCouplingsBosons 36 23 23"), "line 5", "no value")
    assert is_missing(entry(COUPLINGS, "HiggsCouplingsBosons 35 24 24"), "line 3", "NaN")
    assert entry(COUPLINGS, "HiggsCouplingsFermions 25 5 5 column 1") == (1.2, "")
    assert entry(COUPLINGS, "HiggsCouplingsFermions 25 5 5 column 2") == (0.4, "")
    assert is_missing(entry(COUPLINGS, "HiggsCouplingsFermions 25 5 5"), "'column 1'", "1.2E+00")
    assert is_missing(entry(COUPLINGS, "HiggsCouplingsFermions 25 5 5 column 3"), "no column 3")


def test_fwcoef_has_four_indices():
    text = (
        "Block FWCOEF Q=  1.6E+02\n"
        "     0305 4422   00   0    -1.8E-01   # C7\n"
        " 03051111 4133   00   2     1.2E+00   # C9\n"
    )
    assert entry(text, "FWCOEF 0305 4422 00 0") == (-0.18, "")
    assert entry(text, "FWCOEF 3051111 4133 0 2 @ 160") == (1.2, "")
    assert is_missing(entry(text, "FWCOEF 305 4422 0 2"), "no entry")


def test_block_without_index():
    assert entry("Block alpha # angle\n   -1.1E-01   # alpha\n", "ALPHA") == (-0.11, "")
    assert entry("Block X\n 2\n", "X") == (2.0, "")
    assert is_missing(entry("Block X\n 4\n 1 2\n", "X"))


def test_higgsbounds_rows_with_text():
    text = (
        "Block HiggsBoundsResults      # results from HiggsBounds\n"
        "    0    1    328         # channel\n"
        "    0    2      1         ||HBresult||\n"
        "    0    3    0.73        # obsratio\n"
        "    0    5    ||(pp)->h1+..., h1->tau tau  (CMS #123)|| # text\n"
    )
    assert entry(text, "HiggsBoundsResults 0 1") == (328.0, "")
    assert entry(text, "HiggsBoundsResults 0 2") == (1.0, "")
    assert entry(text, "HiggsBoundsResults 0 3") == (0.73, "")
    assert is_missing(entry(text, "HiggsBoundsResults 0 5"), "no value")
    assert is_missing(entry("Block R\n 0 5 ||text||\n", "R 0"))


def test_indices_have_to_be_all_of_them():
    text = "Block NMIX\n 1 1 0.9\n 1 2 0.1\n"
    assert is_missing(entry(text, "NMIX 1"))
    assert is_missing(entry(text, "NMIX 1 1 1"))
    assert entry(text, "NMIX 1 2") == (0.1, "")


def test_row_with_several_values():
    text = "Block FMASS\n 5 4.18 3 4.18 # mb\nBlock MASS\n 25 125.0 GeV\n"
    assert is_missing(entry(text, "FMASS 5"), "line 2", "4.18 3 4.18")
    assert entry(text, "FMASS 5 column 1") == (4.18, "")
    assert is_missing(entry(text, "MASS 25"), "column 1")
    assert is_missing(entry("Block A\n 1 2.0\n", "A 1 column 2"), "no column 2")


# Texts


def test_spinfo_4_with_text():
    assert document("Block SPINFO\n 4 [ tachyon A0 ] # Point invalid\n").texts("SPINFO", 4) == [
        "[ tachyon A0 ]"
    ]


def test_spinfo_3_repeated():
    text = "Block SPINFO\n 1 Code\n 3 stau LSP # Warning\n   3   # in the comment\n 3\n 34 x\n"
    assert document(text).texts("spinfo", 3) == ["stau LSP", "in the comment", ""]
    assert document(text).texts("SPINFO", 4) == []


# Presence


def test_has():
    text = "Block MASS\n 25 125.0\n 35 NaN\nBlock EMPTY\n# none\nBlock TEXT\n not a row\n" + HIGGS
    data = document(text)
    for present in ("MASS", "mass 25", "DECAY 25", "DECAY 1000022"):
        assert data.has(present), present
    for absent in ("MASS 35", "MASS 36", "EMPTY", "TEXT", "NONE", "DECAY 35", "DECAY1L 25"):
        assert not data.has(absent), absent
    assert not document("Block MASS\n 25 12").has("MASS"), "cut short"


def test_only_what_was_asked_for_is_kept():
    data = parse(f"Block MASS\n 25 1.0\n{HIGGS}".encode(), [decay_query("25 -> 5 -5")], ["spinfo"])
    assert data.read(width_query("25")) == (0.00407, "")
    assert data.texts("SPINFO", 4) == []
    with pytest.raises(LookupError, match="MASS was not kept"):
        data.has("MASS 25")
