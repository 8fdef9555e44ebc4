"""Exact draws for whole tables: the inverse of the cumulative probabilities, with as many random bits as it takes.

A uniform number is looked at 16 bits at first, which decide nearly every draw; then 64; then as many as are needed,
against cumulative probabilities of as many bits. So each draw has exactly its law, tails included, there is no
floating point, and the time hardly depends on what is drawn (Jin et al. 2022 on the timing of rejection samplers).
"""

from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING

from output_checker.noise.entropy import short_words, word, words
from output_checker.noise.laws import ERROR, Law, cumulative
from output_checker.noise.rejection import draw_one

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHUNK = 1 << 18
"""Draws at a time: what fits in a processor's cache."""

LARGEST_TABLE = 1 << 18
"""Largest reach of a law that is drawn by table; wider ones are drawn one by one."""

UNDECIDED = -(1 << 31)
SHORT_BITS = 16
WORD_BITS = 64


def draw(law: Law, number: int) -> "NDArray[np.int64]":
    """Independent draws, shape (number,).

    Raises:
        TypeError: there is no exact sampler for this law.
    """
    import numpy

    if law.reach(2 * WORD_BITS + 2) > LARGEST_TABLE:
        return numpy.array([draw_one(law) for _ in range(number)], dtype=numpy.int64)
    return sampler_of(law).draw(number)


@lru_cache(maxsize=64)
def sampler_of(law: Law) -> "Sampler":
    """The sampler of a law, made once."""
    return Sampler(law)


class Sampler:
    """Draws of one law by table.

    A uniform number below F(k) and not below F(k - 1) draws k. ``low`` and ``high`` enclose F(k) on 64 bits: a word
    below ``low`` is surely below F(k), one above ``high`` surely is not.
    """

    def __init__(self, law: Law) -> None:
        import numpy

        self.law = law
        table = cumulative(law, 2 * WORD_BITS)
        self.reach, largest = table.reach, (1 << WORD_BITS) - 1
        lows = [max((value - ERROR) >> WORD_BITS, 0) for value in table.values]
        highs = [min((value + ERROR) >> WORD_BITS, largest) for value in table.values]
        self.low, self.high = numpy.array(lows, dtype=numpy.uint64), numpy.array(highs, dtype=numpy.uint64)
        self.guide = self._guide()

    def _guide(self) -> "NDArray[np.int32]":
        """For each leading 16 bits what is drawn, where they decide it."""
        import numpy

        first = numpy.arange(1 << SHORT_BITS, dtype=numpy.uint64) << numpy.uint64(WORD_BITS - SHORT_BITS)
        last = first | numpy.uint64((1 << (WORD_BITS - SHORT_BITS)) - 1)
        place = numpy.searchsorted(self.high, first)
        decided = self.low[place] > last
        return numpy.where(decided, place - self.reach, UNDECIDED).astype(numpy.int32)

    def draw(self, number: int) -> "NDArray[np.int64]":
        """Independent draws, shape (number,)."""
        import numpy

        drawn = numpy.empty(number, dtype=numpy.int64)
        for start in range(0, number, CHUNK):
            part = drawn[start : start + CHUNK]
            short = short_words(part.size)
            part[:] = self.guide[short]
            undecided = numpy.flatnonzero(part == UNDECIDED)
            part[undecided] = self._on_words(short[undecided])
        return drawn

    def _on_words(self, short: "NDArray[np.uint16]") -> "NDArray[np.int64]":
        """Draws whose leading 16 bits are known."""
        import numpy

        rest = words(short.size) >> numpy.uint64(SHORT_BITS)
        uniform = short.astype(numpy.uint64) << numpy.uint64(WORD_BITS - SHORT_BITS) | rest
        return self.inverse(uniform)

    def inverse(self, uniform: "NDArray[np.uint64]") -> "NDArray[np.int64]":
        """What uniform words draw; more bits are drawn for the few that 64 do not decide."""
        import numpy

        place = numpy.searchsorted(self.high, uniform)
        drawn = (place - self.reach).astype(numpy.int64)
        for open_ in numpy.flatnonzero(self.low[place] <= uniform):
            drawn[open_] = inverse_exactly(self.law, int(uniform[open_]))
        return drawn


def inverse_exactly(law: Law, uniform: int) -> int:
    """What a uniform number draws whose first 64 bits are given, with as many more as it takes."""
    bits = WORD_BITS
    while True:
        bits, uniform = bits + WORD_BITS, uniform << WORD_BITS | word()
        table = cumulative(law, bits)
        place = bisect_right(table.values, uniform - ERROR)
        if place < len(table.values) and uniform + 1 <= table.values[place] - ERROR:
            return place - table.reach
