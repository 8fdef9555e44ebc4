"""Choosing cells to hide besides those that must be, so that readers cannot work those out (secondary suppression).

For each cell that must stay unknown, and for each side, the cheapest other table that readers could not tell from the
true one and in which the cell lies beyond its protection level: the cells that differ are hidden too. Greedy, one cell
after the other, largest level first (SDC Handbook 2nd ed. 4.4.3); each step is a linear programme over the whole table,
so that what was protected stays protected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from output_checker.dataset import Dataset
from output_checker.engine import DEFAULT_LIMITS, Limits
from output_checker.errors import EvidenceError
from output_checker.examination import Examination, examine
from output_checker.policy import Policy
from output_checker.protection.audit import audit
from output_checker.protection.concealment import puzzle
from output_checker.protection.query import ProtectedQuery
from output_checker.protection.system import system_of
from output_checker.protection.tables import AuditedCell, AuditedTable
from output_checker.rules.hidden_cells import HiddenCells
from output_checker.text import Text
from output_checker.verdict import Outcome

if TYPE_CHECKING:
    import highspy

ROUNDS = 5
"""Attempts to protect what one attempt left unprotected, because counts are whole."""

_DIFFERS = 1e-6
_UNLIMITED = float("inf")


def suppressed(
    query: ProtectedQuery, dataset: Dataset, policy: Policy, limits: Limits = DEFAULT_LIMITS
) -> ProtectedQuery:
    """The query with its failing cells hidden, and as many others as protect those.

    Raises:
        QueryError: the query does not make sense for this dataset.
        EvidenceError: no choice of cells protects them.
    """
    rule = policy.rules[HiddenCells.id]
    examination = examine(query.model_copy(update={"hide": ()}), dataset, policy, limits)
    hidden = examination.objected(Outcome.FAIL)
    if not isinstance(rule, HiddenCells) or not hidden:
        return query.model_copy(update={"hide": ()})
    for _ in range(ROUNDS):
        missing = _missing(examination, hidden, dataset, rule)
        if not missing:
            return query.model_copy(update={"hide": tuple(_labels(query, examination, hidden))})
        hidden |= missing
    raise EvidenceError(_NO_PATTERN, remedy=_COARSER)


def _missing(examination: Examination, hidden: set[int], dataset: Dataset, rule: HiddenCells) -> set[int]:
    """The cells to hide besides, by place in the table."""
    missing: set[int] = set()
    for table in puzzle(examination, hidden, dataset, rule):
        if not table.auditable:
            raise EvidenceError(_NO_PATTERN, remedy=_COARSER)
        if not all(interval.protected for interval in audit([table.audited])):
            missing |= {table.place(cell) for cell in complement(table.audited)}
    return missing - hidden


def complement(table: AuditedTable) -> set[int]:
    """The cells of one table to hide besides those that are, by position.

    Raises:
        EvidenceError: no choice of cells protects what must stay unknown.
    """
    return _Pattern(table).chosen()


def _labels(query: ProtectedQuery, examination: Examination, hidden: set[int]) -> Iterator[dict[str, str]]:
    table = examination.computed.table
    names = (*table.row_names, *table.column_names)
    for place in sorted(hidden):
        cell = table.cells[place]
        labels = zip(names, (*table.rows[cell.row], *table.columns[cell.column]), strict=True)
        yield {name: label for name, label in labels if name in query.classifications}


class _Pattern:
    """One programme whose unknowns are how far each cell rises and falls, at the cost of hiding it."""

    def __init__(self, table: AuditedTable) -> None:
        self._table = table
        open_cells = tuple(replace(cell, told=_if_empty(cell)) for cell in table.cells)
        self._system = system_of([replace(table, cells=open_cells)])
        self._columns = [self._system.columns[key] for key in table.keys]
        self._hidden = {place for place, cell in enumerate(table.cells) if cell.told is None}
        self._scale = max([*(need for _, _, need in self._needs()), 1.0 if table.whole else 0.0]) or 1.0

    def chosen(self) -> set[int]:
        before = set(self._hidden)
        solver = self._written()
        for place, sign, need in sorted(self._needs(), key=lambda each: -each[2]):
            self._hidden |= self._support(solver, self._columns[place], sign, need)
        targets = {self._columns[place] for place, cell in enumerate(self._table.cells) if cell.level}
        for column, single in self._system.known_by_one({self._columns[at] for at in self._hidden}).items():
            if column in targets:
                self._hidden |= self._support(solver, column, 1, self._least(column), still=single)
        return self._hidden - before

    def _least(self, column: int) -> float:
        """How far off a number is that is merely not known exactly."""
        return 1.0 if self._table.whole else max(1e-3 * abs(self._system.values[column]), 1e-9)

    def _needs(self) -> list[tuple[int, int, float]]:
        """Cell, side and distance; what may merely not be known exactly has to be able to be something else."""
        needs = []
        for place, cell in enumerate(self._table.cells):
            if cell.level is not None:
                least = 0.0 if cell.level.lower else self._least(self._columns[place])
                upper = max(cell.level.upper, least)
                needs += [(place, 1, upper), (place, -1, cell.level.lower)]
        return [need for need in needs if need[2] > 0]

    def _support(
        self, solver: highspy.Highs, column: int, sign: int, need: float, still: int | None = None
    ) -> set[int]:
        """The cells that differ in the cheapest table in which this one lies beyond its level, but ``still`` does not."""
        import highspy

        size, distance = len(self._system.values), need / self._scale
        rise, fall = column, size + column
        for place in range(len(self._columns)):
            cost = self._cost(place)
            solver.changeColCost(self._columns[place], cost)
            solver.changeColCost(size + self._columns[place], cost)
        limits = self._limits(column)
        ahead, back = (rise, fall) if sign > 0 else (fall, rise)
        solver.changeColBounds(ahead, distance, max(distance, limits[0] if sign > 0 else limits[1]))
        fixed = [back, *([] if still is None else (still, size + still))]
        for at in fixed:
            solver.changeColBounds(at, 0.0, 0.0)
        solver.run()
        status = solver.getModelStatus()
        for at in (column, *([] if still is None else [still])):
            self._free(solver, at)
        if status != highspy.HighsModelStatus.kOptimal:
            raise EvidenceError(_NO_PATTERN, remedy=_COARSER)
        found = solver.getSolution().col_value
        return {place for place, at in enumerate(self._columns) if found[at] + found[size + at] > _DIFFERS}

    def _free(self, solver: highspy.Highs, column: int) -> None:
        for at, limit in zip((column, len(self._system.values) + column), self._limits(column), strict=True):
            solver.changeColBounds(at, 0.0, limit)

    def _cost(self, place: int) -> float:
        """What is hidden already costs next to nothing; else the more, the more the cell tells."""
        if place in self._hidden:
            return 1e-4
        return 1.0 + abs(self._table.cells[place].value) / self._scale

    def _limits(self, column: int) -> tuple[float, float]:
        """How far a cell can rise and fall."""
        system = self._system
        value = system.values[column]
        return (system.upper[column] - value) / self._scale, (value - system.lower[column]) / self._scale

    def _written(self) -> highspy.Highs:
        import highspy
        import numpy as np

        size = len(self._system.values)
        limits = [self._limits(column) for column in range(size)]
        solver: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, setting in (("output_flag", False), ("threads", 1)):
            solver.setOptionValue(option, setting)
        solver.addVars(
            2 * size, np.zeros(2 * size), np.array([*(r for r, _ in limits), *(f for _, f in limits)])
        )
        for relation in self._system.relations:
            terms = [(at, factor) for at, factor in relation.terms]
            places = np.array([*(at for at, _ in terms), *(size + at for at, _ in terms)], dtype=np.int32)
            factors = np.array([*(factor for _, factor in terms), *(-factor for _, factor in terms)])
            least = relation.constant / self._scale
            solver.addRow(least, _UNLIMITED if relation.at_least else least, len(places), places, factors)
        return solver


def _if_empty(cell: AuditedCell) -> tuple[float, float] | None:
    """What holds nobody stays known, because it protects nothing; so does what no table can hide."""
    return cell.told if cell.public or cell.told == (0.0, 0.0) else None


_NO_PATTERN = Text(
    nl="Geen keuze van verborgen cellen beschermt wat verborgen moet blijven.",
    en="No choice of hidden cells protects what must stay hidden.",
)
_COARSER = Text(
    nl="Voeg categorieën samen, of laat de totalen weg.", en="Merge categories, or leave out the totals."
)
