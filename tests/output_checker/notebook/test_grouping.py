from pathlib import Path

import pandas as pd
import pytest

import output_checker as oc
from output_checker.errors import QueryError
from output_checker.notebook.microdata import Microdata


@pytest.fixture
def people(sandbox: Path) -> Microdata:
    opened: Microdata = oc.open("town")
    return opened


def test_a_pivot_table_equals_that_of_pandas(people: Microdata) -> None:
    table = oc.pivot_table(people, "income", "area", "sex")
    expected = people.df.pivot_table("income", "area", "sex")
    assert table.df.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9)


def test_statistics_by_group_equal_those_of_pandas(people: Microdata) -> None:
    found = people.groupby(["area", "sex"])["income"].agg(["sum", "mean", "std"]).df
    expected = people.df.groupby(["area", "sex"])["income"].agg(["sum", "mean", "std"])
    assert list(found.columns) == ["sum_income", "mean_income", "std_income"]
    assert list(found.index) == list(expected.index)
    assert found.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9)


@pytest.mark.parametrize("statistic", ["count", "sum", "mean", "std", "var"])
def test_each_statistic_has_its_method(people: Microdata, statistic: str) -> None:
    table = getattr(people.groupby("area")["income"], statistic)()
    expected = getattr(people.df.groupby("area")["income"], statistic)()
    assert table.df.iloc[:, 0].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9)


def test_sizes_are_of_units_not_of_values(people: Microdata) -> None:
    sizes = people.groupby("area")["income"].size(margins=True).df
    assert sizes["count"].to_dict() == {"a": 60, "b": 60, "c": 60, "d": 60, "All": 240}


def test_several_levels_of_columns(people: Microdata) -> None:
    table = oc.crosstab(people, "area", "sex", values=["income", "hours"], aggfunc="mean").df
    assert isinstance(table.columns, pd.MultiIndex)
    assert table.columns.names == ["sex", "measure"]


def test_what_else_crosstab_takes(people: Microdata) -> None:
    shares = oc.crosstab(people, "area", "sex", normalize=True)
    assert shares.query.normalize == "all"
    based = people.groupby("area")["income"].mean(base={"area": "a"}, weights="weight")
    assert based.query.base == {"area": "a"}
    assert based.df.loc["a"].item() == 100


def test_mistakes_are_told_in_the_language_of_the_project(people: Microdata) -> None:
    with pytest.raises(QueryError, match="Kies uit"):
        people.groupby("area")["income"].agg({"income": "max"})
