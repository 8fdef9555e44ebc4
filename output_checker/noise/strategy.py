"""Strategies: which levels of a table get noise of their own, decided by sizes that everybody knows.

Each measured level costs its part of the budget, so all noise grows; each level that is left out is added up from a
finer one, so its noise grows with the number of cells added. The choice has the smallest mean error over the levels
(Hay et al. 2010; McKenna et al. 2018 optimise the same in general).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from output_checker.noise.keys import Set

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Strategy:
    """Which levels are measured, and for each published level the measured one that it is added up from."""

    measured: tuple[Set, ...]
    source: Mapping[Set, Set]


def choose(published: Sequence[Set], sizes: Mapping[Set, int], *, adds_up: bool, pure: bool) -> Strategy:
    """The best levels to measure; all of them when their numbers do not add up.

    ``published`` has the finest level first; ``sizes`` are numbers of cells.
    """
    if not adds_up:
        return Strategy(tuple(published), {one: one for one in published})
    finest, coarser = published[0], published[1:]
    chosen = [(finest, *some) for number in range(len(coarser) + 1) for some in combinations(coarser, number)]
    best = chosen[int(_errors(chosen, published, sizes, pure).argmin())]
    return Strategy(best, {one: _source(one, best, sizes) for one in published})


def _source(wanted: Set, measured: Sequence[Set], sizes: Mapping[Set, int]) -> Set:
    """The coarsest measured level of which a level is the totals."""
    return min((one for one in measured if set(wanted) <= set(one)), key=lambda one: sizes[one])


def _errors(
    chosen: Sequence[Sequence[Set]], published: Sequence[Set], sizes: Mapping[Set, int], pure: bool
) -> "NDArray[np.float64]":
    """For each choice the sum over levels of the noise of one cell, in units of what the whole budget would give.

    All at once: there are thousands of choices for six rows with subtotals, and whoever asks waits for it.
    """
    import numpy

    places = {one: place for place, one in enumerate(published)}
    is_measured = numpy.zeros((len(chosen), len(published)), dtype=bool)
    for number, measured in enumerate(chosen):
        is_measured[number, [places[one] for one in measured]] = True
    total = numpy.zeros(len(chosen))
    for wanted in published:
        finer = [one for one in published if set(wanted) <= set(one)]
        of_each = numpy.array([sizes[one] for one in finer], dtype=float)
        known = is_measured[:, [places[one] for one in finer]]
        total += numpy.sqrt(numpy.where(known, of_each, numpy.inf).min(axis=1) / sizes[wanted])
    own = is_measured.sum(axis=1)
    errors: NDArray[np.float64] = (own if pure else numpy.sqrt(own)) * total
    return errors
