"""How numbers are written on the page."""

from __future__ import annotations

import math

DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
THIN = "\N{NARROW NO-BREAK SPACE}"
TIMES = "\N{MULTIPLICATION SIGN}"
FIRST, LAST = -4, 5
"""Powers of ten that are written out."""
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None, digits: int = 4) -> str:
    """A number with so many significant digits; a dash if it is missing."""
    if value is None or math.isnan(value):
        return DASH
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    if value and not FIRST <= int(power) <= LAST:
        raised = str(int(power)).translate(_RAISED)
        return f"{_trimmed(mantissa)}{THIN}{TIMES}{THIN}10{raised}"
    return _trimmed(f"{float(f'{mantissa}e{power}'):.{max(0, digits - 1 - int(power))}f}")


def _trimmed(text: str) -> str:
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", MINUS)


def interval(low: float, high: float) -> str:
    """Two ends, each with three digits or as many as tell them well apart."""
    if low == high:
        return number(low)
    return f"{number(low, _digits(low, high - low))} … {number(high, _digits(high, high - low))}"


def _digits(value: float, width: float) -> int:
    if not value or not math.isfinite(value + width):
        return 3
    beyond = math.floor(math.log10(abs(value))) - math.floor(math.log10(width))
    return min(max(3, 2 + beyond), 12)


def count(value: int) -> str:
    """A whole number, its thousands set apart."""
    return f"{value:,}".replace(",", THIN) if abs(value) >= 10_000 else str(value)


def percent(share: float | None) -> str:
    """A share in per cent."""
    if share is None or math.isnan(share):
        return DASH
    return f"{number(100 * share, 3 if share >= 0.1 else 2)}{THIN}%"


def duration(seconds: float | None) -> str:
    """A time span, in the unit that suits it."""
    if seconds is None or not math.isfinite(seconds):
        return DASH
    if seconds < 100:
        scaled, unit = (seconds, "s") if seconds >= 0.1 or not seconds else (1e3 * seconds, "ms")
        return f"{scaled:.2g}{THIN}{unit}" if scaled < 10 else f"{scaled:.0f}{THIN}{unit}"
    if seconds < 6000:
        return f"{seconds / 60:.0f}{THIN}min"
    return f"{seconds / 3600:.3g}{THIN}h"
