"""Intervals: what a noisy number says of the true one, from the known law of the noise alone.

Each covers the truth in at least 95 % of draws, whatever the truth is. Of a quotient both parts are off at once, each
with at most half of the 5 %, and the interval has every quotient of two numbers within them.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from output_checker.noise.documents import Number

CONFIDENCE = 0.95
HALF = 0.975
"""The confidence of each of two parts that have to hold together."""


def quotient(
    over: "NDArray[np.float64]",
    under: "NDArray[np.float64]",
    margins: tuple[float, float],
    least: float,
) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """The lowest and highest quotient of numbers within ``margins`` of these, the denominator being ``least`` or more.

    Infinite where the denominator may be less than that.
    """
    import numpy

    low, high = under - margins[1], numpy.maximum(under + margins[1], least)
    known = low >= least
    safe = numpy.where(known, low, least)
    corners = [(over + side * margins[0]) / part for side in (-1, 1) for part in (safe, high)]
    lowest = numpy.where(known, numpy.minimum.reduce(corners), -numpy.inf)
    highest = numpy.where(known, numpy.maximum.reduce(corners), numpy.inf)
    return lowest, highest


def for_reading(lower: "Number", upper: "Number", least: int | None) -> "tuple[Number, Number]":
    """The ends of an interval without what no truth is below, and never shorter than half of it.

    The truth is nowhere in what is cut off, so it holds the truth as often. Were it cut from both sides, a draw far below
    would look like certainty.
    """
    if least is None:
        return lower, upper
    return max(lower, least), max(upper, least + (upper - lower) / 2)
