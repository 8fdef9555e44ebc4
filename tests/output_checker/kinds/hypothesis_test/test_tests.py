"""Tests and correlations: SciPy's numbers, and what they tell about few units."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from output_checker.errors import QueryError
from output_checker.query import Query
from output_checker.verdict import Outcome, Verdict
from tests.output_checker.kinds.model.people import SIZE, frame, make_town, numbers, rules
from tests.output_checker.town import Town, failing


@pytest.fixture
def people(tmp_path: Path) -> Town:
    return make_town(tmp_path)


@pytest.fixture
def with_people(tmp_path: Path) -> Callable[..., Town]:
    return lambda **changes: make_town(tmp_path, **changes)


def asked(town: Town, test: str, **query: Any) -> Verdict:
    return town.judge(kind="test", test=test, **query)


def same(verdict: Verdict, **expected: float) -> None:
    found = {term: value for (term, _), value in numbers(verdict).items()}
    for name, number in expected.items():
        assert found[name] == pytest.approx(number, rel=1e-9)


@pytest.mark.parametrize("equal_var", [True, False])
def test_two_samples(people: Town, equal_var: bool) -> None:
    data = frame(people)
    women, men = (data.loc[data["sex"] == sex, "income"] for sex in "fm")
    expected = stats.ttest_ind(women, men, equal_var=equal_var)
    verdict = asked(people, "ttest", values="income", by="sex", equal_var=equal_var)
    same(
        verdict, t=expected.statistic, df=expected.df, p_value=expected.pvalue, n=SIZE, units=SIZE, left_out=0
    )
    assert verdict.outcome is Outcome.PASS


def test_one_sample(people: Town) -> None:
    expected = stats.ttest_1samp(frame(people)["income"], 1500)
    verdict = asked(people, "ttest", values="income", popmean=1500)
    same(verdict, t=expected.statistic, df=expected.df, p_value=expected.pvalue)
    assert verdict.outcome is Outcome.PASS


def test_pairs(people: Town) -> None:
    data = frame(people)
    expected = stats.ttest_rel(data["age"], data["hours"])
    verdict = asked(people, "ttest", values=["age", "hours"], paired=True)
    same(verdict, t=expected.statistic, df=expected.df, p_value=expected.pvalue)
    assert verdict.outcome is Outcome.PASS


def test_analysis_of_variance(people: Town) -> None:
    data = frame(people)
    expected = stats.f_oneway(*(part["income"] for _, part in data.groupby("area")))
    verdict = asked(people, "anova", values="income", by="area")
    same(verdict, f=expected.statistic, p_value=expected.pvalue, df_between=3, df_within=SIZE - 4)
    assert verdict.outcome is Outcome.PASS


@pytest.mark.parametrize("by", [["sex", "area"], ["sex", "employed"]])
def test_chi_squared(people: Town, by: list[str]) -> None:
    data = frame(people)
    expected = stats.chi2_contingency(pd.crosstab(data[by[0]], data[by[1]]))
    verdict = asked(people, "chi2", by=by)
    same(verdict, chi2=expected.statistic, df=expected.dof, p_value=expected.pvalue)
    assert verdict.outcome is Outcome.PASS


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_correlations(people: Town, method: Any) -> None:
    names = ["age", "income", "hours"]
    verdict = asked(people, "correlation", values=names, method=method)
    data = frame(people)[names]
    expected = data.corr(method=method)
    test = stats.pearsonr if method == "pearson" else stats.spearmanr
    found = numbers(verdict)
    for one, other in (("age", "income"), ("age", "hours"), ("income", "hours")):
        assert found[f"{one}:{other}", "correlation"] == pytest.approx(expected.loc[one, other], rel=1e-9)
        assert found[f"{one}:{other}", "p_value"] == pytest.approx(
            test(data[one], data[other]).pvalue, rel=1e-7
        )
        assert found[f"{one}:{other}", "n"] == SIZE
    assert verdict.outcome is Outcome.PASS


def test_those_left_out_are_counted(with_people: Callable[..., Town]) -> None:
    hours = [None if place % 20 == 0 else place % 17 for place in range(SIZE)]
    town = with_people(hours=hours)
    same(asked(town, "ttest", values="hours", by="sex"), left_out=20, n=380)
    correlated = asked(town, "correlation", values=["hours", "income"])
    assert numbers(correlated)["(left_out):(left_out)", "value"] == 20
    few = with_people(hours=[None, None, *(place % 17 for place in range(SIZE - 2))])
    for verdict in (
        asked(few, "ttest", values="hours", by="sex"),
        asked(few, "correlation", values=["hours", "age"]),
    ):
        assert rules(verdict, "review") == {"dummies"}


ATTACKS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "a group of a few": ({"test": "ttest", "values": "income", "by": "few"}, {"dummies"}),
    "variance between few": (
        {"test": "anova", "values": "income", "by": "age", "where": "age < 30"},
        {"dummies"},
    ),
    "one small sample": (
        {"test": "ttest", "values": "income", "popmean": 0, "where": "age = 33"},
        {"dummies", "threshold", "degrees_of_freedom"},
    ),
    "small pairs": (
        {
            "test": "ttest",
            "values": ["income", "hours"],
            "paired": True,
            "where": "age = 33",
        },
        {"dummies", "threshold", "degrees_of_freedom"},
    ),
    "a table of two by two with a few": ({"test": "chi2", "by": ["few", "sex"]}, {"dummies"}),
    "a small inner cell": ({"test": "chi2", "by": ["old", "odd"]}, {"dummies"}),
    "a correlation of a few": (
        {"test": "correlation", "values": ["hours", "income"], "where": "age = 33"},
        {"dummies", "degrees_of_freedom"},
    ),
    "a variable with itself": ({"test": "correlation", "values": ["income", "twice"]}, {"correlation"}),
    "a variable with its opposite": (
        {"test": "correlation", "values": ["income", "minus"], "method": "spearman"},
        {"correlation"},
    ),
    "two binary variables": ({"test": "correlation", "values": ["young", "f"]}, {"dummies"}),
    "an indicator of a few": (
        {"test": "correlation", "values": ["income", "young"]},
        {"dummies", "leverage"},
    ),
    "a far value": ({"test": "correlation", "values": ["income", "far"]}, {"leverage"}),
}
DERIVED = {
    "few": "age = 33",
    "old": "age > 50",
    "odd": "CASE WHEN age > 50 AND age < 52 THEN TRUE WHEN age > 50 THEN FALSE ELSE sex = 'f' END",
    "twice": "2 * income + 3",
    "minus": "0 - income",
    "young": "CASE WHEN age = 33 THEN 1 ELSE 0 END",
    "f": "CASE WHEN sex = 'f' THEN 1 ELSE 0 END",
    "far": "CASE WHEN age = 33 THEN 1000000 ELSE hours END",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_none_passes(people: Town, name: str) -> None:
    query, expected = ATTACKS[name]
    verdict = people.judge(kind="test", derive=DERIVED, **query)
    assert verdict.outcome is Outcome.FAIL
    assert expected <= rules(verdict)
    for finding in verdict.findings:
        assert all(verdict.table.cells[cell].value is not None for cell in finding.cells)


def test_one_sample_with_one_large_value(with_people: Callable[..., Town]) -> None:
    town = with_people(income=[1e7] + [1000.0 + place % 50 for place in range(SIZE - 1)])
    assert "dominance" in rules(asked(town, "ttest", values="income", popmean=0))


def test_a_correlation_of_exactly_nothing_goes_to_people(with_people: Callable[..., Town]) -> None:
    town = with_people(hours=[1, 1, 2, 2] * (SIZE // 4), age=[20, 40, 20, 40] * (SIZE // 4))
    verdict = asked(town, "correlation", values=["hours", "age"])
    assert failing(verdict, "correlation", "review")
    assert verdict.outcome is Outcome.REVIEW


def test_one_person_with_many_rows(tmp_path: Path) -> None:
    from tests.output_checker.town import metadata_document

    document = metadata_document()
    document["units"]["person"]["one_row_per_unit"] = False
    town = make_town(tmp_path, document, person=[place // 100 for place in range(SIZE)])
    assert {"degrees_of_freedom", "dummies"} <= rules(asked(town, "ttest", values="income", by="sex"))
    assert {"degrees_of_freedom", "dummies"} <= rules(asked(town, "correlation", values=["income", "age"]))


@pytest.mark.parametrize(
    "query",
    [
        {"test": "ttest", "values": "income"},
        {"test": "ttest", "values": "income", "by": "sex", "popmean": 3},
        {"test": "ttest", "values": ["income", "age"]},
        {"test": "ttest", "values": "income", "by": "sex", "paired": True},
        {"test": "ttest", "values": "income", "by": "area"},
        {"test": "ttest", "values": "income", "popmean": float("nan")},
        {"test": "anova", "values": "income"},
        {"test": "anova", "values": "income", "by": "sex", "where": "sex = 'f'"},
        {"test": "chi2", "by": "sex"},
        {"test": "chi2", "by": ["sex", "sex"]},
        {"test": "chi2", "by": ["sex", "area"], "where": "sex = 'f'"},
        {"test": "correlation", "values": ["income"]},
        {"test": "correlation", "values": ["income", "income"]},
        {"test": "correlation", "values": ["income", "age"], "by": "sex"},
        {"test": "correlation", "values": ["income", "same"], "derive": {"same": "0 * age"}},
        {
            "test": "ttest",
            "values": "same",
            "by": "sex",
            "derive": {"same": "CASE WHEN sex = 'f' THEN 1 ELSE 2 END"},
        },
        {
            "test": "anova",
            "values": "same",
            "by": "sex",
            "derive": {"same": "CASE WHEN sex = 'f' THEN 1 ELSE 2 END"},
        },
        {"test": "ttest", "values": "person", "by": "sex"},
        {"test": "other", "values": "income", "by": "sex"},
    ],
)
def test_what_cannot_be_tested_is_refused(people: Town, query: dict[str, Any]) -> None:
    with pytest.raises(QueryError):
        people.judge(kind="test", **query)


def test_too_small_to_test_at_all(with_people: Callable[..., Town]) -> None:
    town = with_people(income=[1.0, 2.0, *([None] * (SIZE - 2))], sex=["f", "m"] * (SIZE // 2))
    with pytest.raises(QueryError):
        asked(town, "ttest", values="income", by="sex")
    assert asked(town, "correlation", values=["income", "age"]).outcome is Outcome.FAIL


def test_in_words(people: Town) -> None:
    def words(**query: Any) -> Query:
        return Query.parse({"kind": "test", "dataset": "town", **query})

    welch = words(test="ttest", values="income", by="sex", equal_var=False)
    assert welch.in_words(people.metadata).en.startswith("T-test of income by sex; with unequal variances.")
    one = words(test="ttest", values="income", popmean=2)
    assert "tegen het gemiddelde 2" in one.in_words(people.metadata).nl
    chi2 = words(test="chi2", by=["sex", "area"])
    assert chi2.in_words(people.metadata).en.startswith("Chi-squared test by sex × area.")
    assert chi2.result_name == "chi2"
    assert "paired" in words(test="ttest", values=["age", "hours"], paired=True).in_words(people.metadata).en
    ranks = words(test="correlation", values=["age", "hours"], method="spearman")
    assert "Spearman" in ranks.in_words(people.metadata).nl


def test_numbers_far_from_zero(with_people: Callable[..., Town]) -> None:
    year = 1e9 + np.random.default_rng(1).integers(0, 50, SIZE)
    assert asked(with_people(hours=year), "correlation", values=["hours", "age"]).outcome is Outcome.PASS
