"""How long people wait: at full size within what was promised, at the small size of an ordinary run within reason."""

import os
from pathlib import Path

import pytest

from tests.benchmarks import audit, pages, submissions

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


@pytest.mark.benchmark
def test_the_audit_costs_little_and_a_long_chain_is_proven_soon(tmp_path: Path) -> None:
    """Writing a record takes less than a millisecond; 100,000 records are verified in less than five seconds."""
    found = audit.measure(tmp_path) if FULL else audit.measure(tmp_path, 2_000, 500)
    assert found.records == (audit.RECORDS if FULL else 2_000)
    assert found.record < (0.001 if FULL else BUSY_MACHINE)
    assert found.verifying < (5.0 if FULL else BUSY_MACHINE)
