"""Bins in which nobody can be, as everybody knows: outside the public bounds, or in a range that is declared empty."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from output_checker.evidence import Structure
from output_checker.kinds.histogram.query import HistogramQuery
from output_checker.metadata import DatasetMetadata, Span


@dataclass(frozen=True)
class Bin:
    """The numbers from ``low`` to ``high``; ``left`` and ``right`` say whether these themselves are in it."""

    low: float
    high: float
    left: bool = True
    right: bool = False

    @property
    def empty(self) -> bool:
        """Whether there are no such numbers."""
        return self.low > self.high or (self.low == self.high and not (self.left and self.right))

    def within(self, low: float, high: float) -> "Bin":
        """What of it lies from ``low`` to ``high``, those themselves among it."""
        return Bin(
            max(self.low, low),
            min(self.high, high),
            self.left or self.low < low,
            self.right or self.high > high,
        )

    def is_in(self, span: Span) -> bool:
        """Whether all of it is in a declared range."""
        return self.low >= span.low and (self.high < span.high or (self.high == span.high and not self.right))


def structure_of(
    query: HistogramQuery, name: str, edges: Sequence[str], metadata: DatasetMetadata
) -> Structure:
    """What everybody knows of the bins, which are numbered from zero, below all edges, to one above all edges."""
    variable = metadata.columns.get(query.values)
    if variable is None:
        return Structure()
    low, high = variable.bounds or (-math.inf, math.inf)
    bins = {str(number): one.within(low, high) for number, one in enumerate(_bins([*map(float, edges)]))}
    zeros: list[dict[str, frozenset[str]]] = [
        {name: frozenset(code for code, one in bins.items() if one.empty)}
    ]
    for zero in metadata.structural_zeros:
        span = zero.get(query.values)
        others = {of: frozenset(codes) for of, codes in zero.items() if not isinstance(codes, Span)}
        if isinstance(span, Span) and others.keys() <= {*query.by} and len(others) == len(zero) - 1:
            zeros.append({**others, name: frozenset(code for code, one in bins.items() if one.is_in(span))})
    return Structure(tuple(zeros), {}, {name: tuple(bins)})


def _bins(edges: list[float]) -> list[Bin]:
    """Below all edges, between them (only the last holds its right edge), and above all."""
    between = [Bin(low, high) for low, high in pairwise(edges[:-1])]
    last = Bin(edges[-2], edges[-1], right=True)
    return [Bin(-math.inf, edges[0]), *between, last, Bin(edges[-1], math.inf, left=False)]
