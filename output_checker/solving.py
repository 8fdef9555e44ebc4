"""Solving: how many units have each of a few values, where their number, sum and sum of squares are told.

The mean and the spread of a variable of three values are two equations: with the number of units they say how many have
each. Of more values they leave a choice, if the steps between them are alike: one unit more with 0, three fewer with 1, three
more with 2 and one fewer with 3 have the same mean and spread. What such exchanges leave open is what readers do not know.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from math import gcd, lcm, prod

MOST_VALUES = 8
"""Different values of which the numbers are solved for: of more, two equations say too little."""

OFF_BY_ONE = 5
"""What readers know but for two units is as good as hidden under a threshold of ten."""

_LARGEST_DENOMINATOR = 1_000
_ROUNDING = 1e-9
_KEPT = 10_000
"""Answers that are kept: the many cells of a table mostly have the same few values."""


def fewest_solved(values: Sequence[float], counts: Sequence[int], moments: int) -> int | None:
    """The units with the value of which readers know best how many have it, each unit that they may be off counted
    ``OFF_BY_ONE`` times.

    They know how many units there are, and their sum (``moments`` 1) or that and the sum of squares (2). None where there
    are fewer than three values, or so many that nothing follows; values are in ascending order, all different.
    """
    if not 2 < len(values) <= MOST_VALUES:
        return None
    places = _multiples(tuple(values))
    if places is None or len(values) <= moments + 1:
        return min(counts)
    fewest = sum(counts)
    for place in sorted(range(len(values)), key=counts.__getitem__):
        if counts[place] < fewest:
            range_ = _off(place, places, counts, moments, 1) + _off(place, places, counts, moments, -1)
            fewest = min(fewest, counts[place] + OFF_BY_ONE * range_)
    return fewest


@lru_cache(maxsize=_KEPT)
def _multiples(values: tuple[float, ...]) -> tuple[Fraction, ...] | None:
    """The values in units of the first step; None where they are no simple multiples of it.

    Then hardly two combinations have the same sum.
    """
    first, second = values[:2]
    found = [(value - first) / (second - first) for value in values]
    simple = [Fraction(one).limit_denominator(_LARGEST_DENOMINATOR) for one in found]
    exact = (
        abs(float(fraction) - one) <= _ROUNDING * one for fraction, one in zip(simple, found, strict=True)
    )
    return tuple(simple) if all(exact) else None


def _off(place: int, places: tuple[Fraction, ...], counts: Sequence[int], moments: int, sign: int) -> int:
    """How many more (or fewer) units may have one value, after exchanges with others, as many as each allows in turn."""
    left = list(counts)
    for exchange in _exchanges(place, places, moments):
        times = min(left[at] // (-sign * change) for at, change in exchange.items() if sign * change < 0)
        for at, change in exchange.items():
            left[at] += sign * times * change
    return abs(left[place] - counts[place])


@lru_cache(maxsize=_KEPT)
def _exchanges(place: int, places: tuple[Fraction, ...], moments: int) -> tuple[dict[int, int], ...]:
    """The smallest changes among as few values as possible that give one value more, and change nothing that is told.

    Weights 1 / prod(x_i - x_j) make every polynomial of a lower degree vanish (divided differences).
    """
    others = [at for at in range(len(places)) if at != place]
    found = []
    for chosen in combinations(others, moments + 1):
        among = (place, *chosen)
        weights = [Fraction(1) / prod(places[at] - places[by] for by in among if by != at) for at in among]
        scale = Fraction(lcm(*(weight.denominator for weight in weights)))
        whole = [int(weight * scale) for weight in weights]
        step = gcd(*whole) * (1 if whole[0] > 0 else -1)
        found.append({at: weight // step for at, weight in zip(among, whole, strict=True)})
    return tuple(found)
