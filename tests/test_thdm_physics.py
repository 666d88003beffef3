"""The example codes thdmspec and higgsfit: physics against 2HDMC, limits, and their manners."""

from __future__ import annotations

import json
import math
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mlscanner_hep.codes.template import Template
from mlscanner_hep.slha import decay_query, entry_query, parse, width_query

ROOT = Path(__file__).parent.parent
FIXTURE = Path(__file__).parent / "fixtures" / "thdm" / "2hdmc-1.8.0.json"
REFERENCE = json.loads(FIXTURE.read_text())
NAMES = {i: f"lambda{i}" for i in range(1, 6)} | {9: "m12sq", 10: "tanb"}
V2 = 1 / (math.sqrt(2) * 1.1663788e-5)
ALLOWED = REFERENCE["points"]["allowed"]["minpar"]


class Spectrum:
    """What thdmspec wrote."""

    def __init__(self, data: bytes):
        self.data = data
        self.document = parse(data)

    def value(self, query: str) -> float:
        reading = self.document.read(entry_query(query))
        assert math.isfinite(reading.value), f"{query}: {reading.reason}"
        return reading.value

    def boson(self, higgs: int, pdg: int) -> float:
        return self.value(f"HiggsCouplingsBosons {higgs} {pdg} {pdg}")

    def fermion(self, higgs: int, pdg: int, column: int = 1) -> float:
        return self.value(f"HiggsCouplingsFermions {higgs} {pdg} {pdg} column {column}")

    def width(self, pdg: int) -> float:
        return self.document.read(width_query(str(pdg))).value

    def branching(self, decay: str) -> float:
        return self.document.read(decay_query(decay, absent=0.0)).value

    def branchings(self, pdg: int) -> list[float]:
        text = self.data.decode().split(f"DECAY   {pdg} ")[1].split("DECAY")[0]
        rows = [line for line in text.splitlines()[1:] if line.strip() and line[0] != "#"]
        return [float(row.split()[0]) for row in rows]


def card(minpar, sminputs=None, options=None) -> str:
    blocks = {"SMINPUTS": sminputs or {}, "MINPAR": minpar, "THDMINPUT": options or {}}
    lines = []
    for block, entries in blocks.items():
        lines.append(f"Block {block}")
        for index, value in entries.items():
            text = value if isinstance(value, str) else f"{value:.16E}"
            lines.append(f"  {index}  {text}  # a comment")
    return "\n".join(lines) + "\n"


def run(program: Path, *arguments: str, cwd: Path):
    return subprocess.run(
        [program, *arguments], cwd=cwd, capture_output=True, text=True, timeout=20
    )


