"""The measures themselves, of what each unit has in ascending order."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from output_checker.solving import fewest_solved

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Divided:
    """What each unit has (``amounts``, ascending); measures make sense when nobody has less than nothing."""

    amounts: "NDArray[np.float64]"

    @property
    def negative(self) -> bool:
        """Whether some unit has less than nothing."""
        return bool(len(self.amounts)) and bool(self.amounts[0] < 0)

    @property
    def meaningful(self) -> bool:
        """Whether there is something to divide."""
        return not self.negative and float(self.amounts.sum()) > 0

    def largest_share(self) -> float:
        """The share of the largest unit, in sizes."""
        return _largest(self.amounts)

    @property
    def rarest(self) -> int | None:
        """The fewest units that a measure can point out: those with anything, or those with the rarest of few amounts.

        A Gini coefficient of four amounts is one number for each way to divide units among them, and a Herfindahl index
        says as much as a spread. None when nobody has anything. Where all have the same, a measure says so of everybody:
        it points out nobody.
        """
        import numpy

        distinct, units = numpy.unique(self.amounts, return_counts=True)
        holders = int(numpy.count_nonzero(self.amounts))
        if not holders or len(distinct) == 1:
            return 0 if holders else None
        if len(distinct) <= _FEW:
            return int(units.min())
        solved = fewest_solved(distinct.tolist(), units.tolist(), 2)
        return holders if solved is None else min(holders, solved)

    def gini(self) -> float:
        """The Gini coefficient: (2 sum i x_i / (n sum x)) - (n + 1) / n, x ascending."""
        import numpy

        number = len(self.amounts)
        ranks = numpy.arange(1, number + 1)
        return float(2 * (ranks * self.amounts).sum() / (number * self.amounts.sum()) - (number + 1) / number)

    def herfindahl(self) -> float:
        """The Herfindahl index: the sum of squared shares, from 1/n to 1."""
        shares = self.amounts / self.amounts.sum()
        return float((shares**2).sum())

    def top(self, number: int) -> int:
        """The share of the largest ``number`` of units, in whole percentages."""
        return round(100 * float(self.amounts[-number:].sum() / self.amounts.sum()))

    def lorenz(self, share: float) -> float:
        """The share of the total that the lowest ``share`` of the units has, straight between two units."""
        import numpy

        heights = numpy.concatenate([[0.0], self.amounts.cumsum()]) / self.amounts.sum()
        return float(numpy.interp(share * len(self.amounts), numpy.arange(len(heights)), heights))

    def between(self, low: float, high: float) -> tuple[int, float]:
        """The whole units between two shares of the units, and the share of the largest in what they have.

        A unit that a point cuts through belongs to neither side.
        """
        start = math.ceil(round(low * len(self.amounts), 9))
        end = math.floor(round(high * len(self.amounts), 9))
        return max(end - start, 0), _largest(self.amounts[start:end])


_FEW = 4


def _largest(amounts: "NDArray[np.float64]") -> float:
    sizes = abs(amounts)
    total = float(sizes.sum())
    return float(sizes.max()) / total if total else 0.0
