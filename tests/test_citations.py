from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from conftest import Cli

from mlscanner_hep import Scan
from mlscanner_hep.results import citations

Model = Callable[..., Path]
CITE = 'cite = ["arXiv:1104.1573", "arXiv:hep-ph/0301101", "CMS-PAS-HIG-19-005"]\ncommand'


def add_citations(model: Path) -> None:
    adapter = model.parent / "fake" / "adapter.toml"
    adapter.write_text(adapter.read_text().replace("command", CITE, 1))


def test_codes_are_cited_by_the_numbers_of_their_papers(cli: Cli, fake_model: Model) -> None:
    model = fake_model()
    add_citations(model)
    for ran in (False, True):  # what the model would use, then what the ledger says was used
        if ran:
            with Scan.load(model) as scan:
                assert scan.ledger.names("parameter")
        code, out, _ = cli("cite", model)
        assert code == 0
        keys = re.findall(r"^@\w+\{(.+),$", out, re.MULTILINE)
        assert keys == [
            "arXiv:2207.09959",
            "mlscanner-hep",
            "arXiv:1104.1573",
            "arXiv:hep-ph/0301101",
            "CMS-PAS-HIG-19-005",
        ]
        assert out.count("{") == out.count("}")
        assert "eprint = {hep-ph/0301101}" in out
        assert "% used for: fake" in out
        assert metadata.version("mlscanner-hep") in out


def test_a_replaced_program_is_cited_too(fake_model: Model) -> None:
    with Scan.load(fake_model()) as scan:
        old = {"stage": "fake", "exe": "old", "sha256": "", "cite": ["arXiv:1"], "until": "2026"}
        twice = {**old, "stage": "other"}
        scan.ledger.set_meta(codes_before=json.dumps([old, old, twice]))
        entries = {entry.key: entry for entry in citations.of(scan)}
    assert entries["arXiv:1"].reason == "used for: fake, other"


def test_the_citation_file_is_that_of_this_version() -> None:
    root = Path(__file__).parent.parent
    text = (root / "CITATION.cff").read_text(encoding="utf-8")
    project = (root / "pyproject.toml").read_text(encoding="utf-8")
    (version,) = re.findall(r'^version = "(.+)"', project, re.MULTILINE)
    assert re.search(rf"^version: {re.escape(version)}$", text, re.MULTILINE)
    for value in citations.METHOD.fields["title"], citations.METHOD.fields["eprint"]:
        assert value in text
