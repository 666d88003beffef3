"""The page: one file that needs no network."""

from __future__ import annotations

from datetime import date
from importlib import metadata
from pathlib import Path

from bokeh.embed import components
from bokeh.resources import Resources
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from mlscanner_hep.report import charts, found, numbers, progress, words
from mlscanner_hep.report.explorer import explorer
from mlscanner_hep.report.facts import Facts
from mlscanner_hep.results import citations
from mlscanner_hep.scan import Scan
from mlscanner_hep.tools.folders import new_file

PARTS = Path(__file__).parent


def write(scan: Scan, path: Path) -> Path:
    """Write the page of a run.

    Parameters
    ----------
    scan : Scan
        A scan with a run folder.
    path : Path
        The file; its folder is made if it is not there.

    Raises
    ------
    LedgerError
        If there is no run.
    """
    text = html(Facts.read(scan))
    path.parent.mkdir(parents=True, exist_ok=True)
    with new_file(path) as place:  # a browser never sees half a page
        place.write_text(text, encoding="utf-8")
    return path


def html(facts: Facts) -> str:
    """The page as text. Whatever the model or a code has said is escaped."""
    shown = explorer(facts)
    course, profiles = charts.course(facts), charts.chi2_profiles(facts)
    figures = {f"course-{name}": chart for name, chart in course.items()}
    figures |= {f"profile-{name}": chart for name, chart in profiles.items()}
    panels = shown.panels if shown else []
    figures |= {f"panel-{number}": panel for number, panel in enumerate(panels)}
    script, places = components(figures, wrap_script=False) if figures else ("", {})
    library = Resources(mode="inline", components=["bokeh", "bokeh-gl"]).js_raw if figures else []
    return _template().render(
        facts=facts,
        found=found,
        progress=progress,
        words=words,
        explorer=shown,
        profiles=list(profiles),
        places={name: Markup(place) for name, place in places.items()},
        library=[_safe(text) for text in library],
        charts=_safe(script),
        css=_safe((PARTS / "page.css").read_text(encoding="utf-8")),
        script=_safe((PARTS / "page.js").read_text(encoding="utf-8")),
        bibtex=citations.bibtex(facts.citations),
        version=metadata.version("mlscanner-hep"),
        written=date.today().isoformat(),
    )


def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(PARTS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("number", "count", "percent", "duration"):
        environment.filters[name] = getattr(numbers, name)
    environment.filters["interval"] = lambda ends: numbers.interval(*ends)
    return environment.get_template("page.html.j2")


def _safe(text: str) -> Markup:
    """Text of our own or of the library, where nothing may end the element that it stands in."""
    return Markup(text.replace("</script", r"<\/script").replace("</style", r"<\/style"))
