"""What may change between two runs of a scan, and what may not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlscanner_hep.errors import LedgerError
from mlscanner_hep.scan import Scan


def rerun(file: Path) -> Scan:
    with Scan.load(file) as scan:
        scan.run()
    return scan


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("min = -2.0", "min = -1.0", "parameters.x.min: -2.0 -> -1.0"),
        ("[0, 3]", "[0, 3, 4]", "parameters.mode"),
        ("[[chain]]", "[constants]\nmt = 1\n[[chain]]", "constants.mt: nothing -> 1"),
        ("[[chain]]", "[derived]\nd = 'x'\n[[chain]]", "derived.d: nothing -> x"),
        ('sh"', 'sh"\nname = "other"', "chain (order): fake -> other"),
        ('sh"', 'sh"\nskip_if = "x > 2"', "chain.fake.skip_if"),
        (
            "[constraints]",
            '[observables]\nmh = { expr = "x" }\n[constraints]',
            "observables.mh: fake, out.slha (slha)",
        ),
    ],
)
def test_changes_of_the_model_that_are_refused(
    fake_model: Callable[..., Path], old: str, new: str, said: str
) -> None:
    rerun(fake_model())
    rules = {'plausible = ["abs(mh) > 1 or abs(mh) < 0.99"]': ""}
    adapter = fake_model(replace={old: new}).parent / "fake" / "adapter.toml"
    if "expr" in new:  # the adapter's own rule on mh would be in the way
        text = adapter.read_text()
        for a, b in rules.items():
            text = text.replace(a, b)
        adapter.write_text(text)
    with pytest.raises(LedgerError, match="mean something else") as caught:
        rerun(adapter.parent.parent / "model.toml")
    assert said in str(caught.value)
    assert "another name or folder" in str(caught.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("in.slha.j2", "# x", "# the x", "chain.fake.inputs.in.slha: template, sha256"),
        ("adapter.toml", '"in.slha", "out', '"in.slha", "./out', "chain.fake.command"),
        ("adapter.toml", '["FATAL"]', '["FATAL", "x"]', "chain.fake.success.fatal"),
        ("adapter.toml", "MASS 25", "MASS 35", "observables.mh"),
        ("adapter.toml", ", unit", ", abs = true, unit", "observables.mh"),
        (
            "adapter.toml",
            '"slha"\n',
            '"slha"\noptional = true\n',
            "chain.fake.outputs.out.slha: nothing -> optional",
        ),
        ("adapter.toml", "timeout", 'stdout = "log"\ntimeout', "chain.fake.stdout: nothing -> log"),
    ],
)
def test_changes_of_the_adapter_that_are_refused(
    fake_model: Callable[..., Path], file: str, old: str, new: str, said: str
) -> None:
    model = fake_model()
    rerun(model)
    path = model.parent / "fake" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(LedgerError) as caught:
        rerun(model)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("min = -2.0", 'unit = "GeV", min = -2.0'),
        ("seed = 3", "seed = 4"),
        ("batch = 8", "batch = 4"),
        ('sh"', 'sh"\ntimeout = 3'),
        ('exe = "./fake.sh"\n', 'exe = "fake.sh"\n'),
        ("[proposer]", "[run]\nworkers = 2\n[proposer]"),
    ],
)
def test_changes_that_leave_old_points_as_they_are(
    fake_model: Callable[..., Path], old: str, new: str
) -> None:
    rerun(fake_model())
    assert len(rerun(fake_model(replace={old: new})).points) == 24


def test_options_and_computed_observables_have_a_meaning(fake_model: Callable[..., Path]) -> None:
    more = '[options]\nloops = { default = 1 }\n[computed]\ntwice = { expr = "2 * mh" }\n'
    model = fake_model()
    adapter = model.parent / "fake" / "adapter.toml"
    adapter.write_text(adapter.read_text() + more)
    assert rerun(model).points.y.shape == (24, 2)
    adapter.write_text(adapter.read_text().replace("2 * mh", "2 * mh + 1"))
    with pytest.raises(
        LedgerError, match=r"observables.twice: fake: 2 \* mh -> fake: 2 \* mh \+ 1"
    ):
        rerun(model)
    adapter.write_text(adapter.read_text().replace("2 * mh + 1", "2 * mh"))
    model.write_text(model.read_text().replace('sh"', 'sh"\noptions = { loops = 2 }'))
    with pytest.raises(LedgerError, match=r"chain.fake.options.loops: 1 -> 2"):
        rerun(model)


def test_a_changed_limit_relabels_old_points_without_running_a_code(
    fake_model: Callable[..., Path],
) -> None:
    scan = rerun(fake_model())
    before = scan.problem.inside(scan.points)
    file = fake_model(replace={"mh = { min = 0.0 }": "mh = { min = 1.0 }"})
    (file.parent / "fake.sh").write_text("#!/bin/sh\nexit 99\n")
    with Scan.load(file) as again:
        progress = again.run()
    after = again.problem.inside(again.points)
    y = again.points.y[:, 0]
    assert progress.calls == 24
    assert before.sum() > after.sum() > 0
    assert (after == (y >= 1)).all()
    assert progress.inside == after.sum()


def test_a_new_observable_is_missing_in_old_points(fake_model: Callable[..., Path]) -> None:
    rerun(fake_model())
    more = "[observables]\ntwice = { expr = '2 * mh' }\n[constraints]"
    file = fake_model(replace={"[constraints]": more, "calls = 24": "calls = 32"})
    scan = rerun(file)
    column = scan.points.y[:, list(scan.problem.observables).index("twice")]
    good = scan.points.ok
    assert good[:24].any()
    assert (column[:24][good[:24]] != column[:24][good[:24]]).all()
    assert (column[24:][good[24:]] == 2 * scan.points.y[24:, 0][good[24:]]).all()
