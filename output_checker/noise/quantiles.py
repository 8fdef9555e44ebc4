"""Quantiles from noisy counts of narrow bins over public bounds.

A quantile is where the noisy cumulative count passes its rank. Its interval inverts a test: it holds every bin for which
noise could explain the difference in rank, and so the true one in at least 95 % of draws, wherever that is.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from output_checker.noise.laws import Law

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def rank_margin(law: Law, bins: int, position: float) -> float:
    """Within how many units a noisy rank is of the true one, in 95 % of draws.

    The rank is the cells below, less ``position`` times all cells, so no noise weighs more than the larger of
    ``position`` and its complement.
    """
    return max(position, 1 - position) * law.margin_of_sum(bins)


def read(
    counts: "NDArray[np.float64]", edges: Sequence[float], position: float, margin: float
) -> tuple[float, float, float]:
    """A quantile and the ends of its interval, in the unit of the variable; ``counts`` may be negative.

    Both ends are edges of bins, because a bin does not say where in it anybody is.
    """
    import numpy

    cumulative = numpy.concatenate(([0.0], numpy.cumsum(counts)))
    rank = cumulative - position * cumulative[-1]
    possible = numpy.flatnonzero((rank[:-1] <= margin) & (rank[1:] >= -margin))
    if cumulative[-1] <= 0 or not possible.size:
        return (edges[0] + edges[-1]) / 2, edges[0], edges[-1]
    return _crossing(rank, edges), edges[int(possible[0])], edges[int(possible[-1]) + 1]


def _crossing(rank: "NDArray[np.float64]", edges: Sequence[float]) -> float:
    """Where ranks pass zero; noise makes them pass more than once, and counting those below takes the middle."""
    place = min(int((rank[1:] < 0).sum()), len(edges) - 2)
    before, after = float(rank[place]), float(rank[place + 1])
    within = -before / (after - before) if before < 0 <= after else 0.5
    return edges[place] + (edges[place + 1] - edges[place]) * within
