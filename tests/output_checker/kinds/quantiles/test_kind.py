"""Positions: numbers as pandas has them, and never one that is about a few."""

import random
from collections.abc import Callable

import pandas as pd
import pytest

from output_checker.errors import QueryError
from output_checker.query import Query
from output_checker.verdict import Outcome, Verdict
from tests.output_checker import census
from tests.output_checker.town import SIZE, Town, failing, inhabitants, value

Build = Callable[..., Town]


def positions(town: Town, q: object = 0.5, values: str = "income", **more: object) -> Verdict:
    return town.judge(kind="quantiles", values=values, q=q, **more)


def test_equals_pandas(town: Town) -> None:
    verdict = positions(town, [0.1, 0.25, 0.5, 0.9], by=["sex", "area"])
    frame = pd.DataFrame(inhabitants())
    expected = frame.groupby(["sex", "area"])["income"].quantile([0.1, 0.25, 0.5, 0.9])
    for (sex, area, q), number in expected.items():
        assert value(verdict, sex, area, str(q)) == pytest.approx(number, rel=1e-9)


def test_equals_pandas_on_the_census() -> None:
    from output_checker.dataset import Dataset
    from output_checker.judge import judge
    from output_checker.policy import load_policy

    asked = {
        "kind": "quantiles",
        "dataset": "census_income",
        "values": "age",
        "by": "sex",
        "q": [0.05, 0.5, 0.95, "mode"],
    }
    verdict = judge(Query.parse(asked), Dataset(census.metadata(), census.FILE), load_policy("essnet"))
    assert verdict.outcome is Outcome.PASS
    for sex, ages in census.frame().groupby("sex")["age"]:
        assert [value(verdict, str(sex), q) for q in ("0.05", "0.5", "0.95")] == list(
            ages.quantile([0.05, 0.5, 0.95])
        )
        assert value(verdict, str(sex), "mode") == ages.mode()[0]


@pytest.mark.parametrize(
    ("units", "outcome"), [(15, Outcome.FAIL), (19, Outcome.FAIL), (20, Outcome.PASS), (21, Outcome.PASS)]
)
def test_a_median_needs_ten_on_each_side(build: Build, units: int, outcome: Outcome) -> None:
    town = build(person=range(units), household=range(units))
    assert positions(town).outcome is outcome


@pytest.mark.parametrize("q", [0.001, 0.999, [0.5, 0.51], [0.02, 0.5]])
def test_positions_near_an_end_or_each_other_fail(town: Town, q: object) -> None:
    assert positions(town, q).outcome is Outcome.FAIL


def test_a_value_that_many_share_points_out_nobody(build: Build) -> None:
    town = build(income=[0.0] * 100 + [1000.0 + person for person in range(140)], household=range(SIZE))
    assert positions(town, [0.05, 0.1, 0.5]).outcome is Outcome.PASS


@pytest.mark.parametrize("q", [0.5, "min", "max", "mode"])
def test_a_group_that_is_all_alike_fails(build: Build, q: object) -> None:
    town = build(income=[500.0] * 230 + [float(person) for person in range(10)])
    assert positions(town, q).outcome is Outcome.FAIL


def test_extremes_fail_unless_many_share_them(build: Build) -> None:
    assert failing(positions(build(), ["min", 0.5, "max"]), "shared_value") == {("min",), ("max",)}
    capped = [min(max(person, 20), 200) for person in range(SIZE)]
    town = build(hours=capped, household=range(SIZE))
    verdict = positions(town, ["min", 0.5, "max"], "hours")
    assert verdict.outcome is Outcome.PASS
    assert (value(verdict, "min"), value(verdict, "max")) == (20, 200)


def test_top_coding_is_the_way_out(town: Town) -> None:
    more = {"derive": {"capped": "LEAST(GREATEST(income, 1050), 1200)"}}
    verdict = positions(town, ["min", "max"], "capped", **more)
    assert (value(verdict, "min"), value(verdict, "max")) == (1050, 1200)
    assert verdict.outcome is Outcome.PASS


def test_the_mode_of_a_few_fails(build: Build) -> None:
    few = build(income=[7.0] * 9 + [1000.0 + person for person in range(231)])
    assert failing(positions(few, "mode"), "shared_value") == {("mode",)}
    many = build(income=[7.0] * 30 + [1000.0 + person for person in range(210)])
    assert value(positions(many, "mode"), "mode") == 7
    assert positions(many, "mode").outcome is Outcome.PASS


