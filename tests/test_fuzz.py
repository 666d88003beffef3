"""Files of strangers: whatever their bytes are, a `ScannerError` is the worst that comes of it."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mlscanner_hep import observables
from mlscanner_hep.cli import status
from mlscanner_hep.codes.template import Template
from mlscanner_hep.constraints import Limit
from mlscanner_hep.errors import ConfigError, LedgerError, PointError, ScannerError
from mlscanner_hep.expressions import Expression
from mlscanner_hep.observables import Column, JsonPath, Observable, Regex
from mlscanner_hep.problem import Problem
from mlscanner_hep.record import saved
from mlscanner_hep.record.ledger import FILE, Ledger
from mlscanner_hep.record.writer import Writer
from mlscanner_hep.scan import Scan
from mlscanner_hep.setup import adapters
from mlscanner_hep.setup.config import ModelFile
from mlscanner_hep.setup.tables import load
from mlscanner_hep.slha import decay_query, entries, entry_query, sfermion_query, width_query
from mlscanner_hep.space import Parameter, Space

FIXTURES = Path(__file__).parent / "fixtures" / "slha"
SPECTRA = [path.read_bytes() for path in sorted(FIXTURES.iterdir()) if path.stat().st_size < 20_000]
EXAMPLE = Path(__file__).parent.parent / "examples" / "thdm" / "model.toml"

quick = settings(
    max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
deep = settings(quick, max_examples=20_000, derandomize=False)

SOURCES = {
    "slha": [
        entry_query("MASS 25"),
        entry_query("MGCKM 1 2"),
        entry_query("GAUGE 1 @ 160"),
        entry_query("HiggsBoundsInputHiggsCouplingsFermions 25 5 5 column 1"),
        width_query("25"),
        decay_query("25 -> 22 22", absent=0.0),
        sfermion_query("SELMIX 3 6: 1"),
    ],
    "json": [JsonPath("a.0.b"), JsonPath("0"), JsonPath("a"), JsonPath("-1")],
    "columns": [Column("x"), Column(1), Column(3, 0), Column(2, -5)],
    "text": [Regex.parse(r"x = (\S+)"), Regex.parse(r"^(\d+)?")],
}
NUMBERS = [
    "1.0",
    "1e999",
    "nan",
    "-Inf",
    "****",
    "9" * 5000,
    "1.0D+02",
    "0x10",
    "1_0",
    "\u0661",
    "",
]

words = st.one_of(
    st.sampled_from(
        [*NUMBERS, "Block", "MASS", "DECAY", "25", "22", "#", "Q=", "||", "x", "{", "["]
    ),
    st.text(max_size=6),
)
lines = st.lists(words, max_size=6).map(" ".join)


@st.composite
def cut_up(draw: st.DrawFn, samples: list[bytes]) -> bytes:
    """A real file with pieces left out, doubled, and replaced by anything."""
    data = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(data)))
        to = draw(st.integers(at, min(len(data), at + 300)))
        data = (
            data[:at]
            + draw(st.one_of(st.binary(max_size=20), st.just(data[at:to] * 2)))
            + data[to:]
        )
    return data


anything = st.one_of(
    st.binary(max_size=300), st.lists(lines, max_size=30).map("\n".join).map(str.encode)
)
json_like = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab0"), inner, max_size=3)
    ),
    max_leaves=8,
).map(lambda value: json.dumps(value).encode())


def reads(data: bytes) -> None:
    """Each reader gives a finite number or the reason why there is none."""
    for kind, sources in SOURCES.items():
        made = [Observable(str(i), source) for i, source in enumerate(sources)]
        for reading in observables.read(kind, data, made).values():
            assert np.isfinite(reading.value) != bool(reading.reason)
    if len(data) < 5_000:
        entries(data)


outputs = given(st.one_of(anything, json_like, cut_up(SPECTRA)))


@quick
@outputs
@example(b"[" * 100_000)
@example(b"Block MASS\n 25 " + b"9" * 1_000_000)
@example(b'{"a": ' + b"9" * 5000 + b"}")
@example(b"\xff\xfe" + b"Block MASS\n".join([b""] * 3))
def test_outputs_of_codes(data: bytes) -> None:
    reads(data)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@deep
@outputs
def test_outputs_of_codes_deep(data: bytes) -> None:
    reads(data)


def loads(text: str, folder: Path) -> None:
    """A model is read, or refused with a sentence."""
    file = folder / "model.toml"
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    with suppress(ScannerError):
        load(ModelFile, file)
        Scan.load(file, folder / "run")


values = st.one_of(
    st.sampled_from(
        ["1", "-1", "0", "nan", "inf", "1e999", '"x"', "[]", "{}", "true", "[[1]]", "''"]
    ),
    st.sampled_from(["99999999999999999999", '"__class__"', '"../../x"', '"a b"', "1979-05-27"]),
)


@st.composite
def models(draw: st.DrawFn) -> str:
    """The example with values and lines replaced, doubled, or left out."""
    text = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text) - 1))
        key, equals, _ = text[at].partition("=")
        what = draw(st.integers(0, 3))
        if what == 0:
            text[at] = draw(lines)
        elif what == 1 and equals:
            text[at] = f"{key}= {draw(values)}"
        elif what == 2:
            text.insert(at, draw(st.sampled_from(text)))
        else:
            inside = draw(st.sampled_from(["min", "max", "scale", "sigma", "expr", "choices"]))
            text[at] = f"{key}= {{ {inside} = {draw(values)} }}"
    return "\n".join(text)


@quick
@given(text=st.one_of(models(), st.lists(lines, max_size=20).map("\n".join)))
def test_models(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    loads(text, tmp_path_factory.getbasetemp())


@pytest.mark.slow
@pytest.mark.timeout(1800)
@deep
@given(text=models())
def test_models_deep(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    loads(text, tmp_path_factory.getbasetemp())


@quick
@given(st.one_of(st.text(max_size=60), lines))
@example("().__class__.__bases__")
@example("__import__('os').system('true')")
@example("x" + "+x" * 5000)
@example("9**9**9**9")
def test_expressions(text: str) -> None:
    try:
        expression = Expression.parse(text)
    except ValueError:
        return
    expression(dict.fromkeys(expression.names, 1.0))


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ x.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os }}",
        "{{ self._TemplateReference__context }}",
        "{{ files.__class__.__init__.__globals__ }}",
        "{{ x|attr('__class__') }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ ''.format_map.__self__.__class__ }}",
        "{{ '{0.__class__.__mro__}'.format(x) }}",
        "{{ range(1000000000)|list }}",
        "{% for i in range(99999999) %}{% endfor %}",
        "{{ lipsum.__globals__ }}",
    ],
)
def test_templates_reach_no_python(text: str) -> None:
    with pytest.raises(PointError):
        Template(text, "evil").render({"x": 1.0, "files": {"a": "b"}})


# A ledger


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder with a scan, and its model."""
    folder = tmp_path_factory.mktemp("stranger")
    (folder / "code.py").write_text("def code(values): return {'y': values['x']}")
    (folder / "model.toml").write_text(
        '[scan]\nname = "s"\nstop = { calls = 30 }\n[parameters]\nx = { min = 0, max = 1 }\n'
        '[[chain]]\npython = "code.py:code"\n[observables]\ny = { from = "code" }\n'
        '[constraints]\ny = { max = 0.5 }\n[proposer]\nkind = "uniform"\nbatch = 10\n'
        '[run]\nkeep = "all"\n'
    )
    with Scan.load(folder / "model.toml", folder / "run") as scan:
        scan.run()
    with Writer(folder / "run", ["x"], ["y"]) as ledger:
        ledger._db.execute(
            "INSERT INTO outputs VALUES (1, 'code', 'out', ?)", [zlib.compress(b"x")]
        )
    return folder / "run"


