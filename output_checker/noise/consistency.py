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

MOST_STEPS = 1_000
PRECISION = 1e-10


@dataclass(frozen=True, eq=False)
class Measured:
    """Noisy numbers of the cells of a level, with the variance of their noise."""

    level: Level
    values: "NDArray[np.int64]"
    variance: float


def consistent(measured: Sequence[Measured]) -> "NDArray[np.float64]":
    """The least-squares estimate of the inner cells, shape (cells,), by conjugate gradients.

    The first of ``measured`` is of the inner cells themselves.
    """
    import numpy

    estimate = measured[0].values.astype(numpy.float64)
    if len(measured) == 1:
        return estimate
    residual = sum(_back(one, one.values - one.level.sums(estimate)) for one in measured)
    residual = numpy.asarray(residual)
    direction, size = residual, float(residual @ residual)
    enough = size * PRECISION**2
    for _ in range(MOST_STEPS):
        if size <= enough:
            break
        moved = numpy.asarray(sum(_back(one, one.level.sums(direction)) for one in measured))
        length = size / float(direction @ moved)
        estimate, residual = estimate + length * direction, residual - length * moved
        before, size = size, float(residual @ residual)
        direction = residual + (size / before) * direction
    return estimate


def _back(one: Measured, differences: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Differences of a level's cells, weighted and laid upon the inner cells."""
    weighted: NDArray[np.float64] = (differences / one.variance)[one.level.of_cell]
    return weighted