@pytest.fixture
def solve(codes, tmp_path):
    """Run thdmspec on a card that it must accept."""

    def call(minpar, **blocks) -> Spectrum:
        (tmp_path / "LesHouches.in").write_text(card(minpar, **blocks))
        done = run(codes / "thdmspec", "LesHouches.in", "SPheno.spc", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return Spectrum((tmp_path / "SPheno.spc").read_bytes())

    return call


@pytest.fixture
def fit(codes, tmp_path):
    """Run higgsfit on a spectrum that it must accept."""

    def call(spectrum: Spectrum) -> dict[str, float]:
        (tmp_path / "SPheno.spc").write_bytes(spectrum.data)
        done = run(codes / "higgsfit", "SPheno.spc", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return {
            name: float(value)
            for name, value in re.findall(r"^(\w+)\s*=\s*(\S+)", done.stdout, re.MULTILINE)
        }

    return call


def from_masses(mh, mhh, ma, mhp, cba, m12sq, tanb):
    """MINPAR of a point given by masses [GeV] and mixing, as in arXiv:0902.0851."""
    beta = math.atan(tanb)
    alpha = beta - math.acos(cba)
    sb, cb, sa, ca = math.sin(beta), math.cos(beta), math.sin(alpha), math.cos(alpha)
    soft = m12sq / (sb * cb)
    lambda1 = (mhh**2 * ca**2 + mh**2 * sa**2 - m12sq * tanb) / (V2 * cb**2)
    lambda2 = (mhh**2 * sa**2 + mh**2 * ca**2 - m12sq / tanb) / (V2 * sb**2)
    lambda5 = (soft - ma**2) / V2
    lambda4 = 2 * (soft - mhp**2) / V2 - lambda5
    lambda3 = ((mhh**2 - mh**2) * sa * ca + m12sq) / (V2 * sb * cb) - lambda4 - lambda5
    values = [lambda1, lambda2, lambda3, lambda4, lambda5, m12sq, tanb]
    return dict(zip(NAMES, values, strict=True))


def aligned(mass=1000.0, tanb=3.0):
    """The Standard Model's h at 125.09 GeV; the others at one common mass."""
    return from_masses(125.09, mass, mass, mass, 0.0, mass**2 * tanb / (1 + tanb**2), tanb)


def random_points(number):
    low = np.array([0, 0, -10, -10, -10, 0, 1.5])
    high = np.array([10, 10, 10, 10, 10, 3e5, 40])
    points = low + (high - low) * np.random.default_rng(1).random((number, 7))
    return [dict(zip(NAMES, map(float, x), strict=True)) for x in points]


@pytest.mark.parametrize("name", REFERENCE["points"])
def test_agrees_with_2hdmc(solve, name):
    point = REFERENCE["points"][name]
    spectrum = solve(point["minpar"], sminputs=REFERENCE["sminputs"])
    for pdg, mass in point["mass"].items():
        assert spectrum.value(f"MASS {pdg}") == pytest.approx(mass, rel=1e-9)
    sba, cba = spectrum.value("HMIX 11"), spectrum.value("HMIX 12")
    # 2HDMC keeps cos(beta - alpha) >= 0; the common sign of h and H means nothing
    sign = math.copysign(1, cba)
    assert (sign * sba, sign * cba) == pytest.approx((point["sba"], point["cba"]), abs=1e-9)
    for entry, parameter in ((1, "T"), (2, "S"), (3, "U")):
        value = spectrum.value(f"SPhenoLowEnergy {entry}")
        assert value == pytest.approx(point[parameter], rel=1e-6, abs=1e-9)
    largest = spectrum.value("TREELEVELUNITARITY 2")
    assert (largest <= 8 * math.pi) == point["unitarity_8pi"]
    assert (largest <= 16 * math.pi) == point["unitarity_16pi"]
    assert spectrum.value("VACUUMSTABILITY 0") == point["bounded"]
    # 2HDMC has one loop less in the top mass and no alpha_s^3 terms: see docs/validation.md
    for parent, decays in point["decays"].items():
        assert spectrum.width(int(parent)) == pytest.approx(decays["width"], rel=0.05)
        for products, ratio in decays["br"].items():
            assert spectrum.branching(f"{parent} -> {products}") == pytest.approx(ratio, rel=0.08)


def test_alignment_is_the_standard_model(solve):
    spectrum = solve(aligned())
    bosons = [spectrum.boson(25, pdg) for pdg in (24, 23, 21)]
    fermions = [spectrum.fermion(25, pdg) for pdg in (3, 4, 5, 6, 13, 15)]
    assert bosons + fermions == pytest.approx([1] * 9, rel=1e-9)
    # the charged Higgs boson decouples from the loop
    assert spectrum.boson(25, 22) == pytest.approx(1, abs=1e-3)
    assert spectrum.boson(35, 24) == pytest.approx(0, abs=1e-9)


def test_branching_ratios_of_the_standard_model(solve):
    """LHC Higgs Cross Section Working Group, arXiv:1610.07922, at 125.09 GeV."""
    spectrum = solve(aligned())
    # gg lacks the third order of QCD and the 5 % of the electroweak corrections
    expected = {
        "5 -5": (0.5809, 0.02),
        "24 -24": (0.2152, 0.03),
        "21 21": (0.0818, 0.07),
        "15 -15": (0.06256, 0.03),
        "4 -4": (0.02884, 0.04),
        "23 23": (0.02641, 0.02),
        "22 22": (0.00227, 0.03),
        "23 22": (0.001541, 0.02),
        "13 -13": (2.171e-4, 0.05),
    }
    for products, (ratio, tolerance) in expected.items():
        assert spectrum.branching(f"25 -> {products}") == pytest.approx(ratio, rel=tolerance)
    assert spectrum.width(25) == pytest.approx(4.100e-3, rel=0.03)


def test_t_is_protected_by_custodial_symmetry(solve):
    """In alignment T needs a splitting between H+ and both of H and A (hep-ph/9305272)."""
    m12sq, tanb = 3e4, 2.0
    options = {3: 125.09}

    def t_parameter(mhh, ma, mhp):
        point = from_masses(125.09, mhh, ma, mhp, 0.0, m12sq, tanb)
        return solve(point, options=options).value("SPhenoLowEnergy 1")

    assert t_parameter(3000, 3000, 3000) == pytest.approx(0, abs=1e-9)
    assert t_parameter(300, 450, 450) == pytest.approx(0, abs=1e-9)
    assert t_parameter(450, 300, 450) == pytest.approx(0, abs=1e-9)
    assert t_parameter(300, 300, 450) > 0.1
    assert t_parameter(300, 600, 450) < -0.1


def test_type_1_couples_all_fermions_alike(solve):
    point = from_masses(125.0, 420.0, 350.0, 380.0, 0.1, 3e4, 5.0)
    spectrum = solve(point, options={2: "1"})
    for higgs in (25, 35):
        couplings = [spectrum.fermion(higgs, pdg) for pdg in (5, 6, 15)]
        assert couplings == pytest.approx([couplings[0]] * 3)
    pseudoscalar = [spectrum.fermion(36, pdg, column=2) for pdg in (5, 6, 15)]
    assert pseudoscalar == pytest.approx([-0.2, 0.2, -0.2])


def test_every_spectrum_is_whole(codes, tmp_path):
    spectra = 0
    for minpar in random_points(40):
        (tmp_path / "LesHouches.in").write_text(card(minpar))
        if "negative mass" in run(codes / "thdmspec", cwd=tmp_path).stdout:
            continue
        spectra += 1
        spectrum = Spectrum((tmp_path / "SPheno.spc").read_bytes())
        for pdg in (25, 35, 36, 37):
            ratios = spectrum.branchings(pdg)
            assert sum(ratios) == pytest.approx(1, abs=1e-12)
            assert min(ratios) > 0
            assert 0 < spectrum.width(pdg) < math.inf
        assert re.search(rb"\*\*|\b(nan|inf|infinity)\b", spectrum.data, re.IGNORECASE) is None
    assert spectra > 20


def test_default_file_names_and_d_exponents(codes, tmp_path):
    exotic = {i: f"{x:.16E}".replace("E", "d") for i, x in ALLOWED.items()}
    (tmp_path / "LesHouches.in").write_text(card(exotic).replace("Block", "block"))
    done = run(codes / "thdmspec", cwd=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "Finished!")
    spectrum = Spectrum((tmp_path / "SPheno.spc").read_bytes())
    assert spectrum.value("MINPAR 1") == ALLOWED["1"]


def test_inputs_come_back_bit_for_bit_through_the_template(codes, tmp_path):
    path = ROOT / "templates" / "thdmspec" / "LesHouches.in.j2"
    values = {name: ALLOWED[str(i)] for i, name in NAMES.items()}
    text = Template(path.read_text(), path.name).render(values | {"mtop": 173.1})
    (tmp_path / "LesHouches.in").write_text(text)
    run(codes / "thdmspec", cwd=tmp_path)
    spectrum = Spectrum((tmp_path / "SPheno.spc").read_bytes())
    assert {name: spectrum.value(f"MINPAR {i}") for i, name in NAMES.items()} == values
    assert spectrum.value("SMINPUTS 6") == 173.1


def test_template_needs_exactly_the_parameters():
    path = ROOT / "templates" / "thdmspec" / "LesHouches.in.j2"
    assert set(Template(path.read_text(), path.name).uses()) == set(NAMES.values())
    rows = [line for line in path.read_text().splitlines() if not line.startswith("Block")]
    assert all(" # " in row for row in rows)


def test_tachyon_is_an_answer_without_a_spectrum(codes, tmp_path):
    (tmp_path / "SPheno.spc").write_text("Block MASS\n  25  125.0  # of another point\n")
    (tmp_path / "LesHouches.in").write_text(card(ALLOWED | {"5": 9.0, "9": 0.0}))
    done = run(codes / "thdmspec", "LesHouches.in", "SPheno.spc", cwd=tmp_path)
    assert done.returncode == 0
    assert "negative mass squared" in done.stdout
    assert not (tmp_path / "SPheno.spc").exists()


@pytest.mark.parametrize("index", ALLOWED)
def test_missing_parameter_is_an_error(codes, tmp_path, index):
    (tmp_path / "LesHouches.in").write_text(card({i: x for i, x in ALLOWED.items() if i != index}))
    done = run(codes / "thdmspec", cwd=tmp_path)
    assert done.returncode == 1
    assert f"MINPAR has no entry {index}" in done.stderr
    assert not (tmp_path / "SPheno.spc").exists()


@pytest.mark.parametrize("text", ["nan", "Infinity", "1,5", "2*3.0", "/", "abc", "1e999"])
def test_unusable_number_is_an_error(codes, tmp_path, text):
    (tmp_path / "LesHouches.in").write_text(card(ALLOWED | {"2": text}))
    done = run(codes / "thdmspec", cwd=tmp_path)
    assert done.returncode == 1
    assert "not a finite number" in done.stderr
    assert not (tmp_path / "SPheno.spc").exists()


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ({"minpar": ALLOWED | {"10": -2.0}}, "tan(beta) must be positive"),
        ({"minpar": ALLOWED, "options": {2: 3.0}}, "Yukawa type must be 1 or 2"),
        ({"minpar": ALLOWED, "sminputs": {6: 0.0}}, "every entry must be positive"),
        ({"minpar": ALLOWED, "sminputs": {9: 95.0}}, "W mass must be below"),
        (None, "cannot open the input file LesHouches.in"),
    ],
)
def test_senseless_input_is_an_error(codes, tmp_path, blocks, words):
    if blocks is not None:
        (tmp_path / "LesHouches.in").write_text(card(**blocks))
    done = run(codes / "thdmspec", cwd=tmp_path)
    assert (done.returncode, words in done.stderr) == (1, True)


