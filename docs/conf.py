"""The site: `make docs` builds it into docs/_build/html, without network."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

from sphinx.application import Sphinx

project = "mlscanner-hep"
author = copyright = "The mlscanner-hep developers"
version = release = metadata.version(project)

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
highlight_language = "text"
default_role = "py:obj"  # `Scan` in a docstring is a link if there is something to lead to

myst_heading_anchors = 3  # as the forges make them

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say more: shapes and units
numpydoc_show_class_members = False  # api.md says which
autosummary_generate = False  # numpydoc brings it along, and nothing is left to it

copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True

html_theme = "furo"
html_title = f"{project} {release}"
html_static_path = ["_static"]
html_extra_path = ["schema"]  # model.schema.json beside index.html, for `#:schema URL`
html_css_files = ["tables.css"]
html_show_sphinx = False

README = Path(__file__).parent.parent / "README.md"
UP = re.compile(r"\[([^\]]*)\]\(((?:\.\./)+[^)#\s]+)(#[^)\s]*)?\)")
"""A Markdown link that leads up: text, file, anchor."""


def leave_the_docs(app: Sphinx, docname: str, source: list[str]) -> None:
    """Links to files of the repository work on the forge; here they become downloads.

    Those to folders become text, and the first page of the repository is that of the site. Pages of
    the site are left to MyST.
    """
    folder = (Path(app.srcdir) / docname).parent

    def replaced(link: re.Match[str]) -> str:
        text, target, anchor = link.groups(default="")
        path = (folder / target).resolve()
        if path.is_relative_to(app.srcdir):
            return link[0]
        if path == README:
            return f"[{text}]({'../' * docname.count('/')}index.md{anchor})"
        return text if path.is_dir() else f"[{text}](path:{target})"

    source[0] = UP.sub(replaced, source[0])


def setup(app: Sphinx) -> None:
    """What Sphinx calls."""
    app.connect("source-read", leave_the_docs)
