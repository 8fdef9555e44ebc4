"""Display: whole numbers that are not negative and add up, for tables that people read.

From the top down, as the US census does: a total is rounded once, and its parts are the nearest non-negative whole
numbers that add up to it. Never clip before adding up: that alone made the total of a country wrong by hundreds. What is
clipped is biased upwards a little, so the raw noisy numbers go beside it, for who computes with them.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from output_checker.noise.keys import Level

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def whole_and_not_negative(estimate: "NDArray[np.float64]", chain: Sequence[Level]) -> "NDArray[np.int64]":
    """Inner cells as non-negative whole numbers. ``chain`` has ever finer levels, the inner cells last."""
    import numpy

    level = chain[0]
    parents = numpy.zeros(level.size, dtype=numpy.int64)
    totals = numpy.array([max(0, round(float(estimate.sum())))], dtype=numpy.int64)
    whole = _shared_out(totals, level.sums(estimate), parents)
    for finer in chain[1:]:
        parents = level.of_cell[finer.first]
        whole, level = _shared_out(whole, finer.sums(estimate), parents), finer
    return whole


def _shared_out(
    totals: "NDArray[np.int64]", parts: "NDArray[np.float64]", parents: "NDArray[np.int64]"
) -> "NDArray[np.int64]":
    """The nearest non-negative whole numbers that add up to the total of each parent."""
    import numpy

    near = _on_simplex(totals, parts, parents)
    # Adding and subtracting rounds in the last place: what is as good as whole must not become one less.
    whole = numpy.floor(near + 1e-6).astype(numpy.int64)
    left = totals.copy()
    numpy.subtract.at(left, parents, whole)
    order, rank = _ranked(near - whole, parents)
    whole[order] += rank < left[parents[order]]
    return whole


def _on_simplex(
    totals: "NDArray[np.int64]", parts: "NDArray[np.float64]", parents: "NDArray[np.int64]"
) -> "NDArray[np.float64]":
    """The nearest non-negative numbers with these totals: each part less the same amount, or nothing (Duchi 2008)."""
    import numpy

    order, rank = _ranked(parts, parents)
    owner, ordered = parents[order], parts[order]
    sums = numpy.cumsum(ordered)
    first = numpy.flatnonzero(rank == 0)
    before = numpy.zeros(len(totals))
    before[owner[first]] = sums[first] - ordered[first]
    excess = (sums - before[owner] - totals[owner]) / (rank + 1)
    kept = numpy.bincount(owner, weights=ordered > excess, minlength=len(totals)).astype(numpy.int64)
    less = numpy.zeros(len(totals))
    last = first + numpy.maximum(kept[owner[first]], 1) - 1
    less[owner[first]] = excess[last]
    near: NDArray[np.float64] = numpy.maximum(parts - less[parents], 0.0)
    return near


def _ranked(
    values: "NDArray[np.float64]", parents: "NDArray[np.int64]"
) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    """Places by parent, the largest value first, and the rank of each within its parent."""
    import numpy

    order = numpy.lexsort((-values, parents))
    owner = parents[order]
    starts = numpy.flatnonzero(numpy.diff(owner, prepend=-1))
    rank = numpy.arange(len(order)) - numpy.repeat(starts, numpy.diff(starts, append=len(order)))
    return order, rank
