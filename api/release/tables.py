"""A judged table as CSV: one line per cell, holding what was judged and nothing besides."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from output_checker.query import Query
from output_checker.text import Language
from output_checker.verdict import Cell, Table

MEDIA_TYPE = "text/csv; charset=utf-8"
HIDDEN_SIGN = "x"
"""The sign of statistical offices for a number that is withheld."""

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(table: Table, query: Query, language: Language) -> bytes:
    """Return a table as CSV (RFC 4180, UTF-8, lines ending in CRLF): codes, public words where they differ, value.

    The numbers of units behind the cells stay inside: they were judged as evidence, not as results. Text that a
    spreadsheet would take for a formula gets an apostrophe in front. A hidden cell has no value and an "x" in a column
    of its own, which only tables with hidden cells have.
    """
    hidden = any(cell.status == "hidden" for cell in table.cells)
    names = (*table.row_names, *table.column_names)
    worded = [name for name in names if _has_words(table, name, language)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_safe(heading) for heading in _header(names, worded, query, hidden)])
    for cell in table.cells:
        codes = codes_of(table, cell)
        words = [table.label(name, codes[name], language) for name in worded]
        writer.writerow(
            [*map(_safe, codes.values()), *map(_safe, words), _number(cell.value), *_sign(cell, hidden)]
        )
    return text.getvalue().encode()


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


def _sign(cell: Cell, hidden: bool) -> list[str]:
    return [HIDDEN_SIGN if cell.status == "hidden" else ""] if hidden else []


def _header(names: tuple[str, ...], worded: list[str], query: Query, hidden: bool) -> list[str]:
    header: list[str] = list(names)
    for wanted in (*(f"{name}_label" for name in worded), query.result_name, *(["hidden"] if hidden else [])):
        # A derived variable may carry any name: two columns of one name could not be told apart.
        free = wanted
        while free in header:
            free += "_"
        header.append(free)
    return header


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)
