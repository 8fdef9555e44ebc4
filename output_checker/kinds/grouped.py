"""What statistics of one variable by groups share: the query, the plan, the values by group, and the table.

Quantiles, densities, concentration and survival need the values themselves, sorted; they come out of the engine once,
as arrays, and only the columns that are needed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, field_validator

from output_checker.dataset import Dataset
from output_checker.engine import SOURCE, Engine
from output_checker.errors import DatasetError, QueryError
from output_checker.expressions import Scope, sources
from output_checker.labels import label_of, ordered
from output_checker.metadata import DatasetMetadata
from output_checker.numbers import stable
from output_checker.plan import (
    Classification,
    check_dataset,
    check_size,
    classifications_of,
    conditions_of,
    scope_of,
    unit_of,
)
from output_checker.query import Names, Query, headings
from output_checker.text import Language, Text
from output_checker.verdict import Cell, Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Line = tuple[str, ...]


class GroupedQuery(Query):
    """A query whose statistics are computed for each group of ``by``, as in pandas; for all units without it."""

    by: Annotated[Names, Field()] = ()

    @field_validator("by", mode="before")
    @classmethod
    def _one_is_a_list_too(cls, given: object) -> object:
        return [given] if isinstance(given, str) else given

    @field_validator("by")
    @classmethod
    def _each_once(cls, given: Names) -> Names:
        if len(set(given)) < len(given):
            raise QueryError(
                Text(nl="Een variabele staat er twee keer in.", en="A variable occurs twice."), field="by"
            )
        return given

    def grouped(self, measure: str, metadata: DatasetMetadata, language: Language) -> str:
        """What is measured, by which groups."""
        if not self.by:
            return measure
        by = Text(nl="naar", en="by").in_language(language)
        return f"{measure} {by} {headings(self.by, metadata, language)}"


@dataclass(frozen=True)
class Groups:
    """Which groups of which units: rendered expressions only. ``columns`` are the values to read, by name."""

    by: tuple[Classification, ...]
    conditions: tuple[str, ...]
    columns: Mapping[str, str]
    unit: str


def names_of(query: GroupedQuery, dataset: Dataset) -> Scope:
    """The names that a query may use.

    Raises:
        QueryError: the query is about another dataset, or derives a name that is taken.
    """
    check_dataset(query, dataset)
    return scope_of(query.derive, dataset)


def plan_groups(
    query: GroupedQuery,
    scope: Scope,
    columns: Mapping[str, str],
    dataset: Dataset,
    engine: Engine,
    largest: int,
) -> Groups:
    """Resolve the groups and conditions of a query; ``columns`` are the rendered values that its kind reads.

    Raises:
        QueryError: its subclass that belongs to the fault, with the field and the way out.
    """
    by = classifications_of(scope, query.by, "by", engine)
    check_size(by, largest)
    return Groups(
        by=by,
        conditions=conditions_of(scope, query.where, engine),
        columns=columns,
        unit=unit_of(query, dataset),
    )


def is_of_several(scope: Scope, name: str) -> bool:
    """Whether values are made of several columns: where one stands among the others can then tell a whole record."""
    return len(sources(scope.variable(name, name))) > 1


def finite(sql: str) -> str:
    """A number as a double; what is not finite is missing."""
    number = f"CAST({sql} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


@dataclass(frozen=True)
class Sample:
    """The rows of one group: its labels, its columns (missing is NaN), and a number for the unit of each row.

    ``keys`` is by kind of unit; None where each row is a unit of its own.
    """

    line: Line
    columns: "Mapping[str, NDArray[np.float64]]"
    keys: "Mapping[str, NDArray[np.uint64] | None]"

    def present(self, name: str = "v") -> "Sample":
        """Only the rows that have a value, sorted by it."""
        import numpy

        values = self.columns[name]
        order = numpy.argsort(values, kind="stable")[: numpy.count_nonzero(~numpy.isnan(values))]
        return Sample(
            line=self.line,
            columns={column: array[order] for column, array in self.columns.items()},
            keys={unit: None if keys is None else keys[order] for unit, keys in self.keys.items()},
        )


def samples_of(groups: Groups, dataset: Dataset, engine: Engine) -> list[Sample]:
    """The rows of each group that somebody is in, in public order.

    Keys are hashed: were two ever to meet, a unit too few would be counted, which errs on the safe side.

    Raises:
        QueryError: nobody satisfies the conditions.
        DatasetError: the microdata holds a label that its metadata does not know.
        EvidenceError: it could not be computed within the limits.
    """
    lines = _lines(groups, engine)
    frame = engine.frame(_rows(groups, dataset))
    order = frame["g"].to_numpy().argsort(kind="stable")
    starts = frame["g"].to_numpy()[order].searchsorted(range(len(lines) + 1))
    arrays = {
        name: frame[name].to_numpy(dtype="float64", na_value=float("nan"))[order] for name in groups.columns
    }
    names = {unit: f"key_{unit}" for unit in _units(groups, dataset)}
    keys = {unit: frame[name].to_numpy()[order] if name in frame else None for unit, name in names.items()}
    found = [
        _part(line, arrays, keys, slice(start, end))
        for line, start, end in zip(lines, starts[:-1], starts[1:], strict=True)
    ]
    return _in_public_order(groups, found)


def _part(line: Line, arrays: Mapping[str, Any], keys: Mapping[str, Any], rows: slice) -> Sample:
    return Sample(
        line=line,
        columns={name: array[rows] for name, array in arrays.items()},
        keys={unit: None if array is None else array[rows] for unit, array in keys.items()},
    )


def _units(groups: Groups, dataset: Dataset) -> list[str]:
    """The kinds of unit, the one that counts first."""
    return [groups.unit, *(unit for unit in dataset.metadata.units if unit != groups.unit)]


def _lines(groups: Groups, engine: Engine) -> list[Line]:
    found = engine.rows(f"SELECT * EXCLUDE (g) FROM ({_numbered(groups)}) ORDER BY g")  # noqa: S608
    if not found:
        message = Text(nl="Niemand voldoet aan deze voorwaarden.", en="Nobody satisfies these conditions.")
        raise QueryError(message, field="where", remedy=Text(nl="Verruim de voorwaarden.", en="Widen them."))
    return [tuple(label_of(value) for value in row[: len(groups.by)]) for row in found]


def _names(groups: Groups) -> list[str]:
    return [f"k{place}" for place in range(max(len(groups.by), 1))]


def _numbered(groups: Groups) -> str:
    """Each group with a number, the same whenever it is asked."""
    names = ", ".join(_names(groups))
    return (
        f"SELECT {names}, row_number() OVER (ORDER BY {names}) - 1 AS g "  # noqa: S608 - names are our own
        f"FROM (SELECT DISTINCT {names} FROM ({_base(groups, [])}))"
    )


def _rows(groups: Groups, dataset: Dataset) -> str:
    """The group, values and keys of each row; only keys that more than one row may have are needed."""
    units = {name: dataset.metadata.units[name] for name in _units(groups, dataset)}
    values = [f"{sql} AS {name}" for name, sql in groups.columns.items()]
    values += [
        f'hash("{unit.key}") AS key_{name}' for name, unit in units.items() if not unit.one_row_per_unit
    ]
    on = " AND ".join(f"b.{name} IS NOT DISTINCT FROM n.{name}" for name in _names(groups))
    chosen = f"n.g, b.* EXCLUDE ({', '.join(_names(groups))})"
    return f"SELECT {chosen} FROM ({_base(groups, values)}) b JOIN ({_numbered(groups)}) n ON {on}"  # noqa: S608


def _base(groups: Groups, values: list[str]) -> str:
    """The rows that satisfy the conditions; without groups all of them are one."""
    by = [item.sql for item in groups.by] or ["0"]
    keys = [f"{sql} AS {name}" for sql, name in zip(by, _names(groups), strict=True)]
    where = " AND ".join(f"({condition})" for condition in groups.conditions) or "TRUE"
    return f"SELECT {', '.join([*keys, *values])} FROM {SOURCE} WHERE {where}"  # noqa: S608 - rendered from checked expressions


def _in_public_order(groups: Groups, found: list[Sample]) -> list[Sample]:
    ranks = []
    for place, item in enumerate(groups.by):
        seen = {sample.line[place] for sample in found}
        labels = ordered(item.labels, seen)
        if len(labels) < len(seen):
            message = Text(
                nl=f"{item.name} heeft in de microdata een waarde buiten de openbare lijst.",
                en=f"{item.name} has a value in the microdata outside its public list.",
            )
            remedy = Text(nl="Meld dit aan de databeheerder.", en="Tell the data steward.")
            raise DatasetError(message, field=item.name, remedy=remedy)
        ranks.append({label: rank for rank, label in enumerate(labels)})
    return sorted(found, key=lambda s: tuple(rank[label] for rank, label in zip(ranks, s.line, strict=True)))


class Counter:
    """Distinct units in stretches of rows that are in order; ``keys`` is None where each row is a unit."""

    def __init__(self, keys: "NDArray[np.uint64] | None", rows: int) -> None:
        self._keys = keys
        self._rows = rows
        if keys is not None:
            import numpy

            self._first = numpy.sort(numpy.unique(keys, return_index=True)[1])
            self._last = numpy.sort(numpy.unique(keys[::-1], return_index=True)[1])

    @property
    def all(self) -> int:
        """Units in all rows."""
        return self.before(self._rows)

    def before(self, row: int) -> int:
        """Units with a row before this one."""
        return row if self._keys is None else int(self._first.searchsorted(row))

    def since(self, row: int) -> int:
        """Units with a row at or after this one."""
        left = self._rows - row
        return left if self._keys is None else int(self._last.searchsorted(left))

    def within(self, start: int, end: int) -> int:
        """Units with a row from ``start`` up to ``end``."""
        import numpy

        return max(end - start, 0) if self._keys is None else len(numpy.unique(self._keys[start:end]))

    def largest_share(self, weights: "NDArray[np.float64] | None" = None) -> float:
        """The share of the rows, or of their weight, that the unit with the most has."""
        import numpy

        if not self._rows:
            return 0.0
        each = numpy.ones(self._rows) if weights is None else weights
        held = (
            each
            if self._keys is None
            else numpy.bincount(numpy.unique(self._keys, return_inverse=True)[1], each)
        )
        return float(held.max() / each.sum())


def counters_of(sample: Sample, rows: int) -> list[Counter]:
    """A counter for each kind of unit, the one that counts first."""
    return [Counter(keys, rows) for keys in sample.keys.values()]


@dataclass(frozen=True)
class Measured:
    """One group with a number for each measure, and the distinct units behind each."""

    line: Line
    values: Sequence[int | float | None]
    units: Sequence[int]


def table_of(
    groups: Groups, heading: tuple[str, Text], measures: Mapping[str, Text], found: Sequence[Measured]
) -> Table:
    """Groups in the rows and measures in the columns; without groups the measures are the rows.

    Either way cells are in the same order: group by group, measure by measure.
    """
    name = heading[0]
    while name in {item.name for item in groups.by}:
        name += "_"
    codes = tuple((code,) for code in measures)
    lines = tuple(group.line for group in found)
    return Table(
        row_names=tuple(item.name for item in groups.by) or (name,),
        column_names=(name,) if groups.by else (),
        rows=lines if groups.by else codes,
        columns=codes if groups.by else ((),),
        cells=tuple(_cells(found, len(measures) if groups.by else 1)),
        headings={item.name: item.heading for item in groups.by} | {name: heading[1]},
        labels={item.name: _used(item, place, lines) for place, item in enumerate(groups.by)}
        | {name: dict(measures)},
    )


def _cells(found: Sequence[Measured], width: int) -> Iterator[Cell]:
    numbers = [pair for group in found for pair in zip(group.values, group.units, strict=True)]
    for place, (number, units) in enumerate(numbers):
        yield Cell(
            row=place // width,
            column=place % width,
            value=stable(number) if isinstance(number, float) else number,
            units=units,
            status="empty" if number is None else "pass",
        )


def _used(item: Classification, place: int, lines: Sequence[Line]) -> dict[str, Text]:
    """The public words of the labels that are in the table."""
    seen = {line[place] for line in lines}
    return {label: words for label, words in item.labels.items() if label in seen}


def unit_texts(groups: Groups, dataset: Dataset) -> list[Text]:
    """The public words for the kinds of unit, the one that counts first."""
    return [dataset.metadata.units[unit].label for unit in _units(groups, dataset)]
