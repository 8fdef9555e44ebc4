"""The CSV: exactly what was judged, readable by every program, executable by none."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from api.release.tables import codes_of, csv_of
from output_checker.query import Query
from output_checker.verdict import Cell, Table

WORDS = {"nl": 'Wijk "Noord", oost', "en": "Area"}


def table(rows: list[str], values: list[float | None], *, words: bool = False) -> Table:
    return Table.model_validate(
        {
            "row_names": ["area"],
            "column_names": [],
            "rows": [[row] for row in rows],
            "columns": [[]],
            "cells": [
                {"row": place, "column": 0, "value": value, "units": 77_777, "status": "pass"}
                for place, value in enumerate(values)
            ],
            "labels": {"area": dict.fromkeys(rows, WORDS)} if words else {},
        }
    )


def query(**changes: Any) -> Query:
    return Query.parse({"dataset": "people", "index": "area"} | changes)


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def test_lines_are_of_rfc_4180_and_hold_no_counts_of_units() -> None:
    content = csv_of(table(["A", "B"], [1, 2.5]), query(), "nl")
    assert content == b"area,count\r\nA,1\r\nB,2.5\r\n"


def test_words_stand_beside_codes_in_the_language_asked() -> None:
    made = table(["A", "All"], [1, 2], words=True)
    assert read(csv_of(made, query(), "nl")) == [
        ["area", "area_label", "count"],
        ["A", 'Wijk "Noord", oost', "1"],
        ["All", "Totaal", "2"],
    ]
    assert read(csv_of(made, query(), "en"))[1][1] == "Area"


@pytest.mark.parametrize("code", ["=1+1", "+A1", "-x", "@SUM(A1)", "\tA", "\rA", "=cmd|' /C calc'!A0", "-"])
def test_no_spreadsheet_takes_a_code_for_a_formula(code: str) -> None:
    assert read(csv_of(table([code], [1]), query(), "nl"))[1][0] == f"'{code}"


@pytest.mark.parametrize("code", ["-1", "-1.5", "0", "50000+.", "A=1"])
def test_harmless_codes_stay_as_they_are(code: str) -> None:
    assert read(csv_of(table([code], [1]), query(), "nl"))[1][0] == code


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (0, "0"), (-3, "-3"), (0.1, "0.1"), (1e22, "1e+22"), (1234567, "1234567")]
)
def test_numbers_are_written_in_full(value: float | None, text: str) -> None:
    assert read(csv_of(table(["A"], [value]), query(), "nl"))[1][1] == text


def test_the_heading_says_what_was_computed() -> None:
    content = csv_of(table(["A"], [1]), query(values="income", aggfunc="mean"), "nl")
    assert read(content)[0] == ["area", "mean_income"]


def test_two_columns_never_have_one_name() -> None:
    made = Table.model_validate(
        {
            "row_names": ["count"],
            "column_names": ["count_"],
            "rows": [["A"]],
            "columns": [["B"]],
            "cells": [{"row": 0, "column": 0, "value": 1, "units": 1, "status": "pass"}],
        }
    )
    content = csv_of(made, query(index="count", columns="count_"), "nl")
    assert read(content) == [["count", "count_", "count__"], ["A", "B", "1"]]
    assert codes_of(made, Cell(row=0, column=0, value=1, units=1, status="pass")) == {
        "count": "A",
        "count_": "B",
    }


def test_a_hidden_cell_has_a_sign_and_no_value() -> None:
    made = table(["A", "B"], [1, None])
    cells = (made.cells[0], made.cells[1].model_copy(update={"status": "hidden"}))
    content = csv_of(made.model_copy(update={"cells": cells}), query(), "nl")
    assert content == b"area,count,hidden\r\nA,1,\r\nB,,x\r\n"
