"""Cells in which all but a few units have one value, or the lowest or the highest: a sum then tells of those few.

The units with another value than the most common one take a count of every value. So cells are set aside first in which
they cannot be few, by what is known already and then by the number of different values.
"""

from collections.abc import Iterable

from output_checker.kinds.table.counts import Counts, Key, Sums
from output_checker.kinds.table.plan import TablePlan
from output_checker.kinds.table.statements import WORD, Set, units_of

_ROUNDING = 1e-9

ALIKE = 10
"""Units with one value from which on that is no chance, also for a policy that asks for more units: what is noticed under
one policy is noticed under each that is stricter."""


def suspects(plan: TablePlan, found: dict[Key, Counts], shown: Iterable[Key], place: int) -> set[Key]:
    """The cells in which the values of a quantity allow that all but fewer than ``plan.enough`` units are alike."""
    if plan.quantities[place].presence or plan.quantities[place].indicator:
        return set()
    plain = plan.weight is None
    return {key for key in shown if _is_suspect(found[key].sums[place], plan.enough, plain)}


def _is_suspect(sums: Sums, enough: int, plain: bool) -> bool:
    """By the deviance: it is small where few differ from one value, and nearly as large as it can be where few differ
    from both ends (Bhatia and Davis 2000).
    """
    low, high, number = sums.lowest, sums.highest, sums.contributing
    if low is None or high is None or low == high or number < enough or sums.ones is not None:
        return False
    span, mean, deviance = high - low, (sums.values or 0.0) / number, sums.deviance or 0.0
    largest = list(sums.top) if plain and low >= 0 and sums.top else [high]
    sizes = [*largest, *[largest[-1]] * enough][: enough - 1]
    most = number * (high - mean) * (mean - low)
    few = _largest_deviance(low, high, mean, (enough - 1) * span / number, sizes)
    return deviance <= few * (1 + _ROUNDING) or (
        most - deviance <= (enough - 1) * span**2 / 4 + most * _ROUNDING
    )


def _largest_deviance(low: float, high: float, mean: float, away: float, sizes: list[float]) -> float:
    """The most that a few units can add, of which these are no larger than ``sizes``, to the deviance of a cell in which
    all others have one value: that value is no further ``away`` from the mean, because the few cannot pull it further.
    """
    least, most = max(low, mean - away), min(high, mean + away)
    below = (most - low) ** 2
    return sum(max((size - least) ** 2, below) for size in sizes)


def different_pass(plan: TablePlan, key: str | None, kept: Set, restricted: str | None, place: int) -> str:
    """Answers labels, and a lower bound to the number of different values: the buckets in use when they are hashed."""
    names = "".join(f"k{one}, " for one in kept)
    units = units_of(plan, key, kept, restricted, place)
    grouped = f"GROUP BY {names[:-2]}" if kept else ""
    return (
        f"SELECT {names}bit_count(bit_or(1::UBIGINT << (hash(x) & {WORD - 1}))) "  # noqa: S608
        f"FROM ({units}) WHERE x IS NOT NULL {grouped}"
    )


def unusual_pass(plan: TablePlan, key: str | None, kept: Set, restricted: str | None, place: int) -> str:
    """Answers labels, the units with another value than the most common one, and those at neither end.

    Nothing where few are alike, fewer than the others, or one is at an end by chance: then the others are no exception.
    """
    names = "".join(f"k{one}, " for one in kept)
    units = units_of(plan, key, kept, restricted, place)
    values = f"SELECT {names}x, count(*) AS n FROM ({units}) WHERE x IS NOT NULL GROUP BY {names}x"  # noqa: S608
    grouped = f"GROUP BY {names[:-2]}" if kept else ""
    ends = "arg_min(n, x) + arg_max(n, x)"
    alike = (("max(n)", "TRUE"), (ends, "least(arg_min(n, x), arg_max(n, x)) > 1"))
    apart = ", ".join(
        f"CASE WHEN {one} >= {min(plan.enough, ALIKE)} AND 2 * ({one}) > sum(n) AND {more} THEN sum(n) - ({one}) END"
        for one, more in alike
    )
    return (
        f"SELECT {names}{apart} "  # noqa: S608
        f"FROM ({values}) {grouped}"
    )
