"""What to cite for a run: the codes that made its points, this tool, and its method."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from mlscanner_hep.record.ledger import FILE, Ledger
from mlscanner_hep.setup import provenance

if TYPE_CHECKING:
    from mlscanner_hep.scan import Scan

ARXIV = "arXiv:"


@dataclass(frozen=True)
class Citation:
    """An entry of a bibliography.

    Parameters
    ----------
    key : str
        The key for LaTeX: of a paper, its number as ``arXiv:2207.09959``.
    reason : str
        What it is cited for.
    kind : str
        Type of the BibTeX entry.
    fields : mapping of str to str
        Its fields, in braces as they are.
    """

    key: str
    reason: str
    kind: str
    fields: Mapping[str, str]

    @property
    def url(self) -> str:
        """Where it is found; empty if that is not known."""
        return self.fields.get("url", "")

    def bibtex(self) -> str:
        """The BibTeX entry, below a comment with the reason."""
        rows = "".join(f"  {name} = {{{value}}},\n" for name, value in self.fields.items())
        return f"% {self.reason}\n@{self.kind}{{{self.key},\n{rows}}}\n"


def of(scan: Scan) -> list[Citation]:
    """What to cite for a run: the method, this tool, then each paper of its codes once.

    Papers come from ``cite`` in adapter.toml, as the ledger recorded it; programs that were
    replaced in between count too. An entry has what the number of a paper says and no more: titles
    and authors are at the place that its ``url`` leads to.
    """
    if (scan.folder / FILE).is_file():
        with Ledger(scan.folder) as ledger:
            codes = json.loads(ledger.meta("codes") or "{}")
            before = json.loads(ledger.meta("codes_before") or "[]")
    else:
        codes, before = provenance.codes(scan.pipeline), []
    used: dict[str, list[str]] = {}
    for stage, code in [*codes.items(), *((old["stage"], old) for old in before)]:
        for key in code["cite"]:
            stages = used.setdefault(key, [])
            if stage not in stages:
                stages.append(stage)
    papers = [_paper(key, ", ".join(stages)) for key, stages in used.items() if key != METHOD.key]
    return [METHOD, _tool(), *papers]


def bibtex(entries: list[Citation]) -> str:
    """The entries as a BibTeX file."""
    return "\n".join(entry.bibtex() for entry in entries)


def _paper(key: str, stages: str) -> Citation:
    reason = f"used for: {stages}"
    if not key.startswith(ARXIV):
        return Citation(key, reason, "misc", {"note": key})
    number = key.removeprefix(ARXIV)
    url = f"https://arxiv.org/abs/{number}"
    fields = {"eprint": number, "archivePrefix": "arXiv", "url": url}
    return Citation(key, reason, "misc", fields)


def _tool() -> Citation:
    version = metadata.version("mlscanner-hep")
    fields = {
        "author": "{The mlscanner-hep developers}",
        "title": "mlscanner-hep",
        "note": f"Version {version}",
    }
    return Citation("mlscanner-hep", "the program that ran the scan", "misc", fields)


METHOD = Citation(
    "arXiv:2207.09959",
    "the method",
    "article",
    {
        "author": "Hammad, A. and Park, Myeonghun and Ramos, Raymundo and Saha, Pankaj",
        "title": "Exploration of Parameter Spaces Assisted by Machine Learning",
        "journal": "Comput. Phys. Commun.",
        "volume": "293",
        "pages": "108902",
        "year": "2023",
        "eprint": "2207.09959",
        "archivePrefix": "arXiv",
        "url": "https://arxiv.org/abs/2207.09959",
    },
)
