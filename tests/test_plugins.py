"""Proposers and surrogates of other packages, and the guide that shows how to write them."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pages import DOCS, blocks
from test_proposers import PLAIN, STATES, ask, box, evaluated, problem_of, random_points

from mlscanner_hep import proposers, surrogates
from mlscanner_hep.space import Choice
from mlscanner_hep.tools.plugins import Kinds

BROKEN = """
[mlscanner_hep.proposers]
broken = broken:Broken
uniform = broken:Broken
number = numbers:Number
twice = nearby:Nearby
"""


def install(folder: Path, name: str, entries: str) -> None:
    """What pip would leave of a package: its metadata."""
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(entries)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package of the guide, one that is broken, and one that claims a name of another."""
    files = {block.file: block.text for block in blocks(DOCS / "extend.md") if block.file}
    groups = tomllib.loads(files.pop("pyproject.toml"))["project"]["entry-points"]
    for file, text in files.items():
        (tmp_path / file).write_text(text)
    (tmp_path / "broken.py").write_text("import no_such_module\n")
    lines = [f"[{g}]\n" + "".join(f"{k} = {v}\n" for k, v in e.items()) for g, e in groups.items()]
    install(tmp_path, "my-scans", "\n".join(lines))
    install(tmp_path, "broken", BROKEN)
    install(tmp_path, "other", "[mlscanner_hep.proposers]\ntwice = nearby:Nearby\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    for module in (proposers, surrogates):
        known = module._ALL
        fresh = Kinds(known._group, module.KINDS, known._methods)
        monkeypatch.setattr(module, "_ALL", fresh)
    yield tmp_path
    for name in ("nearby", "plane", "broken"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("installed")
def test_the_proposer_of_the_guide() -> None:
    proposer = proposers.make("nearby", {"step": 0.01})
    for state in STATES.values():
        ask(proposer, PLAIN, state())
    points = STATES["points"]()
    known = points.u[PLAIN.inside(points)]
    assert len(known) > 0
    proposal = ask(proposer, PLAIN, points)
    assert set(proposal.origin) == {"main"}
    gap = np.linalg.norm(proposal.u[:, None] - known, axis=2).min(axis=1)
    assert gap.max() < 0.06
    problem = problem_of((*box(1), Choice("type", (1, 2))), {"y": (0.0, 2.0)})
    chosen = ask(proposer, problem, random_points(problem, 9, lambda x: x[:, :1])).u
    assert chosen == pytest.approx(problem.space.snap(chosen))


@pytest.mark.usefixtures("installed")
def test_the_surrogate_of_the_guide() -> None:
    def code(x: np.ndarray) -> np.ndarray:
        return x @ [[1.0], [-2.0]]

    problem = problem_of(box(2), {"y": (0.0, 0.1)})
    points = random_points(problem, 60, code)
    proposal = ask(proposers.make("regressor", {"model": "plane"}), problem, points, n=40)
    main = proposal.u[proposal.origin == "main"]
    assert problem.inside(evaluated(problem, main, code)).mean() > 0.8  # 5 % of the box
    surrogate = surrogates.make("plane", {"penalty": 1e-9})
    table = surrogates.to_table(surrogate)
    assert table == {"kind": "plane", "penalty": 1e-9, "max_points": 5000}
    model = surrogate.fit(points.u, points.y, 0)
    again = surrogates.from_table(table).restore(model.state().arrays)
    assert (again.predict(points.u)[1] == model.predict(points.u)[1]).all()


@pytest.mark.usefixtures("installed")
def test_options_of_a_plugin_are_checked() -> None:
    with pytest.raises(ValueError, match=r"step = 2 lies outside of 0 \.\.\. 1"):
        proposers.make("nearby", {"step": 2})
    with pytest.raises(ValueError, match="did you mean 'nearby'"):
        proposers.make("nearbi", {})


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("broken", "broken:Broken of broken.* cannot be loaded: .*no_such_module.*uninstall"),
        ("number", "must be a dataclass with size, propose"),
        ("twice", "ambiguous: nearby:Nearby of .*, nearby:Nearby of .*; uninstall all but one"),
    ],
)
def test_a_plugin_that_is_of_no_use(kind: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        proposers.make(kind, {})


@pytest.mark.usefixtures("installed")
def test_names_of_ours_stay_ours() -> None:
    assert type(proposers.make("uniform", {})) is proposers.KINDS["uniform"]
    assert "broken" not in sys.modules


def test_entry_points_are_found_in_a_fresh_process(installed: Path) -> None:
    code = "import sys; from mlscanner_hep import proposers; assert 'nearby' not in sys.modules; "
    code += "print(type(proposers.make('nearby', {})).__name__)"
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(installed)!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "Nearby"
