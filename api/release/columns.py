"""A judged table in long form, as every file format writes it: codes, public words where they differ, the value.

One line per cell, holding what was judged and nothing besides: the numbers of units behind the cells stay inside, they
were judged as evidence, not as results. Beside a value with noise stand the raw number and where the truth lies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from output_checker.query import Query
from output_checker.text import Language, Text
from output_checker.verdict import Cell, Interval, Table

Kind = Literal["code", "words", "integer", "number", "sign"]
HIDDEN_SIGN = "x"
"""The sign of statistical offices for a number that is withheld."""
LARGEST_INTEGER = 2**63 - 1
_RAW = Text("ruwe meting, voor berekeningen", "raw measurement, for computing with")
_LOWER = Text("de waarheid ligt in 95 % van de trekkingen vanaf", "in 95 % of draws the truth lies from")
_UPPER = Text(
    "de waarheid ligt in 95 % van de trekkingen tot en met", "in 95 % of draws the truth lies up to"
)
_WITHHELD = Text("x: niet vrijgegeven", "x: withheld")


@dataclass(frozen=True)
class Column:
    """One column: `name` is unique in the file, `heading` says the same in public words, None is an empty cell."""

    name: str
    heading: str
    kind: Kind
    values: Sequence[str | None] | Sequence[int | float | None]


def columns_of(
    table: Table, query: Query, language: Language, intervals: Sequence[Interval] = ()
) -> list[Column]:
    """Return the columns of a table: the code of each classification, words for some, and the statistic.

    A hidden cell has no value, and an "x" in a column of its own, which only tables with hidden cells have. Only tables
    with noise have `intervals`.
    """
    names = (*table.row_names, *table.column_names)
    lines = [codes_of(table, cell) for cell in table.cells]
    headings = {name: table.heading(name, language) for name in names}
    columns = [Column(name, headings[name], "code", [line[name] for line in lines]) for name in names]
    for name in names:
        if _has_words(table, name, language):
            words = [table.label(name, line[name], language) for line in lines]
            columns.append(Column(_free(f"{name}_label", columns), headings[name], "words", words))
    values = [cell.value for cell in table.cells]
    result = _free(query.result_name, columns)
    columns.append(Column(result, query.result_name, _kind(values), values))
    if intervals:
        columns += list(_noise(table, columns, intervals, language))
    return [*columns, *_signs(table, columns, language)]


def _noise(
    table: Table, columns: Sequence[Column], intervals: Sequence[Interval], language: Language
) -> Iterator[Column]:
    """The raw number and the interval of each cell; none of a cell that cannot be."""
    told = {one.cell: one for one in intervals}
    known = [told.get(place) for place in range(len(table.cells))]
    for name, heading in (("raw", _RAW), ("lower", _LOWER), ("upper", _UPPER)):
        values: list[int | float | None] = [None if one is None else getattr(one, name) for one in known]
        yield Column(
            _free(f"{columns[-1].name}_{name}", columns), heading.in_language(language), _kind(values), values
        )


def codes_of(table: Table, cell: Cell) -> dict[str, str]:
    """Return the code of each classification for one cell, rows before columns."""
    rows = zip(table.row_names, table.rows[cell.row], strict=True)
    columns = zip(table.column_names, table.columns[cell.column], strict=True)
    return {**dict(rows), **dict(columns)}


def _has_words(table: Table, name: str, language: Language) -> bool:
    return any(table.label(name, code, language) != code for code in _codes(table, name))


def _codes(table: Table, name: str) -> Iterator[str]:
    for names, lines in ((table.row_names, table.rows), (table.column_names, table.columns)):
        if name in names:
            yield from (line[names.index(name)] for line in lines)


def _signs(table: Table, columns: Sequence[Column], language: Language) -> Iterator[Column]:
    signs = [HIDDEN_SIGN if cell.status == "hidden" else None for cell in table.cells]
    if any(signs):
        yield Column(_free("hidden", columns), _WITHHELD.in_language(language), "sign", signs)


def _free(wanted: str, columns: Sequence[Column]) -> str:
    # A derived variable may carry any name: two columns of one name could not be told apart.
    taken = {column.name for column in columns}
    while wanted in taken:
        wanted += "_"
    return wanted


def _kind(values: Sequence[int | float | None]) -> Kind:
    whole = all(
        value is None or (isinstance(value, int) and abs(value) <= LARGEST_INTEGER) for value in values
    )
    return "integer" if whole else "number"
