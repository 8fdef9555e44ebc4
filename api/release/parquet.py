"""A table as Parquet: typed columns, the same bytes each time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from api.release.columns import Column, Kind

PARQUET = "application/vnd.apache.parquet"
_TYPES: Final[dict[Kind, pa.DataType]] = {
    "code": pa.string(),
    "words": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "sign": pa.string(),
}


def parquet_of(columns: Sequence[Column]) -> bytes:
    """Return columns as Parquet; `heading` travels in the metadata of each field."""
    fields = [
        pa.field(column.name, _TYPES[column.kind], metadata={"heading": column.heading}) for column in columns
    ]
    arrays = [pa.array(_values(column), _TYPES[column.kind]) for column in columns]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields)), sink, compression="snappy")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _values(column: Column) -> list[str | int | float | None]:
    # Whole numbers among broken ones, or too large to be whole here, are doubles like the rest.
    if column.kind == "number":
        return [None if value is None else float(value) for value in column.values]
    return list(column.values)
