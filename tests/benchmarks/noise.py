"""Noise beside its rivals, in one run: ``python -m tests.benchmarks.noise [--cells N ...] [--rows N] [--persons N]``.

Tables of counts at epsilon 1 against OpenDP and a loop over diffprivlib's Geometric, each drawing all of its cells (of ten
million OpenDP and diffprivlib take minutes); a median against diffprivlib's; and a table of the Netherlands at every level.
``--rows 0`` and ``--persons 0`` leave out the last two.
"""

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from diffprivlib import tools

from output_checker.dataset import Dataset
from output_checker.metadata import DatasetMetadata
from output_checker.noise.answer import answer
from output_checker.noise.documents import NoisyAnswer
from output_checker.query import Query
from tests.benchmarks.noise_rivals import table_race, told

CELLS = (10_000, 1_000_000, 10_000_000)
ROWS = 10_000_000
INCOME = (0, 200_000)
MIDDLE, SPREAD = 10.3, 0.7
MUNICIPALITIES, NEIGHBOURHOODS, CLASSES = 342, 14_330, 20
PERSONS = 18_000_000
SEED = 1899
QUERY: dict[str, Any] = {
    "dataset": "bench",
    "index": ["municipality", "neighbourhood"],
    "columns": "class",
    "margins": True,
    "subtotals": True,
    "noise": {"epsilon": 1},
}
"""Persons of the country by neighbourhood, municipality and class, with all totals."""


