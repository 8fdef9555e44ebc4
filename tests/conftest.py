"""What holds for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import Engine

from api import db

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
