"""Parquet: typed, and the same bytes each time."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from api.release.columns import LARGEST_INTEGER, columns_of
from api.release.parquet import parquet_of
from tests.api.release.test_comma_separated import query, table


def written(rows: list[str], values: list[float | None]) -> bytes:
    return parquet_of(columns_of(table(rows, values, words=True), query(), "nl"))


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, None], pa.int64(), [1, None]),
        ([1, 0.5], pa.float64(), [1.0, 0.5]),
        ([LARGEST_INTEGER + 1, None], pa.float64(), [float(LARGEST_INTEGER + 1), None]),
    ],
)
def test_it_holds_codes_words_and_typed_numbers(
    values: list[float | None], kind: pa.DataType, expected: list[float | None]
) -> None:
    read = pq.read_table(io.BytesIO(written(["=A", "All"], values)))
    assert read.column_names == ["area", "area_label", "count"]
    assert read.column("area").to_pylist() == ["=A", "All"]
    assert read.schema.field("count").type == kind
    assert read.column("count").to_pylist() == expected
    assert read.schema.field("area").metadata == {b"heading": b"area"}


def test_it_says_nothing_about_units_behind_the_cells() -> None:
    assert b"77777" not in written(["A"], [1])
    assert pq.read_table(io.BytesIO(written(["A"], [1]))).num_columns == 3


def test_the_same_table_gives_the_same_bytes() -> None:
    assert len({written(["A", "B"], [1, 2]) for _ in range(3)}) == 1
