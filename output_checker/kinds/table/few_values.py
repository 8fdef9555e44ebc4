"""Cells of few different values: how many units have each of them may follow from the sum, or from sum and spread.

Where the largest contributions all differ there are many values, so most cells are set aside by what is known already.
"""

from collections.abc import Iterable, Sequence

from output_checker.kinds.table.counts import Counts, Key, Sums
from output_checker.kinds.table.plan import TablePlan
from output_checker.kinds.table.statements import Set, units_of
from output_checker.solving import MOST_VALUES, fewest_solved

__all__ = ["MOST_VALUES", "may_be_few", "solved", "values_pass"]

_OF_SPREAD = frozenset({"std", "var"})


def may_be_few(plan: TablePlan, found: dict[Key, Counts], shown: Iterable[Key], place: int) -> set[Key]:
    """The cells in which a quantity may have few different values, but more than two."""
    quantity = plan.quantities[place]
    if quantity.presence or quantity.indicator:
        return set()
    return {key for key in shown if _may_be_few(found[key].sums[place], plan.enough)}


def _may_be_few(sums: Sums, enough: int) -> bool:
    return sums.is_varied and sums.contributing >= enough and len(set(sums.top)) < len(sums.top)


def values_pass(plan: TablePlan, key: str | None, kept: Set, restricted: str | None, place: int) -> str:
    """Answers labels, the different contributions in ascending order, and how many units have each, where they are few."""
    names = "".join(f"k{one}, " for one in kept)
    units = units_of(plan, key, kept, restricted, place, weighed=plan.weight is not None)
    values = f"SELECT {names}x, count(*) AS n FROM ({units}) WHERE x IS NOT NULL GROUP BY {names}x"  # noqa: S608
    grouped = f"GROUP BY {names[:-2]}" if kept else ""
    few = f"count(*) BETWEEN 3 AND {MOST_VALUES}"
    return f"SELECT {names}list(x ORDER BY x), list(n ORDER BY x) FROM ({values}) {grouped} HAVING {few}"  # noqa: S608


def solved(plan: TablePlan, place: int, values: Sequence[float], counts: Sequence[int]) -> int | None:
    """The units with the value of which the measures of a table say best how many have it (see ``solving``).

    Who publishes a spread may have published the mean before, or may do so later.
    """
    spread = any(one.quantity == place and one.measure.aggfunc in _OF_SPREAD for one in plan.measures)
    return fewest_solved(values, counts, 2 if spread else 1)