def test_a_mode_of_few_households_is_for_people(build: Build) -> None:
    town = build(income=[7.0] * 16 + [1000.0 + person for person in range(224)])
    assert failing(positions(town, "mode"), "shared_value", "review") == {("mode",)}


def test_a_median_of_few_households_is_for_people(build: Build) -> None:
    town = build(person=range(30), household=[person // 2 for person in range(30)])
    assert failing(positions(town), "positions", "review") == {("0.5",)}


def test_rows_of_one_unit_do_not_count_twice(build: Build) -> None:
    """Two hundred and forty rows of fourteen households."""
    town = build(household=[person % 14 if person % 40 == 0 else 0 for person in range(SIZE)])
    assert positions(town, unit="household").outcome is Outcome.FAIL


def test_a_unit_with_most_of_the_rows_has_its_own_median_published(build: Build) -> None:
    income = [
        float(person) if person < 50 else 10_000.0 + person if person < 100 else 5000 + person / 100
        for person in range(SIZE)
    ]
    town = build(household=[min(person, 100) for person in range(SIZE)], income=income)
    assert failing(positions(town, unit="household"), "positions") == {("0.5",)}


@pytest.mark.parametrize(
    ("q", "english"),
    [
        ([0.5, 0.5], "occurs twice"),
        (0.1234567, "at most 4 decimals"),
        (0, "right form"),
        (1.5, "right form"),
        ([], "too short"),
    ],
)
def test_malformed_positions(town: Town, q: object, english: str) -> None:
    with pytest.raises(QueryError, match=english):
        positions(town, q)


def test_in_words(town: Town) -> None:
    asked = Query.parse(
        {"dataset": "town", "kind": "quantiles", "values": "income", "by": "sex", "q": ["max", 0.5, 0.9]}
    )
    assert (
        asked.in_words(town.metadata).en
        == "Median, 0.9, maximum of income by sex. Population: All inhabitants."
    )
    assert asked.result_name == "quantile_income"


def weighted(town: Town, *q: float, **more: object) -> Verdict:
    return town.judge(kind="quantiles", values="income", q=list(q), weights="weight", **more)


def test_weighted_quantiles_equal_those_of_statsmodels(build: Build) -> None:
    from statsmodels.stats.weightstats import DescrStatsW

    chance = random.Random(7)
    income = [float(chance.randrange(100)) for _ in range(240)]
    weight = [chance.uniform(0.5, 3) for _ in range(240)]
    q = (0.2, 0.5, 0.8)
    verdict = weighted(build(household=range(240), income=income, weight=weight), *q)
    theirs = DescrStatsW(income, weights=weight).quantile(q, return_pandas=False)
    assert [value(verdict, str(one)) for one in q] == pytest.approx(list(theirs), rel=1e-9)
    assert verdict.outcome is Outcome.PASS


def test_a_share_that_is_reached_exactly_lies_halfway(build: Build) -> None:
    town = build(household=range(240), income=[float(person) for person in range(240)], weight=[2.0] * 240)
    assert value(weighted(town, 0.5), "0.5") == 119.5


@pytest.mark.parametrize("weight", [None, 0.0, -1.0, float("nan")])
def test_who_has_no_weight_does_not_count(build: Build, weight: float | None) -> None:
    town = build(household=range(240), weight=[weight] * 200 + [1.0] * 40)
    assert weighted(town, 0.5).table.cells[0].units == 40


def test_one_with_most_of_the_weight_has_its_own_median_published(build: Build) -> None:
    town = build(household=range(240), weight=[1.0] * 239 + [1e6])
    assert weighted(town, 0.5).outcome is Outcome.FAIL


def test_only_quantiles_are_weighted_and_only_with_a_weight(town: Town) -> None:
    with pytest.raises(QueryError, match="Only quantiles"):
        town.judge(kind="quantiles", values="income", q=["max"], weights="weight")
    with pytest.raises(QueryError, match="not a registered weight"):
        town.judge(kind="quantiles", values="income", weights="hours")


def test_weights_in_words(town: Town) -> None:
    query = Query.parse({"dataset": "town", "kind": "quantiles", "values": "income", "weights": "weight"})
    assert "weighted by weight" in query.in_words(town.metadata).en
