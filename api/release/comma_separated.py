"""A table as CSV (RFC 4180), with its description for programs beside it (CSV on the Web, W3C 2015)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from typing import Any, Final

from api.release.columns import Column, Kind
from output_checker.text import Text

CSV = "text/csv; charset=utf-8"
CSVW = "application/csvm+json"
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_DATATYPES: Final[dict[Kind, str]] = {
    "code": "string",
    "words": "string",
    "integer": "integer",
    "number": "double",
    "sign": "string",
}
_APOSTROPHE = Text(
    "Staat voor een tekst die een rekenblad voor een formule zou houden een apostrof, dan hoort die niet bij de code.",
    "An apostrophe before a text that a spreadsheet would take for a formula is not part of the code.",
)


def csv_of(columns: Sequence[Column]) -> bytes:
    """Return columns as CSV in UTF-8, lines ending in CRLF.

    Text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_safe(column.name) for column in columns])
    writer.writerows(zip(*map(_cells, columns), strict=True))
    return text.getvalue().encode()


def csvw_of(columns: Sequence[Column], url: str, facts: dict[str, Any]) -> bytes:
    """Return the CSVW description of the CSV at `url` (relative to it); `facts` are properties of the whole table."""
    keys = [_variable(column.name) for column in columns if column.kind == "code"]
    document = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "und"}],
        "url": url,
        **facts,
        "notes": [{"nl": _APOSTROPHE.nl, "en": _APOSTROPHE.en}],
        "dialect": {"encoding": "utf-8", "header": True, "lineTerminators": ["\r\n"], "doubleQuote": True},
        "tableSchema": {"columns": [_described(column) for column in columns], "primaryKey": keys},
    }
    return (json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _described(column: Column) -> dict[str, Any]:
    return {
        "name": _variable(column.name),
        "titles": _safe(column.name),
        "dc:description": column.heading,
        "datatype": _DATATYPES[column.kind],
        "required": column.kind in ("code", "words"),
    }


def _variable(name: str) -> str:
    """Return a name (letters, digits, underscores) as CSVW wants it: it may not begin with an underscore."""
    return f"%5F{name[1:]}" if name.startswith("_") else name


def _cells(column: Column) -> list[str]:
    return [_safe(value) if isinstance(value, str) else _number(value) for value in column.values]


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)
