import os
from pathlib import Path

import pytest

from tests.benchmarks.crosstab import measure

FULL = os.environ.get("ENCLAVE_BENCHMARK") == "full"


@pytest.mark.benchmark
def test_a_verdict_takes_no_longer_than_an_unchecked_table(tmp_path: Path) -> None:
    """At ten million rows; at the small size of an ordinary run only within bounds of a busy machine."""
    persons, *_ = measure(10_000_000 if FULL else 100_000, tmp_path)
    assert persons.ratio <= (1.0 if FULL else 50.0)
