"""Planning: what the parts that queries share mean for one dataset, in terms of the engine."""

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

MAX_DIGITS_IN_NAME = 2
MAX_NAME = 30
"""Letters of a name of the researcher's own: with more, it could be a sentence."""


@dataclass(frozen=True)
class Classification:
    """One classification of a table: its public name and labels, and its rendered expression."""

    name: str
    heading: Text
    sql: str
    labels: Labels


def scope_of(derived: Mapping[str, str], dataset: Dataset) -> Scope:
    """The names that expressions over a view may use.

    Raises:
        QueryError: a variable is derived under a name that is taken, or that could carry a number.
    """
    taken = {name.lower() for name in (*dataset.metadata.columns, *dataset.metadata.groupings)}
    for name in derived:
        check_name(name, f"derive.{name}")
        if name.lower() in taken:
            message = Text(nl=f"De naam {name} is al in gebruik.", en=f"The name {name} is already taken.")
            raise QueryError(message, field=f"derive.{name}")
        taken.add(name.lower())
    return Scope(dataset.visible, derived)


def check_name(name: str, place: str) -> None:
    """Names leave with the result, so they are a word or two: a number in one could be a value from the microdata.

    Raises:
        QueryError: it holds a number or is long; the error names ``place``.
    """
    if len(name) > MAX_NAME:
        message = Text(
            nl=f"De naam {name} is langer dan {MAX_NAME} letters.",
            en=f"The name {name} is longer than {MAX_NAME} letters.",
        )
        raise QueryError(message, field=place, remedy=_SHORT)
    if sum(letter.isdigit() for letter in name) > MAX_DIGITS_IN_NAME:
        message = Text(
            nl=f"De naam {name} bevat meer dan {MAX_DIGITS_IN_NAME} cijfers.",
            en=f"The name {name} holds more than {MAX_DIGITS_IN_NAME} digits.",
        )
        raise QueryError(
            message,
            field=place,
            remedy=Text(nl="Kies een naam in woorden.", en="Choose a name in words."),
        )


_SHORT = Text(nl="Kies een kort woord.", en="Choose a short word.")


def narrow(engine: Engine, dataset: Dataset, *, whatever_values: bool = False) -> None:
    """Let the engine see only the rows of the project's view.

    With ``whatever_values`` a row for which the filter cannot be computed is not in view, instead of an error for all.

    Raises:
        ExpressionError: the row filter is malformed or is no condition.
    """
    if dataset.row_filter is not None:
        condition = _condition(Scope(dataset.metadata), dataset.row_filter, "row_filter", engine)
        engine.look_through(f"coalesce(TRY({condition}), false)" if whatever_values else condition)


def conditions_of(scope: Scope, where: tuple[str, ...], engine: Engine) -> tuple[str, ...]:
    """The conditions, rendered; every derived variable is looked at too, used or not.

    Raises:
        ExpressionError: one is no condition, or its types do not fit together.
    """
    for name in scope.derived:
        typed(scope.render(scope.variable(name, f"derive.{name}")), f"derive.{name}", engine)
    return tuple(_condition(scope, text, f"where[{number}]", engine) for number, text in enumerate(where))


def _condition(scope: Scope, text: str, place: str, engine: Engine) -> str:
    """A rendered condition; the engine itself would take any number for one."""
    sql = scope.render(scope.parse(text, place))
    if typed(sql, place, engine) != "BOOLEAN":
        message = Text(nl="Dit is geen voorwaarde.", en="This is not a condition.")
        remedy = Text(
            nl="Schrijf een vergelijking, zoals age >= 18.", en="Write a comparison, such as age >= 18."
        )
        raise ExpressionError(message, field=place, remedy=remedy)
    return sql


def check_dataset(query: Query, dataset: Dataset) -> None:
    """Raise QueryError unless the query is about this dataset."""
    if query.dataset != dataset.metadata.name:
        name = repr(query.dataset)
        message = Text(nl=f"De dataset {name} is hier niet.", en=f"The dataset {name} is not here.")
        raise QueryError(message, field="dataset")


def classifications_of(
    scope: Scope, names: tuple[str, ...], place: str, engine: Engine
) -> tuple[Classification, ...]:
    """The classifications of these names; ``place`` is the field of the query that names them.

    Raises:
        QueryError: a name is unknown, an identifier, or has no public labels.
    """
    return tuple(_classification(scope, name, place, engine) for name in names)


def _classification(scope: Scope, name: str, place: str, engine: Engine) -> Classification:
    sql = scope.render(scope.variable(name, place))
    typed(sql, f"derive.{name}", engine)
    labels = labels_of(scope, name, place, engine)
    return Classification(name=name, heading=scope.metadata.heading(name), sql=sql, labels=labels)


def typed(sql: str, place: str, engine: Engine) -> str:
    """DuckDB's type of a rendered expression.

    Raises:
        ExpressionError: the types in it do not fit together.
    """
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


def unit_of(query: Query, dataset: Dataset) -> str:
    """The kind of unit that counts.

    Raises:
        QueryError: the dataset has no such unit.
    """
    unit = query.unit or dataset.metadata.default_unit
    if unit not in dataset.metadata.units:
        known = ", ".join(dataset.metadata.units)
        message = Text(nl=f"Er is geen eenheid {unit!r}.", en=f"There is no unit {unit!r}.")
        raise QueryError(
            message, field="unit", remedy=Text(nl=f"Kies uit {known}.", en=f"Choose from {known}.")
        )
    return unit


def check_size(classifications: tuple[Classification, ...], largest: int) -> None:
    """Raise TableTooLargeError, before running, when there can be more cells than ``largest``."""
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


def number_of(scope: Scope, name: str, place: str, engine: Engine) -> str:
    """The rendered expression of a numeric variable.

    Raises:
        QueryError: it is unknown, an identifier, or no number.
    """
    sql = scope.render(scope.variable(name, place))
    if not any(word in typed(sql, place, engine) for word in ("INT", "DOUBLE", "FLOAT", "DECIMAL")):
        message = Text(nl=f"{name} is geen getal.", en=f"{name} is not a number.")
        remedy = Text(
            nl="Tel het, of zet het in index of columns.", en="Count it, or put it in index or columns."
        )
        raise QueryError(message, field=place, remedy=remedy)
    return sql


def is_whole(sql: str, engine: Engine) -> bool:
    """Whether an expression gives whole numbers only."""
    return "INT" in (engine.type_of(sql) or "")


def weight_of(scope: Scope, name: str) -> str:
    """The weight of a row, rendered; one that is no number, or zero, weighs nothing and does not count.

    Raises:
        QueryError: it is not registered as a weight.
    """
    variable = scope.metadata.columns.get(name)
    if variable is None or variable.role != "weight":
        names = ", ".join(v.name for v in scope.metadata.variables if v.role == "weight") or "-"
        message = Text(nl="Dit is geen geregistreerd gewicht.", en="This is not a registered weight.")
        remedy = Text(nl=f"Wel: {names}.", en=f"These are: {names}.")
        raise QueryError(message, field="weights", remedy=remedy)
    number = f"CAST({scope.render(scope.variable(name, 'weights'))} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) AND {number} <> 0 THEN {number} END"