def look(folder: Path) -> None:
    """Read all that a ledger has."""
    with suppress(ScannerError):
        scan = Scan.open(folder)
        status.as_data(scan)
        with Ledger(folder) as ledger:
            list(ledger.details())
            for point in ledger.ids():
                ledger.outputs(point), ledger.log(point), ledger.end(point)


def spoil(run: Path, folder: Path, change: Callable[[sqlite3.Connection], object]) -> Path:
    """The ledger, changed by who knows SQLite."""
    folder.mkdir(exist_ok=True)
    (folder / FILE).write_bytes((run / FILE).read_bytes())
    db = sqlite3.connect(folder / FILE, isolation_level=None)
    change(db)
    db.close()
    return folder


@quick
@given(flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=8))
def test_ledgers(flips: list[tuple[int, int]], run: Path) -> None:
    data = bytearray((run / FILE).read_bytes())
    for position, byte in flips:
        data[position % len(data)] = byte
    folder = run.parent / "flipped"
    folder.mkdir(exist_ok=True)
    (folder / FILE).write_bytes(data)
    look(folder)


EVIL = [
    """UPDATE columns SET column_name = 'y" FROM meta; DROP TABLE points; --' WHERE name = 'y'""",
    """UPDATE columns SET column_name = 'status' WHERE name = 'y'""",
    "UPDATE columns SET column_name = NULL WHERE name = 'y'",
    "UPDATE columns SET name = x'00ff'",
    "UPDATE columns SET role = 'parameter'",
    "DELETE FROM columns",
    "UPDATE points SET y = 'text'",
    "UPDATE points SET x = x'00'",
    "UPDATE points SET x = 9e999",
    "UPDATE points SET status = 'wonderful'",
    "UPDATE points SET round = 'first'",
    "UPDATE points SET round = 9223372036854775807",
    "UPDATE points SET origin = x'ff'",
    "UPDATE points SET stage = 3, reason = 4.5, log = x'ff', seconds = '[', status = 'failed'",
    "UPDATE points SET reason = CAST(zeroblob(100000) AS TEXT), status = 'failed'",
    "UPDATE points SET reason = CAST(x'fffe' AS TEXT), status = 'failed'",
    "UPDATE points SET exit_code = 'x'",
    "UPDATE points SET predicted = 'x'",
    "UPDATE rounds SET propose_seconds = 'x', predicted = 'y', achieved = 'z', seconds = 'w'",
    "UPDATE rounds SET proposer = 5, note = x'00', started = 7",
    "DELETE FROM rounds",
    "DELETE FROM points",
    "UPDATE meta SET value = x'ff'",
    "DELETE FROM meta WHERE key != 'format'",
    "UPDATE meta SET value = '[1]' WHERE key = 'meaning'",
    "UPDATE meta SET value = '{' WHERE key IN ('meaning', 'codes', 'versions')",
    "UPDATE meta SET value = '/dev/null' WHERE key = 'model_file'",
    "UPDATE meta SET value = '/' WHERE key = 'model_file'",
    "UPDATE outputs SET data = x'00'",
    "UPDATE outputs SET data = 5, stage = x'ff', file = 3",
    "DROP TABLE points",
    "DROP TABLE meta",
    "ALTER TABLE points RENAME TO others",
]


