import os
from pathlib import Path

import pytest

from tests.benchmarks.crosstab import measure

FULL = os.environ.get("ENCLAVE_BENCHMARK") == "full"


@pytest.mark.benchmark
def test_a_verdict_takes_no_longer_than_an_unchecked_table(tmp_path: Path) -> None:
    """At ten million rows half as long for persons; at the small size of an ordinary run within bounds of a busy machine."""
    persons, beside, households = measure(10_000_000 if FULL else 100_000, tmp_path)
    assert persons.ratio <= (0.5 if FULL else 50.0)
    assert max(beside.ratio, households.ratio) <= (1.0 if FULL else 50.0)
