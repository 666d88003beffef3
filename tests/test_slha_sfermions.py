"""Sfermions by content, in spectra whose PDG codes follow the masses."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping

import pytest

from mlscanner_hep.slha import Reading, entry_query, parse, sfermion_query

Matrix = Mapping[int, Mapping[int, complex]]

# As FlexibleSUSY writes the CMSSM with m0 = 70, m12 = 250, tan(beta) = 10: the lightest slepton is
# the stau, so that it is 1000011.
MASSES = {
    1000011: 134.490864,
    1000013: 143.102899,
    1000015: 143.102939,
    2000011: 202.115714,
    2000013: 202.115716,
    2000015: 206.867805,
}
STAU, MUON = (0.282511, 0.959264), (0.0212, math.sqrt(1 - 0.0212**2))
SLEPTONS: Matrix = {  # rows: mass eigenstates; columns: e, mu, tau, left and then right
    1: {3: STAU[0], 6: STAU[1]},
    2: {2: MUON[0], 5: MUON[1]},
    3: {1: 1.03e-4, 4: 1.0},
    4: {1: 1.0, 4: -1.03e-4},
    5: {2: MUON[1], 5: -MUON[0]},
    6: {3: STAU[1], 6: -STAU[0]},
}


def block(name: str, matrix: Matrix, part: str = "real", size: int = 6) -> str:
    """A matrix with all its entries, in the order of the file formats."""
    lines = [f"Block {name} Q= 4.67034192E+02"]
    for row, column in itertools.product(range(1, size + 1), repeat=2):
        value = complex(matrix.get(row, {}).get(column, 0.0))
        lines.append(f"  {row}  {column}  {getattr(value, part):16.8E}   # ZE({row},{column})")
    return "\n".join(lines) + "\n"


def spectrum(
    matrix: Matrix = SLEPTONS,
    masses: Mapping[int, float] = MASSES,
    imaginary: bool = False,
) -> str:
    lines = ["Block MASS", "   25  1.12134000E+02  # hh(1)"]
    lines += [f"  {code}  {mass:.8E}  # Se" for code, mass in masses.items()]
    text = "\n".join(lines) + "\n" + block("SELMIX", matrix)
    return text + (block("IMSELMIX", matrix, "imag") if imaginary else "")


def read(text: str, query: str) -> Reading:
    return parse(text.encode()).read(sfermion_query(query))


@pytest.mark.parametrize(
    ("query", "mass"),
    [
        ("SELMIX 3 6: 1", 134.490864),  # lighter stau: 1000011
        ("SELMIX 3 6: 2", 206.867805),
        ("SELMIX 1: 1", 202.115714),  # left selectron
        ("SELMIX 4: 1", 143.102939),
        ("SELMIX 2: 1", 202.115716),
        ("selmix 5 : 1", 143.102899),
        ("SELMIX 4 5 6: 1", 134.490864),  # the lightest of the right ones
    ],
)
def test_a_cmssm_spectrum(query: str, mass: float) -> None:
    assert read(spectrum(), query) == (mass, "")


def test_the_order_of_the_states_does_not_matter() -> None:
    """Also for programs that do not sort by mass, and for rows in any order in the file."""
    codes = list(MASSES)
    for order in itertools.islice(itertools.permutations(range(6)), 0, 720, 37):
        masses = {codes[new]: MASSES[codes[old]] for new, old in enumerate(order)}
        matrix = {new + 1: SLEPTONS[old + 1] for new, old in enumerate(order)}
        head, *rows = block("SELMIX", matrix).splitlines()
        text = spectrum(matrix, masses).split("Block SELMIX")[0]
        text += "\n".join([head, *reversed(rows)]) + "\n"
        assert read(text, "SELMIX 3 6: 1").value == 134.490864
        assert read(text, "SELMIX 3 6: 2").value == 206.867805
        assert read(text, "SELMIX 4: 1").value == 143.102939


def test_phases_do_not_matter() -> None:
    """A row may be multiplied by any phase; the imaginary parts stand in a block of their own."""
    for angle in (math.pi, 1.0):
        phase = complex(math.cos(angle), math.sin(angle))
        turned = {
            row: {column: value * phase**row for column, value in entries.items()}
            for row, entries in SLEPTONS.items()
        }
        text = spectrum(turned, imaginary=True)
        assert read(text, "SELMIX 3 6: 1").value == 134.490864
        assert read(text, "SELMIX 4: 1").value == 143.102939


def test_without_the_imaginary_parts_it_is_missing() -> None:
    turned = {row: {c: v * 1j for c, v in entries.items()} for row, entries in SLEPTONS.items()}
    reading = read(spectrum(turned), "SELMIX 3 6: 1")
    assert math.isnan(reading.value)
    assert "the squares of these columns sum up to 0, not to 2" in reading.reason


def mixed(first: int, second: int, angle: float) -> Matrix:
    """Two rows turned into each other."""
    a, b = SLEPTONS[first], SLEPTONS[second]
    c, s = math.cos(angle), math.sin(angle)
    columns = a.keys() | b.keys()
    up = {i: c * a.get(i, 0) + s * b.get(i, 0) for i in columns}
    down = {i: c * b.get(i, 0) - s * a.get(i, 0) for i in columns}
    return {**SLEPTONS, first: up, second: down}


@pytest.mark.parametrize("angle", [0.0, 0.3, math.pi / 4, 1.0])
def test_degenerate_states_may_be_mixed_in_any_way(angle: float) -> None:
    """Without Yukawa couplings of the light families their basis is arbitrary."""
    same = {**MASSES, 1000013: 143.1029, 1000015: 143.1029}
    text = spectrum(mixed(2, 3, angle), same)
    assert read(text, "SELMIX 4: 1").value == 143.1029
    assert read(text, "SELMIX 5: 1").value == 143.1029
    assert read(text, "SELMIX 3 6: 1").value == 134.490864


def test_three_degenerate_states() -> None:
    third = 1 / math.sqrt(3)
    matrix = {
        **SLEPTONS,
        1: {4: third, 5: third, 6: third},
        2: {4: math.sqrt(2 / 3), 5: -math.sqrt(1 / 6), 6: -math.sqrt(1 / 6)},
        3: {5: math.sqrt(0.5), 6: -math.sqrt(0.5)},
        4: {1: 1.0},
        5: {2: 1.0},
        6: {3: 1.0},
    }
    masses = {**MASSES, 1000011: 140.0, 1000013: 140.0, 1000015: 140.0}
    for column in (4, 5, 6):
        assert read(spectrum(matrix, masses), f"SELMIX {column}: 1").value == 140.0


def test_mixed_states_of_different_mass_have_no_name() -> None:
    """Neither 134 nor 143 GeV is the mass of the right smuon then."""
    reading = read(spectrum(mixed(1, 2, math.pi / 4)), "SELMIX 5: 1")
    assert math.isnan(reading.value)
    assert "0 states instead of 1 consist mostly of that (shares 0.5, 0.5, " in reading.reason
    assert read(spectrum(mixed(1, 2, 0.3)), "SELMIX 5: 1").value == 143.102899


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  1  6 ", "  1  7 ", "no entry SELMIX 1 6"),
        ("  5  3 ", "  5  3  NaN # ", "'NaN' is not a number"),
        ("  2000013  ", "  9000013  ", "no entry MASS 2000013"),
        ("Block SELMIX", "Block STAUMIX", "no block SELMIX"),
        ("Block MASS", "Block MASSES", "no block MASS"),
        ("  1000011  1.34490864E+02", "  1000011  ****", "Fortran overflow"),
        ("  1  6    9.59264000E-01", "  1  6    9.59264000E+01", "sum up to"),
    ],
)
def test_what_is_not_in_the_file_is_missing(old: str, new: str, said: str) -> None:
    text = spectrum()
    assert old in text
    reading = read(text.replace(old, new), "SELMIX 3 6: 1")
    assert math.isnan(reading.value)
    assert said in reading.reason


def test_an_incomplete_imaginary_part_is_missing() -> None:
    text = spectrum() + "Block IMSELMIX\n 1 3 0.0E+00 #\n"
    assert "no entry IMSELMIX 1 6" in read(text, "SELMIX 3 6: 1").reason


def test_sneutrinos_have_three_states() -> None:
    masses = {1000012: 185.26, 1000014: 186.4, 1000016: 186.5}
    matrix = {1: {3: 1.0}, 2: {1: 1.0}, 3: {2: 1.0}}
    text = "Block MASS\n" + "".join(f" {code} {mass} #\n" for code, mass in masses.items())
    text += block("SNUMIX", matrix, size=3)
    assert [read(text, f"SNUMIX {i}: 1").value for i in (1, 2, 3)] == [186.4, 186.5, 185.26]


def test_only_the_blocks_that_it_needs_have_to_be_kept() -> None:
    query = sfermion_query("SELMIX 3 6: 1")
    assert parse(spectrum(imaginary=True).encode(), [query]).read(query).value == 134.490864
    assert query.blocks == ("SELMIX", "IMSELMIX", "MASS")
    assert set(query.blocks) > set(entry_query("MASS 25").blocks)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'SELMIX 3 6: 1' for the lighter stau"),
        ("SELMIX 3 6", "'SELMIX 3 6: 1' for the lighter stau"),
        ("STAUMIX 1 2: 1", "USQMIX, DSQMIX, SELMIX, SNUMIX"),
        ("SELMIX: 1", "'SELMIX 3 6: 1' for the lighter stau"),
        ("SELMIX 3 7: 1", "within 1 ... 6"),
        ("SELMIX 0 1: 1", "within 1 ... 6"),
        ("SNUMIX 4: 1", "within 1 ... 3"),
        ("SELMIX 3 3: 1", "have to be different"),
        ("SELMIX 3 6: 3", "which of 2, from 1"),
        ("SELMIX 3 6: 0", "which of 2, from 1"),
    ],
)
def test_mistakes(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        sfermion_query(text)


def test_it_is_written_as_it_is_asked() -> None:
    assert str(sfermion_query(" selmix 3  6 :1")) == "SELMIX 3 6: 1"
