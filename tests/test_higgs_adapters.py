"""Adapters of codes that are not here, against stand-ins that obey the codes' documentation."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mlscanner_hep.codes.adapter import ANY_SPECTRUM, Adapter, Handover
from mlscanner_hep.outcome import Answer
from mlscanner_hep.points import Status
from mlscanner_hep.setup import adapters
from mlscanner_hep.setup.config import ChainTable

EFFC = {
    "MH_GammaTot.dat": "1 125.0 300.0 310.0 4.1E-03 1.0E+00 1.0E+00",
    "MHplus_GammaTot.dat": "1 320.0 2.4",
    "effC.dat": "1 1.0 1.0",
    "BR_H_NP.dat": "1 0.0",
    "BR_Hplus.dat": "1 0.0 0.0 0.0",
    "BR_t.dat": "1 1.4 0.0",
    "LEP_HpHm_CS_ratios.dat": "1 0.0",
}
SPECTRUM = (
    "Block MASS\n 25 1.25E+02 # h\n 35 3.0E+02 # H\nDECAY 25 4.1E-03 # h\n 1.0E+00 2 5 -5 #\n"
)


def run(folder: Path, name: str, program: str, files: dict[str, str], **options: object) -> Answer:
    """Run an adapter on a stand-in: Python code that sees its arguments as `args`."""
    exe = folder / "stand-in"
    exe.write_text(f"#!{sys.executable} -IS\nimport sys\nargs = sys.argv[1:]\n{program}")
    exe.chmod(0o755)
    place = folder / "point"
    place.mkdir()
    for file, text in files.items():
        (place / file).write_text(text)
    return stage(name, exe, **options).run(place, {})


def stage(name: str, exe: Path, **options: object) -> Adapter:
    """The stage of a shipped adapter; a spectrum is taken from the file `spectrum`."""
    table = ChainTable(adapter=name, exe=str(exe), options=options)
    made = adapters.make(adapters.find(name), name, table, {}, (), exe.parent / "model.toml")
    inputs = {
        file: Handover("earlier", "spectrum") if origin == ANY_SPECTRUM else origin
        for file, origin in made.inputs.items()
    }
    return replace(made, inputs=inputs)


def table(header: str, cells: str) -> str:
    """A table as HiggsBounds and HiggsSignals write it."""
    return f" # generated\n #\n #cols:  {header}\n #\n   {cells}\n"


HB_HEADER = "n  Mh(1)  Mh(2)  Mh(3)  Mhplus(1)  HBresult  chan  obsratio  ncomb"
HS_HEADER = (
    "n  Mh(1)  Mh(2)  Mh(3)  Mhplus(1)  csq(mu)  csq(mh)  csq(tot) nobs(mu) nobs(mh) nobs(tot)  "
    "Pvalue"
)
MASSES = "1  125.000  300.000  310.000  320.000"
GIVEN = """
import os
prefix = args[-1]
needed = ["MH_GammaTot", "MHplus_GammaTot", "effC", "BR_H_NP", "BR_Hplus", "BR_t"]
for name in needed:
    if not os.path.exists(prefix + name + ".dat"):
        print("Check that <prefix> was specified correctly\\nand that file exists.")
        sys.exit("STOP Problem opening file: see standard output for more info")
uncertainties = open(prefix + "MHall_uncertainties.dat").read().split()
assert len(uncertainties) == 5, uncertainties
"""


def higgsbounds(cells: str) -> str:
    """HiggsBounds in mode effC, with this end of its line of results."""
    return f"""
assert args == ["LandH", "effC", "3", "1", "./"], args
{GIVEN}
with open(prefix + "HiggsBounds_results.dat", "w") as out:
    out.write({table(HB_HEADER, f"{MASSES}  {cells}")!r})
