"""The values of own variables as columns of a dataset: looked at first, joined by the key of the unit."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from output_checker.dataset import Dataset, OwnColumn, file_digest
from output_checker.engine import SOURCE, Engine, Limits
from output_checker.errors import EvidenceError, EvidenceTimeoutError, QueryError
from output_checker.metadata import DatasetMetadata, Variable
from output_checker.own.form import KEY, UNREADABLE, VALUE, FormError, check_form, values_in
from output_checker.own.variable import OwnVariable
from output_checker.plan import check_name, narrow
from output_checker.text import Text

if TYPE_CHECKING:
    from output_checker.query import Query

_SQL_TYPES = {"integer": "BIGINT", "number": "DOUBLE", "category": "VARCHAR", "boolean": "BOOLEAN"}


def with_own(queries: Iterable["Query"], dataset: Dataset, limits: Limits | None = None) -> Dataset:
    """The dataset with the own variables of queries as columns, and no others.

    Without limits no file is read: the columns are there, and no unit has a value.

    Raises:
        QueryError: the values are not there or not those that the query tells of, a unit is unknown or has two values,
            or a value is outside the codes or bounds.
        MetadataError: codes or bounds do not fit the type.
    """
    asked: dict[str, OwnVariable] = {}
    for query in queries:
        for name, own in query.numbers.own.items():
            if asked.setdefault(name, own) != own:
                raise _fault(name, _TWO_THINGS)
    return extended(_without_others(dataset, asked), asked, limits)


def _without_others(dataset: Dataset, asked: Mapping[str, OwnVariable]) -> Dataset:
    """The dataset without own columns that nobody names: people could not be told of them."""
    others = {column.name for column in dataset.own} - asked.keys()
    if not others:
        return dataset
    metadata = dataset.metadata
    kept = tuple(variable for variable in metadata.variables if variable.name not in others)
    columns = dataset.columns and tuple(name for name in dataset.columns if name not in others)
    return replace(
        dataset,
        metadata=metadata.model_copy(update={"variables": kept}),
        columns=columns,
        own=tuple(column for column in dataset.own if column.name not in others),
    )


def extended(dataset: Dataset, asked: Mapping[str, OwnVariable], limits: Limits | None) -> Dataset:
    """The dataset with own variables as columns; those that it has already stay.

    Raises what ``with_own`` raises.
    """
    metadata = dataset.metadata
    there = {(column.name, column.sha256) for column in dataset.own}
    asked = {name: own for name, own in asked.items() if (name, own.sha256) not in there}
    if not asked:
        return dataset
    taken = {name.lower() for name in (*metadata.columns, *metadata.groupings)}
    for name in asked:
        check_name(name, f"own.{name}")
        if name.lower() in taken:
            raise _fault(name, _taken(name))
    variables = {name: own.variable(name) for name, own in asked.items()}
    columns = tuple(_column(name, own, dataset, read=limits is not None) for name, own in asked.items())
    wider = replace(
        dataset,
        metadata=metadata.model_copy(update={"variables": (*metadata.variables, *variables.values())}),
        columns=None if dataset.columns is None else (*dataset.columns, *asked),
        own=(*dataset.own, *columns),
    )
    for column in columns:
        if column.path is not None and limits is not None:
            _verify(column, column.path, variables[column.name], dataset, limits)
    return wider


def _column(name: str, own: OwnVariable, dataset: Dataset, read: bool) -> OwnColumn:
    path = dataset.supplied.get(own.sha256) if read else None
    if read and (path is None or not path.is_file() or file_digest(path) != own.sha256):
        raise _fault(name, _NOT_HERE)
    return OwnColumn(name, path, key_of(own.unit, dataset.metadata), _SQL_TYPES[own.type], own.sha256)


def key_of(unit: str | None, metadata: DatasetMetadata) -> str:
    """The key column of a kind of unit.

    Raises:
        QueryError: the dataset has no such unit.
    """
    wanted = unit or metadata.default_unit
    if wanted not in metadata.units:
        raise QueryError(
            Text(nl=f"Er is geen eenheid {wanted!r}.", en=f"There is no unit {wanted!r}."), field="own"
        )
    return metadata.units[wanted].key


def _verify(column: OwnColumn, path: Path, variable: Variable, dataset: Dataset, limits: Limits) -> None:
    """Refuse a file that is not one value of the right kind for units of the view.

    Units outside the view are as unknown as units that do not exist: else trying keys would tell who is registered.
    """
    with Engine(dataset.path, limits, besides=(path,)) as engine:
        narrow(engine, dataset)
        try:
            check_form(engine, path, variable.type)
            for condition, words in _faults(column, path, variable):
                if engine.rows(f"SELECT 1 FROM {values_in(path)} WHERE {condition} LIMIT 1"):  # noqa: S608
                    raise _fault(column.name, words)
        except FormError as wrong:
            raise _fault(column.name, wrong.words) from None
        except EvidenceTimeoutError:
            raise
        except EvidenceError:
            raise _fault(column.name, UNREADABLE) from None


def _faults(column: OwnColumn, path: Path, variable: Variable) -> list[tuple[str, Text]]:
    """Conditions that no row may satisfy, with the words for when one does."""
    typed, key = f"CAST({VALUE} AS {column.sql_type})", f"CAST({KEY} AS VARCHAR)"
    values = values_in(path)
    faults = [
        (f"{KEY} IS NULL", _NO_UNIT),
        (f"{key} IN (SELECT {key} FROM {values} GROUP BY 1 HAVING count(*) > 1)", _TWICE),  # noqa: S608
        (
            f'{key} NOT IN (SELECT CAST("{column.key}" AS VARCHAR) '  # noqa: S608
            f'FROM {SOURCE} WHERE "{column.key}" IS NOT NULL)',
            _UNKNOWN,
        ),
    ]
    if variable.type == "number":
        faults.append((f"NOT isfinite({typed})", _ENDLESS))
    if variable.codes:
        codes = ", ".join("'" + code.replace("'", "''") + "'" for code in variable.codes)
        faults.append((f"CAST({typed} AS VARCHAR) NOT IN ({codes})", _OUTSIDE))
    if variable.bounds:
        low, high = variable.bounds
        faults.append((f"{typed} NOT BETWEEN {low!r} AND {high!r}", _OUTSIDE))
    return faults


def _fault(name: str, words: Text) -> QueryError:
    return QueryError(words, field=f"own.{name}", remedy=_REMEDIES.get(words))


def _taken(name: str) -> Text:
    return Text(nl=f"De naam {name} is al in gebruik.", en=f"The name {name} is already taken.")


_TWO_THINGS = Text(nl="Deze naam staat voor twee dingen.", en="This name stands for two things.")
_NOT_HERE = Text(
    nl="De waarden van deze eigen variabele zijn er niet.",
    en="The values of this own variable are not here.",
)
_NO_UNIT = Text(nl="Een waarde hoort bij geen eenheid.", en="A value belongs to no unit.")
_TWICE = Text(nl="Een eenheid heeft twee waarden.", en="A unit has two values.")
_UNKNOWN = Text(nl="Een eenheid is niet geregistreerd.", en="A unit is not registered.")
_ENDLESS = Text(
    nl="Een waarde is geen eindig getal; laat haar leeg.", en="A value is no finite number; leave it empty."
)
_OUTSIDE = Text(
    nl="Een waarde staat niet in de codes of ligt buiten de grenzen.",
    en="A value is not among the codes or lies outside the bounds.",
)
_REMEDIES = {
    _NOT_HERE: Text(
        nl="Maak de variabele opnieuw met own_variable en dien opnieuw in.",
        en="Make the variable again with own_variable and submit again.",
    ),
    _NO_UNIT: Text(nl="Laat rijen zonder sleutel weg.", en="Leave out rows without a key."),
    _TWICE: Text(
        nl="Geef één waarde per eenheid, bijvoorbeeld met groupby(sleutel).first().",
        en="Give one value per unit, for instance with groupby(key).first().",
    ),
    _UNKNOWN: Text(
        nl="Gebruik alleen sleutels uit de microdata van dit project.",
        en="Use only keys of the microdata of this project.",
    ),
    _ENDLESS: Text(nl="Maak er een lege waarde van (NA).", en="Make it an empty value (NA)."),
    _OUTSIDE: Text(
        nl="Vul codes of bounds aan, of verander de waarden.",
        en="Extend codes or bounds, or change the values.",
    ),
    UNREADABLE: Text(nl="Maak het met own_variable.", en="Make it with own_variable."),
}
