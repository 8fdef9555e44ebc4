"""How long people wait: at full size within what was promised, at the small size of an ordinary run within reason."""

import os
from pathlib import Path

import pytest

from tests.benchmarks import pages, submissions

FULL = os.environ.get("ENCLAVE_BENCHMARK") == "full"
BUSY_MACHINE = 30.0
"""Seconds that are enough when everything else runs as well."""


@pytest.mark.benchmark
def test_many_researchers_at_once_have_their_verdict_soon(tmp_path: Path) -> None:
    """Twenty researchers and a million persons: 95 % within two seconds of `oc.submit`."""
    found = submissions.measure(tmp_path) if FULL else submissions.measure(tmp_path, 3, 20_000, 1)
    assert len(found.seconds) == (submissions.RESEARCHERS * submissions.ROUNDS if FULL else 3)
    assert found.percentile(95) <= (2.0 if FULL else BUSY_MACHINE)


@pytest.mark.benchmark
def test_pages_of_a_large_archive_come_at_once(tmp_path: Path) -> None:
    """Ten thousand requests: 95 % of the visits to each page within 200 ms."""
    size = (pages.REQUESTS, pages.WAITING, pages.VISITS) if FULL else (300, 60, 3)
    found = pages.measure(tmp_path, *size)
    assert {page.name for page in found} >= {"queue", "review", "my requests", "request"}
    assert max(page.percentile(95) for page in found) <= (0.2 if FULL else BUSY_MACHINE)
