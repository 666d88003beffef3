"""From bytes to sections of clean rows: the part that puts up with how files really look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import NamedTuple

from mlscanner_hep.slha.numbers import CUT, canonical, is_integer, read_number

_HEADER = re.compile(r"\s*(BLOCK|DECAY|DECAY1L|XSECTION)(?![^\s#])([^#]*)", re.IGNORECASE)
# Asked first, because most lines are data and a regular expression costs more.
_INITIALS = frozenset("BbDdXx")
# Microsoft's older C library prints these; their '#' would start a comment behind the number 1.
_MICROSOFT = re.compile(r"1\.#(?:INF|QNAN|SNAN|IND)\d*")


class Row(NamedTuple):
    """A data line.

    Parameters
    ----------
    line : int
        Its number in the file, from 1.
    data, comment : str
        What stands before and after the first ``#``.
    tokens : list of str
        The words of `data`, integers in canonical form; text between ``||`` is one word.
    """

    line: int
    data: str
    comment: str
    tokens: list[str]

    @property
    def is_entry(self) -> bool:
        """Whether it is whole and begins with a number, as entries do and stray texts do not."""
        return CUT not in self.tokens[-1] and not read_number(self.tokens[0]).reason


@dataclass(frozen=True)
class Section:
    """A BLOCK, DECAY, DECAY1L or XSECTION with the lines up to the next one.

    Parameters
    ----------
    keyword : str
        In upper case.
    header : list of str
        The words behind the keyword, without comment.
    lines : list of str
        The lines below the header.
    line : int
        Number of the header in the file, from 1.
    closed : bool
        Whether a sound header follows. Otherwise nothing shows that the section is complete.
    """

    keyword: str
    header: list[str]
    lines: list[str]
    line: int
    closed: bool

    @cached_property
    def rows(self) -> list[Row]:
        """The data lines; blank lines and lines of comment are left out."""
        rows = []
        for number, text in enumerate(self.lines, self.line + 1):
            data, _, comment = text.partition("#")
            words, bars, quoted = data.partition("||")
            tokens = [canonical(token) for token in words.split()]
            if bars:
                tokens.append(bars + quoted.rstrip())
            if tokens:
                rows.append(Row(number, data, comment.strip(), tokens))
        return rows


def decode(data: bytes) -> str:
    """Decode any bytes; line ends become ``\\n``, an unfinished last word becomes `CUT`."""
    data = data.replace(b"\xef\xbb\xbf", b"")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "1.#" in text:
        text = _MICROSOFT.sub("NaN", text)
    if "\0" in text:
        # A hole, as network file systems leave them: it may have swallowed a header, so the rows
        # behind it belong to nothing.
        text = "\n".join("BLOCK" if "\0" in line else line for line in text.split("\n"))
    # Once a comment has begun, everything before it is complete.
    last_line = text[text.rfind("\n") + 1 :]
    if last_line and "#" not in last_line:
        last_word = "" if last_line[-1].isspace() else last_line.split()[-1]
        text = text.removesuffix(last_word) + CUT
    return text


def sections(text: str) -> Iterator[Section]:
    """Cut a decoded file into its sections, in order; what precedes the first one is ignored."""
    lines = text.split("\n")
    headers = [
        (number, match[1].upper(), match[2].split())
        for number, line in enumerate(lines, 1)
        if line.lstrip()[:1] in _INITIALS and (match := _HEADER.match(line))
    ]
    for (number, keyword, words), following in zip_longest(headers, headers[1:]):
        end = following[0] - 1 if following else len(lines)
        closed = following is not None and _is_sound(following[1], following[2])
        yield Section(keyword, words, lines[number:end], number, closed)


def _is_sound(keyword: str, words: list[str]) -> bool:
    """Tell a header from a sentence that begins with its keyword."""
    if keyword == "BLOCK":
        rest = words[1:2]
        return bool(words) and (not rest or rest[0][0] in "Qq" or is_integer(rest[0]))
    return len(words) > 1 and not read_number(words[0]).reason
