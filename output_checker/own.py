"""Own variables: columns that a researcher made outside this service, as a derived dataset keyed by the unit.

The values come with the query, one for each unit at most, so that the evidence still counts registered units once. How
they were made cannot be recomputed: the code is shown to people, who judge every result that uses them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints

from output_checker.dataset import Dataset, OwnColumn, file_digest
from output_checker.documents import Part
from output_checker.engine import SOURCE, Engine, Limits
from output_checker.errors import EvidenceError, QueryError
from output_checker.evidence import Evidence
from output_checker.metadata import DatasetMetadata, Name, Variable
from output_checker.statbarns import Statbarn
from output_checker.text import Text

if TYPE_CHECKING:
    from output_checker.query import Query

KEY, VALUE = "unit", "value"
"""The two columns of a file with own values."""

MAX_CODES = 50
MAX_CODE_TEXT = 20_000

OwnCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.<>=+-]{0,39}$")]
"""A category of an own variable; short, because a label is a channel."""

_SQL_TYPES = {"integer": "BIGINT", "number": "DOUBLE", "category": "VARCHAR", "boolean": "BOOLEAN"}


class OwnVariable(Part):
    """What a query says of a variable of the researcher's own.

    ``code`` is the text of the program that made it, ``sha256`` the digest of the Parquet file with the values, whose
    columns are ``unit`` (the key of ``unit``, the first kind of unit when left out) and ``value``.
    """

    type: Literal["integer", "number", "category", "boolean"]
    label: Text
    code: Annotated[str, StringConstraints(min_length=1, max_length=MAX_CODE_TEXT)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    codes: Annotated[dict[OwnCode, Text], Field(max_length=MAX_CODES)] = Field(default_factory=dict)
    bounds: tuple[int | float, int | float] | None = None
    unit: Name | None = None

    def variable(self, name: str) -> Variable:
        """The variable as the rest of the library knows it.

        Raises:
            MetadataError: codes or bounds do not fit the type.
        """
        return Variable(
            name=name,
            type=self.type,
            role="measure" if self.type in ("integer", "number") else "sensitive",
            label=self.label,
            codes=dict(self.codes),
            bounds=self.bounds,
        )


@dataclass(frozen=True)
class OwnEvidence(Evidence):
    """What people have to know of an own variable: its name, the code that made it, and how its values lie."""

    unit: Text
    name: str
    code: str
    distribution: str

    @property
    def statbarn(self) -> Statbarn:
        """Of no statistic in particular: what it is used for has evidence of its own."""
        return Statbarn.FREQUENCIES


def with_own(queries: Iterable["Query"], dataset: Dataset, limits: Limits) -> Dataset:
    """The dataset with the own variables of queries as columns, and no others.

    Raises:
        QueryError: the values are not there or not those that the query tells of, a unit is unknown or has two values,
            or a value is outside the codes or bounds.
        MetadataError: codes or bounds do not fit the type.
    """
    asked: dict[str, OwnVariable] = {}
    for query in queries:
        for name, own in query.numbers.own.items():
            if asked.setdefault(name, own) != own:
                raise _fault(name, "Deze naam staat voor twee dingen.", "This name stands for two things.")
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


def extended(dataset: Dataset, asked: Mapping[str, OwnVariable], limits: Limits) -> Dataset:
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
        if name.lower() in taken:
            raise _fault(name, f"De naam {name} is al in gebruik.", f"The name {name} is already taken.")
    variables = {name: own.variable(name) for name, own in asked.items()}
    columns = tuple(_column(name, own, dataset) for name, own in asked.items())
    wider = replace(
        dataset,
        metadata=metadata.model_copy(update={"variables": (*metadata.variables, *variables.values())}),
        columns=None if dataset.columns is None else (*dataset.columns, *asked),
        own=(*dataset.own, *columns),
    )
    for column in columns:
        _verify(column, variables[column.name], dataset, limits)
    return wider


def _column(name: str, own: OwnVariable, dataset: Dataset) -> OwnColumn:
    path = dataset.supplied.get(own.sha256)
    if path is None or file_digest(path) != own.sha256:
        raise _fault(
            name,
            "De waarden van deze eigen variabele zijn er niet.",
            "The values of this own variable are not here.",
        )
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


def _verify(column: OwnColumn, variable: Variable, dataset: Dataset, limits: Limits) -> None:
    """Refuse a file that is not one value of the right kind for units that are registered."""
    with Engine(column.path, limits, besides=(dataset.path,)) as engine:
        if {KEY, VALUE} - {name for (name,) in engine.rows(f"SELECT column_name FROM (DESCRIBE {SOURCE})")}:  # noqa: S608
            raise _fault(column.name, *_COLUMNS)
        for condition, words in _faults(column, variable, dataset.path):
            try:
                found = engine.rows(f"SELECT 1 FROM {SOURCE} WHERE {condition} LIMIT 1")  # noqa: S608 - our own words
            except EvidenceError:
                raise _fault(column.name, *_FORM) from None
            if found:
                raise _fault(column.name, *words)


def _faults(column: OwnColumn, variable: Variable, path: Path) -> list[tuple[str, tuple[str, str]]]:
    """Conditions that no row may satisfy, with the words for when one does."""
    registered = str(path).replace("'", "''")
    typed = f"TRY_CAST({VALUE} AS {column.sql_type})"
    faults = [
        (f"{KEY} IS NULL", _NO_UNIT),
        (f"{KEY} IN (SELECT {KEY} FROM {SOURCE} GROUP BY {KEY} HAVING count(*) > 1)", _TWICE),  # noqa: S608
        (
            f'CAST({KEY} AS VARCHAR) NOT IN (SELECT CAST("{column.key}" AS VARCHAR) '  # noqa: S608
            f"FROM read_parquet('{registered}') WHERE \"{column.key}\" IS NOT NULL)",
            _UNKNOWN,
        ),
        (f"{VALUE} IS NOT NULL AND {typed} IS NULL", _FORM),
    ]
    if variable.codes:
        codes = ", ".join("'" + code.replace("'", "''") + "'" for code in variable.codes)
        faults.append((f"CAST({typed} AS VARCHAR) NOT IN ({codes})", _OUTSIDE))
    if variable.bounds:
        low, high = variable.bounds
        faults.append((f"{typed} NOT BETWEEN {low!r} AND {high!r}", _OUTSIDE))
    return faults


def distribution(name: str, variable: Variable, engine: Engine) -> str:
    """How the values of an own variable lie over the rows of the view, in words for a reviewer."""
    if variable.numeric and not variable.codes:
        quantiles = f'approx_quantile("{name}", [0.25, 0.5, 0.75])'
        numbers = (
            f'min("{name}"), {quantiles}, max("{name}"), count(DISTINCT "{name}"), count(*) - count("{name}")'
        )
        low, middle, high, different, missing = engine.rows(f"SELECT {numbers} FROM {SOURCE}")[0]  # noqa: S608
        quarters = " / ".join(f"{value:g}" for value in middle or ())
        return f"min {low}; 25/50/75% {quarters}; max {high}; {different} different; {missing} missing"
    counted = f"SELECT coalesce(CAST(\"{name}\" AS VARCHAR), '(missing)'), count(*) FROM {SOURCE} GROUP BY 1 ORDER BY 1"  # noqa: S608
    return "; ".join(f"{value}: {rows}" for value, rows in engine.rows(counted))


def _fault(name: str, nl: str, en: str) -> QueryError:
    return QueryError(Text(nl=nl, en=en), field=f"own.{name}")


_COLUMNS = ("Het bestand heeft geen kolommen unit en value.", "The file has no columns unit and value.")
_NO_UNIT = ("Een waarde hoort bij geen eenheid.", "A value belongs to no unit.")
_TWICE = ("Een eenheid heeft twee waarden.", "A unit has two values.")
_UNKNOWN = ("Een eenheid is niet geregistreerd.", "A unit is not registered.")
_FORM = ("Een waarde heeft niet het genoemde type.", "A value is not of the type that was told.")
_OUTSIDE = (
    "Een waarde staat niet in de codes of ligt buiten de grenzen.",
    "A value is not among the codes or lies outside the bounds.",
)
