from __future__ import annotations

import pytest

from mlscanner_hep.codes.input_rules import lacks, parse

INPUT = b"""Block MODSEL
 1 1 # CMSSM
Block MINPAR
 1 1.25E+02 # m0
 2 5.0E+02 # m12
 5 NaN # A0
Block MSL2IN
 1 1 1.0E+05"""  # the last line has no end: a template need not have one


def lacking(*texts: str) -> list[str]:
    return lacks(INPUT, [parse(text) for text in texts])


def test_what_is_there_is_not_told() -> None:
    assert lacking("MINPAR 1", "minpar 1, 2", "MSL2IN 1 1", "MODSEL 1") == []


def test_what_is_not_there_is_told_one_by_one() -> None:
    third, fifth, matrix = lacking("MINPAR 1, 3, 5", "MSL2IN 1 1, 2 2")
    assert third == ("'MINPAR 3' is not given (no entry MINPAR 3): the code would take it for 0")
    assert "'MINPAR 5' is not given (line 6: 'NaN' is not a number)" in fifth
    assert "MSL2IN 2 2" in matrix
    assert "no block EXTPAR" in lacking("EXTPAR 1")[0]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [("MODSEL 1 = 1", True), ("MODSEL 1 = 0", False), ("MODSEL 2 = 1", False)],
)
def test_conditions(condition: str, holds: bool) -> None:
    assert len(lacking(f"MINPAR 3, 4 if {condition}")) == 2 * holds


@pytest.mark.parametrize(
    "text",
    ["", "MINPAR", "MINPAR one", "MINPAR 1,", "MINPAR 1 if", "MINPAR 1 if MODSEL 1", "25",
     "MINPAR 1 if MODSEL 1 = one", "MINPAR 1, EXTPAR 2"],
)  # fmt: skip
def test_mistakes(text: str) -> None:
    with pytest.raises(ValueError, match="should read like 'MINPAR 1'"):
        parse(text)
