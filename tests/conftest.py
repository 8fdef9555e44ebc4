"""What holds for all tests."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import settings

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


def is_measured(item: pytest.Item) -> bool:
    """Whether a test counts for the coverage."""
    place = item.path.relative_to(HERE).as_posix()
    return not any(fnmatch(place, pattern) for pattern in OUTSIDE)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Load what is loaded late while all is measured: else the first test to need it might be one that is not."""
    if Coverage.current() is not None:
        for module in sorted((HERE.parent / "output_checker").rglob("*.py")):
            importlib.import_module(".".join(module.relative_to(HERE.parent).with_suffix("").parts))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure only the tests that count."""
    coverage = None if is_measured(item) else Coverage.current()
    if coverage is None:
        return (yield)
    coverage.stop()
    try:
        return (yield)
    finally:
        coverage.start()