def test_alignment_fits_like_the_standard_model(solve, fit):
    result = fit(solve(aligned(mass=2000.0)))
    assert result["pdg_125"] == 25
    assert result["chi2_mu"] == pytest.approx(result["chi2_mu_sm"], rel=1e-3)
    assert result["delta_chi2_mu"] == pytest.approx(0, abs=5e-3)
    for production in ("ggF", "VBF", "VH", "ttH"):
        assert result[f"mu_{production}_WW"] == pytest.approx(1, rel=1e-4)


def test_signal_strengths_follow_the_couplings(solve, fit):
    spectrum = solve(from_masses(125.09, 500.0, 520.0, 520.0, 0.1, 6e4, 3.0))
    v, gluon = spectrum.boson(25, 24), spectrum.boson(25, 21)
    bottom, top, tau = (spectrum.fermion(25, pdg) for pdg in (5, 6, 15))
    result = fit(spectrum)
    width = result["width_ratio"]
    assert result["mu_VBF_tautau"] == pytest.approx(v**2 * tau**2 / width, rel=1e-8)
    assert result["mu_ttH_WW"] == pytest.approx(top**2 * v**2 / width, rel=1e-8)
    ggf = (48.52 * gluon**2 + 0.486 * bottom**2) / (48.52 + 0.486)
    assert result["mu_ggF_ZZ"] == pytest.approx(ggf * v**2 / width, rel=1e-8)
    # b bbar is 58 % of the width: it has to pull it along
    assert (width - 1) * (bottom**2 - 1) > 0