def timed(job: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what came of it."""
    start = time.perf_counter()
    found = job()
    return time.perf_counter() - start, found


@dataclass(frozen=True)
class MedianRace:
    """Seconds of a median, how far from the truth each was, and ``sampling``: the standard error of a median of so many
    incomes, which is how far from that of all who might have been there the truth is.
    """

    rows: int
    ours: float
    diffprivlib: float
    errors: tuple[float, float]
    sampling: float

    @property
    def times(self) -> float:
        """How many times faster than diffprivlib."""
        return self.diffprivlib / self.ours


def median_race(rows: int, directory: Path) -> MedianRace:
    """The median of incomes at epsilon 1: ours from the registered file on, diffprivlib's from the array on."""
    incomes = np.clip(np.random.default_rng(SEED).lognormal(MIDDLE, SPREAD, rows), *INCOME)
    path = directory / "incomes.parquet"
    pq.write_table(pa.table({"person": np.arange(rows), "income": incomes}), path)
    variables = [
        variable("person", "integer", "identifier"),
        variable("income", "number", "measure", bounds=list(INCOME)),
    ]
    query = Query.parse(
        {"dataset": "bench", "kind": "quantiles", "values": "income", "noise": {"epsilon": 1}}
    )
    dataset = Dataset(metadata(variables), path)
    ours = timed(lambda: answer(query, dataset).table.columns[0].values[0])
    theirs = timed(lambda: tools.median(incomes, epsilon=1.0, bounds=INCOME))
    truth = float(np.median(incomes))
    density = 1 / (truth * SPREAD * math.sqrt(2 * math.pi))
    errors = abs(ours[1] - truth), abs(theirs[1] - truth)
    return MedianRace(rows, ours[0], theirs[0], errors, 1 / (2 * density * math.sqrt(rows)))


@dataclass(frozen=True)
class Country:
    """Seconds for the whole answer, and per level the mean absolute error of what is shown and of the raw numbers, the
    share of its cells that margins cover, and how many cells it has.
    """

    seconds: float
    found: NoisyAnswer
    levels: dict[str, tuple[float, float, float, int]]


def country(persons: int, directory: Path, municipalities: int, neighbourhoods: int) -> Country:
    """Persons by neighbourhood, municipality and class, with all totals, at epsilon 1."""
    state = np.random.default_rng(SEED)
    sizes = state.lognormal(0, 1, neighbourhoods)
    places = state.choice(neighbourhoods, persons, p=sizes / sizes.sum()).astype("int32")
    classes = state.integers(0, CLASSES, persons, dtype="int32")
    names, kinds = [f"BU{n:06}" for n in range(neighbourhoods)], [f"class {n}" for n in range(CLASSES)]
    columns = {
        "person": np.arange(persons),
        "neighbourhood": pa.DictionaryArray.from_arrays(places, names),
        "class": pa.DictionaryArray.from_arrays(classes, kinds),
    }
    path = directory / "country.parquet"
    pq.write_table(pa.table(columns), path)
    within = np.arange(neighbourhoods) * municipalities // neighbourhoods
    dataset = Dataset(metadata(country_variables(names, kinds, within)), path)
    query = Query.parse(QUERY)
    seconds, found = timed(lambda: answer(query, dataset))
    counts = np.zeros((neighbourhoods, CLASSES))
    np.add.at(counts, (places, classes), 1)
    return Country(seconds, found, _errors(found, counts, within, names, kinds))


def country_variables(names: list[str], kinds: list[str], within: Any) -> list[dict[str, Any]]:
    """Variables of persons: their neighbourhood, of which `within` tells the municipality by number, and their class."""
    groups = {
        f"GM{place:04}": {
            "label": words(f"GM{place:04}"),
            "codes": [name for name, one in zip(names, within.tolist(), strict=True) if one == place],
        }
        for place in range(int(within.max()) + 1)
    }
    grouping = {"municipality": {"label": words("municipality"), "groups": groups}}
    return [
        variable("person", "integer", "identifier"),
        variable("neighbourhood", "category", "quasi_identifier", codes=coded(names), groupings=grouping),
        variable("class", "category", "quasi_identifier", codes=coded(kinds)),
    ]


def _errors(
    found: NoisyAnswer, counts: Any, within: Any, names: list[str], kinds: list[str]
) -> dict[str, tuple[float, float, float, int]]:
    """Per level: the mean absolute error of what people read, of the raw numbers, the share that margins cover, of how many."""
    truth: dict[tuple[str, ...], float] = {}
    for place, name in enumerate(names):
        for kind, label in enumerate((*kinds, "All")):
            number = counts[place].sum() if label == "All" else counts[place, kind]
            municipality = f"GM{within[place]:04}"
            for line in ((municipality, name, label), (municipality, "All", label), ("All", "All", label)):
                truth[line] = truth.get(line, 0) + number
    column, errors = found.table.columns[0], dict[str, list[tuple[float, float, bool]]]()
    for place, line in enumerate(found.table.lines):
        true = truth.get(line, 0.0)
        inside = column.lower[place] <= true <= column.upper[place]
        errors.setdefault(_level(line), []).append(
            (abs(column.values[place] - true), abs(column.raw[place] - true), inside)
        )
    return {
        name: (*map(float, np.mean(each, axis=0)), len(each))  # type: ignore[misc]
        for name, each in errors.items()
    }


def _level(line: tuple[str, ...]) -> str:
    area = ("country", "municipality", "neighbourhood")[sum(one != "All" for one in line[:2])]
    return area if line[2] == "All" else f"{area} x class"


def words(english: str) -> dict[str, str]:
    """The same in both languages."""
    return {"nl": english, "en": english}


def coded(names: list[str]) -> dict[str, Any]:
    """A code list of names."""
    return {name: words(name) for name in names}


def variable(name: str, kind: str, role: str, **more: Any) -> dict[str, Any]:
    """A variable of the catalogue."""
    return {"name": name, "type": kind, "role": role, "label": words(name), **more}


def metadata(variables: list[dict[str, Any]]) -> DatasetMetadata:
    """A dataset of persons with one row each."""
    return DatasetMetadata.parse(
        {
            "name": "bench",
            "version": "1",
            "title": words("Bench"),
            "population": words("Invented persons"),
            "source": words("Invented"),
            "licence": "CC0",
            "sha256": "0" * 64,
            "units": {"person": {"key": "person", "label": words("persons"), "one_row_per_unit": True}},
            "variables": variables,
        }
    )


def _tell_median(rows: int, directory: Path) -> None:
    race = median_race(rows, directory)
    sys.stdout.write(
        f"median of {rows:,}: {race.ours:.2f} s; diffprivlib {race.diffprivlib:.1f} s ({race.times:.0f} x); "
        f"errors {race.errors[0]:.2f} and {race.errors[1]:.2f}, the median's own standard error {race.sampling:.2f}\n"
    )


def _tell_country(persons: int, directory: Path) -> None:
    nation = country(persons, directory, MUNICIPALITIES, NEIGHBOURHOODS)
    sys.stdout.write(
        f"{persons:,} persons, {len(nation.found.table.lines):,} cells: {nation.seconds:.1f} s\n"
    )
    for name, (shown, raw, covered, _) in nation.levels.items():
        sys.stdout.write(f"  {name:<24} shown {shown:.2f}, raw {raw:.2f}, margins cover {covered:.3f}\n")
    for expected in nation.found.expected:
        sys.stdout.write(f"  {' x '.join(expected.level) or 'total'}: {expected.words.en}\n")


def main() -> None:
    """Write every figure."""

    def number(text: str) -> int:
        return int(float(text))

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=number, nargs="*", default=CELLS, help="sizes of tables")
    parser.add_argument("--rows", type=number, default=ROWS, help="rows that the median is of")
    parser.add_argument("--persons", type=number, default=PERSONS, help="persons of the country")
    sizes = parser.parse_args()
    for cells in sizes.cells:
        sys.stdout.writelines(told(table_race(cells)))
        sys.stdout.flush()
    with tempfile.TemporaryDirectory() as directory:
        if sizes.rows:
            _tell_median(sizes.rows, Path(directory))
        if sizes.persons:
            _tell_country(sizes.persons, Path(directory))


if __name__ == "__main__":
    main()
