"""From the parts of a result to the tables of an audit: what adds up in each, and what readers are told of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from output_checker.dataset import Dataset
from output_checker.evidence import CellEvidence, TableEvidence
from output_checker.expressions import Scope
from output_checker.plan import scope_of
from output_checker.protection.query import ProtectedQuery, rounded
from output_checker.protection.tables import UNLIMITED, AuditedCell, AuditedTable
from output_checker.rules.base import ProtectionLevel
from output_checker.verdict import ALL

if TYPE_CHECKING:
    from output_checker.examination import Examination
    from output_checker.kinds.base import Part
    from output_checker.rules.hidden_cells import HiddenCells

SUMMED = frozenset({"sum", "mean", "weighted_count"})
"""Statistics whose cells are known when their sums are: a mean is a sum over a known number of units, a share a part of
a known whole, a ratio one known sum over another. What readers are told is taken for more than it is."""


@dataclass(frozen=True)
class PartTable:
    """One part of a result as an audit sees it; its cells are those of the part's evidence, in the same order.

    ``query`` is the number of the query in its request. ``auditable`` is False when totals of the statistic tell of
    its cells in a way that no linear programme knows.
    """

    query: int
    part: int
    audited: AuditedTable
    evidence: TableEvidence
    places: tuple[int, ...] | None
    auditable: bool

    @property
    def adds_up(self) -> bool:
        """Whether cells are sums of other cells at all."""
        return self.evidence.statistic in SUMMED or self.evidence.statistic == "count"

    def place(self, cell: int) -> int:
        """The place in the whole table of a cell."""
        return cell if self.places is None else self.places[cell]

    def divisor(self, cell: int) -> float:
        """What the quantity that adds up is divided by before it is published."""
        return _divisor(self.evidence, self.evidence.cells[cell])


def part_tables(
    number: int,
    examination: Examination,
    hidden: set[int],
    levels: Mapping[tuple[int, int], ProtectionLevel],
    dataset: Dataset,
    rule: HiddenCells,
) -> Iterator[PartTable]:
    """The tables of one query of a request; other kinds of statistic than tables do not add up."""
    query = examination.query
    if not isinstance(query, ProtectedQuery):
        return
    for place, part in enumerate(examination.computed.parts):
        if isinstance(part.evidence, TableEvidence) and part.evidence.additive:
            needed = {cell: level for (at, cell), level in levels.items() if at == place}
            wholes = _wholes(examination.computed.parts, part)
            told = _Told(query, part, part.evidence, wholes, hidden, needed, dataset, rule.relative_width)
            yield told.table(number, place)


def _wholes(parts: Sequence[Part], part: Part) -> TableEvidence | None:
    """What the cells of a part are shares of."""
    found = (
        one.evidence
        for one in parts
        if isinstance(one.evidence, TableEvidence) and not one.evidence.additive and one.places == part.places
    )
    return next(found, None)


@dataclass(frozen=True)
class _Told:
    """What readers are told of one part; ``wholes`` has for each cell what it is a share of."""

    query: ProtectedQuery
    part: Part
    evidence: TableEvidence
    wholes: TableEvidence | None
    hidden: set[int]
    levels: Mapping[int, ProtectionLevel]
    dataset: Dataset
    relative_width: float

    def table(self, number: int, place: int) -> PartTable:
        evidence, scope = self.evidence, scope_of(self.query.derive, self.dataset)
        frame = evidence.frame
        lines = [(*frame.rows[row], *frame.columns[column]) for row, column in frame.positions()]
        cells = tuple(self._cell(line, position) for position, line in enumerate(lines))
        cells = (*cells, *self._known_wholes(lines))
        counted = evidence.statistic == "count"
        additive = counted or evidence.statistic in SUMMED
        audited = AuditedTable(
            quantity=self._quantity(),
            dimensions=tuple(_meaning(scope, name) for name in (*frame.row_names, *frame.column_names)),
            cells=cells,
            conditions=frozenset(scope.render(scope.parse(text, "where")) for text in self.query.where),
            whole=counted,
            adds_up=self._each_in_one_cell() if counted else additive,
        )
        totals = any(ALL in line for line in lines)
        return PartTable(number, place, audited, evidence, self.part.places, additive or not totals)

    def _known_wholes(self, lines: Sequence[tuple[str, ...]]) -> Iterator[AuditedCell]:
        """Shares add up to one, so that a hidden one follows from the others: the whole of any of them counts as known."""
        normalize = getattr(self.query, "normalize", None)
        if self.wholes is None or normalize is None:
            return
        rows, seen = len(self.evidence.frame.row_names), set(lines)
        for position, (line, cell) in enumerate(zip(lines, self.wholes.cells, strict=True)):
            in_rows = line[:rows] if normalize == "index" else (ALL,) * rows
            in_columns = line[rows:] if normalize == "columns" else (ALL,) * (len(line) - rows)
            shown = cell.rows and self.part.place(position) not in self.hidden
            if shown and (whole := (*in_rows, *in_columns)) not in seen:
                seen.add(whole)
                value = self._value(cell)
                yield AuditedCell(labels=whole, value=value, told=(value, value), public=True)

    def _quantity(self) -> tuple[str | None, ...]:
        """Equal for what may be compared: sums and means of one variable are, whichever units are counted."""
        if self.evidence.statistic in SUMMED:
            return (self.query.dataset, "sum", *self.evidence.measured)
        unit = self.query.unit or self.dataset.metadata.default_unit
        return (self.query.dataset, self.evidence.statistic, unit, *self.evidence.measured)

    def _cell(self, labels: tuple[str, ...], position: int) -> AuditedCell:
        cell = self.evidence.cells[position]
        value = self._value(cell)
        floor, ceiling = self._limits(cell)
        return AuditedCell(
            labels=labels,
            value=value,
            told=None if self.part.place(position) in self.hidden else self._told(cell, value),
            floor=floor,
            ceiling=ceiling,
            level=self._level(position, value),
            alone=self.evidence.statistic in SUMMED and cell.contributing == 1 and not cell.at_least,
        )

    def _value(self, cell: CellEvidence) -> float:
        return (cell.total or 0.0) if self.evidence.statistic in SUMMED else float(self.evidence.basis(cell))

    def _told(self, cell: CellEvidence, value: float) -> tuple[float, float]:
        """The number itself, or everything that is rounded to the same number."""
        shares, base = _divisor(self.evidence, cell), self.query.rounding
        if base is None or not shares or self.query.relative:
            return value, value
        middle = rounded(value / shares, self.query) or 0.0
        return (middle - base / 2) * shares, (middle + base / 2) * shares

    def _limits(self, cell: CellEvidence) -> tuple[float, float]:
        """What everybody knows: counts are never negative, nor are sums of what never is; others have public bounds."""
        if self.evidence.statistic not in SUMMED:
            return 0.0, UNLIMITED
        if not cell.rows:
            return 0.0, 0.0
        low, high = self._bounds
        return 0.0 if self._never_negative else low * cell.rows, high * cell.rows

    @cached_property
    def _never_negative(self) -> bool:
        return all(cell.minimum is None or cell.minimum >= 0 for cell in self.evidence.cells)

    @cached_property
    def _bounds(self) -> tuple[float, float]:
        """The public bounds of a registered variable; nothing is known of one that is computed or weighted."""
        sql, weight = self.evidence.measured
        scope = Scope(self.dataset.visible)
        for variable in self.dataset.visible.variables if weight is None else ():
            if variable.bounds and variable.role != "identifier" and sql == _meaning(scope, variable.name):
                return variable.bounds
        return -UNLIMITED, UNLIMITED

    def _level(self, position: int, value: float) -> ProtectionLevel | None:
        level = self.levels.get(position)
        if level is None or self.evidence.statistic not in SUMMED:
            return level
        least = self.relative_width * abs(value)
        return level.with_(ProtectionLevel(least, least))

    def _each_in_one_cell(self) -> bool:
        """Whether counts add up: units with one row are in one cell, of others the totals tell."""
        unit = self.query.unit or self.dataset.metadata.default_unit
        return self.dataset.metadata.units[unit].one_row_per_unit or self.evidence.disjoint


def _divisor(evidence: TableEvidence, cell: CellEvidence) -> float:
    if evidence.statistic != "mean":
        return 1
    return cell.contributing if cell.weight is None else cell.weight


def _meaning(scope: Scope, name: str) -> str:
    """What a classification is computed from; the same for two names of one expression."""
    return scope.render(scope.variable(name, "index"))