def test_new_decays_lower_every_rate(solve, fit):
    spectrum = solve(REFERENCE["points"]["light_A"]["minpar"])
    result = fit(spectrum)
    new = spectrum.branching("25 -> 36 36") + spectrum.branching("25 -> 36 23")
    assert new > 0.9
    assert result["br_new"] == pytest.approx(new, rel=1e-2)
    assert result["mu_VH_bb"] < 0.2
    assert result["delta_chi2_mu"] > 50


def test_the_observed_state_may_be_the_heavier_one(solve, fit):
    spectrum = solve(from_masses(80.0, 125.0, 400.0, 400.0, 0.999, 2000.0, 3.0))
    result = fit(spectrum)
    assert result["pdg_125"] == 35
    assert result["m_125"] == pytest.approx(125.0)
    assert result["production_VBF"] == pytest.approx(0.999**2)


def test_chi2_is_the_sum_of_the_table(codes, solve, tmp_path):
    solve(from_masses(125.09, 500.0, 520.0, 520.0, 0.1, 6e4, 3.0))
    stdout = run(codes / "higgsfit", "SPheno.spc", cwd=tmp_path).stdout
    rows = [line.split() for line in stdout.splitlines() if re.match(r"\s+(ATLAS|CMS) ", line)]
    chi2 = 0.0
    for *_, measured, up, down, predicted, pull in rows:
        difference = float(predicted) - float(measured)
        expected = difference / float(up if difference > 0 else down)
        assert float(pull) == pytest.approx(expected, abs=2e-3)
        chi2 += expected**2
    printed = re.search(r"^chi2_mu = (\S+)$", stdout, re.MULTILINE)
    assert len(rows) == 39
    assert float(printed[1]) == pytest.approx(chi2, rel=1e-3)


