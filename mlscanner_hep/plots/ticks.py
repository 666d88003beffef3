"""Where the ticks of an axis are, and how a number is written at them."""

from __future__ import annotations

import math

from matplotlib.ticker import MaxNLocator

TICKS = 4


def short(value: float) -> str:
    """A number for a tick: 12.5, 2 x 10^5."""
    text = f"{value:.6g}".replace("-", "\N{MINUS SIGN}")
    mantissa, _, exponent = f"{value:.3e}".partition("e")
    power = int(exponent)
    if value == 0 or -4 < power < 4:
        return text
    mantissa = mantissa.rstrip("0").rstrip(".")
    factor = {"1": "", "-1": "-"}.get(mantissa, rf"{mantissa}\times")
    return f"${factor}10^{{{power}}}$"


def linear(low: float, high: float, *, away: bool = False) -> list[float]:
    """A few round numbers between the ends of an axis, or away from its ends."""
    count, prune = (TICKS, "both") if away else (TICKS + 2, None)
    even = MaxNLocator(count, steps=[1, 2, 2.5, 5, 10], prune=prune)
    ticks = [float(tick) for tick in even.tick_values(low, high)]
    slack = 1e-9 * (high - low)
    return ticks if away else [tick for tick in ticks if low - slack <= tick <= high + slack]


def logarithmic(low: float, high: float) -> list[float]:
    """Powers of ten, thinned out; over less than two decades also 2 and 5 times them."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    step = max(1, math.ceil((last - first) / TICKS))
    factors = (1, 2, 5) if math.log10(high / low) < 2 else (1,)
    ticks = [factor * 10.0**power for power in range(first, last + 1, step) for factor in factors]
    return [tick for tick in ticks if low <= tick <= high]


def symmetric(low: float, high: float, threshold: float) -> list[float]:
    """Zero, and for each sign two powers of ten beyond the threshold."""
    ticks = [0.0] if low <= 0 <= high else []
    for sign, end in ((1, high), (-1, -low)):
        start = max(threshold, low if sign > 0 else -high)
        if end > start:
            powers = range(math.ceil(math.log10(2 * start)), math.floor(math.log10(0.8 * end)) + 1)
            chosen = powers[:: -max(1, len(powers) // 2)][:2]
            ticks += [sign * 10.0**power for power in chosen]
    return sorted(ticks)
