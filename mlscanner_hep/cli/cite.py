"""The command `cite`."""

from __future__ import annotations

from rich.text import Text

from mlscanner_hep.cli.console import out
from mlscanner_hep.cli.options import Run, open_run
from mlscanner_hep.results import citations


def cite(run: Run) -> None:
    """Print what to cite for a run, as BibTeX: the method, this tool, and the codes it used.

    The entries of codes hold their arXiv numbers; INSPIRE and arXiv have the full records.

    Example: `mlscanner-hep cite runs/thdm > codes.bib`
    """
    entries = citations.of(open_run(run))
    out.print(Text(citations.bibtex(entries).rstrip()), soft_wrap=True)
