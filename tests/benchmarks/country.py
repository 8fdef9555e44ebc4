"""A table of a whole country: ``python -m tests.benchmarks.country [persons] [neighbourhoods]``.

Persons by neighbourhood and class, with households counted beside them, judged in full. Written for 18 million persons
in 14,000 neighbourhoods and 10 classes: under 10 seconds on two cores, with less than 3 GB of memory.
"""

import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from output_checker.dataset import Dataset
from output_checker.judge import judge
from output_checker.metadata import DatasetMetadata
from output_checker.policy import Policy, load_policy
from output_checker.query import Query
from output_checker.verdict import Verdict

PERSONS, NEIGHBOURHOODS, CLASSES = 18_000_000, 14_000, 10
SEED = 1899


@dataclass(frozen=True)
class Measurement:
    """``seconds`` of wall time and of both cores together, and ``memory``: the peak of the process in GB."""

    seconds: float
    processor: float
    memory: float
    verdict: Verdict


def country(persons: int, neighbourhoods: int, directory: Path) -> Path:
    """Persons of about two per household, each household in one neighbourhood; neighbourhoods differ in size."""
    random = np.random.default_rng(SEED)
    sizes = random.lognormal(0, 1, neighbourhoods)
    households = np.sort(random.integers(0, persons // 2, persons))
    places = random.choice(neighbourhoods, persons // 2, p=sizes / sizes.sum()).astype("int32")
    table = pa.table(
        {
            "person": np.arange(persons),
            "household": households,
            "neighbourhood": pa.DictionaryArray.from_arrays(places[households], _codes(neighbourhoods)),
            "class": pa.DictionaryArray.from_arrays(
                random.integers(0, CLASSES, persons, dtype="int32"), [f"class {n}" for n in range(CLASSES)]
            ),
        }
    )
    path = directory / "country.parquet"
    pq.write_table(table, path)
    return path


def _codes(neighbourhoods: int) -> list[str]:
    return [f"BU{number:08}" for number in range(neighbourhoods)]


def metadata(neighbourhoods: int) -> DatasetMetadata:
    """The metadata of the country."""

    def words(english: str) -> dict[str, str]:
        return {"nl": english, "en": english}

    def variable(name: str, kind: str, role: str, codes: list[str]) -> dict[str, Any]:
        listed = {code: words(code) for code in codes}
        return {"name": name, "type": kind, "role": role, "label": words(name), "codes": listed}

    units = {
        "person": {"key": "person", "label": words("persons"), "one_row_per_unit": True},
        "household": {"key": "household", "label": words("households"), "most_rows": 50},
    }
    return DatasetMetadata.parse(
        {
            "name": "country",
            "version": "1",
            "title": words("A country"),
            "population": words("Invented persons"),
            "source": words("Invented"),
            "licence": "CC0",
            "sha256": "0" * 64,
            "units": units,
            "variables": [
                variable("person", "integer", "identifier", []),
                variable("household", "integer", "identifier", []),
                variable("neighbourhood", "category", "quasi_identifier", _codes(neighbourhoods)),
                variable("class", "category", "quasi_identifier", [f"class {n}" for n in range(CLASSES)]),
            ],
        }
    )


def policy() -> Policy:
    """The strict preset, for tables as large as a country."""
    strict = load_policy("essnet")
    return Policy.parse({**strict.model_dump(mode="json"), "largest_table": 1_000_000})


def measure(persons: int, neighbourhoods: int, directory: Path) -> Measurement:
    """One judgement, the first of its process."""
    path = country(persons, neighbourhoods, directory)
    dataset = Dataset(metadata(neighbourhoods), path)
    query = Query.parse({"dataset": "country", "index": "neighbourhood", "columns": "class", "margins": True})
    wall, processor = time.perf_counter(), time.process_time()
    verdict = judge(query, dataset, policy())
    return Measurement(
        time.perf_counter() - wall,
        time.process_time() - processor,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        verdict,
    )


def main(persons: int = PERSONS, neighbourhoods: int = NEIGHBOURHOODS) -> None:
    """Write one line."""
    with tempfile.TemporaryDirectory() as directory:
        found = measure(persons, neighbourhoods, Path(directory))
    cells = len(found.verdict.table.cells)
    failing = sum(cell.status == "fail" for cell in found.verdict.table.cells)
    sys.stdout.write(
        f"{persons:,} persons, {cells:,} cells ({failing:,} failing): {found.seconds:.1f} s, "
        f"{found.processor:.1f} s of processor, {found.memory:.2f} GB\n"
    )


if __name__ == "__main__":
    main(*(int(float(number)) for number in sys.argv[1:]))