def test_charged_higgs_bound(solve, fit):
    for kind, limit in ((2, 800.0), (1, 0.0)):
        result = fit(solve(aligned(mass=900.0), options={2: kind}))
        assert result["bsg_limit_2020"] == limit
        assert result["bsg_margin_2020"] == pytest.approx(900.0 - limit)


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        (rb"Block MASS.*?(?=Block ALPHA)", "no MASS block"),
        (rb"\n    37 .*?(?=\n)", "entry 37 in block MASS"),
        (rb"\n[^\n]* 25    22    22 [^\n]*", "row 25 22 22 in block HIGGSCOUPLINGSBOSONS"),
        (rb"(?<=GeV\]\n)#    BR.*?(?=DECAY   35)", "DECAY table"),
    ],
)
def test_incomplete_spectrum_is_an_error(codes, solve, tmp_path, lost, words):
    data = solve(aligned()).data
    broken = re.sub(lost, b"", data, count=1, flags=re.DOTALL)
    assert broken != data
    (tmp_path / "SPheno.spc").write_bytes(broken)
    done = run(codes / "higgsfit", "SPheno.spc", cwd=tmp_path)
    assert done.returncode == 1
    assert words in done.stderr


def test_higgsfit_needs_one_readable_file(codes, tmp_path):
    nothing = run(codes / "higgsfit", cwd=tmp_path)
    assert (nothing.returncode, "usage" in nothing.stderr) == (2, True)
    nowhere = run(codes / "higgsfit", "nowhere.spc", cwd=tmp_path)
    assert (nowhere.returncode, "cannot open nowhere.spc" in nowhere.stderr) == (1, True)
