import os
from pathlib import Path

import pytest
from scipy.stats import binom

from tests.benchmarks.noise import MUNICIPALITIES, NEIGHBOURHOODS, PERSONS, country, median_race, table_race

FULL = os.environ.get("ENCLAVE_BENCHMARK") == "full"


@pytest.mark.benchmark
def test_whole_tables_get_noise_fifty_times_faster_than_elsewhere() -> None:
    race = table_race(10_000_000 if FULL else 60_000)
    assert race.times > 50 if FULL else race.times > 20
    assert race.errors == pytest.approx([0.851] * 3, rel=0.03)


@pytest.mark.benchmark
def test_a_median_is_five_times_faster_than_diffprivlib(tmp_path: Path) -> None:
    race = median_race(10_000_000 if FULL else 300_000, tmp_path)
    assert race.times > 5 if FULL else race.times > 2
    assert race.errors[0] < 100


@pytest.mark.benchmark
def test_a_country_adds_up_at_every_level(tmp_path: Path) -> None:
    """Errors at each level are those of the theory, and half a minute is enough."""
    full = (PERSONS, tmp_path, MUNICIPALITIES, NEIGHBOURHOODS)
    found = country(*(full if FULL else (200_000, tmp_path, 20, 400)))
    assert found.seconds < 30
    for shown, raw, covered, cells in found.levels.values():
        # Of 20 cells a few may lie outside by chance, and the one total of a country once in twenty.
        assert covered * cells >= binom.ppf(1e-6, cells, 0.95)
        assert shown < 2 * raw + 2
