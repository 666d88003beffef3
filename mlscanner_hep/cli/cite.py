"""The command `cite`."""

from __future__ import annotations

from rich.text import Text

from mlscanner_hep.cli.console import out
from mlscanner_hep.cli.options import Run, open_run


def cite(run: Run) -> None:
    """Print what to cite for a run, as BibTeX.

    That is the method, this tool, and the codes that were used. The entries of codes hold their
    arXiv numbers; INSPIRE and arXiv have the full records.

    Example: `mlscanner-hep cite runs/thdm > codes.bib`
    """
    from mlscanner_hep.results import citations

    entries = citations.of(open_run(run))
    out.print(Text(citations.bibtex(entries).rstrip()), soft_wrap=True)
