"""Which cells need exact counting of units that may have many rows.

Counting distinct units, and summing per unit, takes a hash table of every unit in every cell. Where a cell is far from
every limit that is a waste, so bounds that cannot be wrong are tried first; only what they leave undecided is counted.
A bound always makes a rule stricter, and what is published is always counted exactly.
"""

import math
from collections.abc import Iterable, Iterator, Mapping

from output_checker.kinds.table.counts import Counts, Key
from output_checker.kinds.table.plan import TablePlan
from output_checker.kinds.table.statements import WORD
from output_checker.metadata import Unit
from output_checker.verdict import ALL

SAFE_SHARE = 0.05
"""A unit that cannot have more than this share of a total is far from every dominance rule."""

MOST_ROWS = 100
"""Rows per unit up to which the largest values of a cell bound the contribution of a unit."""


def widths_of(plan: TablePlan, units: Mapping[str, Unit]) -> dict[str, int]:
    """For the key of each kind of unit that may have many rows, the number of buckets (a power of two).

    Units beside the one that counts only have to be enough. Those that count are also compared with their row and
    column, in as many buckets as fit in some 64 MB.
    """
    cells = math.prod(len(item.labels) + 1 for item in plan.classifications)
    wide = min(max(2 ** ((2**29) // cells).bit_length() // 2, 4 * WORD), 2**16)
    narrow = WORD if plan.enough <= WORD // 4 else 2 ** (4 * plan.enough).bit_length()
    many = {name: unit for name, unit in units.items() if not unit.one_row_per_unit}
    own = wide if plan.only_sums else narrow
    return {unit.key: own if name == plan.unit else narrow for name, unit in many.items()}


def is_limited(unit: Unit) -> bool:
    """Whether the contribution of a unit is bounded by the largest values of few rows."""
    return unit.most_rows is not None and unit.most_rows <= MOST_ROWS


def most_rows(units: Mapping[str, Unit]) -> int:
    """The rows that no unit exceeds, of the kinds that may have many rows and are limited at all."""
    many = (unit for unit in units.values() if not unit.one_row_per_unit and is_limited(unit))
    return max([1, *(unit.most_rows or 0 for unit in many)])


def largest_share(counts: Counts, place: int) -> float:
    """An upper bound to the share of one unit in the sum of sizes.

    No unit has more than the largest values of as many rows as it can have, and the sizes of sums per unit add up to
    at least the total.
    """
    found = counts.sums[place]
    return (found.unit_limit or 0.0) / abs(found.total) if found.total else float("inf")


def with_value(counts: Counts, place: int, units: int) -> int:
    """A lower bound to the units with a value: each row without one can take away one unit at most."""
    return max(units - (counts.rows - counts.sums[place].valued), 0)


def is_decided(plan: TablePlan, counts: Counts, units: int, limited: bool) -> bool:
    """Whether at least ``units`` units are so many, and none of them so large, that no rule needs to know more.

    Values of one or two kinds tell how many units have which: those are always counted.
    """
    if not plan.quantities:
        return units >= plan.enough
    described = [place for place, quantity in enumerate(plan.quantities) if not quantity.presence]
    summed = range(len(plan.quantities)) if plan.weight else described
    zeros = max([0, *(counts.rows - counts.sums[place].nonzero for place in described)])
    if min(_least(counts, units), units - zeros) < plan.enough or (summed and not limited):
        return False
    varied = all(counts.sums[place].is_varied for place in described)
    return varied and all(largest_share(counts, place) <= SAFE_SHARE for place in summed)


def crowded(plan: TablePlan, found: dict[Key, Counts], shown: Iterable[Key]) -> set[Key]:
    """The cells that may hold too large a share of a line, and the totals of those lines.

    At most all rows of a cell are of different units, and at least the lower bound of its whole are.
    """
    suspect: set[Key] = set()
    for key in shown:
        for whole in wholes_of(plan, key):
            if found[key].rows > plan.crowded * _least(found[whole], found[whole].units):
                suspect |= {key, whole}
    return suspect


def wholes_of(plan: TablePlan, key: Key) -> Iterator[Key]:
    """The totals that a cell is a part of, along each classification."""
    kept = [place for place, label in enumerate(key) if label != ALL]
    for place in kept:
        if summed := plan.whole(kept, place):
            yield tuple(ALL if at in summed else label for at, label in enumerate(key))


def _least(counts: Counts, units: int) -> int:
    return min([units, *(with_value(counts, place, units) for place in range(len(counts.sums)))])
