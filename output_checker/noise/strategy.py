"""Strategies: which levels of a table get noise of their own, decided by sizes that everybody knows.

Each measured level costs its part of the budget, so all noise grows; each level that is left out is added up from a
finer one, so its noise grows with the number of cells added. The choice has the smallest mean error over the levels
(Hay et al. 2010; McKenna et al. 2018 optimise the same in general).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

from output_checker.noise.keys import Set


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
    best = min(chosen, key=lambda measured: _error(measured, published, sizes, pure))
    return Strategy(best, {one: _source(one, best, sizes) for one in published})


def _source(wanted: Set, measured: Sequence[Set], sizes: Mapping[Set, int]) -> Set:
    """The coarsest measured level of which a level is the totals."""
    return min((one for one in measured if set(wanted) <= set(one)), key=lambda one: sizes[one])


def _error(measured: Sequence[Set], published: Sequence[Set], sizes: Mapping[Set, int], pure: bool) -> float:
    """The sum over levels of the noise of one cell, in units of what it would be with the whole budget."""
    own = len(measured) if pure else sqrt(len(measured))
    return own * sum(sqrt(sizes[_source(one, measured, sizes)] / sizes[one]) for one in published)
