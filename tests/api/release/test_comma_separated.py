"""The CSV: exactly what was judged, readable by every program, executable by none; and its description."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from api.release.columns import columns_of
from api.release.comma_separated import csv_of, csvw_of
from output_checker.query import Query
from output_checker.text import Language
from output_checker.verdict import Table

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


def written(made: Table, language: Language = "nl", **changes: Any) -> bytes:
    return csv_of(columns_of(made, query(**changes), language))


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def test_lines_are_of_rfc_4180_and_hold_no_counts_of_units() -> None:
    content = written(table(["A", "B"], [1, 2.5]))
    assert content == b"area,count\r\nA,1\r\nB,2.5\r\n"


def test_words_stand_beside_codes_in_the_language_asked() -> None:
    made = table(["A", "All"], [1, 2], words=True)
    assert read(written(made)) == [
        ["area", "area_label", "count"],
        ["A", 'Wijk "Noord", oost', "1"],
        ["All", "Totaal", "2"],
    ]
    assert read(written(made, "en"))[1][1] == "Area"


@pytest.mark.parametrize("code", ["=1+1", "+A1", "-x", "@SUM(A1)", "\tA", "\rA", "=cmd|' /C calc'!A0", "-"])
def test_no_spreadsheet_takes_a_code_for_a_formula(code: str) -> None:
    assert read(written(table([code], [1])))[1][0] == f"'{code}"


@pytest.mark.parametrize("code", ["-1", "-1.5", "0", "50000+.", "A=1"])
def test_harmless_codes_stay_as_they_are(code: str) -> None:
    assert read(written(table([code], [1])))[1][0] == code


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (0, "0"), (-3, "-3"), (0.1, "0.1"), (1e22, "1e+22"), (1234567, "1234567")]
)
def test_numbers_are_written_in_full(value: float | None, text: str) -> None:
    assert read(written(table(["A"], [value])))[1][1] == text


def test_the_heading_says_what_was_computed() -> None:
    content = written(table(["A"], [1]), values="income", aggfunc="mean")
    assert read(content)[0] == ["area", "mean_income"]


def with_a_hidden_cell() -> Table:
    made = table(["A", "B"], [1, None])
    cells = (made.cells[0], made.cells[1].model_copy(update={"status": "hidden"}))
    return made.model_copy(update={"cells": cells})


def test_a_hidden_cell_has_a_sign_and_no_value() -> None:
    assert written(with_a_hidden_cell()) == b"area,count,hidden\r\nA,1,\r\nB,,x\r\n"


def test_the_sign_of_hidden_cells_is_described() -> None:
    column = described(with_a_hidden_cell())["tableSchema"]["columns"][-1]
    assert (column["name"], column["datatype"], column["required"]) == ("hidden", "string", False)
    assert column["dc:description"] == "x: niet vrijgegeven"


def described(made: Table, **changes: Any) -> dict[str, Any]:
    columns = columns_of(made, query(**changes), "nl")
    document: dict[str, Any] = json.loads(csvw_of(columns, "R-1.csv", {"dc:identifier": "R-1"}))
    return document


def test_the_description_names_every_column_as_the_header_does() -> None:
    made = table(["A", "=B"], [1, 2], words=True)
    document = described(made)
    columns = document["tableSchema"]["columns"]
    assert document["url"] == "R-1.csv"
    assert document["dc:identifier"] == "R-1"
    assert [column["titles"] for column in columns] == read(written(made))[0]
    assert [column["datatype"] for column in columns] == ["string", "string", "integer"]
    assert [column["required"] for column in columns] == [True, True, False]
    assert document["tableSchema"]["primaryKey"] == ["area"]


def test_broken_numbers_are_doubles() -> None:
    assert described(table(["A", "B"], [1, 0.5]))["tableSchema"]["columns"][-1]["datatype"] == "double"


@pytest.mark.parametrize(("name", "variable"), [("area", "area"), ("_x", "%5Fx"), ("__x", "%5F_x")])
def test_names_are_variables_of_the_web(name: str, variable: str) -> None:
    made = table(["A"], [1]).model_copy(update={"row_names": (name,)})
    document = described(made, index=name)
    assert document["tableSchema"]["columns"][0]["name"] == variable
    assert document["tableSchema"]["primaryKey"] == [variable]
