from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from mlscanner_hep.scan import Scan
from mlscanner_hep.setup import adapters, provenance

Model = Callable[..., Path]


def test_versions_of_the_packages_of_an_interpreter(fake_model: Model) -> None:
    """Asked of the interpreter that loads them: it may be one of another environment."""
    (stage,) = Scan.load(fake_model()).pipeline.stages
    python = replace(stage, exe=Path(sys.executable), packages=("numpy", "no-such-package"))
    found = provenance.codes(replace(Scan.load(fake_model()).pipeline, stages=(python,)))
    packages = found["fake"]["packages"]
    assert packages == {"numpy": version("numpy"), "no-such-package": "unknown"}
    gone = replace(python, exe=Path("/no/such/python"))
    found = provenance.codes(replace(Scan.load(fake_model()).pipeline, stages=(gone,)))
    assert {*found["fake"]["packages"].values()} == {"unknown"}


def test_adapters_name_the_packages_that_they_load() -> None:
    assert adapters.read(adapters.find("flavio")).packages == ("flavio", "wilson")
    assert adapters.read(adapters.find("smodels")).packages == ("smodels",)


def test_another_version_of_a_package_is_another_code(fake_model: Model) -> None:
    file = fake_model()
    adapter = file.parent / "fake" / "adapter.toml"
    adapter.write_text(f'packages = ["numpy"]\n{adapter.read_text()}')
    model = file.read_text().replace('exe = "./fake.sh"', f'exe = "{sys.executable}"')
    file.write_text(model)
    with Scan.load(file) as scan:
        _ = scan.ledger
        scan.tell(scan.ask(1).ids, [{"mh": 1.0}])
        codes = json.loads(scan.ledger.meta("codes") or "")
        assert codes["fake"]["packages"] == {"numpy": version("numpy")}
        codes["fake"]["packages"] = {"numpy": "1.0"}
        scan.ledger.set_meta(codes=json.dumps(codes))
    with Scan.load(file) as scan:
        _ = scan.ledger
        (note,) = scan.notes
    assert "numpy 1.0), it is" in note
    assert f"numpy {version('numpy')})" in note


def test_a_python_stage_is_a_code(ring_model: Model) -> None:
    file = ring_model()
    with Scan.load(file) as scan:
        _ = scan.ledger
        scan.tell(scan.ask(1).ids, [{"r": 1.0}])
    script = file.parent / "shell.py"
    script.write_text(script.read_text() + "# another version\n")
    with Scan.load(file) as scan:
        _ = scan.ledger
        (note,) = scan.notes
    assert note.startswith("the program of stage 'shell' has changed: it was ")


def test_a_ledger_that_notes_no_packages_yet(fake_model: Model) -> None:
    """One of an earlier version: nothing has changed as far as anybody knows."""
    file = fake_model()
    with Scan.load(file) as scan:
        _ = scan.ledger
        scan.tell(scan.ask(1).ids, [{"mh": 1.0}])
    adapter = file.parent / "fake" / "adapter.toml"
    adapter.write_text(f'packages = ["numpy"]\n{adapter.read_text()}')
    with Scan.load(file) as scan:
        _ = scan.ledger
        assert scan.notes == ()


def test_fingerprints_do_not_depend_on_the_order() -> None:
    assert provenance.fingerprint({"a": 1, "b": [2]}) == provenance.fingerprint({"b": [2], "a": 1})
    assert provenance.fingerprint({"a": 1}) != provenance.fingerprint({"a": 2})
