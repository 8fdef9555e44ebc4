import sys
from pathlib import Path

import pytest

from output_checker.engine import Engine, Limits
from output_checker.errors import DatasetError, EvidenceError, EvidenceTimeoutError
from tests.output_checker.town import SIZE, Town

COUNT = "SELECT count(*) FROM microdata"


def test_reads_the_registered_file(town: Town) -> None:
    with Engine(town.path) as engine:
        assert engine.rows(COUNT) == [(SIZE,)]
        assert engine.type_of("age + 1") == "BIGINT"
        assert engine.type_of("age + nonsense") is None
        assert len(engine.frame("SELECT age FROM microdata")) == SIZE


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM '{other}'",
        "SELECT * FROM glob('/etc/*')",
        "COPY (SELECT 1) TO '{directory}/out.csv'",
        "ATTACH '{directory}/new.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET allowed_paths = ['/etc/passwd']",
        "SET threads = 64",
    ],
)
def test_even_raw_sql_reaches_nothing_else(town: Town, tmp_path: Path, sql: str) -> None:
    other = tmp_path / "other.parquet"
    other.write_bytes(town.path.read_bytes())
    with Engine(town.path) as engine, pytest.raises(EvidenceError):
        engine.rows(sql.format(other=other, directory=tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.parquet", "town.parquet"]


def test_an_absent_or_foreign_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.parquet").write_text("age,sex\n1,f\n")
    for name in ("no.parquet", "absent.parquet"):
        with pytest.raises(DatasetError, match="cannot be read"):
            Engine(tmp_path / name)


def test_a_file_name_is_never_sql(town: Town, tmp_path: Path) -> None:
    odd = tmp_path / "it's.parquet"
    odd.write_bytes(town.path.read_bytes())
    with Engine(odd) as engine:
        assert engine.rows(COUNT) == [(SIZE,)]


def test_the_engines_own_words_hold_values_and_are_dropped(town: Town) -> None:
    with Engine(town.path) as engine:
        for read in (engine.rows, engine.frame):
            with pytest.raises(EvidenceError) as caught:
                read("SELECT CAST(sex AS INTEGER) FROM microdata")
            assert "'f'" not in str(caught.value)


def test_time_is_limited(town: Town) -> None:
    slow = "SELECT count(*) FROM range(100000000000) WHERE range % 7 = 3"
    with (
        Engine(town.path, Limits(seconds=0.2)) as engine,
        pytest.raises(EvidenceTimeoutError, match="too long"),
    ):
        engine.rows(slow)


def test_types_that_there_was_no_time_for_are_not_said_to_misfit(town: Town) -> None:
    with (
        Engine(town.path, Limits(seconds=0.0)) as engine,
        pytest.raises(EvidenceTimeoutError, match="too long"),
    ):
        engine.type_of("sex + employed")


def test_memory_is_limited(town: Town) -> None:
    large = "SELECT count(*) FROM (SELECT DISTINCT range % 90000000 FROM range(100000000))"
    with (
        Engine(town.path, Limits(memory="20MB")) as engine,
        pytest.raises(EvidenceError, match="too much memory"),
    ):
        engine.rows(large)


def test_what_is_computed_outside_the_engine_ends_with_the_time_limit(town: Town) -> None:
    def fit() -> None:
        while True:
            abs(-1)

    before = sys.getprofile()
    with Engine(town.path, Limits(seconds=0.05)) as engine:
        with pytest.raises(EvidenceTimeoutError, match="too long"), engine.watching():
            fit()
        assert sys.getprofile() is before


@pytest.mark.parametrize(("memory", "expected"), [("4GB", 4 * 10**9), ("20MB", 2 * 10**7), ("123B", 123)])
def test_memory_is_a_number_too(memory: str, expected: int) -> None:
    assert Limits(memory=memory).memory_bytes == expected
