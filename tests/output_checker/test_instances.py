"""Instances of the engine that are opened ahead or stay open: locked as ever, and each for whoever asks."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from output_checker import instances
from output_checker.engine import Engine, Limits
from output_checker.errors import DatasetError, EvidenceError, EvidenceTimeoutError
from tests.output_checker.town import SIZE, Town

COUNT = "SELECT count(*) FROM microdata"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[duckdb.DuckDBPyConnection]:
    """What was opened in this test, the last one last; nothing is ahead."""
    found: list[duckdb.DuckDBPyConnection] = []
    real = instances._opened

    def opening() -> duckdb.DuckDBPyConnection:
        found.append(real())
        return found[-1]

    monkeypatch.setattr(instances, "_opened", opening)
    monkeypatch.setattr(instances, "_ahead", [])
    monkeypatch.setattr(instances, "_taken", {})
    instances._planner.cache_clear()
    return found


def test_one_that_was_opened_ahead_is_locked_and_stays_for_the_same_files_and_limits(
    town: Town, opened: list[duckdb.DuckDBPyConnection]
) -> None:
    for _ in range(2):
        instances.open_ahead()
    for memory, number in (("64MB", 1), ("64MB", 1), ("128MB", 2)):
        with Engine(town.path, Limits(memory=memory, threads=2)) as engine:
            assert len(opened) == number
            assert engine.rows(COUNT) == [(SIZE,)]
            said = "SELECT current_setting('threads'), current_setting('memory_limit')"
            assert engine.rows(said) == [(2, {"64MB": "61.0 MiB", "128MB": "122.0 MiB"}[memory])]
            for other in ("SELECT * FROM read_text('/etc/hostname')", "SET threads = 64"):
                with pytest.raises(EvidenceError):
                    engine.rows(other)
            engine.look_through("age > 30")


def test_a_child_computes_with_what_was_opened_before_it_was_forked(
    town: Town, opened: list[duckdb.DuckDBPyConnection]
) -> None:
    instances.open_ahead()
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        with Engine(town.path) as engine:
            os._exit(0 if engine.rows(COUNT) == [(SIZE,)] and len(opened) == 1 else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_planning_shares_what_is_open_and_nothing_else(
    town: Town, opened: list[duckdb.DuckDBPyConnection]
) -> None:
    with (
        Engine.over(town.dataset, only_plan=True) as first,
        Engine.over(town.dataset, only_plan=True) as second,
    ):
        first.look_through("age > 30")
        assert first.type_of("income") == second.type_of("income") == "DOUBLE"
        (seen,), (all_,) = first.rows(COUNT), second.rows(COUNT)
        assert seen < all_ == (SIZE,)
    with Engine.over(town.dataset, only_plan=True) as third:
        assert third.rows(COUNT) == [(SIZE,)]
    assert len(opened) == 1


def test_planning_sees_what_is_in_a_file_now(tmp_path: Path) -> None:
    path = tmp_path / "written.parquet"
    for value, found in ((1, "BIGINT"), ("one", "VARCHAR")):
        pq.write_table(pa.table({"column": [value]}), path)
        with Engine(path, only_plan=True) as engine:
            assert engine.type_of('"column"') == found
    path.unlink()
    with pytest.raises(DatasetError):
        Engine(path, only_plan=True)


def test_time_is_limited_on_what_stays_open_too(town: Town, opened: list[duckdb.DuckDBPyConnection]) -> None:
    instances.open_ahead()
    with (
        Engine(town.path, Limits(seconds=0.2)) as engine,
        pytest.raises(EvidenceTimeoutError, match="too long"),
    ):
        engine.rows("SELECT count(*) FROM range(100000000000) WHERE range % 7 = 3")
    with Engine(town.path, Limits(seconds=60.0)) as engine:
        assert engine.rows(COUNT) == [(SIZE,)]
    assert len(opened) == 1
