"""Plots of figures about the work of a centre: columns that a page draws as inline SVG beside their table.

They are not drawn by output_checker.figures: that draws judged tables of microdata with a library that takes a second
to load, as a picture of fixed size. These stretch with the page, take their colours from the theme, and keep their words
outside the drawing, where they stay legible on a small screen and can be read aloud.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Part:
    """A rectangle of a column, from `bottom` to `bottom + height`, both as a share (0 to 1) of the plot's height."""

    tone: str
    bottom: float
    height: float

    @property
    def top(self) -> float:
        """Where it begins in a drawing, whose zero is at the top."""
        return 1 - self.bottom - self.height


@dataclass(frozen=True)
class Columns:
    """One column per period, each of parts; `top` is what the full height stands for, in the unit of the values."""

    columns: tuple[tuple[Part, ...], ...]
    top: float


def columns_of(series: Sequence[tuple[str, Sequence[float]]], top: float) -> Columns:
    """Return columns in which the series, each (tone, a value per period), are laid over each other from zero.

    The first series is the farthest back. `top` is the value at full height (see `nice_top`).
    """
    periods = zip(*(values for _tone, values in series), strict=True)
    tones = [tone for tone, _values in series]
    return Columns(
        tuple(
            tuple(Part(tone, 0.0, value / top) for tone, value in zip(tones, values, strict=True) if value)
            for values in periods
        ),
        top,
    )


def nice_top(largest: float) -> float:
    """Return a round number (1, 2, 2.5 or 5 times a power of ten) that is at least `largest` and above zero."""
    if largest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return next(step * power for step in _STEPS if step * power >= largest * (1 - 1e-9))
