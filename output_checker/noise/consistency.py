"""Consistency: one estimate of the inner cells from noisy numbers at several levels.

Weighted least squares (Hay et al. 2010): of all estimates that add up, the one nearest to what was measured. It is
linear, so it stays unbiased, and it only uses noisy numbers, so it costs nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from output_checker.noise.keys import Level

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_STEPS = 200
MOST_ROUNDS = 5
PRECISION = 1.0
"""Length of the error of all cells together, in steps: far below what rounding to whole numbers shows."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Noisy numbers of the cells of a level, with the variance of their noise."""

    level: Level
    values: "NDArray[np.int64]"
    variance: float


def consistent(measured: Sequence[Measured]) -> "NDArray[np.float64]":
    """The least-squares estimate of the inner cells, shape (cells,).

    The first of ``measured`` is of the inner cells themselves.
    """
    import numpy

    start = measured[0].values.astype(numpy.float64)
    return _solved(measured, start, numpy.ones(len(start), dtype=bool), PRECISION)


def consistent_from_zero(measured: Sequence[Measured]) -> "NDArray[np.float64]":
    """The same for cells that cannot be negative: those that would be are nobody, and the others fit the totals again.

    Without this, what is cut off below zero would make every total too high. After a few rounds hardly any cell is
    still below zero; what is left is shared out where the table is made whole.
    """
    import numpy

    start = measured[0].values.astype(numpy.float64)
    free = numpy.ones(len(start), dtype=bool)
    for left in reversed(range(MOST_ROUNDS)):
        # Rounds that only look for cells below zero need not be precise.
        start = _solved(measured, numpy.where(free, start, 0.0), free, PRECISION * (30 if left else 1))
        if start.min() >= 0:
            break
        free &= start > 0
    return start


def _solved(
    measured: Sequence[Measured],
    estimate: "NDArray[np.float64]",
    free: "NDArray[np.bool_]",
    precision: float,
) -> "NDArray[np.float64]":
    """The least-squares estimate of the cells that are free, by conjugate gradients from an estimate."""
    residual = _pulled(measured, [one.values - one.level.sums(estimate) for one in measured], free)
    direction, size = residual, float(residual @ residual)
    # No direction is flatter than that of the inner cells alone, so this bounds the error and not only the residual.
    enough = (precision / measured[0].variance) ** 2
    for _ in range(MOST_STEPS if len(measured) > 1 else 1):
        if size <= enough:
            break
        moved = _pulled(measured, [one.level.sums(direction) for one in measured], free)
        length = size / float(direction @ moved)
        estimate, residual = estimate + length * direction, residual - length * moved
        before, size = size, float(residual @ residual)
        direction = residual + (size / before) * direction
    return estimate


def _pulled(
    measured: Sequence[Measured], differences: "Sequence[NDArray[np.float64]]", free: "NDArray[np.bool_]"
) -> "NDArray[np.float64]":
    """Differences of each level's cells, weighted and laid upon the inner cells that are free."""
    import numpy

    pulled = numpy.zeros(len(free))
    for one, difference in zip(measured, differences, strict=True):
        weighted = difference / one.variance
        pulled += weighted if one.level.is_inner else weighted[one.level.of_cell]
    return pulled * free
