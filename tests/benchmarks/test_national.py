import os
from pathlib import Path

import pytest

from tests.benchmarks.national import NEIGHBOURHOODS, national

FULL = os.environ.get("ENCLAVE_BENCHMARK") == "full"


@pytest.mark.benchmark
def test_a_national_table_with_noise_goes_through_the_service(tmp_path: Path) -> None:
    """Asked, answered, read, approved and released, margins, raw measurements and manifest with it."""
    way = national(tmp_path, NEIGHBOURHOODS if FULL else 60, lambda _: None)
    took = {step.name: step for step in way.steps}
    assert {Path(name).suffix for name in way.files if "-1." in name} == {
        ".csv",
        ".json",
        ".parquet",
        ".xlsx",
    }
    assert took["answered"].seconds < 60
    if FULL:
        assert took["/review/..."].processor < 10
        assert took["/review/.../tables/1?row=50"].processor < 1, "the second part of a table is at hand"
        assert max(step.memory for step in way.steps) < 4
