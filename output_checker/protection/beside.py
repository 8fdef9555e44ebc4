"""What the audit of hidden cells cannot add up: other outputs of the request that may tell of a hidden cell all the same.

A model tells how many units are behind it, a sum divided by its mean is a count, income in months is income in years.
Where such outputs stand beside hidden cells, people judge whether they give one away.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isclose

from output_checker.evidence import TableEvidence
from output_checker.protection.parts import PartTable
from output_checker.protection.query import ProtectedQuery
from output_checker.query import Query
from output_checker.verdict import ALL

SILENT = frozenset({"quantiles", "density", "concentration"})
"""Kinds whose numbers say nothing of how many units there are, nor of their sum."""

_COLUMN = re.compile(r'"([^"]+)"')
_COUNTS = frozenset({"count", "weighted_count"})


def told_beside(number: int, queries: Sequence[Query], tables: Sequence[PartTable]) -> bool:
    """Whether a query of a request, that hides cells, stands beside outputs that the audit cannot link to them."""
    others = (query for place, query in enumerate(queries) if place != number)
    if any(not isinstance(query, ProtectedQuery) and query.kind not in SILENT for query in others):
        return True
    own = [table for table in tables if table.query == number and table.audited.hides]
    rest = [table for table in tables if table.query != number]
    related = any(_is_related(hidden, table) for hidden in own for table in rest)
    return related or any(_is_unaudited(pair, tables) for pair in _quotients(tables))


def _is_related(hidden: PartTable, other: PartTable) -> bool:
    """Whether two quantities are made of the same numbers, without being the same."""
    if hidden.audited.quantity == other.audited.quantity:
        return not hidden.adds_up
    if {hidden.evidence.statistic, other.evidence.statistic} <= _COUNTS:
        return all(_is_plain(table.evidence) for table in (hidden, other))
    return bool(_columns(hidden.evidence) & _columns(other.evidence))


def _is_plain(evidence: TableEvidence) -> bool:
    """Whether a count is that of all units times a constant: everybody has a value, and all weigh the same."""
    cells = [cell for _, cell in evidence.filled()]
    if evidence.has_values and any(cell.contributing != cell.units for cell in cells):
        return False
    weights = [cell.weight / cell.contributing for cell in cells if cell.weight and cell.contributing]
    return all(isclose(weight, weights[0], rel_tol=1e-9) for weight in weights)


def _columns(evidence: TableEvidence) -> set[str]:
    return set(_COLUMN.findall(evidence.measured[0] or ""))


def _quotients(tables: Sequence[PartTable]) -> Iterator[tuple[PartTable, PartTable]]:
    """Sums beside means of the same: their quotient is a count."""
    for one, other in combinations(tables, 2):
        kinds = {one.evidence.statistic, other.evidence.statistic}
        if kinds == {"sum", "mean"} and one.evidence.measured == other.evidence.measured:
            yield one, other


def _is_unaudited(pair: tuple[PartTable, PartTable], tables: Sequence[PartTable]) -> bool:
    """Whether nobody audits the counts that a quotient gives: without totals, or beside its own counts, a table does."""
    numbers = {table.query for table in pair}
    audited = {table.query for table in tables if table.evidence.statistic == "count"}
    totals = any(ALL in cell.labels for cell in pair[0].audited.cells)
    return len(numbers) > 1 or (totals and not numbers <= audited)
