"""A file with own values comes from a stranger: whatever is no plain list of values is refused before it is read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from output_checker.engine import Engine
from output_checker.errors import EvidenceError
from output_checker.own.form import FormError, check_form
from tests.output_checker.town import Town

SOME = 200


def written(path: Path, units: Any, values: Any, **how: Any) -> Path:
    table = units if isinstance(units, pa.Table) else pa.table({"unit": units, "value": values})
    pq.write_table(table, path, **how)
    return path


def looked_at(town: Town, path: Path, kind: str) -> str:
    """Why a file is refused, "" when it is not."""
    with Engine(town.dataset.path, besides=(path,)) as engine:
        try:
            check_form(engine, path, kind)
        except FormError as refused:
            return str(refused)
    return ""


PLAIN = {
    "integer": pa.array([1] * SOME, pa.int32()),
    "number": pa.array([1.5] * SOME, pa.float32()),
    "category": pa.array(["old"] * SOME),
    "boolean": pa.array([True] * SOME),
}


@pytest.mark.parametrize("kind", PLAIN)
@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd"])
def test_plain_values_pass(town: Town, tmp_path: Path, kind: str, codec: str) -> None:
    path = written(tmp_path / "own.parquet", pa.array(range(SOME)), PLAIN[kind], compression=codec)
    assert looked_at(town, path, kind) == ""
    path = written(tmp_path / "own.parquet", pa.array([f"p{n}" for n in range(SOME)]), PLAIN[kind])
    assert looked_at(town, path, kind) == ""


def test_whole_numbers_may_stand_for_numbers_and_unsigned_ones_for_both(town: Town, tmp_path: Path) -> None:
    values = pa.array(range(SOME), pa.uint32())
    path = written(tmp_path / "own.parquet", pa.array(range(SOME)), values)
    assert looked_at(town, path, "integer") == looked_at(town, path, "number") == ""


NESTED = pa.array([{"a": 1}] * SOME)
LISTS = pa.array([[1, 2]] * SOME)
ODD: dict[str, tuple[Any, str, str]] = {
    "a structure": (NESTED, "integer", "columns"),
    "a list": (LISTS, "integer", "columns"),
    "moments": (pa.array([dt.datetime(2026, 1, 1, tzinfo=dt.UTC)] * SOME), "integer", "type"),
    "days": (pa.array([dt.date(2026, 1, 1)] * SOME), "integer", "type"),
    "decimals": (pa.array([1] * SOME, pa.decimal128(9, 2)), "integer", "type"),
    "bytes": (pa.array([b"x"] * SOME), "category", "type"),
    "texts for numbers": (PLAIN["category"], "number", "type"),
    "halves for whole numbers": (PLAIN["number"], "integer", "type"),
    "truths for categories": (PLAIN["boolean"], "category", "type"),
    "nothing": (pa.nulls(SOME), "category", "type"),
}


@pytest.mark.parametrize("what", ODD)
def test_other_values_are_refused(town: Town, tmp_path: Path, what: str) -> None:
    values, kind, said = ODD[what]
    path = written(tmp_path / "own.parquet", pa.array(range(SOME)), values)
    assert said in looked_at(town, path, kind)


@pytest.mark.parametrize("keys", [PLAIN["number"], PLAIN["boolean"], pa.array([b"x"] * SOME)])
def test_a_key_is_a_whole_number_or_text(town: Town, tmp_path: Path, keys: pa.Array) -> None:
    assert "key" in looked_at(town, written(tmp_path / "own.parquet", keys, PLAIN["integer"]), "integer")


@pytest.mark.parametrize(
    "names",
    [
        ("unit", "../../secrets/session_key"),
        ("unit", "value", "more"),
        ("unit",),
        ("Unit", "Value"),
        ("unit", "unit"),
    ],
)
def test_other_columns_are_refused(town: Town, tmp_path: Path, names: tuple[str, ...]) -> None:
    table = pa.Table.from_arrays([pa.array(range(SOME))] * len(names), names=list(names))
    path = written(tmp_path / "own.parquet", table, None)
    assert "unit and value" in looked_at(town, path, "integer")


def test_more_values_than_units_of_the_view_are_refused(town: Town, tmp_path: Path) -> None:
    many = pa.array(range(100_000))
    assert "more values" in looked_at(town, written(tmp_path / "own.parquet", many, many), "integer")


def test_a_bomb_is_refused_unread(town: Town, tmp_path: Path) -> None:
    huge = pa.array(["x" * 400_000] * SOME)
    path = written(
        tmp_path / "own.parquet", pa.array(range(SOME)), huge, compression="zstd", use_dictionary=False
    )
    assert path.stat().st_size < 100_000
    assert "much larger" in looked_at(town, path, "category")


def test_a_group_for_each_value_is_refused(town: Town, tmp_path: Path) -> None:
    path = written(tmp_path / "own.parquet", pa.array(range(SOME)), PLAIN["integer"], row_group_size=1)
    assert "much larger" in looked_at(town, path, "integer")


def test_a_rare_compression_is_refused(town: Town, tmp_path: Path) -> None:
    path = written(tmp_path / "own.parquet", pa.array(range(SOME)), PLAIN["integer"], compression="brotli")
    assert "compressed" in looked_at(town, path, "integer")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1PAR1", b"x" * 5000, b"unit,value\n1,2\n"])
def test_what_is_no_parquet_is_refused(town: Town, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "own.parquet"
    path.write_bytes(content)
    with pytest.raises(EvidenceError):
        looked_at(town, path, "integer")
