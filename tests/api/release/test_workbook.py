"""XLSX: text stays text, nothing hides, and the same table gives the same bytes."""

from __future__ import annotations

import io
import re
import time
import zipfile
from xml.etree import ElementTree

import pytest

from api.release import workbook
from api.release.columns import columns_of
from api.release.workbook import LONGEST_TEXT, fits_a_sheet, workbook_of
from tests.api.release.test_comma_separated import query, table

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def written(rows: list[str], values: list[float | None], sheet: str = "R-2026-0001-1") -> bytes:
    return workbook_of(columns_of(table(rows, values), query(), "nl"), sheet)


def parts(content: bytes) -> dict[str, ElementTree.Element]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: ElementTree.fromstring(archive.read(name)) for name in archive.namelist()}  # noqa: S314


def cells(content: bytes) -> list[list[str | float | None]]:
    """What a spreadsheet shows: text with its escapes undone, numbers as numbers."""
    sheet = parts(content)["xl/worksheets/sheet1.xml"]
    return [[_shown(cell) for cell in row] for row in sheet.iter(f"{MAIN}row")]


def _shown(cell: ElementTree.Element) -> str | float | None:
    if cell.get("t") == "inlineStr":
        text = cell.findtext(f"{MAIN}is/{MAIN}t") or ""
        return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), text)
    number = cell.findtext(f"{MAIN}v")
    return None if number is None else float(number)


def test_it_holds_header_codes_and_numbers() -> None:
    assert cells(written(["A", "B"], [1, None])) == [["area", "count"], ["A", 1.0], ["B", None]]


@pytest.mark.parametrize(
    "code",
    ["=1+1", "<b>&\"'", " kept ", "é…", "a\x01b", "_x0041_", "\r\n", "\ud800", "line\tend", "￾"],
)
def test_any_text_stays_the_text_it_was(code: str) -> None:
    content = written([code], [1])
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert cells(content)[1][0] == code


@pytest.mark.parametrize("value", [0, -3, 0.1, 1e22, 1234567, 2.5e-300])
def test_numbers_are_written_in_full(value: float) -> None:
    assert cells(written(["A"], [value]))[1][1] == value


def test_nothing_is_in_it_besides_one_visible_sheet() -> None:
    found = parts(written(["A"], [1]))
    assert set(found) == {
        "[Content_Types].xml",
        "_rels/.rels",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/worksheets/sheet1.xml",
    }
    (sheet,) = found["xl/workbook.xml"].iter(f"{MAIN}sheet")
    assert (sheet.get("name"), sheet.get("state")) == ("R-2026-0001-1", None)
    named = {part.get("PartName") for part in found["[Content_Types].xml"]} - {None}
    assert named == {"/xl/workbook.xml", "/xl/worksheets/sheet1.xml"}


def test_the_same_table_gives_the_same_bytes_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    first = written(["A", "B"], [1, 2])
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    assert written(["A", "B"], [1, 2]) == first


def test_a_sheet_that_cannot_hold_all_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = columns_of(table(["A", "B"], [1, 2]), query(), "nl")
    assert fits_a_sheet(columns)
    assert not fits_a_sheet(columns_of(table(["x" * (LONGEST_TEXT + 1)], [1]), query(), "nl"))
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    assert not fits_a_sheet(columns)
