"""The pages say what the code does."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

from mlscanner_hep.adapter_file import AdapterFile
from mlscanner_hep.config import ModelFile

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *ROOT.glob("*/*/README.md")])

spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
assert spec is not None
assert spec.loader is not None
reference = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reference)


@pytest.mark.parametrize("name", reference.PAGES)
def test_the_reference_is_that_of_the_schema(name: str) -> None:
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == reference.PAGES[name](), "run: python docs/reference.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def blocks(language: str) -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_example_of_the_readme_is_the_demo() -> None:
    shown = ModelFile.model_validate(tomllib.loads(blocks("toml")[0]))
    demo = tomllib.loads((ROOT / "examples" / "thdm" / "model.toml").read_text(encoding="utf-8"))
    actual = ModelFile.model_validate(demo)
    assert (shown.scan, shown.chain, shown.constraints) == (
        actual.scan,
        actual.chain,
        actual.constraints,
    )
    for name, parameter in shown.parameters.items():
        assert parameter == actual.parameters[name].model_copy(update={"latex": ""})


def test_the_adapter_of_the_readme_is_one() -> None:
    adapter = AdapterFile.model_validate(tomllib.loads(blocks("toml")[1]))
    assert adapter.outputs["SPheno.spc"].observables.keys() == {"mh", "br_h_gamgam"}


def test_the_python_of_the_readme_compiles() -> None:
    for code in blocks("python"):
        compile(code, "README.md", "exec")
