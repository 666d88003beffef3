"""The floors of the package (docs/design.md): imports go down only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import mlscanner_hep

FLOORS = {
    "0": "errors expressions slha space tools",
    "1": "constraints observables outcome points problem",
    "2a": "codes",
    "2b": "filling findings proposers surrogates",
    "3": "record running",
    "4": "importing loop merging planner progress results rounds scan setup shards",
    "5": "__main__ cli plots report",
}
FLOOR = {name: floor for floor, names in FLOORS.items() for name in names.split()}
ROOT = Path(mlscanner_hep.__file__).parent
DATA = ("skeleton", "templates")
FILES = [path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] not in DATA]
MODULES = {
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__"): (
        path.name == "__init__.py",
        ast.parse(path.read_text(encoding="utf-8")),
    )
    for path in FILES
}
INSIDE = sorted(MODULES.keys() - {"mlscanner_hep"})


def nodes(module: str, functions: bool = True) -> Iterator[ast.AST]:
    """The syntax nodes of a module, with or without what stands inside functions."""
    todo: list[ast.AST] = [MODULES[module][1]]
    while todo:
        node = todo.pop()
        yield node
        if functions or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            todo.extend(ast.iter_child_nodes(node))


def imports(module: str, functions: bool = True) -> set[str]:
    """Full names of the modules that a module imports."""
    package = module if MODULES[module][0] else module.rpartition(".")[0]
    found: set[str] = set()
    for node in nodes(module, functions):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: 1 - node.level or None] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            names = {f"{base}.{alias.name}" for alias in node.names}
            found |= (names & MODULES.keys()) | ({base} if names - MODULES.keys() else set())
    return found


def part(module: str) -> str:
    """What the table knows a module by: the first name below the package."""
    return module.split(".")[1]


def within(names: set[str]) -> set[str]:
    return {name for name in names if name.split(".")[0] == "mlscanner_hep"}


def test_table_is_complete() -> None:
    unknown = {part(module) for module in INSIDE} - FLOOR.keys()
    assert not unknown, f"say in FLOORS where these belong: {sorted(unknown)}"


@pytest.mark.parametrize("module", INSIDE)
def test_imports_go_down(module: str) -> None:
    here = FLOOR[part(module)]
    for name in within(imports(module)):
        assert name != "mlscanner_hep", f"{module} imports the package root"
        there = FLOOR[part(name)]
        assert there[0] <= here[0], f"{module} (floor {here}) imports {name} (floor {there})"
        assert {here, there} != {"2a", "2b"}, f"{module} ({here}) imports {name} ({there})"


def test_no_circles() -> None:
    graph = {module: within(imports(module)) - {module} for module in INSIDE}
    TopologicalSorter(graph).prepare()  # raises CycleError with the modules of the circle


@pytest.mark.parametrize("module", [*INSIDE, "mlscanner_hep"])
def test_special_modules(module: str) -> None:
    at_start = {name.split(".")[0] for name in imports(module, functions=False)}
    anywhere = {name.split(".")[0] for name in imports(module)}
    assert not at_start & {"tensorflow", "keras"}, "costs seconds: import it where it is used"
    if not module.startswith("mlscanner_hep.slha"):
        assert "pyslha" not in anywhere, "only mlscanner_hep.slha knows SLHA"
    if not module.startswith(("mlscanner_hep.cli", "mlscanner_hep.plots")):
        calls = (node.func for node in nodes(module) if isinstance(node, ast.Call))
        names = {call.id for call in calls if isinstance(call, ast.Name)}
        assert "print" not in names, "only the command line prints"
        assert not anywhere & {"rich", "typer"}, "only the command line prints"