print("finished")
"""


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize(
    ("cells", "status", "result"),
    [
        ("1  589  0.713321  1", Status.OK, 1.0),
        ("0  589  1.31244  1", Status.OK, 0.0),
        ("-1  0  0.00000  0", Status.UNPHYSICAL, -1.0),
    ],
)
def test_higgsbounds_effective_couplings(
    tmp_path: Path, version: int, cells: str, status: Status, result: float
) -> None:
    answer = run(tmp_path, f"higgsbounds-{version}", higgsbounds(cells), EFFC, source="earlier")
    assert answer.status == status, answer.reason
    assert answer.values["hb_result"] == result
    assert answer.values["hb_obsratio"] == float(cells.split()[2])
    assert answer.values["hb_channel"] == float(cells.split()[1])


def test_the_mass_uncertainties_are_written(tmp_path: Path) -> None:
    answer = run(
        tmp_path, "higgsbounds-5", higgsbounds("1 589 0.7 1"), EFFC, dm_neutral=2.0, dm_charged=4.0
    )
    assert answer.status == Status.OK, answer.reason
    numbers = [float(word) for word in answer.files["MHall_uncertainties.dat"].split()]
    assert numbers == [1, 2, 2, 2, 4]


def test_a_missing_input_file_is_a_fault(tmp_path: Path) -> None:
    files = {name: text for name, text in EFFC.items() if name != "effC.dat"}
    answer = run(tmp_path, "higgsbounds-5", higgsbounds("1 589 0.7 1"), files)
    assert answer.status == Status.FAILED
    assert "effC.dat" in answer.reason


@pytest.mark.parametrize("name", ["higgsbounds-4", "higgsbounds-5", "higgssignals-1"])
def test_a_stop_with_exit_code_0_is_a_fault(tmp_path: Path, name: str) -> None:
    program = "print('STOP error getting ndat', file=sys.stderr)"
    answer = run(tmp_path, name, program, EFFC)
    assert answer.status == Status.FAILED
    assert "STOP error getting ndat" in answer.reason


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("higgssignals-1", ["latestresults", "peak", "2", "effC", "3", "1", "./"]),
        ("higgssignals-2", ["latestresults", "2", "effC", "3", "1", "./"]),
    ],
)
def test_higgssignals_effective_couplings(tmp_path: Path, name: str, arguments: list[str]) -> None:
    cells = "84.1234  0.552100  84.6755  81  4  85  0.490012"
    program = f"""
assert args == {arguments}, args
{GIVEN}
with open(prefix + "HiggsSignals_results.dat", "w") as out:
    out.write({table(HS_HEADER, f"{MASSES}  {cells}")!r})
"""
    answer = run(tmp_path, name, program, EFFC)
    assert answer.status == Status.OK, answer.reason + answer.log_tail()
    expected = {"hs_chi2": 84.6755, "hs_chi2_mu": 84.1234, "hs_chi2_mh": 0.5521, "hs_nobs": 85.0}
    assert dict(answer.values) == {**expected, "hs_pvalue": 0.490012}


def slha(arguments: list[str], block: str) -> str:
    """A code that adds a block to the spectrum."""
    return f"""
assert args == {arguments}, args
with open(args[-1], "a") as out:
    out.write({block!r})
"""


def hb_block(first_rank: int, results: list[int]) -> str:
    """As HiggsBounds writes it: the channels by their expected sensitivity."""
    lines = ["Block HiggsBoundsResults      # results from HiggsBounds"]
    lines += ["    0    5.10.2     ||LandH||            # version of HB used", "#"]
    for rank, result in enumerate(results, first_rank):
        values = (85 + rank, result, 0.60629644976076968 + rank, 1)
        lines += [f"  {rank}  {key}  {value}  # text" for key, value in enumerate(values, 1)]
        lines.append(f"  {rank}  5  ||(pp)->h1->Z Z-> 4 l (CMS 1312.5353)|| # text")
    return "\n".join([*lines, "#", ""])


@pytest.mark.parametrize(("version", "first"), [(4, 1), (5, 0)])
@pytest.mark.parametrize("result", [1, 0])
def test_higgsbounds_spectrum(tmp_path: Path, version: int, first: int, result: int) -> None:
    block = hb_block(first, [result, 1 - result])
    program = slha(["LandH", "SLHA", "3", "1", "HiggsBounds.slha"], block)
    answer = run(tmp_path, f"higgsbounds-{version}-slha", program, {"spectrum": SPECTRUM})
    assert answer.status == Status.OK, answer.reason + answer.log_tail()
    assert answer.values["hb_result"] == result
    assert answer.values["hb_obsratio"] == 0.60629644976076968 + first
    assert answer.values["hb_channel"] == 85 + first


def test_a_spectrum_that_was_not_opened_is_no_answer(tmp_path: Path) -> None:
    """HiggsBounds exits with 0 then, and an old result must not be read."""
    old = SPECTRUM + hb_block(0, [1])
    answer = run(tmp_path, "higgsbounds-5-slha", "print('done')", {"spectrum": old})
    assert answer.status == Status.FAILED
    assert "as it was before" in answer.reason


@pytest.mark.parametrize(
    ("name", "arguments", "rows"),
    [
        ("higgssignals-1-slha", ["latestresults", "peak", "2"], (7, 12, 13)),
        ("higgssignals-2-slha", ["latestresults", "2"], (8, 17, 21)),
    ],
)
def test_higgssignals_spectrum(
    tmp_path: Path, name: str, arguments: list[str], rows: tuple[int, int, int]
) -> None:
    numbers = dict(zip(rows, ("85", "84.67550000", "0.49001200"), strict=True))
    block = "BLOCK HiggsSignalsResults\n    0   ||1.4.0||   # version\n"
    block += "".join(f"   {i}   {numbers.get(i, '-1')}   # text\n" for i in range(4, 22))
    program = slha([*arguments, "SLHA", "3", "1", "HiggsSignals.slha"], block)
    answer = run(tmp_path, name, program, {"spectrum": SPECTRUM})
    assert answer.status == Status.OK, answer.reason + answer.log_tail()
    expected = {"hs_nobs": 85.0, "hs_chi2": 84.6755, "hs_pvalue": 0.490012}
    assert dict(answer.values) == expected


CHECKMATE = """
assert args == ["checkmate.in"], args
lines = open("checkmate.in").read().splitlines()
card = dict(line.split(": ", 1) for line in lines if ": " in line)
assert card["Pythia8Process"] == "p p > go go", card
open(card["SLHAFile"]).read()
import os
os.makedirs(card["Name"] + "/evaluation")
with open(card["Name"] + "/evaluation/total_results.txt", "w") as out:
    out.write("analysis  sr  o  b  robs  rexp\\natlas_1712_02332  2j-1200  611  526  1.75  1.4\\n")
