"""docs/mistakes.md says what is really said."""

from __future__ import annotations

import mistakes
import pytest
from pages import DOCS


@pytest.fixture(scope="module")
def page() -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "200")
        return mistakes.page()


def test_the_page_says_what_is_said(page: str) -> None:
    assert page == (DOCS / "mistakes.md").read_text(encoding="utf-8"), "run: docs/mistakes.py"


def test_every_mistake_has_an_answer_and_none_is_a_bug(page: str) -> None:
    rows = [row.split(" | ", 1)[1] for row in page.splitlines() if row.count(" | ")]
    answers = [row for row in rows if row not in ("it says |", "--- |")]
    assert len(answers) == sum(map(len, mistakes.MISTAKES.values())) >= 40
    assert all(answer.startswith("``") for answer in answers)
    assert "bug" not in page
    assert "Traceback" not in page
