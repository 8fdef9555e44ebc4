"""Tables as a kind of statistic."""

from typing import ClassVar

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.evidence import CellEvidence, TableEvidence
from output_checker.kinds.base import Computed, Kind, Part
from output_checker.kinds.table.gather import gather
from output_checker.kinds.table.plan import TablePlan, make_plan
from output_checker.kinds.table.query import TableQuery
from output_checker.numbers import stable
from output_checker.plan import Classification
from output_checker.policy import Policy
from output_checker.query import Query
from output_checker.text import Text
from output_checker.verdict import Cell, Table


class TableKind(Kind):
    """Cross tables of counts, sums and means."""

    query: ClassVar[type[Query]] = TableQuery

    def plan(self, query: TableQuery, dataset: Dataset, engine: Engine, policy: Policy) -> TablePlan:
        """Resolve classifications, conditions and values."""
        return make_plan(query, dataset, engine, policy.largest_table)

    def compute(self, query: TableQuery, plan: TablePlan, dataset: Dataset, engine: Engine) -> Computed:
        """One grouped pass."""
        evidence = gather(plan, query.aggfunc, dataset, engine)
        return Computed(_table(plan, evidence), (Part(evidence),))


def _table(plan: TablePlan, evidence: TableEvidence) -> Table:
    frame = evidence.frame
    cells = tuple(
        Cell(
            row=row,
            column=column,
            value=_value(cell, evidence, plan.whole),
            units=evidence.basis(cell),
            status="pass" if cell.rows else "empty",
        )
        for (row, column), cell in zip(frame.positions(), evidence.cells, strict=True)
    )
    return Table(
        row_names=frame.row_names,
        column_names=frame.column_names,
        rows=frame.rows,
        columns=frame.columns,
        cells=cells,
        headings=evidence.headings,
        labels={item.name: _used(item, evidence) for item in plan.classifications},
    )


def _used(item: Classification, evidence: TableEvidence) -> dict[str, Text]:
    """The public words of the labels that are in the table."""
    seen = {
        label for lines in (evidence.frame.rows, evidence.frame.columns) for line in lines for label in line
    }
    return {label: words for label, words in item.labels.items() if label in seen}


def _value(cell: CellEvidence, evidence: TableEvidence, whole: bool) -> int | float | None:
    """The published number. A mean is per unit that has a value; sums of whole numbers are whole."""
    if evidence.statistic == "count":
        return evidence.basis(cell)
    if cell.total is None:
        return None
    total = int(cell.total) if whole else stable(cell.total)
    return total if evidence.statistic == "sum" else stable(cell.total / cell.contributing)
