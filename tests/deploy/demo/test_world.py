"""The demo world is the same each time, and as uneven as the real one."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from deploy.demo import world
from deploy.demo.places import MUNICIPALITIES
from output_checker.metadata import DatasetMetadata


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("world")
    world.make(made)
    return made


@pytest.fixture(scope="module")
def persons(directory: Path) -> pd.DataFrame:
    return pd.read_parquet(directory / "census_income.parquet")


@pytest.fixture(scope="module")
def businesses(directory: Path) -> pd.DataFrame:
    return pd.read_parquet(directory / "business_register.parquet")


def hashes(directory: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(directory.iterdir())}


def test_the_same_seed_gives_the_same_bytes(directory: Path, tmp_path: Path) -> None:
    world.make(tmp_path)
    assert hashes(tmp_path) == hashes(directory)


def test_no_person_of_the_survey_is_lost_or_changed(persons: pd.DataFrame) -> None:
    survey = pd.read_parquet(world.CENSUS_FILE).drop(columns="person")
    columns = list(survey.columns)
    fingerprint = pd.util.hash_pandas_object(survey, index=False).sort_values()
    ours = pd.util.hash_pandas_object(persons[columns], index=False).sort_values()
    assert (fingerprint.to_numpy() == ours.to_numpy()).all()


def test_keys_are_unique_and_tell_nothing_about_the_order_of_the_survey(persons: pd.DataFrame) -> None:
    assert persons["person"].is_unique
    assert abs(persons["person"].corr(persons["household"])) < 0.01
    assert abs(persons["person"].corr(pd.Series(range(len(persons))))) < 0.01


def test_neighbourhoods_have_from_fifty_to_twenty_thousand_persons_and_a_heavy_tail(
    persons: pd.DataFrame,
) -> None:
    sizes = persons.groupby("neighbourhood", observed=True).size()
    assert 50 <= sizes.min() < 100
    assert 10_000 < sizes.max() <= 20_000
    assert sizes.mean() > 1.8 * sizes.median()


def test_every_municipality_is_there_in_proportion(persons: pd.DataFrame) -> None:
    shares = persons["municipality"].value_counts(normalize=True)
    for municipality in MUNICIPALITIES:
        assert shares[municipality.code] == pytest.approx(municipality.share, abs=0.005)


def test_a_neighbourhood_lies_in_one_district_of_one_municipality(persons: pd.DataFrame) -> None:
    places = persons[["municipality", "district", "neighbourhood"]].astype(str).drop_duplicates()
    assert places["neighbourhood"].is_unique
    assert (places["district"].str[2:] == places["neighbourhood"].str[2:8]).all()
    assert (places["municipality"].str[2:] == places["district"].str[2:6]).all()


def test_neighbourhoods_differ_in_income(persons: pd.DataFrame) -> None:
    rich = (persons["income_class"] == "50000+.").groupby(persons["neighbourhood"], observed=True).mean()
    assert rich.quantile(0.9) > 4 * rich.quantile(0.25)


def test_households_are_plausible(persons: pd.DataFrame) -> None:
    households = persons.groupby("household")
    sizes = households.size()
    assert sizes.between(1, 6).all()
    assert 2.0 < sizes.mean() < 3.0
    assert (households["neighbourhood"].nunique() == 1).all()
    assert (households["year"].nunique() == 1).all()


def test_young_children_live_with_somebody(persons: pd.DataFrame) -> None:
    alone = persons.groupby("household")["person"].transform("size") == 1
    child = persons["household_summary"] == "Child under 18 never married"
    assert not (alone & child).any()


def test_turnovers_are_so_skewed_that_one_business_can_dominate(businesses: pd.DataFrame) -> None:
    cells = businesses.groupby(["neighbourhood", "branch"], observed=True)["turnover"].agg(
        ["size", "sum", "max"]
    )
    many = cells[cells["size"] >= 10]
    assert (many["max"] > many["sum"] / 2).sum() > 50
    largest = businesses["turnover"].nlargest(len(businesses) // 100).sum()
    assert largest > businesses["turnover"].sum() / 2


def test_businesses_have_holdings_and_hospitality_is_among_the_branches(businesses: pd.DataFrame) -> None:
    assert businesses["business"].is_unique
    assert businesses["holding"].value_counts().max() >= 10
    assert {"hospitality", "smart-services"} <= set(businesses["branch"])


@pytest.mark.parametrize("name", ["census_income", "business_register"])
def test_metadata_describe_the_data(directory: Path, name: str) -> None:
    metadata = DatasetMetadata.load(directory / f"{name}.json")
    frame = pd.read_parquet(directory / f"{name}.parquet")
    assert list(metadata.columns) == list(frame.columns)
    for variable in metadata.variables:
        values = frame[variable.name]
        if variable.codes:
            assert set(map(str, values.unique())) <= set(variable.codes), variable.name
        if variable.bounds:
            assert values.between(*variable.bounds).all(), variable.name
    for unit in metadata.units.values():
        assert frame[unit.key].is_unique == unit.one_row_per_unit


def test_metadata_say_plainly_who_the_persons_are(directory: Path) -> None:
    population = DatasetMetadata.load(directory / "census_income.json").population
    assert "American survey" in population.en
    assert "Amerikaanse enquête" in population.nl