@pytest.mark.parametrize("sql", EVIL)
def test_a_ledger_of_somebody_who_means_harm(run: Path, tmp_path: Path, sql: str) -> None:
    folder = spoil(run, tmp_path / "evil", lambda db: db.execute(sql))
    look(folder)
    with suppress(ScannerError), Scan.load(run.parent / "model.toml", folder) as scan:
        scan.run()


def test_a_file_that_unpacks_to_gigabytes(run: Path, tmp_path: Path) -> None:
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(bytes(2**24)) for _ in range(6)) + packer.flush()

    def plant(db: sqlite3.Connection) -> None:
        db.execute("UPDATE outputs SET data = ? WHERE point = 1", [bomb])

    with (
        Ledger(spoil(run, tmp_path / "bomb", plant)) as ledger,
        pytest.raises(LedgerError, match="too large"),
    ):
        ledger.outputs(1)


# Saved models, adapters


@quick
@given(anything)
def test_saved_models(data: bytes) -> None:
    file = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path("/tmp")
    file /= "mlscanner-hep-fuzz.npz"
    file.write_bytes(data)
    problem = Problem(Space((Parameter("x", 0.0, 1.0),)), ("y",), (Limit("y", max=0.5),))
    try:
        with pytest.raises(ScannerError):
            saved.read(file, problem)
    finally:
        file.unlink()


@pytest.mark.parametrize(
    "text",
    [
        '[outputs."../../x"]\nformat = "text"',
        '[outputs."/etc/passwd"]\nformat = "text"',
        '[inputs]\n"../x" = "a.j2"',
        '[inputs]\n"/tmp/x" = "a.j2"',
        'stdout = "../x"',
        'stdin = "/etc/passwd"',
        '[inputs]\n"a" = { from = "b", file = "../../c" }',
        '[outputs."a/../../x"]\nformat = "text"',
    ],
)
def test_adapters_stay_in_the_folder_of_the_point(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.j2").write_text("x")
    (tmp_path / "adapter.toml").write_text(f'command = ["true"]\n{text}\n')
    with pytest.raises(ConfigError, match="folder of the point"):
        adapters.read(tmp_path)
