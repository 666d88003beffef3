"""The SLHA reader under generated files: round trips, dialects, damage."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pyslha
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mlscanner_hep.slha import (
    Document,
    Query,
    decay_query,
    entry_query,
    parse,
    read_number,
    width_query,
)

FIXTURES = Path(__file__).parent / "fixtures" / "slha"
NAMES = ("spheno-cmssm.spc", "sarah-spheno-thdm.spc", "softsusy-cmssm.spc", "2hdmc.lha")

ENTRIES = """MASS 25|MASS 36|MASS 1000025|ALPHA|MINPAR 3|NMIX 1 1|STOPMIX 1 2|HMIX 2|THDM 3
|MGCKM 1 2|GAUGE 1 @ 1694.98952|GAUGE 1 @ 160|GAUGE 1 @ 1700.5661|YU 3 3 @ 160|SPhenoLowEnergy 8
|FWCOEF 305 4422 0 0|FWCOEF 30 4422 0 0|EFFHIGGSCOUPLINGS 25 22 22|MODSEL 1|MODSEL 0
|HiggsBoundsInputHiggsCouplingsBosons 25 24 24
|HiggsBoundsInputHiggsCouplingsFermions 25 5 5 column 1"""
DECAYS = "25 -> 22 22|25 -> 36 36|35 -> 25 25|37 -> -15 12|37 -> 24 25|6 -> 24 5"
QUERIES = [entry_query(text) for text in ENTRIES.split("|")]
QUERIES += [width_query(text) for text in ("6", "25", "37", "1000022")]
QUERIES += [decay_query(text, absent=0.0) for text in DECAYS.split("|")]


def answers(document: Document) -> list[tuple[float, str]]:
    return [document.read(query) for query in QUERIES]


def values(document: Document) -> list[float]:
    return [document.read(query).value for query in QUERIES]


# Numbers

mantissas = st.tuples(
    st.sampled_from(["", "-", "+"]),
    st.one_of(
        st.from_regex(r"[0-9]{1,3}\.[0-9]{0,16}", fullmatch=True),
        st.from_regex(r"\.[0-9]{1,16}", fullmatch=True),
    ),
).map("".join)


@settings(deadline=None)
@given(
    mantissas, st.sampled_from("EeDdQq"), st.from_regex(r"[+-]?0{0,2}[0-9]{1,2}", fullmatch=True)
)
def test_numbers_with_an_exponent(mantissa, letter, exponent):
    assert read_number(f"{mantissa}{letter}{exponent}") == (float(f"{mantissa}e{exponent}"), "")


@settings(deadline=None)
@given(mantissas, st.sampled_from("+-"), st.integers(100, 300))
def test_numbers_whose_exponent_lost_its_letter(mantissa, sign, exponent):
    assert read_number(f"{mantissa}{sign}{exponent}").value == float(f"{mantissa}e{sign}{exponent}")


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_as_c_prints_them(value):
    assert read_number(repr(value)) == (value, "")
    assert read_number(f"{value:.16E}") == (value, "")


@settings(deadline=None)
@given(st.one_of(st.text(), st.text(alphabet="0123456789+-.eEdD*naif_ ", max_size=12)))
def test_a_number_is_finite_or_has_a_reason(token):
    value, reason = read_number(token)
    assert math.isfinite(value) == (reason == "")
    if not reason and re.fullmatch(r"[^dDqQ]*[eE][^dDqQ]*|[^dDqQ+-]*", token):
        assert value == float(token)


# Round trips

finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
blanks = st.text(alphabet=" \t", min_size=1, max_size=4)
# A block has one number of indices: beside "0  0.0", the row "0 0  0.0" may also be two values.
blocks = st.integers(1, 4).flatmap(
    lambda length: st.dictionaries(
        st.tuples(*[st.integers(-3000000, 3000000)] * length), finite, min_size=1, max_size=8
    )
)


@settings(deadline=None)
@given(
    blocks,
    blanks,
    st.sampled_from(["", " ", "  \t"]),
    st.sampled_from(["\n", " # comment\n", "# 1 2.0\n", "\r\n"]),
    st.booleans(),
)
def test_blocks_round_trip(entries, blank, indent, end, with_d):
    lines = [f"{indent}Block{blank}TEST{end}"]
    for index, value in entries.items():
        number = f"{value:.16E}".replace("E", "D") if with_d else repr(value)
        lines.append(indent + blank.join([*map(str, index), number]) + end)
    document = parse("".join(lines).encode())
    for index, value in entries.items():
        assert document.read(Query("TEST", index)) == (value, "")
    assert document.has("TEST")


# Few indices, so that some rows repeat; pyslha keeps the last copy of a block, and of a row.
copies = st.tuples(
    st.sampled_from(["MASS", "mass", "NMix", "GAUGE"]),
    st.sampled_from(["", " Q=91.1876", "  Q= 1.6E+02 # GeV", " # no scale"]),
    st.integers(1, 4).flatmap(
        lambda length: st.lists(
            st.tuples(
                st.tuples(*[st.integers(-3, 3)] * length),
                st.one_of(
                    finite.map(repr),
                    finite.map("{:.8E}".format),
                    st.integers(-999999, 999999).map(str),
                ),
            ),
            min_size=1,
            max_size=6,
        )
    ),
)


@settings(deadline=None)
@given(st.lists(copies, min_size=1, max_size=5), blanks, st.sampled_from(["", " # 1 2.0", "#"]))
def test_blocks_are_those_of_pyslha(drawn, blank, comment):
    last, lines = {}, []
    for name, header, rows in drawn:
        last[name.upper()] = rows
        lines.append(f"Block {name}{header}")
        lines += [f" {blank.join([*map(str, index), value])}{comment}" for index, value in rows]
    text = "\n".join([*lines, ""])
    theirs, ours = pyslha.readSLHA(text, ignorenomass=True).blocks, parse(text.encode())
    for name, rows in last.items():
        for index, _ in rows:
            value, reason = ours.read(Query(name, index, scale="last"))
            if len({float(value) for other, value in rows if other == index}) > 1:
                assert reason
            else:
                assert value == theirs[name][index if len(index) > 1 else index[0]], reason


channels = st.lists(st.integers(-40, 40), min_size=2, max_size=4).map(lambda c: tuple(sorted(c)))
ratios = st.floats(0, 1)


@settings(deadline=None)
@given(
    st.integers(-3000000, 3000000),
    st.floats(0, 1e9),
    st.dictionaries(channels, ratios, max_size=8),
    channels,
    st.randoms(use_true_random=False),
)
def test_decays_round_trip(parent, width, table, other, random):
    lines = [f"DECAY {parent} {width!r} # w\n"]
    for products, ratio in table.items():
        shuffled = random.sample(products, len(products))
        codes = " ".join(map(str, shuffled))
        lines.append(f"   {ratio!r}   {len(products)}  {codes}  # BR\n")
    document = parse(("".join(lines) + "Block END\n").encode())
    assert document.read(Query("DECAY", (parent,))) == (width, "")
    for products, ratio in table.items():
        assert document.read(Query("DECAY", (parent,), final=products)) == (ratio, "")
    assume(other not in table and (table or width == 0))
    assert math.isnan(document.read(Query("DECAY", (parent,), final=other)).value)
    assert document.read(Query("DECAY", (parent,), final=other, absent=0.5)) == (0.5, "")


# Dialects: the same content, written in another way

DIALECTS = {
    "carriage returns": lambda text: text.replace("\n", "\r\n"),
    "tabs": lambda text: re.sub(" +", "\t", text),
    "not indented": lambda text: re.sub(r"(?m)^ +", "", text),
    "all indented": lambda text: re.sub(r"(?m)^", "    ", text),
    "D exponents": lambda text: re.sub(r"(\d\.\d+)[Ee]([+-]\d\d)", r"\1D\2", text),
    "upper case": str.upper,
    "lower case": str.lower,
    "no comments": lambda text: re.sub("(?m)[ \t]*#.*$", "", text),
    "glued comments": lambda text: re.sub(" +#", "#", text),
    "byte order mark": lambda text: "\ufeff" + text,
    "blank lines": lambda text: text.replace("\n", "\n\n"),
    "stray texts": lambda text: re.sub("(?m)^#.*$", "Warning: something", text),
    "plus signs and zeros": lambda text: re.sub(r"(?m)^( +)([1-9])", r"\1+0\2", text),
}


@pytest.mark.parametrize("name", NAMES)
def test_fixture_answers(name):
    found = [
        reading for reading in answers(parse((FIXTURES / name).read_bytes())) if not reading[1]
    ]
    assert len(found) >= 5


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", NAMES)
def test_dialects(name, dialect):
    text = (FIXTURES / name).read_text()
    other = DIALECTS[dialect](text)
    if dialect != "plus signs and zeros" or name != "2hdmc.lha":
        assert other != text
    expected, got = values(parse(text.encode())), values(parse(other.encode()))
    for query, value, same in zip(QUERIES, expected, got, strict=True):
        if dialect == "stray texts" and query.absent is not None and math.isnan(same):
            continue  # an unreadable row may have been the channel
        assert value == same or (math.isnan(value) and math.isnan(same)), query


# Damage


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=400))
def test_random_bytes_never_raise(data):
    document = parse(data)
    for value, reason in answers(document):
        assert math.isfinite(value) == (reason == "")
    document.has("MASS")
    document.texts("SPINFO", 4)


WORDS = """Block BLOCK decay DECAY1L XSECTION MASS ALPHA Q= 25 22 -5 2 3 0305 1.0 -1.0D+02 0.1-149
NaN *** ||text|| # … é"""
words = st.sampled_from([*WORDS.split(), "\n", "\r", "\0", " ", "\t", "9" * 400])


