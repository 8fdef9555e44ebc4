"""What holds for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import settings
from sqlalchemy import Engine

from api import db
from output_checker import engine, instances

# A run that is recorded must be repeatable: the same examples each time, so that neither a verdict nor the measured
# coverage depends on luck. To look for new examples: `pytest --hypothesis-profile=default`.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_itemcollected(item: pytest.Item) -> None:
    """A round collects only the files that name its marks: a test that is marked elsewhere would be in no round."""
    marks = {mark.name for mark in item.iter_markers()} & {"browser", "journey", "sandbox"}
    if any(f"mark.{mark}" not in _source(item.path) for mark in marks):
        raise pytest.UsageError(f"{item.nodeid}: its file has to name each of its marks: {sorted(marks)}")


@cache
def _source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.fixture(autouse=True, scope="session")
def _statements_are_compiled_once() -> Iterator[None]:
    """All databases on SQLite share what SQLAlchemy compiled.

    An engine keeps that for itself. With an engine for each test nearly every statement would be compiled anew.
    """
    create = db.create_engine
    first = create("sqlite://", query_cache_size=10_000)
    # Connecting tells the dialect which version of SQLite it speaks to.
    first.connect().close()

    def create_sharing(url: str, **options: Any) -> Engine:
        engine = create(url, **options)
        if engine.name == first.name:
            engine.dialect = engine.pool._dialect = first.dialect
            engine._compiled_cache = first._compiled_cache
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "create_engine", create_sharing)
        yield
    first.dispose()


@pytest.fixture(autouse=True, scope="session")
def _instances_are_opened_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """All engines of the same limits share an instance of DuckDB, each with a connection of its own.

    Opening one takes longer than judging what tests judge. It is locked as ever, but to the directory of all tests
    instead of to one file: what is about that takes `instances_of_their_own`.
    """
    place = tmp_path_factory.getbasetemp()

    @cache
    def shared(process: int, memory: str, threads: int) -> duckdb.DuckDBPyConnection:
        connection = instances._opened()
        connection.execute(f"SET allowed_directories = [{instances.quoted(str(place))}]")
        return instances._narrowed(connection, (), memory, threads)

    def locked(paths: tuple[Path, ...], memory: str, threads: int) -> duckdb.DuckDBPyConnection:
        if all(path.is_relative_to(place) for path in paths):
            return shared(os.getpid(), memory, threads).cursor()
        return instances.locked(paths, memory, threads)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "locked", locked)
        patch.setattr(engine, "planner", lambda paths, memory: locked(paths, memory, 1))
        yield
    shared.cache_clear()


@pytest.fixture
def instances_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each engine opens what it would in the service."""
    monkeypatch.setattr(engine, "locked", instances.locked)
    monkeypatch.setattr(engine, "planner", instances.planner)
