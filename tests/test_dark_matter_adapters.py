"""Shipped adapters of micrOMEGAs, and of codes that take a spectrum or hide their failures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlscanner_hep.outcome import Answer
from mlscanner_hep.points import Status
from mlscanner_hep.setup import adapters, reference

Ask = Callable[..., Answer]

SINGLET = "[values]\nm_S = 700.0\nlambda_hS = 0.3\n[options]\nmodel = 'SingletDM'\n"
SPECTRUM = "[files]\n'spectrum.slha' = 'spectrum'\n"
CMSSM = "[values]\nm0 = 125.0\nm12 = 500.0\ntanb = 10.0\na0 = 0.0\nsgnmu = 1\n"


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Run a shipped adapter at a point with a shell script for the program."""

    def run(name: str, point: str, script: str) -> Answer:
        program, file = tmp_path / "program", tmp_path / "point.toml"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        file.write_text(point)
        (tmp_path / "spectrum").write_text("Block MASS\n 25 1.25E+02 # h\n")
        folder = adapters.find(name, Path())
        (tmp_path / "run").mkdir()
        return reference.run(reference.adapter(folder, file, program), file, tmp_path / "run")

    return run


def printing(text: str, file: str = "/dev/stdout") -> str:
    return f"cat <<'END' > {file}\n{text}\nEND\n"


@pytest.mark.parametrize(
    ("line", "oh2"),
    [
        ("Xf=2.55e+01 Omega=6.14E-02 ", 0.0614),  # SingletDM
        ("Xf=2.56e+01 Omega=1.07e-01 err=0", 0.107),  # MSSM
        ("Xf=2.5e+01 Omega h^2=1.1e-01", 0.11),  # version 4
        ("VWdecay=1  darkOmega=1.2e-01", 0.12),  # IDM
        ("Omega = 0.125", 0.125),  # STFM
        # RDM: the sum stands last
        ("Omega_1h^2=1.00E-01 Omega_2h^2=2.00E-02 err=0 \nOmega=1.20E-01", 0.12),
    ],
)
def test_the_relic_density_of_any_main_program(ask: Ask, line: str, oh2: float) -> None:
    answer = ask("micromegas", SINGLET, printing(line))
    assert (answer.status, answer.values["oh2"]) == (Status.OK, oh2)


@pytest.mark.parametrize(
    ("line", "si", "sd"),
    [
        (" proton  SI 4.212E-09  SD 6.247E-09", 4.212e-9, 6.247e-9),
        (" proton  SI 4.212E-09 [3.100E-09] SD 6.247E-09 [6.247E-09]", 4.212e-9, 6.247e-9),
    ],
)
def test_cross_sections_are_no_amplitudes(ask: Ask, line: str, si: float, sd: float) -> None:
    amplitudes = "proton:  SI  -3.119E-09  SD  2.193E-09"
    text = f"Omega=1.0E-01\n{amplitudes}\n{line}\n{amplitudes}"
    values = ask("micromegas", SINGLET, printing(text)).values
    assert (values["sigma_si_p"], values["sigma_sd_p"]) == (si, sd)
    assert "sigma_si_n" not in values


@pytest.mark.parametrize("omega", ["NAN", "-nan", "-1.00E+00", "0.00E+00"])
def test_no_relic_density_with_exit_code_0(ask: Ask, omega: str) -> None:
    answer = ask("micromegas", SINGLET, printing(f"Xf=0.00e+00 Omega={omega} "))
    assert answer.status == Status.FAILED
    assert "oh2 > 0" in answer.reason


def test_two_components_without_a_sum_are_no_relic_density(ask: Ask) -> None:
    answer = ask("micromegas", SINGLET, printing("Omega_1h^2=1.00E-01\nOmega_2h^2=2.00E-02"))
    assert answer.status == Status.FAILED


def test_charged_dark_matter_is_an_answer(ask: Ask) -> None:
    said = "Dark Matter has electric charge 3/3\nOmega=1.0E-01"
    assert ask("micromegas", SINGLET, printing(said)).status == Status.UNPHYSICAL


def test_numbers_are_written_with_an_e(ask: Ask) -> None:
    """`7.0D+02` would be read as 7."""
    answer = ask("micromegas", SINGLET, "cat SingletDM.par; echo Omega=1.0E-01")
    lines = dict(line.split() for line in answer.files["SingletDM.par"].decode().splitlines())
    assert {name: float(number) for name, number in lines.items()}["Mdm1"] == 700
    assert float(lines["laSH"]) == 0.15, "half of lambda_hS"
    assert len(lines) == 20, "all parameters of the model: it takes defaults for missing ones"


