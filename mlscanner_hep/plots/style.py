"""The look that all pictures share: fonts, colours, widths."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matplotlib import rc_context, rc_params_from_file

from mlscanner_hep.errors import ConfigError

FILE = Path(__file__).with_name("paper.mplstyle")

# Okabe and Ito, https://jfly.uni-koeln.de/color: distinguishable by the colour-blind.
BLUE, ORANGE, VERMILION, GREEN = "#0072B2", "#E69F00", "#D55E00", "#009E73"
PURPLE, SKY = "#CC79A7", "#56B4E9"
GREY, INK = "#BBBBBB", "#333333"
CYCLE = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, INK)

WIDTHS = {"single": 3.375, "double": 7.0}
"""Inches of one column of a journal, and of both: REVTeX, and within 2 mm the others."""


@contextmanager
def styled(own: Path | None = None) -> Iterator[None]:
    """Draw in the shared look, and in a matplotlib style file of the user on top of it.

    Raises
    ------
    ConfigError
        If that file cannot be read.
    """
    settings: dict[Any, Any] = dict(rc_params_from_file(FILE, use_default_template=False))
    if own is not None:
        try:
            settings |= rc_params_from_file(own, use_default_template=False)
        except OSError as error:
            raise ConfigError(f"style file {own}: {error.strerror}") from error
    with rc_context(settings):
        yield
