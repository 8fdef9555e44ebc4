"""The plan of a table: a query that makes sense for one dataset, in terms of the engine."""

from collections.abc import Collection
from dataclasses import dataclass

from output_checker.cuts import is_composed
from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.errors import QueryError
from output_checker.expressions import Scope
from output_checker.kinds.table.measures import Measure
from output_checker.kinds.table.query import TableQuery
from output_checker.metadata import DatasetMetadata
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
    weight_of,
)
from output_checker.text import Text


@dataclass(frozen=True)
class Quantity:
    """What is summed: the rendered values of a variable, or for ``presence`` only whether there is one.

    None as ``sql`` stands for the units themselves, which have a quantity only when they are weighted. ``whole`` says
    that the sums are whole numbers, ``indicator`` that everybody knows that there are two values only, ``composed``
    that the values were made of more than one column or constant.
    """

    sql: str | None
    presence: bool = False
    whole: bool = False
    indicator: bool = False
    composed: bool = False


@dataclass(frozen=True)
class PlannedMeasure:
    """A measure with the places of its quantities in the plan; None counts units."""

    measure: Measure
    quantity: int | None
    over: int | None = None


@dataclass(frozen=True)
class TablePlan:
    """What to compute: rendered expressions only. ``weight`` is the rendered weight of a row.

    ``nested`` has for each classification the places of its public groupings in the table: they say nothing that it does
    not say itself. ``enough`` is the number of units from which no rule asks for more, and ``crowded`` the smallest
    share of a line in one cell that a rule objects to: what is safely beyond needs no exact counting where it is not
    published.
    """

    rows: tuple[Classification, ...]
    columns: tuple[Classification, ...]
    conditions: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    measures: tuple[PlannedMeasure, ...]
    weight: str | None
    unit: str
    margins: bool
    subtotals: bool = False
    base: tuple[tuple[str, str], ...] = ()
    enough: int = 10
    crowded: float = 0.9
    nested: tuple[tuple[int, ...], ...] = ()

    def whole(self, kept: Collection[int], place: int) -> tuple[int, ...] | None:
        """Which classifications a line along one of those that are kept sums over: with it go its groupings.

        None for a grouping beside what it groups: everybody knows which of its categories each code is in.
        """
        finer = any(place in groupings and other in kept for other, groupings in enumerate(self.nested))
        return None if finer else (place, *self.nested[place])

    @property
    def classifications(self) -> tuple[Classification, ...]:
        """Those of the rows, then those of the columns."""
        return (*self.rows, *self.columns)

    @property
    def only_sums(self) -> bool:
        """Whether no published number depends on how many units there are."""
        measures = [planned.measure for planned in self.measures]
        return self.weight is None and all(
            measure.aggfunc in ("sum", "ratio") and not (measure.normalize or measure.base)
            for measure in measures
        )


def make_plan(
    query: TableQuery,
    dataset: Dataset,
    engine: Engine,
    largest_table: int,
    enough: int = 10,
    crowded: float = 0.9,
) -> TablePlan:
    """Resolve every name and expression of a query, before a single number is computed.

    Raises:
        QueryError: its subclass that belongs to the fault, with the field and the way out.
    """
    check_dataset(query, dataset)
    scope = scope_of(query.derive, dataset)
    rows = classifications_of(scope, query.index, "index", engine)
    columns = classifications_of(scope, query.columns, "columns", engine)
    check_size((*rows, *columns), largest_table // len(query.measures))
    _check_base(query, (*rows, *columns))
    weight = weight_of(scope, query.weights) if query.weights else None
    quantities: dict[Quantity, int] = {}
    measures = tuple(_planned(scope, measure, quantities, engine) for measure in query.measures)
    return TablePlan(
        rows=rows,
        columns=columns,
        conditions=conditions_of(scope, query.where, engine),
        quantities=tuple(quantities),
        measures=measures,
        weight=weight,
        unit=unit_of(query, dataset),
        margins=query.margins,
        subtotals=query.subtotals,
        base=tuple(query.base.items()),
        enough=enough,
        crowded=crowded,
        nested=_nested((*query.index, *query.columns), dataset.visible),
    )


def _nested(names: tuple[str, ...], metadata: DatasetMetadata) -> tuple[tuple[int, ...], ...]:
    groupings = {name: variable.name for name, (variable, _) in metadata.groupings.items()}
    return tuple(
        tuple(place for place, other in enumerate(names) if groupings.get(other) == name) for name in names
    )


def _check_base(query: TableQuery, classifications: tuple[Classification, ...]) -> None:
    labels = {item.name: item.labels for item in classifications}
    for name, code in query.base.items():
        if code not in labels[name]:
            message = Text(nl=f"{name} heeft deze categorie niet.", en=f"{name} does not have this category.")
            raise QueryError(message, field=f"base.{name}")


def _planned(scope: Scope, measure: Measure, known: dict[Quantity, int], engine: Engine) -> PlannedMeasure:
    """A measure of quantities that are gathered once, however many measures use them."""

    def place(quantity: Quantity) -> int:
        return known.setdefault(quantity, len(known))

    if measure.aggfunc == "count":
        counted = _presence(scope, measure, engine)
        return PlannedMeasure(measure, None if counted is None else place(counted))
    values = place(_quantity(scope, str(measure.values), "values", engine))
    if measure.aggfunc != "ratio":
        return PlannedMeasure(measure, values)
    return PlannedMeasure(measure, values, place(_quantity(scope, str(measure.over), "over", engine)))


def _presence(scope: Scope, measure: Measure, engine: Engine) -> Quantity | None:
    """What is counted when not all units are: those with a value, or those with a weight."""
    if measure.values is None:
        return Quantity(None, presence=True) if measure.weights else None
    sql = scope.render(scope.variable(measure.values, "values"))
    kind = typed(sql, "values", engine)
    present = f"isfinite({sql})" if kind in _WITH_NAN else f"({sql}) IS NOT NULL"
    return Quantity(f"CASE WHEN {present} THEN 1 END", presence=True, whole=True)


_WITH_NAN = frozenset({"DOUBLE", "FLOAT"})
"""Types that have values that are no numbers; those are missing, here as in sums."""


def _quantity(scope: Scope, name: str, place: str, engine: Engine) -> Quantity:
    sql = number_of(scope, name, place, engine)
    variable = scope.metadata.columns.get(name)
    return Quantity(
        sql,
        whole=is_whole(sql, engine),
        indicator=variable is not None and len(variable.codes) == 2,
        composed=is_composed(scope, name),
    )
