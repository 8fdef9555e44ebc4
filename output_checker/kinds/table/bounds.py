"""Which cells need exact counting of units that may have many rows.

Counting distinct units, and summing per unit, takes a hash table of every unit in every cell. Where a cell is far from
every limit that is a waste, so bounds that cannot be wrong are tried first; only what they leave undecided is counted.
A bound always makes a rule stricter, and what is published is always counted exactly.
"""

from collections.abc import Iterable, Sequence

from output_checker.kinds.table.counts import Counts, Key
from output_checker.kinds.table.plan import TablePlan
from output_checker.kinds.table.statements import TOP
from output_checker.metadata import Unit
from output_checker.verdict import ALL

SAFE_SHARE = 0.05
"""A unit that cannot have more than this share of a total is far from every dominance rule."""

MOST_ROWS = 100
"""Rows per unit up to which the largest values of a cell bound the contribution of a unit."""


def width_of(plan: TablePlan) -> int:
    """The number of buckets per cell (a power of two): as many as fit in some 64 MB, and enough for the rules."""
    cells = 1
    for item in plan.classifications:
        cells *= len(item.labels) + 1
    width = 65_536
    while width > 128 and width * cells > 2**29:
        width //= 2
    return width


def is_limited(unit: Unit) -> bool:
    """Whether the contribution of a unit is bounded by the largest values of few rows."""
    return unit.most_rows is not None and unit.most_rows <= MOST_ROWS


def most_rows(units: Sequence[Unit]) -> int:
    """The rows that no unit of these kinds exceeds, of those that are limited at all."""
    return max([TOP, *(unit.most_rows or 0 for unit in units if is_limited(unit))])


def largest_share(counts: Counts, place: int) -> float:
    """An upper bound to the share of one unit in the sum of sizes.

    No unit has more than the largest values of as many rows as it can have, and the sizes of sums per unit add up to
    at least the total.
    """
    found = counts.sums[place]
    if not found.absolute:
        return 0.0
    return (found.unit_limit or 0.0) / abs(found.total) if found.total else float("inf")


def with_value(counts: Counts, place: int, units: int) -> int:
    """A lower bound to the units with a value: each row without one can take away one unit at most."""
    return max(units - (counts.rows - counts.sums[place].valued), 0)


def is_decided(plan: TablePlan, counts: Counts, units: int, limited: bool) -> bool:
    """Whether at least ``units`` units are so many, and none of them so large, that no rule needs to know more."""
    summed = [place for place, quantity in enumerate(plan.quantities) if not quantity.presence]
    if _least(counts, units) < plan.enough or (summed and not limited):
        return False
    return all(largest_share(counts, place) <= SAFE_SHARE for place in summed)


def crowded(plan: TablePlan, found: dict[Key, Counts], shown: Iterable[Key]) -> set[Key]:
    """The cells that may hold too large a share of a line, and the totals of those lines.

    At most all rows of a cell are of different units, and at least the lower bound of its whole are.
    """
    suspect: set[Key] = set()
    for key in shown:
        for whole in wholes_of(key):
            if found[key].rows > plan.crowded * _least(found[whole], found[whole].units):
                suspect |= {key, whole}
    return suspect


def wholes_of(key: Key) -> Iterable[Key]:
    """The totals that a cell is a part of, one classification summed over."""
    return ((*key[:place], ALL, *key[place + 1 :]) for place, label in enumerate(key) if label != ALL)


def _least(counts: Counts, units: int) -> int:
    return min([units, *(with_value(counts, place, units) for place in range(len(counts.sums)))])
