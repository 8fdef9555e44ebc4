"""Makes the registered datasets of the demo from the census file: the same values from the same seed, in seconds.

``census_income``: real American survey records with made-up Dutch keys. ``business_register``: made up as a whole.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from deploy.demo import businesses, households, places
from deploy.demo.documents import business_metadata, census_metadata
from deploy.demo.places import Neighbourhood

SEED = 20161128  # the day the Urban Data Center Heerlen opened
CENSUS_FILE = Path(__file__).parent / "census_income.parquet"
KEY_BITS = 44  # fits a float exactly, so that no tool on the way can blur a key


def pseudonyms(count: int, random: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return `count` different random keys that tell nothing about order."""
    keys = np.unique(random.integers(1 << (KEY_BITS - 1), 1 << KEY_BITS, count + count // 1000 + 16))
    return random.permutation(keys)[:count]


def census_income(places_: Sequence[Neighbourhood], random: np.random.Generator) -> pd.DataFrame:
    """Return the census records with keys of person, household and place, in an order that tells nothing."""
    census = pd.read_parquet(CENSUS_FILE).drop(columns="person")
    household = households.compose(census, random)
    place = _settle(_affluence(census, household), np.bincount(household), places_, random)[household]
    frame = census.assign(
        person=pseudonyms(len(census), random),
        household=pseudonyms(household.max() + 1, random)[household],
        municipality=_coded([p.municipality for p in places_], place),
        district=_coded([p.district for p in places_], place),
        neighbourhood=_coded([p.code for p in places_], place),
    )
    keys = ["person", "household", "municipality", "district", "neighbourhood"]
    ordered = frame[keys + [name for name in census.columns if name not in keys]]
    return ordered.iloc[random.permutation(len(ordered))].reset_index(drop=True)


def _affluence(census: pd.DataFrame, household: households.Integers) -> npt.NDArray[np.float64]:
    """Return a score per household: neighbourhoods are to differ in income, as neighbourhoods do."""
    earns = (census["income_class"].astype(str) == "50000+.").to_numpy()
    owns = np.log1p(census["dividends"].to_numpy())
    works = census["weeks_worked"].to_numpy() / 52
    score = np.bincount(household, weights=3.0 * earns + 0.3 * owns + works)
    return np.asarray(score, dtype=np.float64)


def _settle(
    affluence: npt.NDArray[np.float64],
    sizes: households.Integers,
    places_: Sequence[Neighbourhood],
    random: np.random.Generator,
) -> households.Integers:
    """Return for each household the position of its neighbourhood: municipality by chance, then like with like."""
    by_chance = random.permutation(len(sizes))
    municipality = np.array([place.municipality for place in places_])
    capacity = np.array([place.persons for place in places_])
    settled = np.empty(len(sizes), dtype=np.int64)
    names = list(dict.fromkeys(municipality))
    totals = [capacity[municipality == name].sum() for name in names]
    parts = _cut(by_chance, sizes, np.array(totals))
    for name, part in zip(names, parts, strict=True):
        here = random.permutation(np.flatnonzero(municipality == name))
        taste = affluence[part] + random.normal(0, 2.5, len(part))
        for position, group in zip(here, _cut(part[np.argsort(taste)], sizes, capacity[here]), strict=True):
            settled[group] = position
    return settled


def _cut(
    order: households.Integers, sizes: households.Integers, capacity: households.Integers
) -> list[households.Integers]:
    """Cut the households in `order` into groups whose persons follow `capacity`, the rest in the last group."""
    persons = np.cumsum(sizes[order])
    bounds = np.searchsorted(persons, np.cumsum(capacity)[:-1] * persons[-1] / capacity.sum())
    return np.split(order, bounds)


def _coded(codes: Sequence[str], positions: households.Integers) -> pd.Categorical[str]:
    return pd.Categorical(np.array(codes)[positions])


def make(directory: Path) -> dict[str, Path]:
    """Write both datasets (Parquet) with their metadata (JSON) to `directory`; return the data files by name."""
    random = np.random.default_rng(SEED)
    rows = pq.read_metadata(CENSUS_FILE).num_rows
    places_ = places.neighbourhoods(rows, random)
    frames = {
        "census_income": (census_income(places_, random), census_metadata(places_)),
        "business_register": (businesses.register(places_, random), business_metadata(places_)),
    }
    directory.mkdir(parents=True, exist_ok=True)
    for name, (frame, metadata) in frames.items():
        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
        pq.write_table(table, directory / f"{name}.parquet", compression="zstd")
        (directory / f"{name}.json").write_text(metadata.model_dump_json(indent=1, exclude_defaults=True))
    return {name: directory / f"{name}.parquet" for name in frames}


if __name__ == "__main__":
    make(Path(sys.argv[1]))
