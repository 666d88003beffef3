"""The pages say what the code does."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import command_line
import jsonschema
import pytest
import reference
from pages import DOCS, PAGES, ROOT, blocks, name

from mlscanner_hep import Scan
from mlscanner_hep.setup.adapter_file import AdapterFile
from mlscanner_hep.setup.config import ModelFile

README = ROOT / "README.md"
SKELETON = ROOT / "mlscanner_hep" / "skeleton"
MODELS = sorted([*ROOT.glob("examples/*/*.toml"), SKELETON / "model.toml"])
ADAPTERS = sorted([*ROOT.glob("templates/*/adapter.toml"), *SKELETON.glob("*/adapter.toml")])


@pytest.mark.parametrize("page", reference.PAGES)
def test_the_reference_is_that_of_the_code(page: str) -> None:
    written = (DOCS / page).read_text(encoding="utf-8")
    assert written == reference.PAGES[page](), "run: python docs/reference.py"


def test_every_exit_code_is_explained() -> None:
    told = {int(row.split("|")[1]) for row in list(command_line.exit_codes())[2:]}
    assert {0, 1, 2, 3, 4, 5, 130} <= told


@pytest.fixture(params=["model", "adapter"])
def schema(request: pytest.FixtureRequest) -> tuple[str, jsonschema.Draft7Validator]:
    text = (DOCS / "schema" / f"{request.param}.schema.json").read_text(encoding="utf-8")
    jsonschema.Draft7Validator.check_schema(json.loads(text))
    return request.param, jsonschema.Draft7Validator(json.loads(text))


def test_editors_accept_what_is_right(schema: tuple[str, jsonschema.Draft7Validator]) -> None:
    kind, validator = schema
    files = {"model": MODELS, "adapter": ADAPTERS}[kind]
    assert len(files) > 5
    for file in files:
        problems = [error.message for error in validator.iter_errors(parse(file))]
        assert not problems, f"{file}: {problems}"


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("model", {"scan": {"name": "x", "stop": {"call": 3}}}),
        ("model", {"parameters": {"x": {"min": "one"}}}),
        ("model", {"run": {"keep": "some"}}),
        ("adapter", {"outputs": {"a": {"format": "slha", "mh": {"slah": "MASS 25"}}}}),
        ("adapter", {"success": {"exit_code": [0]}}),
        ("adapter", {"timeout": -1}),
    ],
)
def test_editors_underline_what_is_wrong(key: str, wrong: dict[str, Any]) -> None:
    text = (DOCS / "schema" / f"{key}.schema.json").read_text(encoding="utf-8")
    file = SKELETON / "model.toml" if key == "model" else SKELETON / "mycode" / "adapter.toml"
    validator = jsonschema.Draft7Validator(json.loads(text))
    assert not list(validator.iter_errors(parse(file)))
    assert list(validator.iter_errors({**parse(file), **wrong}))


def parse(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_code_is_code(page: Path) -> None:
    for block in blocks(page):
        if block.language == "python":
            compile(block.text, page.name, "exec")
        elif block.language == "toml":
            tomllib.loads(block.text)


def test_the_example_of_the_readme_is_the_demo() -> None:
    shown = ModelFile.model_validate(tomllib.loads(blocks(README, "toml")[0].text))
    actual = ModelFile.model_validate(parse(ROOT / "examples" / "thdm" / "model.toml"))
    assert (shown.scan, shown.chain, shown.constraints) == (
        actual.scan,
        actual.chain,
        actual.constraints,
    )
    for parameter, table in shown.parameters.items():
        assert table == actual.parameters[parameter].model_copy(update={"latex": ""})


def test_the_adapter_of_the_readme_is_one() -> None:
    adapter = AdapterFile.model_validate(tomllib.loads(blocks(README, "toml")[1].text))
    assert adapter.outputs["SPheno.spc"].observables.keys() == {"mh", "br_h_gamgam"}


def test_the_python_of_the_readme_runs(
    ring_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ring_model()
    monkeypatch.chdir(model.parent)
    names: dict[str, Any] = {}
    for block in blocks(README, "python"):
        text = block.text.replace('"mh": 125.1, "oh2": 0.11', '"r": 0.7, "angle": 0.1')
        exec(compile(text, "README.md", "exec"), names)
    assert len(names["good"]) > 0
    elsewhere = Scan.load(model, folder="elsewhere")
    assert elsewhere.problem.inside(elsewhere.points).sum() == 20