@pytest.mark.parametrize(
    ("particle", "status"),
    [
        ("~o1", Status.OK),
        ("~nl", Status.OK),
        ("~l1", Status.UNPHYSICAL),
        ("~1+", Status.UNPHYSICAL),
    ],
)
def test_a_charged_lsp_gets_a_relic_density_all_the_same(
    ask: Ask, particle: str, status: Status
) -> None:
    said = f"Dark matter candidate is '{particle}' with spin=1/2  mass=2.05E+02\nOmega=1.0e-01"
    assert ask("micromegas-slha", SPECTRUM, printing(said)).status == status


def test_omg_out_has_no_block(ask: Ask) -> None:
    point = "[options]\nmodel = 'Made'\n[files]\n'SPheno.spc.Made' = 'spectrum'\n"
    rows = "1 0.119000 # relic density\n101 0.5 # ~C ~C -> W W\n201 0.000000000123000 # P SI [pb]"
    answer = ask("micromegas-sarah", point, f"{printing(rows, 'omg.out')}cat SPheno.spc.Made")
    assert (answer.status, answer.reason) == (Status.OK, "")
    assert answer.values == {"oh2": 0.119, "sigma_si_p": 1.23e-10}
    assert "sigma_sd_p" in answer.missing


def test_superiso_exits_with_1(ask: Ask) -> None:
    table = "BR(b->s gamma)\t\t3.2e-04\nBR(Bs->mu mu)\t\t3.2e-09\nBR(Bs->mu mu)_untag\t\t3.5e-09"
    answer = ask("superiso", SPECTRUM, f"{printing(table)}echo Block > output.flha; exit 1")
    assert answer.status == Status.OK
    assert answer.values == {"br_bsgamma": 3.2e-4, "br_bsmumu": 3.2e-9, "br_bsmumu_untag": 3.5e-9}


def test_superiso_has_to_write_its_file(ask: Ask) -> None:
    answer = ask("superiso", SPECTRUM, "echo 'BR(b->s gamma)  3.2e-04'; exit 1")
    assert (answer.status, answer.reason) == (Status.FAILED, "wrote no file 'output.flha'")


def susyhit(mh: str, complaint: str = "") -> str:
    first = f"Block SPINFO\n 1 SuSpect # program\n{complaint}"
    second = f"Block MASS\n 25 {mh} # h\n 1000021 1.1E+03 # gluino\n 1000022 2.0E+02 # neutralino"
    return printing(first, "slhaspectrum.in") + printing(second, "susyhit_slha.out")


@pytest.mark.parametrize(
    ("script", "status", "reason"),
    [
        (susyhit("1.145E+02"), Status.OK, ""),
        (susyhit("1.145E+02", " 4 STOP: non-pert. R.C. # x"), Status.UNPHYSICAL, "STOP: non-pert."),
        (susyhit("9.99E-01"), Status.FAILED, "50 < mh < 250"),
        (susyhit("NaN"), Status.FAILED, "MASS 25"),
        ("", Status.FAILED, "wrote no file 'slhaspectrum.in'"),
    ],
)
def test_susyhit_fakes_success(ask: Ask, script: str, status: Status, reason: str) -> None:
    answer = ask("susyhit", CMSSM, script)
    assert answer.status == status
    assert reason in answer.reason


def test_blocks_of_suspect_start_in_the_first_column(ask: Ask) -> None:
    """It takes the first six characters for `Block ` and reads numbers behind a blank."""
    text = ask("susyhit", CMSSM, "").files["suspect2_lha.in"].decode()
    assert {line[:6] if line[0] == "B" else line[:4] for line in text.splitlines()} == {
        "Block ", "    ",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("couplings", "mh"),
    [((0.99, 0.1, 0.0), 62.0), ((-0.17, 0.98, 0.0), 122.0), ((0.1, 0.1, -0.98), 900.0)],
)
def test_the_higgs_boson_of_the_nmssm_is_the_one_that_couples(
    ask: Ask, couplings: tuple[float, ...], mh: float
) -> None:
    point = (adapters.find("nmssmtools", Path()) / "reference" / "good.toml").read_text()
    masses = {25: 62, 35: 122, 45: 900, 37: 900, 1000022: 3}
    rows = [f" {pdg} {mass}.0 # mass" for pdg, mass in masses.items()]
    kappas = [f" {n} 5 {kappa} # W,Z bosons" for n, kappa in enumerate(couplings, 1)]
    spectrum = "\n".join(["Block MASS", *rows, "Block REDCOUP", *kappas])
    script = printing(spectrum, "spectr") + printing(
        "DECAY 25 4.1E-3 # h_1\n 1.0 2 5 -5 # b b", "decay"
    )
    answer = ask("nmssmtools", point, script)
    assert (answer.status, answer.values["mh"]) == (Status.OK, mh)
    assert answer.values["br_h1_aa"] == 0
