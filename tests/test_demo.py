"""The demo: real codes, compiled here, run through the whole chain."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mlscanner_hep import Scan, Status
from mlscanner_hep.record.ledger import Ledger

EXAMPLE = Path(__file__).parent.parent / "examples" / "thdm"
MINPAR = {"1": 0, "2": 1, "3": 2, "4": 3, "5": 4, "9": 5, "10": 6}


@pytest.fixture
def demo(codes: Path, tmp_path: Path) -> Callable[..., Path]:
    """Write the model of the demo, changed as wanted, beside the compiled codes."""

    def write(**changes: str) -> Path:
        text = (EXAMPLE / "model.toml").read_text()
        for old, new in changes.items():
            assert old in text, old
            text = text.replace(old, new)
        if not (tmp_path / "bin").exists():
            shutil.copytree(codes, tmp_path / "bin")
        (tmp_path / "model.toml").write_text(text)
        return tmp_path / "model.toml"

    return write


def minpar(card: bytes) -> list[float]:
    """The seven parameters as they stand in the input file of the code."""
    values = [np.nan] * 7
    block = card.decode().split("Block MINPAR")[1].split("Block")[0]
    for line in block.splitlines()[1:]:
        index, value, *_ = line.split()
        values[MINPAR[index]] = float(value)
    return values


def test_the_ledger_holds_the_numbers_that_the_code_read(demo: Callable[..., Path]) -> None:
    """300 points, two workers: every parameter bit for bit, every status accounted for."""
    file = demo(
        **{
            'kind  = "regressor"': 'kind = "uniform"',
            "{ inside = 1000, calls = 6000 }": "{ calls = 300 }",
            "[proposer]": '[run]\nworkers = 2\nkeep = "all"\n[proposer]',
        }
    )
    with Scan.load(file) as scan:
        progress = scan.run()
    points = scan.points
    assert progress.counts[Status.FAILED] == 0
    assert progress.counts[Status.UNPHYSICAL] > 0
    with Ledger(scan.folder) as ledger:
        cards = [ledger.outputs(i)["thdmspec", "LesHouches.in"] for i in ledger.ids()]
    assert len(cards) == 300
    assert (np.array([minpar(card) for card in cards]) == points.x).all()
    assert np.isfinite(points.y[points.ok]).all()
    assert np.isnan(points.y[points.unphysical]).all()


def test_the_demo_finds_its_region(demo: Callable[..., Path]) -> None:
    """6e-5 of the box: 300 uniform calls find nothing, 300 calls of the regressor some tens."""
    file = demo(**{"{ inside = 1000, calls = 6000 }": "{ calls = 300 }"})
    with Scan.load(file) as scan:
        progress = scan.run()
    assert progress.inside >= 10
