"""The plan of a table: a query that makes sense for one dataset, in terms of the engine."""

from dataclasses import dataclass

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.expressions import Scope
from output_checker.kinds.table.query import TableQuery
from output_checker.plan import (
    Classification,
    check_dataset,
    check_size,
    classifications_of,
    conditions_of,
    is_whole,
    number_of,
    scope_of,
    typed,
    unit_of,
)


@dataclass(frozen=True)
class TablePlan:
    """What to compute: rendered expressions only. ``whole`` says that the values are whole numbers."""

    rows: tuple[Classification, ...]
    columns: tuple[Classification, ...]
    conditions: tuple[str, ...]
    value: str | None
    whole: bool
    unit: str
    margins: bool

    @property
    def classifications(self) -> tuple[Classification, ...]:
        """Those of the rows, then those of the columns."""
        return (*self.rows, *self.columns)


def make_plan(query: TableQuery, dataset: Dataset, engine: Engine, largest_table: int) -> TablePlan:
    """Resolve every name and expression of a query, before a single number is computed.

    Raises:
        QueryError: its subclass that belongs to the fault, with the field and the way out.
    """
    check_dataset(query, dataset)
    scope = scope_of(query.derive, dataset)
    rows = classifications_of(scope, query.index, "index", engine)
    columns = classifications_of(scope, query.columns, "columns", engine)
    check_size((*rows, *columns), largest_table)
    value = _value(scope, query, engine)
    return TablePlan(
        rows=rows,
        columns=columns,
        conditions=conditions_of(scope, query.where, engine),
        value=value,
        whole=value is not None and is_whole(value, engine),
        unit=unit_of(query, dataset),
        margins=query.margins,
    )


def _value(scope: Scope, query: TableQuery, engine: Engine) -> str | None:
    if query.values is None:
        return None
    if query.aggfunc == "count":
        sql = scope.render(scope.variable(query.values, "values"))
        typed(sql, "values", engine)
        return f"CASE WHEN ({sql}) IS NOT NULL THEN 1 END"
    return number_of(scope, query.values, "values", engine)