print("Test: Calculation of r = signal/(95%CL limit on signal)")
"""


@pytest.mark.parametrize(
    ("said", "r"),
    [
        (r"\033[31mExcluded\033[0m\nResult for r: \033[1mr_max = 1.75\033[0m", 1.75),
        (r"\033[32mAllowed\033[0m\nResult for r: 4.5e-03", 4.5e-3),
    ],
)
def test_checkmate(tmp_path: Path, said: str, r: float) -> None:
    program = CHECKMATE + f'print("Result: {said}")\n'
    answer = run(tmp_path, "checkmate", program, {"spectrum": SPECTRUM}, process="go go")
    assert answer.status == Status.OK, answer.reason + answer.log_tail()
    assert dict(answer.values) == {"r_max": r}


def test_checkmate_without_a_result(tmp_path: Path) -> None:
    answer = run(tmp_path, "checkmate", CHECKMATE, {"spectrum": SPECTRUM}, process="go go")
    assert answer.status == Status.FAILED
    assert "r_max" in answer.reason


MADGRAPH = """
script = open(args[0]).read().splitlines()
assert "generate p p > go go" in script
open("param_card.dat").read()
print("     Cross-section :   9.999 +- 0.1 pb")
"""


def test_madgraph_reads_exponents_and_the_last_result(tmp_path: Path) -> None:
    program = MADGRAPH + 'print("     Cross-section :   1.234e-05 +- 1.1e-07 pb")'
    files = {"spectrum": SPECTRUM}
    answer = run(tmp_path, "madgraph", program, files, process="p p > go go")
    assert answer.status == Status.OK, answer.reason + answer.log_tail()
    assert dict(answer.values) == {"xsec": 1.234e-5, "xsec_error": 1.1e-7}


def test_an_interrupted_madgraph_is_a_fault(tmp_path: Path) -> None:
    program = MADGRAPH + "print('Command \"launch mg\" interrupted with error:')"
    files = {"spectrum": SPECTRUM}
    answer = run(tmp_path, "madgraph", program, files, process="p p > go go")
    assert answer.status == Status.FAILED
    assert "interrupted" in answer.reason


def test_feynhiggs(tmp_path: Path) -> None:
    program = """
name, form = args[0].split("#")
assert (form, args[1]) == ("SLHA", "42020110"), args
text = open(name).read().replace("1.25E+02", "1.2544E+02")
with open(name + ".fh-001", "w") as out:
    out.write(text + "Block DMASS\\n 25 1.1E+00 # Delta Mh0\\n")
"""
    answer = run(tmp_path, "feynhiggs", program, {"spectrum": SPECTRUM})
    assert answer.status == Status.OK, answer.reason + answer.log_tail()
    assert (answer.values["mh"], answer.values["dmh"]) == (125.44, 1.1)


SPHENO = {
    "negative mass squared": (
        "print('  Stopping calculation because of negative mass squared in tadpoles.')\n"
        "print('STOP Subroutine TerminateProgram', file=sys.stderr)",
        Status.UNPHYSICAL,
    ),
    "Error appeared": (
        "print(' Error appeared in calculation of masses ')\n"
        "print('STOP Subroutine TerminateProgram', file=sys.stderr)",
        Status.UNPHYSICAL,
    ),
    "Finished!": ("print(' Calculating branching ratios\\n Finished!')", Status.UNPHYSICAL),
    "TerminateProgram": (
        "print('STOP Subroutine TerminateProgram', file=sys.stderr)",
        Status.FAILED,
    ),
    "wrote no file": ("print(' Writing output files\\n Finished!')", Status.FAILED),
}


@pytest.mark.parametrize("said", SPHENO)
def test_how_spheno_says_that_there_is_no_spectrum(tmp_path: Path, said: str) -> None:
    """It exits with 0 each time, and writes nothing."""
    program, status = SPHENO[said]
    (tmp_path / "BLSSM.in.j2").write_text("Block MODSEL # model\n 1 0 # low scale\n")
    answer = run(tmp_path, "spheno-sarah", program, {}, model="BLSSM")
    assert answer.status == status, answer.reason
    assert said in answer.reason
