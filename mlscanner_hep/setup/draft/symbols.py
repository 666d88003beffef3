"""Names of parameters by what an input file says about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mlscanner_hep.expressions import RESERVED

# Whatever the file calls them, these have one name in all adapters.
_KNOWN = {
    "tanb": r"tan\W*_?beta|tanb\b",
    "sgnmu": r"(?:sgn|sign|signum)\W*mu\b",
    "m0": r"m_?0\b",
    "m12": r"m_?\(?1/?2\b",
    "a0": r"a_?(?:0|zero)\b",
}
_WORD = re.compile(r"(?:re(?:al)?[\[(])?([a-z]\w*)(?:[\[(]([\d, ]+)[\])])?", re.I | re.A)
_INPUT = re.compile(r"_?(?:input|Input|IN)$")
# 'files' is what templates know the earlier outputs by; the others mean something to Jinja2.
_TAKEN = RESERVED | {
    "files", "true", "false", "none", "loop", "range", "dict", "lipsum", "cycler", "joiner",
    "namespace",
}  # fmt: skip


def symbol(comment: str) -> str:
    """The name that the comment of a line gives to its number; empty if it gives none.

    A comment of one word is a name (``Lambda1Input``), and so is a first word that looks like a
    symbol (``M_1(MX)``, ``YDL(1,2)``). A sentence names nothing.
    """
    comment = comment.strip()
    for name, pattern in _KNOWN.items():
        if re.match(pattern, comment, re.IGNORECASE):
            return name
    match = _WORD.match(comment)
    if match is None:
        return ""
    rest = comment[match.end() :].strip(" ])")
    if rest and not match[2] and not re.search(r"[\d_]|[a-z][A-Z]", match[1]):
        return ""
    word = _INPUT.sub("", match[1]) or match[1]
    if re.fullmatch(r"[A-Z][a-z]+\d*", word) and word.lower() not in _TAKEN:
        word = word.lower()
    name = "_".join([word, *re.findall(r"\d+", match[2] or "")])
    return "" if name in _TAKEN else name


def distinct(wishes: Iterable[tuple[str, str, Sequence[str]]]) -> list[str]:
    """One name for each entry, no two the same.

    Parameters
    ----------
    wishes : iterable of (str, str, sequence of str)
        The `symbol` of an entry, its block and its indices. A symbol that is empty or that
        several entries have gives way to block and indices.

    Returns
    -------
    list of str
    """
    entries = list(wishes)
    symbols = [symbol for symbol, _, _ in entries]
    names: list[str] = []
    for wish, block, index in entries:
        place = re.sub(r"\W", "_", "_".join([block.lower(), *index]), flags=re.ASCII)
        name = wish if wish and symbols.count(wish) == 1 else place
        count = 1
        while name in names or (name != wish and name in symbols):
            count += 1
            name = f"{place}_{count}"
        names.append(name)
    return names
