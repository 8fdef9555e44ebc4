"""The judge against an unchecked pandas crosstab on the same data: ``python -m tests.benchmarks.crosstab [rows ...]``.

Both start from what their users start from: pandas from a DataFrame in memory, the judge from the registered Parquet
file. The judge computes the same sums, with totals and all evidence, and applies every rule.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from output_checker.dataset import Dataset
from output_checker.judge import judge
from output_checker.metadata import DatasetMetadata
from output_checker.policy import load_policy
from output_checker.query import Query

SIZES = (100_000, 1_000_000, 10_000_000)
SEED = 1994
AREAS, BRANCHES = 20, 12
REPEATS = 3
QUERY = {"dataset": "register", "index": "area", "columns": "branch", "values": "turnover", "aggfunc": "sum"}


@dataclass(frozen=True)
class Measurement:
    """Seconds, the best of some repeats."""

    rows: int
    variant: str
    pandas: float
    judge: float

    @property
    def ratio(self) -> float:
        return self.judge / self.pandas


def register(rows: int, directory: Path) -> Path:
    """A register with the skew of real turnovers; each household has about two persons."""
    random = np.random.default_rng(SEED)
    areas = [f"neighbourhood {place:02}" for place in range(AREAS)]
    branches = [f"branch {place:02}" for place in range(BRANCHES)]
    table = pa.table(
        {
            "person": np.arange(rows),
            "household": np.sort(random.integers(0, rows // 2, rows)),
            "area": pa.DictionaryArray.from_arrays(random.integers(0, AREAS, rows, dtype="int32"), areas),
            "branch": pa.DictionaryArray.from_arrays(
                random.integers(0, BRANCHES, rows, dtype="int32"), branches
            ),
            "turnover": np.round(random.lognormal(9, 1.2, rows), 2),
        }
    )
    path = directory / f"register-{rows}.parquet"
    pq.write_table(table, path)
    return path


def metadata(*, households: bool) -> DatasetMetadata:
    """The metadata; with households as a second kind of unit when asked for."""

    def words(english: str) -> dict[str, str]:
        return {"nl": english, "en": english}

    def variable(name: str, kind: str, role: str, codes: Iterable[str] = ()) -> dict[str, Any]:
        listed = {code: words(code) for code in codes}
        return {"name": name, "type": kind, "role": role, "label": words(name), "codes": listed}

    units: dict[str, object] = {
        "person": {"key": "person", "label": words("persons"), "one_row_per_unit": True}
    }
    if households:
        units["household"] = {"key": "household", "label": words("households"), "most_rows": 50}
    return DatasetMetadata.parse(
        {
            "name": "register",
            "version": "1",
            "title": words("A register"),
            "population": words("Invented persons"),
            "source": words("Invented"),
            "licence": "CC0",
            "sha256": "0" * 64,
            "units": units,
            "variables": [
                variable("person", "integer", "identifier"),
                variable("household", "integer", "identifier"),
                variable(
                    "area", "category", "quasi_identifier", (f"neighbourhood {n:02}" for n in range(AREAS))
                ),
                variable(
                    "branch", "category", "quasi_identifier", (f"branch {n:02}" for n in range(BRANCHES))
                ),
                variable("turnover", "number", "measure"),
            ],
        }
    )


def best_of(call: Callable[[], object], repeats: int = REPEATS) -> float:
    """The least disturbed of some runs, in seconds."""
    durations = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        durations.append(time.perf_counter() - start)
    return min(durations)


def measure(rows: int, directory: Path) -> list[Measurement]:
    """Persons, persons whose households are counted too, and households, each against the same pandas table."""
    path = register(rows, directory)
    frame = pd.read_parquet(path, columns=["area", "branch", "turnover"]).astype({"area": str, "branch": str})

    def unchecked() -> object:
        return pd.crosstab(frame["area"], frame["branch"], values=frame["turnover"], aggfunc="sum")

    pandas_seconds = best_of(unchecked)
    found = []
    for variant, households, unit in (
        ("persons", False, None),
        ("+ households", True, None),
        ("households", True, "household"),
    ):
        query = Query.parse({**QUERY, "unit": unit})
        seconds = best_of(
            partial(judge, query, Dataset(metadata(households=households), path), load_policy("essnet"))
        )
        found.append(Measurement(rows, variant, pandas_seconds, seconds))
    path.unlink()
    return found


def main(sizes: tuple[int, ...]) -> None:
    """Write one table."""
    lines = [f"{'rows':>12} {'units':<12} {'pandas (s)':>12} {'judge (s)':>12} {'ratio':>8}"]
    with tempfile.TemporaryDirectory() as directory:
        for found in (one for rows in sizes for one in measure(rows, Path(directory))):
            times = f"{found.pandas:>12.3f} {found.judge:>12.3f} {found.ratio:>8.2f}"
            lines.append(f"{found.rows:>12,} {found.variant:<12} {times}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(tuple(int(float(size)) for size in sys.argv[1:]) or SIZES)
