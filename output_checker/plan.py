"""The plan: a query that makes sense for one dataset, in terms of the engine."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.errors import ExpressionError, QueryError, TableTooLargeError
from output_checker.expressions import Scope
from output_checker.labels import Labels, labels_of
from output_checker.query import Query
from output_checker.text import Text


@dataclass(frozen=True)
class Classification:
    """One classification of a table: its public name and labels, and its rendered expression."""

    name: str
    heading: Text
    sql: str
    labels: Labels


@dataclass(frozen=True)
class Plan:
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


def scope_of(derived: Mapping[str, str], dataset: Dataset) -> Scope:
    """The names that expressions over a view may use.

    Raises:
        QueryError: a variable is derived under a name that is taken.
    """
    taken = {name.lower() for name in (*dataset.metadata.columns, *dataset.metadata.groupings)}
    for name in derived:
        if name.lower() in taken:
            message = Text(nl=f"De naam {name} is al in gebruik.", en=f"The name {name} is already taken.")
            raise QueryError(message, field=f"derive.{name}")
        taken.add(name.lower())
    return Scope(dataset.visible, derived)


def narrow(engine: Engine, dataset: Dataset) -> None:
    """Let the engine see only the rows of the project's view.

    Raises:
        ExpressionError: the row filter is malformed or is no condition.
    """
    if dataset.row_filter is not None:
        engine.look_through(_condition(Scope(dataset.metadata), dataset.row_filter, "row_filter", engine))


def make_plan(query: Query, dataset: Dataset, engine: Engine, largest_table: int) -> Plan:
    """Resolve every name and expression of a query, before a single number is computed.

    Raises:
        QueryError: its subclass that belongs to the fault, with the field and the way out.
    """
    _check_dataset(query, dataset)
    scope = scope_of(query.derive, dataset)
    rows, columns = (_classifications(scope, query, field, engine) for field in ("index", "columns"))
    _check_size((*rows, *columns), largest_table)
    value = _value(scope, query, engine)
    return Plan(
        rows=rows,
        columns=columns,
        conditions=conditions_of(scope, query.where, engine),
        value=value,
        whole=value is not None and "INT" in (engine.type_of(value) or ""),
        unit=_unit(query, dataset),
        margins=query.margins,
    )


def conditions_of(scope: Scope, where: tuple[str, ...], engine: Engine) -> tuple[str, ...]:
    """The conditions, rendered; every derived variable is looked at too, used or not.

    Raises:
        ExpressionError: one is no condition, or its types do not fit together.
    """
    for name in scope.derived:
        _typed(scope.render(scope.variable(name, f"derive.{name}")), f"derive.{name}", engine)
    return tuple(_condition(scope, text, f"where[{number}]", engine) for number, text in enumerate(where))


def _condition(scope: Scope, text: str, place: str, engine: Engine) -> str:
    """A rendered condition; the engine itself would take any number for one."""
    sql = scope.render(scope.parse(text, place))
    if _typed(sql, place, engine) != "BOOLEAN":
        message = Text(nl="Dit is geen voorwaarde.", en="This is not a condition.")
        remedy = Text(
            nl="Schrijf een vergelijking, zoals age >= 18.", en="Write a comparison, such as age >= 18."
        )
        raise ExpressionError(message, field=place, remedy=remedy)
    return sql


def _check_dataset(query: Query, dataset: Dataset) -> None:
    if query.dataset != dataset.metadata.name:
        name = repr(query.dataset)
        message = Text(nl=f"De dataset {name} is hier niet.", en=f"The dataset {name} is not here.")
        raise QueryError(message, field="dataset")


def _classifications(scope: Scope, query: Query, field: str, engine: Engine) -> tuple[Classification, ...]:
    names: tuple[str, ...] = getattr(query, field)
    return tuple(_classification(scope, name, field, engine) for name in names)


def _classification(scope: Scope, name: str, place: str, engine: Engine) -> Classification:
    sql = scope.render(scope.variable(name, place))
    _typed(sql, f"derive.{name}", engine)
    labels = labels_of(scope, name, place, engine)
    return Classification(name=name, heading=scope.metadata.heading(name), sql=sql, labels=labels)


def _check_size(classifications: tuple[Classification, ...], largest: int) -> None:
    """Before running: each classification can also be missing, and have a total."""
    cells = math.prod(len(classification.labels) for classification in classifications)
    if cells > largest:
        message = Text(
            nl=f"Deze tabel kan {_grouped(cells, '.')} cellen hebben; hoogstens {_grouped(largest, '.')} mag.",
            en=f"This table can have {_grouped(cells, ',')} cells; at most {_grouped(largest, ',')} are allowed.",
        )
        remedy = Text(nl="Gebruik minder of grovere indelingen.", en="Use fewer or coarser classifications.")
        raise TableTooLargeError(message, field="index", remedy=remedy)


def _grouped(number: int, separator: str) -> str:
    return f"{number:,}".replace(",", separator)


def _value(scope: Scope, query: Query, engine: Engine) -> str | None:
    if query.values is None:
        return None
    sql = scope.render(scope.variable(query.values, "values"))
    kind = _typed(sql, "values", engine)
    if query.aggfunc == "count":
        return f"CASE WHEN ({sql}) IS NOT NULL THEN 1 END"
    if not any(word in kind for word in ("INT", "DOUBLE", "FLOAT", "DECIMAL")):
        message = Text(nl=f"{query.values} is geen getal.", en=f"{query.values} is not a number.")
        remedy = Text(
            nl="Tel het, of zet het in index of columns.", en="Count it, or put it in index or columns."
        )
        raise QueryError(message, field="values", remedy=remedy)
    return sql


def _typed(sql: str, place: str, engine: Engine) -> str:
    kind = engine.type_of(sql)
    if kind is None:
        message = Text(
            nl="De soorten in deze expressie passen niet bij elkaar.", en="The types in this do not fit."
        )
        remedy = Text(
            nl="Vergelijk getallen met getallen en codes met codes.",
            en="Compare numbers with numbers and codes with codes.",
        )
        raise ExpressionError(message, field=place, remedy=remedy)
    return kind


def _unit(query: Query, dataset: Dataset) -> str:
    unit = query.unit or dataset.metadata.default_unit
    if unit not in dataset.metadata.units:
        known = ", ".join(dataset.metadata.units)
        message = Text(nl=f"Er is geen eenheid {unit!r}.", en=f"There is no unit {unit!r}.")
        raise QueryError(
            message, field="unit", remedy=Text(nl=f"Kies uit {known}.", en=f"Choose from {known}.")
        )
    return unit
