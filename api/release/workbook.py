"""A table as XLSX: the least that Office Open XML (ECMA-376) asks for, so that nothing can hide in it.

One visible sheet with text and numbers; no formulas, styles, links, comments, macros or names of people. Text is
written in place and typed as text, so that no program takes it for a formula. The same table gives the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from api.release.columns import Column

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_576
"""Rows of a sheet, with the header."""
LONGEST_TEXT = 32_767
"""Characters of a cell."""

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS: Final[dict[str, str]] = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that an archive knows: a real one would make each file differ."""
_ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|[\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")


def fits_a_sheet(columns: Sequence[Column]) -> bool:
    """Tell whether a sheet can hold all rows and texts: half a table would be a wrong one."""
    texts = (len(value) for column in columns for value in column.values if isinstance(value, str))
    return len(columns[0].values) < MOST_ROWS and max(texts, default=0) <= LONGEST_TEXT


def workbook_of(columns: Sequence[Column], sheet: str) -> bytes:
    """Return columns as a workbook whose only sheet is called `sheet` (at most 31 characters, no brackets)."""
    workbook = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f'<sheets><sheet name={quoteattr(sheet)} sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    rows = "".join(_rows(columns))
    data = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        parts = _PARTS | {"xl/workbook.xml": workbook, "xl/worksheets/sheet1.xml": data}
        for name, part in parts.items():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _HEAD + part)
    return content.getvalue()


def _rows(columns: Sequence[Column]) -> Iterator[str]:
    yield _row([column.name for column in columns])
    for values in zip(*(column.values for column in columns), strict=True):
        yield _row(values)


def _row(values: Sequence[str | int | float | None]) -> str:
    return f"<row>{''.join(map(_cell, values))}</row>"


def _cell(value: str | int | float | None) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(_sayable(value))}</t></is></c>'
    return f"<c><v>{value!r}</v></c>"


def _sayable(text: str) -> str:
    """Return text with what XML cannot hold as _xHHHH_, as ECMA-376 part 1, 22.9.2.19 has it."""
    return _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