@settings(deadline=None, max_examples=300)
@given(st.lists(words, max_size=60), st.sampled_from(["", " "]))
def test_random_words_never_raise(parts, blank):
    document = parse(blank.join(parts).encode())
    for value, reason in answers(document):
        assert math.isfinite(value) == (reason == "")
    document.has("MASS")
    document.texts("MASS", 25)


def assert_true_or_missing(data: bytes, size: int, truth: list[float]) -> None:
    for query, true, value in zip(QUERIES, truth, values(parse(data[:size])), strict=True):
        assert math.isnan(value) or value == true, f"{query} at byte {size}: {value}, not {true}"


SMALL = b"""\
Block SPINFO
 1 Code
BLOCK MASS\t# masses
 25 1.25000000E+02
 36 -0.31-100 # A
Block MODSEL
 1 12
Block NMIX
 1 1 0.99
Block GAUGE Q= 1.600000E+02
 1 0.3571
Block HiggsBoundsInputHiggsCouplingsBosons
 1.1E+00 3 25 24 24
DECAY 25 4.071E-03
 0.5812 2 22 22
 0.3 2 36 36
 0.11 2 5 -5
DECAY 37 1.25
 0.25 2 25 24
 0.75 2 -15 12
"""


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b" # x\n"])
def test_small_file_cut_at_any_byte(end):
    data = SMALL.replace(b"\n", end)
    truth = values(parse(data))
    assert sum(map(math.isfinite, truth)) == 12
    for size in range(len(data)):
        assert_true_or_missing(data, size, truth)


@pytest.mark.parametrize("name", NAMES)
def test_fixture_cut_at_many_bytes(name):
    data = (FIXTURES / name).read_bytes()
    truth = values(parse(data))
    for size in range(0, len(data), len(data) // 500):
        assert_true_or_missing(data, size, truth)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(NAMES), st.data())
def test_fixture_with_a_lost_piece_never_raises(name, data):
    content = (FIXTURES / name).read_bytes()
    start = data.draw(st.integers(0, len(content)))
    stop = start + data.draw(st.integers(0, 200))
    filler = data.draw(st.binary(max_size=20))
    for value, reason in answers(parse(content[:start] + filler + content[stop:])):
        assert math.isfinite(value) == (reason == "")
