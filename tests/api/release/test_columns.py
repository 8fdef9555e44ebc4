"""The columns that every format writes."""

from __future__ import annotations

import pytest

from api.release.columns import LARGEST_INTEGER, codes_of, columns_of
from output_checker.verdict import Cell, Table
from tests.api.release.test_comma_separated import query, table


def test_codes_come_first_words_where_they_differ_and_the_value_last() -> None:
    columns = columns_of(table(["A", "All"], [1, None], words=True), query(), "nl")
    assert [(column.name, column.kind) for column in columns] == [
        ("area", "code"),
        ("area_label", "words"),
        ("count", "integer"),
    ]
    assert columns[1].values == ['Wijk "Noord", oost', "Totaal"]
    assert columns[2].values == [1, None]


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
    columns = columns_of(made, query(index="count", columns="count_"), "nl")
    assert [column.name for column in columns] == ["count", "count_", "count__"]
    cell = Cell(row=0, column=0, value=1, units=1, status="pass")
    assert codes_of(made, cell) == {"count": "A", "count_": "B"}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "integer"),
        ([1, 2.5], "number"),
        ([None], "integer"),
        ([LARGEST_INTEGER], "integer"),
        ([LARGEST_INTEGER + 1], "number"),
        ([2.0], "number"),
    ],
)
def test_a_column_is_whole_only_when_all_its_numbers_are(values: list[float | None], kind: str) -> None:
    made = table([f"A{place}" for place in range(len(values))], values)
    assert columns_of(made, query(), "nl")[-1].kind == kind
