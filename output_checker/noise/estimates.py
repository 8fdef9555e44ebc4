"""Estimates: noisy vectors brought to every published level, raw and for display."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from output_checker.noise.consistency import Measured, consistent, consistent_from_zero
from output_checker.noise.display import whole_and_not_negative
from output_checker.noise.keys import Level, Set
from output_checker.noise.plan import NoisePlan

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Estimates:
    """The numbers of each tally at each level, in steps, shape (cells of the level,)."""

    def __init__(self, plan: NoisePlan, vectors: "Sequence[NDArray[np.int64]]") -> None:
        self.plan = plan
        keys = ((one.tally, one.kept) for one in plan.measurements)
        self._measured = dict(zip(keys, vectors, strict=True))
        self._inner = {
            place: self._displayed(place)
            for place, tally in enumerate(plan.tallies)
            if tally.adds_up(plan.rows)
        }

    def raw(self, tally: int, kept: Set) -> "NDArray[np.float64]":
        """Unbiased: as measured at this level, or added up from the level that was."""
        source = self.plan.measurement(tally, kept).kept
        vector = self._measured[tally, source]
        return self.plan.summed(vector.astype(float), source, kept)

    def display(self, tally: int, kept: Set) -> "NDArray[np.float64]":
        """Consistent over levels where tallies add up, and not negative where they cannot be."""
        import numpy

        if tally in self._inner:
            return self.plan.level(kept).sums(self._inner[tally])
        return numpy.maximum(self.raw(tally, kept), 0)

    def _displayed(self, tally: int) -> "NDArray[np.float64]":
        import numpy

        plan = self.plan
        measured = [
            Measured(plan.level(one.kept), self._measured[one.tally, one.kept], one.law.standard_deviation**2)
            for one in plan.measurements
            if one.tally == tally
        ]
        grid = plan.tallies[tally].grid
        if grid is not None and grid.low < 0:
            return numpy.rint(consistent(measured))
        estimate = consistent(measured) if len(measured) == 1 else consistent_from_zero(measured)
        return whole_and_not_negative(estimate, self._chain()).astype(float)

    def _chain(self) -> list[Level]:
        """Ever finer levels, each a division of the one before: totals of rows per column, down to the inner cells."""
        plan, finest = self.plan, self.plan.asked.published[0]
        columns = set(finest[plan.asked.rows :])
        within = [kept for kept in plan.asked.published if columns <= set(kept)]
        return [plan.level(kept) for kept in sorted(within, key=len)]
