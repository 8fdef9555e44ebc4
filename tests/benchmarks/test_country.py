import os
from pathlib import Path

import pytest

from tests.benchmarks.country import NEIGHBOURHOODS, PERSONS, measure

FULL = os.environ.get("ENCLAVE_BENCHMARK") == "full"


@pytest.mark.benchmark
def test_a_country_is_judged_while_one_waits(tmp_path: Path) -> None:
    """At full size within ten seconds and 3 GB; at the small size of an ordinary run within bounds of a busy machine."""
    persons, neighbourhoods = (PERSONS, NEIGHBOURHOODS) if FULL else (100_000, 200)
    found = measure(persons, neighbourhoods, tmp_path)
    assert sum(cell.value or 0 for cell in found.verdict.table.cells[-1:]) == persons
    assert found.seconds < (10.0 if FULL else 30.0)
    assert found.memory < 3.0
