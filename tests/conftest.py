"""What holds for all tests."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage
from hypothesis import settings
from sqlalchemy import Engine

from api import db

# A run that is recorded must be repeatable: the same examples each time, so that neither a verdict nor the measured
# coverage depends on luck. To look for new examples: `pytest --hypothesis-profile=default`.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

# Measuring takes nearly as long as testing. These tests look at services from outside, through pages and processes;
# every branch of what decides has a test of its own, near to it, and only those count for its coverage.
OUTSIDE = (
    "api/web/*",
    "api/jobs/test_crashes*",
    "api/sweep/*",
    "benchmarks/*",
    "deploy/demo/*",
    "hub/*",
)
HERE = Path(__file__).parent
_stopped: list[Coverage] = []
"""What would measure, while a test runs that does not count."""


def is_measured(item: pytest.Item) -> bool:
    """Whether a test counts for the coverage."""
    place = item.path.relative_to(HERE).as_posix()
    return not any(fnmatch(place, pattern) for pattern in OUTSIDE)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Load what is loaded late while all is measured: else the first test to need it might be one that is not."""
    if Coverage.current() is not None:
        for module in sorted((HERE.parent / "output_checker").rglob("*.py")):
            importlib.import_module(".".join(module.relative_to(HERE.parent).with_suffix("").parts))


def pytest_itemcollected(item: pytest.Item) -> None:
    """A round collects only the files that name its marks: a test that is marked elsewhere would be in no round."""
    marks = {mark.name for mark in item.iter_markers()} & {"browser", "journey", "sandbox"}
    if any(f"mark.{mark}" not in _source(item.path) for mark in marks):
        raise pytest.UsageError(f"{item.nodeid}: its file has to name each of its marks: {sorted(marks)}")


@cache
def _source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure only the tests that count."""
    coverage = None if is_measured(item) else Coverage.current()
    if coverage is None:
        return (yield)
    coverage.stop()
    _stopped.append(coverage)
    try:
        return (yield)
    finally:
        _stopped.clear()
        coverage.start()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Iterator[Any]:
    """Measure what makes a fixture for all, whichever test asks first: else the coverage would depend on who that is."""
    if fixturedef.scope != "session" or not _stopped:
        return (yield)
    coverage = _stopped.pop()
    coverage.start()
    try:
        return (yield)
    finally:
        coverage.stop()
        _stopped.append(coverage)


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
