"""The page of a run: what it says, and how it behaves in a browser."""

from __future__ import annotations

import csv
import re
import shutil
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Cli

from mlscanner_hep import Outcome, Scan, Status
from mlscanner_hep.constraints import Chi2, Gaussian, Limit, TableLimit, TotalChi2
from mlscanner_hep.report import explorer, numbers, render, words
from mlscanner_hep.report.facts import Facts
from mlscanner_hep.report.labels import Label, symbol
from mlscanner_hep.space import Choice, Parameter

Ring = Callable[..., Path]
EVIL = "</script><script>document.title = 'taken'</script><img src=x onerror=alert(1)>"
HEAD = {"[parameters]": "[parameters]\nkind = { choices = [1, 2, 5] }"}
SHARP = {"r = { value = 0.7, sigma = 0.05 }": "r = { min = 0.5 }"}


class Text(HTMLParser):
    """The text of a page by the id of the innermost element that has one, and all its tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._skip = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._skip = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._skip = False

    def handle_data(self, data: str) -> None:
        if not self._skip:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def page(scan: Scan) -> Text:
    content = render.html(Facts.read(scan))
    return Text(re.sub(r"(<script>).{100000,}?(</script>)", r"\1\2", content, flags=re.DOTALL))


def tell(model: Path, *results: Outcome | dict[str, float]) -> Scan:
    """A run whose points came out as wanted."""
    with Scan.load(model) as scan:
        assert scan.ledger
        if results:
            scan.tell(scan.ask(len(results)).ids, results)
    return scan


def evil_run(model: Path) -> Scan:
    unphysical = Outcome(Status.UNPHYSICAL, stage="shell", reason=EVIL, log_tail=EVIL)
    failed = Outcome(Status.FAILED, stage=EVIL, reason="timed out", log_tail="last words")
    return tell(model, unphysical, failed, {"r": 0.7, "angle": 0.1}, {"r": 0.9})


# --- what it says


def test_the_page_says_what_the_run_says(cli: Cli, ring_model: Ring, tmp_path: Path) -> None:
    model = ring_model()
    with Scan.load(model) as scan:
        scan.run()
    code, out, err = cli("report", model, "--out", tmp_path / "new" / "page.html")
    assert (code, err) == (0, "")
    assert "page.html" in out
    content = (tmp_path / "new" / "page.html").read_text(encoding="utf-8")
    shown = Text(content).text
    inside = int(scan.problem.inside(scan.points).sum())
    assert f"inside {inside} calls 40" in shown
    assert "0.7 ± 0.05" in shown
    assert "too far left" in shown
    assert "arXiv:2207.09959" in shown
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["page.html"]


def test_the_page_needs_no_network(ring_model: Ring) -> None:
    with Scan.load(ring_model()) as scan:
        scan.run()
    for tag, attributes in page(scan).tags:
        if tag != "a":
            links = [attributes.get(name) or "" for name in ("src", "href", "data", "srcset")]
            assert not any(link and not link.startswith("data:") for link in links), tag
    style = (Path(render.__file__).parent / "page.css").read_text(encoding="utf-8")
    assert not re.search(r"@import|url\(", style)


def test_nothing_that_a_code_says_becomes_markup(ring_model: Ring) -> None:
    shown = page(evil_run(ring_model({"angle = {": 'angle = { unit = "<i>", '})))
    assert EVIL in shown.text
    assert not [tag for tag, attributes in shown.tags if tag == "img" or "onerror" in attributes]
    scripts = sum(tag == "script" for tag, _ in shown.tags)
    plain = page(tell(ring_model(), {"r": 0.7, "angle": 0.1}))
    assert scripts == sum(tag == "script" for tag, _ in plain.tags)


@pytest.mark.parametrize(
    ("results", "replace", "expected"),
    [
        ([], {}, "No point was evaluated yet."),
        ([Outcome(Status.FAILED, stage="s", reason="why")] * 3, {}, "None of 3 points gave a"),
        ([{"r": 5.0, "angle": 0.0}] * 3, {}, "No point is inside, after 3 calls of the codes."),
        ([{"angle": 0.0}] * 2, {}, "there are no ranges"),
        ([{"r": 0.7, "angle": 0.0}], {}, "1 point of the 2-dimensional box passes the constraint"),
        ([{"r": 0.7}], HEAD, "1, 2, 5"),
        ([{"r": 0.7}, {"r": 0.9}], SHARP, "No point is better than all others"),
        ([{"r": 0.7}, {}, {"r": 0.65}], HEAD, "smallest χ² 0"),
    ],
    ids=["empty", "failed", "outside", "no-chi2", "one", "choices", "sharp", "missing"],
)
def test_every_run_has_a_page(
    ring_model: Ring, results: list[Any], replace: dict[str, str], expected: str
) -> None:
    shown = page(tell(ring_model(replace), *results)).text
    assert expected in shown
    assert not re.search(r"\bnan\b|\bNone\b(?! of)|\binf\b", shown)


def test_imported_points_are_no_calls(cli: Cli, ring_model: Ring, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("x,y,r,angle\n0.5,0.5,0.7,0.1\n0.1,0.5,3.0,0.1\n")
    model = ring_model()
    assert cli("import", model, tmp_path / "old.csv")[0] == 0
    shown = page(Scan.load(model)).text
    assert "1 point of the 2-dimensional box (1 imported) passes the constraint" in shown
    assert "found in 0 calls" in shown


def test_pending_points_are_no_calls(ring_model: Ring) -> None:
    with Scan.load(ring_model()) as scan:
        assert scan.ledger
        scan.ask(3)
        facts = Facts.read(scan)
    assert not facts.points.called.any()
    assert explorer.explorer(facts) is None
    assert "after 0 calls" in page(scan).text


def test_the_best_point_has_the_numbers_of_the_ledger(ring_model: Ring) -> None:
    values = [{"r": 0.75, "angle": 0.1}, {"r": 0.7125, "angle": 1 / 3}, {"r": 0.4, "angle": 0.0}]
    scan = tell(ring_model(), *values)
    cells = {
        name: attributes["title"]
        for _, attributes in page(scan).tags
        if (name := attributes.get("data-best"))
    }
    x = scan.points.x[1].tolist()
    assert cells == {"x": str(x[0]), "y": str(x[1]), "r": "0.7125", "angle": str(1 / 3)}


def test_of_very_many_points_those_inside_are_kept(
    ring_model: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Scan.load(ring_model()) as scan:
        scan.run()
    facts = Facts.read(scan)
    monkeypatch.setattr(explorer, "MOST_NUMBERS", 9 * (facts.found + 5))
    shown = explorer.explorer(facts)
    assert shown is not None
    assert (shown.shown, shown.of) == (facts.found + 5, 40)
    data = shown.panels[0].renderers[0].data_source.data
    assert (data["status"] == explorer.KINDS.index("inside")).sum() == facts.found
    assert data["status"][-1] == explorer.KINDS.index("inside"), "drawn last"
    best = np.nanargmin(np.where(facts.results.inside, facts.results.chi2, np.nan))
    assert data["id"][-1] == facts.results.ids[best]


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (float("nan"), 4, numbers.DASH),
        (0.0, 4, "0"),
        (125.2, 4, "125.2"),
        (-0.00271828, 3, numbers.MINUS + "0.00272"),
        (299_934.0, 3, "300000"),
        (3e-10, 3, f"3 {numbers.TIMES} 10⁻¹⁰"),
        (1.5e6, 4, f"1.5 {numbers.TIMES} 10⁶"),
        (float("inf"), 4, "∞"),
        (99.999, 3, "100"),
    ],
)
def test_numbers_are_written_as_people_do(value: float, digits: int, text: str) -> None:
    assert numbers.number(value, digits).replace(numbers.THIN, " ") == text


def test_an_interval_has_the_digits_that_tell_its_ends_apart() -> None:
    assert numbers.interval(122.31, 128.09) == "122.3 … 128.1"
    assert numbers.interval(0.0026961, 8.2309) == "0.0027 … 8.23"
    assert numbers.interval(172.5, 172.5001) == "172.5 … 172.5001"
    assert numbers.interval(2.0, 2.0) == "2"


def test_times_and_shares_are_short() -> None:
    texts = [numbers.duration(s) for s in (0.0, 0.0065, 4.8, 99, 150, 7200, float("nan"))]
    expected = ["0 s", "6.5 ms", "4.8 s", "99 s", "2 min", "2 h", numbers.DASH]
    assert [text.replace(numbers.THIN, " ") for text in texts] == expected
    shares = [
        numbers.percent(s).replace(numbers.THIN, " ") for s in (0.8456, 0.000712, float("nan"))
    ]
    assert shares == ["84.6 %", "0.071 %", numbers.DASH]
    assert numbers.count(57935).replace(numbers.THIN, " ") == "57 935"


def test_constraints_are_put_into_words() -> None:
    mass, relic = Gaussian("mh", 125.2, 0.11, 1.5), Limit("oh2", max=0.12, theory=0.012)
    table = TableLimit("s", "m", (10.0, 1000.0), (1e-9, 1e-10), beyond="allowed")
    total = TotalChi2((mass, relic, Limit("b", min=1.0)), 95.0)
    said = [words.condition(c) for c in (mass, relic, table, Chi2("higgs", 90.0), total)]
    assert said == [
        "125.2 ± 0.11, theory ± 1.5",
        "≤ 0.12, theory ± 0.012",
        "at most a limit that depends on m (10 … 1000; beyond: allowed)",
        "is itself a χ², ≤ 90",
        "summed χ² of mh, oh2 ≤ 95",
    ]
    assert words.inside(relic) == "≤ 0.144"
    assert words.inside(table) == "ratio to the limit ≤ 1"


@pytest.mark.parametrize(
    "parameter",
    [
        Parameter("a", 0, 1),
        Parameter("a", 1, 2, "log"),
        Parameter("a", -9, 9, "symlog", threshold=2),
        Parameter("a", 0, 1, "normal", mean=0.5, sigma=0.25),
        Choice("a", (1, 2)),
    ],
)
def test_every_scale_has_words(parameter: Parameter | Choice) -> None:
    assert words.scale(parameter)
    assert "1" in words.span(parameter) or "9" in words.span(parameter)


def test_formulas_become_mathml_and_nothing_else() -> None:
    assert "<msub>" in symbol(r"$\lambda_1$")
    for latex in ("", r"\bad{", "x_", r"\href{javascript:alert(1)}{x}", r"\text{<b>x</b>}",
                  r"\text{<script>}", r"\style{background:url(x)}{x}"):  # fmt: skip
        assert symbol(latex) == ""
    assert Label("m", unit="<i>GeV^2").unit_html == "&lt;i&gt;GeV<sup>2</sup>"


# --- how it behaves


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Chromium without a window."""
    webdriver = pytest.importorskip("selenium.webdriver")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("needs Chromium and its driver (Debian: chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    profile = tmp_path_factory.mktemp("chromium")
    for flag in (
        "headless=new", "no-sandbox", "no-first-run", "disable-background-networking",
        "disable-component-update", "disable-sync", "disable-dev-shm-usage", "use-gl=angle",
        "use-angle=swiftshader", "enable-unsafe-swiftshader", "window-size=1280,1000",
        "host-resolver-rules=MAP * ~NOTFOUND", f"user-data-dir={profile}",
    ):  # fmt: skip
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield chrome
    chrome.quit()


def look(browser: Any, path: Path) -> None:
    """Open a page and wait until its charts are drawn."""
    browser.get_log("browser")  # what was before is over
    browser.get(path.as_uri())
    ready = "return document.documentElement.dataset.ready && Bokeh.documents[0].is_idle"
    until(lambda: browser.execute_script(ready))


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "the page does not get there"
        time.sleep(0.05)


def complaints(browser: Any) -> list[str]:
    return [row["message"] for row in browser.get_log("browser") if row["level"] != "INFO"]


SOURCE = "const source = Bokeh.documents[0].get_model_by_name('points'); "


def counts(browser: Any) -> list[int]:
    text = browser.execute_script("return document.getElementById('counts').textContent")
    return [int(number) for number in re.findall(r"\d+", text)]


def choose(browser: Any, css: str, value: object) -> None:
    """Change a control as a user does."""
    browser.execute_script(
        "const box = document.querySelector(arguments[0]); box.value = arguments[1];"
        "box.dispatchEvent(new Event('change', {bubbles: true}));",
        css,
        str(value),
    )


def test_numbers_filters_and_selection_in_a_browser(
    browser: Any, cli: Cli, ring_model: Ring, tmp_path: Path
) -> None:
    replace = {"y = { min = -1": "y = { min = 0.01", 'unit = "GeV" }\ny': 'unit = "GeV" }\ny'}
    model = ring_model({**replace, "max = 1 }\n[[chain]]": 'max = 1, scale = "log" }\n[[chain]]'})
    with Scan.load(model) as scan:
        scan.run()
    assert cli("report", model, "--out", tmp_path / "page.html")[0] == 0
    assert cli("export", model, tmp_path / "points.csv")[0] == 0
    rows = {int(row["id"]): row for row in csv.DictReader((tmp_path / "points.csv").open())}
    look(browser, tmp_path / "page.html")

    # the same points and the same numbers as the export
    ids = browser.execute_script(SOURCE + "return [...source.data.id]")
    assert sorted(ids) == sorted(rows)
    for name in ("x", "y", "r", "angle", "chi2"):
        shown = browser.execute_script(
            SOURCE + "return [...source.data[arguments[0]]].map(String)", name
        )
        exported = [float(rows[i][name] or "nan") for i in ids]
        assert np.array(shown, float) == pytest.approx(exported, rel=1e-6, nan_ok=True)
    inside = [i for i in ids if rows[i]["inside"] == "True"]
    assert counts(browser) == [len(inside), 40]

    # a logarithmic parameter has a logarithmic axis, and any axis shows what is chosen
    first = "Bokeh.documents[0].get_model_by_name('panel-0')"
    assert browser.execute_script(f"return {first}.y_scale.type") == "LogScale"
    choose(browser, "[data-panel='0'] .y", "r")
    assert browser.execute_script(f"return {first}.y_scale.type") == "LinearScale"
    assert browser.execute_script(f"return {first}.renderers[0].glyph.y.field") == "r"
    end = browser.execute_script(f"return {first}.y_range.end")
    assert end > max(float(rows[i]["r"]) for i in inside)

    # a filter
    choose(browser, "#show", "all")
    assert counts(browser) == [40, 40]
    browser.execute_script("document.getElementById('add-filter').click()")
    choose(browser, "#filters select", "x")
    choose(browser, "#filters input", 0.1)
    right = [i for i in ids if float(rows[i]["x"]) >= 0.1]
    assert counts(browser) == [len(right), 40]

    # dragging a box over a panel selects in all of them and in the table
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.by import By

    panel = browser.find_element(By.CSS_SELECTOR, "[data-panel='1']")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", panel)
    for _ in range(10):  # on a busy machine the press may be taken for a long one
        drag = ActionChains(browser, duration=10).move_to_element(panel).move_by_offset(-60, -120)
        drag.click_and_hold().move_by_offset(140, 120).move_by_offset(40, 80).release().perform()
        time.sleep(0.2)
        if len(counts(browser)) == 3:
            break
    chosen = browser.execute_script(
        SOURCE + "return source.selected.indices.map((row) => source.data.id[row])"
    )
    assert 0 < len(chosen) < len(right)
    assert set(chosen) <= set(right), "only points that are shown can be selected"
    assert counts(browser) == [len(right), 40, len(chosen)]
    cells = browser.find_elements(By.CSS_SELECTOR, "#points tbody td:first-child")
    listed = [int(cell.text) for cell in cells]
    assert set(listed) <= set(chosen)
    assert len(listed) == min(15, len(chosen))
    browser.execute_script("document.getElementById('clear').click()")
    assert counts(browser) == [len(right), 40]
    assert complaints(browser) == []


@pytest.mark.parametrize("status", ["none", "failed", "one"])
def test_a_page_with_little_to_show(
    browser: Any, ring_model: Ring, tmp_path: Path, status: str
) -> None:
    told = {
        "none": [],
        "failed": [Outcome(Status.FAILED, stage="s", reason="why")] * 2,
        "one": [{"r": 0.7, "angle": 0.0}],
    }[status]
    path = render.write(tell(ring_model(HEAD), *told), tmp_path / "page.html")
    if status == "none":
        browser.get(path.as_uri())
    else:
        look(browser, path)
        for name in ("x", "kind", "status", "chi2"):
            choose(browser, "[data-panel='0'] .x", name)
            choose(browser, "#colour", name)
    assert complaints(browser) == []


def test_what_a_code_says_does_not_run(browser: Any, ring_model: Ring, tmp_path: Path) -> None:
    look(browser, render.write(evil_run(ring_model()), tmp_path / "page.html"))
    assert browser.title == "ring: scan report"
    assert complaints(browser) == []
