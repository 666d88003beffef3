from __future__ import annotations

from pathlib import Path

import pytest

from mlscanner_hep.codes.adapter import ANY_SPECTRUM, Adapter, Handover
from mlscanner_hep.codes.limits import Limits
from mlscanner_hep.codes.template import Template
from mlscanner_hep.errors import ConfigError
from mlscanner_hep.observables import Column
from mlscanner_hep.setup import adapters
from mlscanner_hep.setup.adapter_file import AdapterFile
from mlscanner_hep.setup.adapter_options import fill
from mlscanner_hep.setup.config import ChainTable, ObservableTable
from mlscanner_hep.setup.tables import load

FULL = r"""
description = "a code"
command = ["{exe}", "{{ n }}"]
timeout = 5
stdin = "a.in"
env = { OMP_NUM_THREADS = "1" }
[inputs]
"a.in" = "a.in.j2"
"b.in" = { from = "first", file = "b.out" }
[outputs."a.spc"]
format = "slha"
mh = { slha = "MASS 25", unit = "GeV" }
br = { decay = "25 -> 22 22", absent = 0.0 }
w = { width = "25" }
[outputs."t.dat"]
format = "columns"
res = { column = "HBresult" }
[outputs.stdout]
format = "text"
om = { regex = 'Omega=(\S+)' }
[outputs."r.json"]
format = "json"
r = { json = "a.0" }
[success]
exit_codes = [0, 1]
require = ["a.spc: MASS 25"]
fatal = ["ERROR"]
plausible = ["mh > 1"]
[unphysical]
exit_codes = [2]
stdout = ["tachyon"]
slha = ["SPINFO 4"]
values = ["mh < 0"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "templates" / "code"
    place.mkdir(parents=True)
    (place / "adapter.toml").write_text(FULL)
    (place / "a.in.j2").write_text("{{ x }}")
    return place


def make(
    folder: Path,
    elsewhere: set[str] | None = None,
    chain: dict[str, object] | None = None,
    **wanted: object,
) -> Adapter:
    tables = {
        name: ObservableTable.model_validate({"from": "code", **(what or {})})  # type: ignore[dict-item]
        for name, what in wanted.items()
    }
    table = ChainTable(adapter="code", exe="/exe", **(chain or {}))  # type: ignore[arg-type]
    file = folder.parent.parent / "m.toml"
    return adapters.make(folder, "code", table, tables, elsewhere or set(), file)


def test_everything_in_the_file_arrives(folder: Path) -> None:
    adapter = make(folder)
    assert adapter.observables == ("mh", "br", "w", "res", "om", "r")
    assert [part.source for part in adapter.command] == ["{exe}", "{{ n }}"]
    assert isinstance(adapter.inputs["a.in"], Template)
    assert adapter.inputs["b.in"] == Handover("first", "b.out")
    assert adapter.success.exit_codes == (0, 1)
    assert adapter.success.require == (("a.spc", "MASS 25"),)
    assert adapter.unphysical.slha == (("SPINFO", (4,)),)
    assert [e.text for e in adapter.unphysical.values] == ["mh < 0"]
    assert (adapter.timeout, adapter.stdin, adapter.env) == (5, "a.in", {"OMP_NUM_THREADS": "1"})


def test_a_model_can_add_and_redefine(folder: Path) -> None:
    adapter = make(folder, mH={"slha": "MASS 35"}, w={"width": "35"}, res={"column": 3, "row": 0})
    assert set(adapter.observables) == {"mh", "br", "w", "res", "om", "r", "mH"}
    columns = next(output for output in adapter.outputs if output.file == "t.dat")
    assert columns.observables[0].source == Column(3, 0)


def test_names_that_mean_something_else_are_left_out(folder: Path) -> None:
    assert "br" not in make(folder, elsewhere={"br"}).observables


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"mhh": None}, "stage 'code' makes no 'mhh': did you mean 'mh'?"),
        ({"mh": {"slha": "MASS 35"}}, "stage 'code' needs its own 'mh' in its rules"),
        ({"q": {"slha": "MASS"}, "mH": {"slha": "Mass 35", "file": "b.spc"}}, "no output 'b.spc'"),
        ({"q": {"slha": "MASS 35", "file": "t.dat"}}, "of format 'columns' is read by column"),
        ({"q": {"regex": "a(b"}}, "observables.q: 'a(b' is not a regular expression"),
        ({"q": {"decay": "25 22 22"}}, "observables.q"),
    ],
)
def test_wishes_that_cannot_be_met(folder: Path, wanted: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make(folder, **wanted)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("a.in.j2", "b.in.j2", "code/b.in.j2' cannot be read"),
        ("a.spc: MASS", "b.spc: MASS", "should read 'file: BLOCK' with one of a.spc"),
        ('["mh > 1"]', '["mx > 1"]', "needs 'mx', which no output makes"),
        ('["mh > 1"]', '["mh >"]', "not an arithmetic expression"),
        ('["ERROR"]', '["ER(ROR"]', "no regular expression"),
        ('["SPINFO 4"]', '["SPINFO four"]', "unphysical.slha"),
        ("'Omega=(\\S+)'", "'Omega='", "exactly one group"),
        ('column = "HBresult"', 'slha = "MASS 25"', "is read by column"),
    ],
)
def test_mistakes_in_an_adapter(folder: Path, old: str, new: str, said: str) -> None:
    text = (folder / "adapter.toml").read_text()
    assert old in text
    (folder / "adapter.toml").write_text(text.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        make(folder)
    assert said in str(caught.value)


def test_a_source_that_fits_two_outputs_has_to_be_told(folder: Path) -> None:
    with (folder / "adapter.toml").open("a") as file:
        file.write('[outputs."b.spc"]\nformat = "slha"\n')
    with pytest.raises(ConfigError, match="'slha' fits 2 outputs of 'code'"):
        make(folder, mH={"slha": "MASS 35"})
    adapter = make(folder, mH={"slha": "MASS 35", "file": "b.spc"})
    assert adapter.outputs[-1].observables[0].name == "mH"


def test_adapters_are_found_beside_the_model_first(folder: Path, tmp_path: Path) -> None:
    assert adapters.find("code", tmp_path) == folder
    assert adapters.find("templates/code", tmp_path) == folder
    names = [place.name for place in adapters.found(tmp_path)]
    assert "code" in names
    assert "thdmspec" in names
    own = tmp_path / "thdmspec"
    own.mkdir()
    (own / "adapter.toml").write_text("command = ['{exe}']")
    assert adapters.find("thdmspec", tmp_path) == own
    assert adapters.find("thdmspec") != own


def test_an_unknown_adapter_gets_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match=r"no adapter 'thdmspek'.*did you mean 'thdmspec'\?"):
        adapters.find("thdmspek")


ALL_NEW = r"""
exe = ["{model}.x"]
command = ["{exe}", "{model}", "{{ loops }}"]
stdout = "{model}.spc"
spectrum = "{model}.spc"
warm_up = 600
[options]
model = { doc = "name of the model" }
loops = { default = 2 }
[inputs]
"{model}.in" = "{model}.in.j2"
"b.in" = { from = "spectrum" }
[complete]
"{model}.in" = ["MINPAR 1, 2"]
[outputs."{model}.spc"]
format = "slha"
optional = true
m = { slha = "{model}MASS 25", abs = true }
[success]
require = ["{model}.spc: {model}MASS"]
"""


def write(folder: Path, text: str, **templates: str) -> None:
    (folder / "adapter.toml").write_text(text)
    for name, template in templates.items():
        (folder / f"{name}.in.j2").write_text(template)


def test_options_reach_every_text_and_the_templates(folder: Path) -> None:
    write(folder, ALL_NEW, THDM="{{ x }} {{ model }}")
    adapter = make(folder, chain={"options": {"model": "THDM"}})
    assert adapter.options == {"model": "THDM", "loops": 2}
    assert [part.render(adapter.options) for part in adapter.command] == ["{exe}", "THDM", "2"]
    assert (adapter.stdout, adapter.spectrum) == ("THDM.spc", "THDM.spc")
    assert adapter.inputs["b.in"] == ANY_SPECTRUM
    (output,) = adapter.outputs
    assert output.optional
    assert str(output.observables[0].source) == "THDMMASS 25"
    assert output.observables[0].absolute
    assert adapter.success.require == (("THDM.spc", "THDMMASS"),)
    assert adapter.complete.keys() == {"THDM.in"}
    assert (adapter.warm_up, adapter.timeout) == (600, 60)


def test_limits_of_the_model_win(folder: Path) -> None:
    adapter = make(folder, chain={"timeout": 9, "memory": 0.5})
    assert (adapter.timeout, adapter.limits.memory) == (9, 2**29)
    assert (adapter.limits.file_size, adapter.at_once, adapter.install) == (2 * 2**30, None, None)
    adapter = make(folder, chain={"file_size": 0.5, "at_once": 3})
    assert (adapter.limits, adapter.at_once) == (Limits(file_size=2**29), 3)


@pytest.mark.parametrize(
    ("options", "elsewhere", "said"),
    [
        ({}, set(), "m.toml: chain #1.options: needs the option 'model' (name of the model)"),
        ({"modle": "x"}, set(), "no option 'modle': did you mean 'model'?"),
        ({"model": "a"}, {"loops"}, "the adapter 'code' has an option 'loops'"),
    ],
)
def test_mistakes_in_options(
    folder: Path, options: dict[str, str], elsewhere: set[str], said: str
) -> None:
    write(folder, ALL_NEW, a="")
    with pytest.raises(ConfigError) as caught:
        make(folder, elsewhere, {"options": options})
    assert said in str(caught.value)


def test_a_model_can_bring_its_own_template(folder: Path) -> None:
    own = folder.parent.parent / "own.j2"
    own.write_text("own {{ y }}")
    adapter = make(folder, chain={"inputs": {"a.in": "own.j2"}})
    assert adapter.inputs["a.in"] == Template("own {{ y }}", str(own))
    assert adapter.inputs["b.in"] == Handover("first", "b.out")
    with pytest.raises(
        ConfigError, match=r"chain #1.inputs: no input 'a.inn'.*did you mean 'a.in'"
    ):
        make(folder, chain={"inputs": {"a.inn": "own.j2"}})
    with pytest.raises(ConfigError, match=r"m.toml: chain #1.inputs: template '.*gone.j2' cannot"):
        make(folder, chain={"inputs": {"a.in": "gone.j2"}})


def test_a_template_that_the_adapter_does_not_have_stands_beside_the_model(folder: Path) -> None:
    (folder / "a.in.j2").rename(folder.parent.parent / "a.in.j2")
    template = make(folder).inputs["a.in"]
    assert isinstance(template, Template)
    assert template.name == str(folder.parent.parent / "a.in.j2")
    (folder / "a.in.j2").write_text("the adapter's own")
    assert make(folder).inputs["a.in"].source == "the adapter's own"  # type: ignore[union-attr]


def test_entries_that_cannot_be_meant(folder: Path) -> None:
    (folder / "adapter.toml").write_text(FULL + '[complete]\n"a.in" = ["MINPAR"]\n')
    with pytest.raises(ConfigError, match=r"complete\.a\.in: 'MINPAR' should read like"):
        make(folder)


@pytest.mark.parametrize("folder", adapters.found(), ids=lambda folder: folder.name)
def test_shipped_adapters_are_sound(folder: Path, tmp_path: Path) -> None:
    table = load(AdapterFile, folder / "adapter.toml")
    settings = {name: "any" for name, o in table.options.items() if o.default is None}
    for origin in table.inputs.values():
        if isinstance(origin, str) and "{" in origin:  # of a model, which would bring it
            (tmp_path / fill(origin, settings)).write_text("{{ x }}")
    chain = ChainTable(adapter=folder.name, options=settings)
    adapter = adapters.make(folder, "code", chain, {}, set(), tmp_path / "model.toml")
    assert adapter.observables
    assert (folder / "README.md").is_file()
    templates = [made for made in adapter.inputs.values() if isinstance(made, Template)]
    assert not templates or any(made.uses() for made in templates)
