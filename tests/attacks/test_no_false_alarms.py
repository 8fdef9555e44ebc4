"""What researchers publish every day is not refused: a judge that cries wolf is not listened to."""

from pathlib import Path
from typing import Any

import pytest

from output_checker.verdict import Outcome
from tests.attacks.microdata import four_without_income
from tests.attacks.world import Case, Columns, case

AREA_SEX: dict[str, Any] = {"index": "area", "columns": "sex"}
INCOME: dict[str, Any] = {**AREA_SEX, "values": "income"}


def few_women_in_d(people: Columns) -> None:
    """Area d has four women and hundreds of men."""
    women = 0
    for person, area in enumerate(people["area"]):
        if area == "d":
            people["sex"][person] = "f" if women < 4 else "m"
            women += 1


def nobody_young_works_a_farm(people: Columns) -> None:
    for person, sex in enumerate(people["sex"]):
        if sex == "f":
            people["sector"][person] = 2


OLDER = {"old": "age >= 50"}
BY_AGE: dict[str, Any] = {"kind": "histogram", "values": "age", "bins": [20, 35, 50, 65, 80]}

SAFE = [
    case("crosstab", AREA_SEX),
    case("crosstab with margins", {**AREA_SEX, "margins": True}),
    case("nested classifications", {"index": ["area", "sector"], "columns": "sex"}),
    case("hierarchy with subtotals", {"index": ["quarter", "area"], "subtotals": True}, metadata={}),
    case("shares of all", {**AREA_SEX, "normalize": "all"}),
    case("shares of rows", {**AREA_SEX, "normalize": "index", "margins": True}),
    case("shares of columns", {**AREA_SEX, "normalize": "columns", "margins": True}),
    case("shares of a sum", {**INCOME, "aggfunc": "sum", "normalize": "index"}),
    case("sums", {**INCOME, "aggfunc": "sum", "margins": True}),
    case("means", {**INCOME, "aggfunc": "mean", "margins": True}),
    case("dispersion", {**INCOME, "aggfunc": "std"}),
    case("several measures", {**INCOME, "aggfunc": ["count", "mean", "std"]}),
    case("ratio of sums", {**INCOME, "aggfunc": "ratio", "over": "hours"}),
    case("index numbers", {**INCOME, "aggfunc": "mean", "base": {"area": "a"}}),
    case("weighted counts", {**AREA_SEX, "weights": "weight"}),
    case("weighted means", {**INCOME, "aggfunc": "mean", "weights": "weight"}),
    case(
        "share of the employed",
        {
            **AREA_SEX,
            "values": "one",
            "aggfunc": "mean",
            "derive": {"one": "CASE WHEN employed THEN 1 ELSE 0 END"},
        },
    ),
    case("households", {"index": "area", "unit": "household"}),
    case("rounded counts", {**AREA_SEX, "rounding": 5}),
    case("medians", {"kind": "quantiles", "values": "income", "by": "area", "q": [0.5]}),
    case("quartiles", {"kind": "quantiles", "values": "income", "by": "sex", "q": [0.25, 0.5, 0.75]}),
    case("histogram", {"kind": "histogram", "values": "age", "bins": [20, 35, 50, 65, 80]}),
    case(
        "histogram by sex",
        {"kind": "histogram", "values": "age", "by": "sex", "bins": [20, 40, 60, 80], "stat": "proportion"},
    ),
    case(
        "structurally empty bins",
        {"kind": "histogram", "values": "age", "bins": [20, 40, 60, 80, 99]},
    ),
    case("density", {"kind": "density", "values": "age", "clip": [20, 80], "gridsize": 11}),
    case("gini", {"kind": "concentration", "values": "income", "by": "area"}),
    case(
        "lorenz", {"kind": "concentration", "values": "income", "measures": [], "lorenz": [0.25, 0.5, 0.75]}
    ),
    case(
        "kaplan-meier",
        {"kind": "survival", "duration": "hours", "event": "employed", "times": [10, 20, 30, 40]},
    ),
    case(
        "kaplan-meier by sex",
        {
            "kind": "survival",
            "duration": "hours",
            "event": "employed",
            "by": "sex",
            "times": [10, 20, 30, 40],
        },
    ),
    case(
        "structurally empty cells",
        {"index": "sex", "columns": "sector"},
        bend=nobody_young_works_a_farm,
        metadata={"structural_zeros": [{"sex": ["f"], "sector": ["1"]}]},
    ),
    case("a suppressed table whose rest is safe", {**AREA_SEX, "hide": "failing"}, bend=few_women_in_d),
    case(
        "a suppressed table with totals",
        {
            **AREA_SEX,
            "margins": True,
            "hide": [
                "failing",
                {"area": "d", "sex": "m"},
                {"area": "c", "sex": "f"},
                {"area": "c", "sex": "m"},
            ],
        },
        bend=few_women_in_d,
    ),
    case("linear regression", {"kind": "model", "formula": "income ~ age + C(sex) + C(area)"}),
    case("logit", {"kind": "model", "formula": "employed ~ age + C(sex)", "family": "logit"}),
    case("poisson", {"kind": "model", "formula": "hours ~ age + C(sex)", "family": "poisson"}),
    case("cox", {"kind": "model", "formula": "hours ~ age + C(sex)", "family": "cox", "event": "employed"}),
    case("median regression", {"kind": "model", "formula": "income ~ age", "family": "quantreg"}),
    case("chi2", {"kind": "test", "test": "chi2", "by": ["area", "sex"]}),
    case("t-test", {"kind": "test", "test": "ttest", "values": "income", "by": "sex"}),
    case("anova", {"kind": "test", "test": "anova", "values": "income", "by": "area"}),
    case("correlation", {"kind": "test", "test": "correlation", "values": ["income", "age", "hours"]}),
    case("principal components", {"kind": "components", "values": ["income", "age", "hours"]}),
    case("bar chart", {"kind": "figure", "mark": "bar", "of": {"dataset": "town", **AREA_SEX}}),
    case(
        "histogram as a figure",
        {
            "kind": "figure",
            "mark": "histogram",
            "of": {"dataset": "town", "kind": "histogram", "values": "age", "bins": [20, 40, 60, 80]},
        },
    ),
    case("a table and its coarser table", {"index": "area"}, {"index": "quarter"}),
    case(
        "the same statistic for two groups",
        {"index": "area", "where": "age < 50"},
        {"index": "area", "where": "age >= 50"},
    ),
]


def hired_at_twenty(people: Columns) -> None:
    """In this survey nobody is younger than twenty or older than fifty-nine, as everybody knows."""
    people["age"] = [20 + age % 40 for age in people["age"]]


def many_without_income(people: Columns) -> None:
    """One in ten has no income, wherever one lives."""
    for person in range(0, len(people["income"]), 10):
        people["income"][person] = None


def hardly_full_time(people: Columns) -> None:
    """Of six answers, four persons in each area give the last."""
    people["hours"] = [hours % 40 for hours in people["hours"]]
    for area in "abcd":
        for person in [at for at, where in enumerate(people["area"]) if where == area][:8:2]:
            people["hours"][person] = 40


TAME = {
    "capped": "LEAST(income, 60000)",
    "thousands": "LEAST(FLOOR(income / 1000), 50)",
    "logarithm": "LN(income)",
    "monthly": "income / 12",
    "rich": "CASE WHEN income > 20000 THEN 1 ELSE 0 END",
}
COUNTED: dict[str, Any] = {**AREA_SEX, "values": ["income", "hours"], "aggfunc": "count"}

GRADED = {"third": "age // 20", "capped_age": "LEAST(age, 70)", "answer": "hours // 8 + 1"}

SPANS = [{"age": {"low": 0, "high": 20}}, {"age": {"low": 60, "high": 100}}]

PASSING = [
    case("a band beside what it is made of", {"index": "old", "derive": OLDER}, {"index": "sex"}, BY_AGE),
    case("bands that divide bands", {"index": "old", "derive": OLDER}, BY_AGE),
    case(
        "a bin in a range that is declared empty",
        {"kind": "histogram", "values": "age", "bins": [0, 20, 60, 99]},
        bend=hired_at_twenty,
        metadata={"structural_zeros": SPANS},
    ),
    case(
        "a range that is declared empty for a group",
        {"kind": "histogram", "values": "age", "bins": [0, 20, 60, 99], "by": "sex"},
        bend=hired_at_twenty,
        metadata={"structural_zeros": [*SPANS[:1], {"sex": ["f", "m"], **SPANS[1]}]},
    ),
    case(
        "one table of two municipalities",
        {"index": "sex", "where": "area = 'a'"},
        {"index": "sex", "where": "area = 'b'"},
    ),
    case("two halves of a table", {"index": "area", "where": "area IN ('a', 'b')"}, {"index": "area"}),
    case("nested ages", AREA_SEX, {**AREA_SEX, "where": "age >= 40"}),
    case(
        "nested years, sums and spread",
        {**AREA_SEX, "aggfunc": {"income": ["mean", "std"]}},
        {**AREA_SEX, "aggfunc": {"income": ["mean", "std"]}, "where": "age >= 40"},
    ),
    case(
        "histograms of two variables",
        BY_AGE,
        {"kind": "histogram", "values": "income", "bins": [0, 10_000, 20_000, 30_000, 900_000]},
    ),
    case(
        "two shares in one table",
        {
            **AREA_SEX,
            "values": ["one", "aged"],
            "aggfunc": "mean",
            "derive": {
                "one": "CASE WHEN employed THEN 1 ELSE 0 END",
                "aged": "CASE WHEN age >= 50 THEN 1 ELSE 0 END",
            },
        },
    ),
    case("a table and a model", AREA_SEX, {"kind": "model", "formula": "income ~ age + C(sex)"}),
    case(
        "means and medians",
        {**INCOME, "aggfunc": "mean"},
        {"kind": "quantiles", "values": "income", "by": "area"},
    ),
    case(
        "medians by area and quartiles by sex",
        {"kind": "quantiles", "values": "income", "by": "area"},
        {"kind": "quantiles", "values": "income", "by": "sex", "q": [0.25, 0.5, 0.75]},
    ),
    case("weighted medians", {"kind": "quantiles", "values": "income", "by": "area", "weights": "weight"}),
    case(
        "a whole lorenz curve",
        {"kind": "concentration", "values": "income", "measures": [], "lorenz": [0, 0.25, 0.5, 0.75, 1]},
    ),
    *(
        case(f"{name} in {query.get('kind', 'a table')}", {**query, "derive": TAME})
        for name in ("capped", "thousands", "logarithm", "monthly", "rich")
        for query in (
            {**AREA_SEX, "values": name, "aggfunc": "mean"},
            {"kind": "model", "formula": f"{name} ~ age + C(sex)"},
            {"kind": "test", "test": "correlation", "values": [name, "hours"]},
        )
    ),
    case(
        "a capped poisson",
        {"kind": "model", "formula": "thousands ~ age", "family": "poisson", "derive": TAME},
    ),
    case(
        "a logit of the rich", {"kind": "model", "formula": "rich ~ age", "family": "logit", "derive": TAME}
    ),
    case(
        "a t-test of logarithms",
        {"kind": "test", "test": "ttest", "values": "logarithm", "by": "sex", "derive": TAME},
    ),
    case(
        "a gini of capped incomes",
        {"kind": "concentration", "values": "capped", "by": "area", "derive": TAME},
    ),
    case(
        "a density of logarithms",
        {"kind": "density", "values": "logarithm", "clip": [8, 12], "gridsize": 11, "derive": TAME},
    ),
    case(
        "mean income beside a regression of its logarithm",
        {**INCOME, "aggfunc": "mean"},
        {"kind": "model", "formula": "logarithm ~ age", "derive": TAME},
    ),
    case("income per month", {**AREA_SEX, "values": "x", "aggfunc": "mean", "derive": {"x": "income / 12"}}),
    case(
        "counts of those who answered",
        {**INCOME, "values": ["income", "hours"], "aggfunc": ["count", "mean"]},
    ),
    case(
        "several measures with hidden cells",
        {**INCOME, "aggfunc": ["count", "mean"], "hide": "failing"},
        bend=few_women_in_d,
    ),
    case("a t-test of yes and no", {"kind": "test", "test": "ttest", "values": "employed", "by": "sex"}),
    case(
        "counts of two variables of which many lack one",
        {**COUNTED, "margins": True},
        bend=many_without_income,
    ),
    case("counts of those who answered beside all", AREA_SEX, COUNTED, {"index": "quarter"}),
    case("and of many who did not", AREA_SEX, COUNTED, bend=many_without_income),
    case(
        "sums and ratios of few who did not",
        {**AREA_SEX, "values": ["income", "hours"], "aggfunc": "sum"},
        AREA_SEX,
        bend=four_without_income,
    ),
    case(
        "everything of those who have both",
        {**AREA_SEX, "where": "income IS NOT NULL"},
        {**COUNTED, "aggfunc": ["count", "mean", "std"], "where": "income IS NOT NULL"},
        bend=four_without_income,
    ),
    case(
        "hidden cells beside a median",
        {**AREA_SEX, "hide": "failing"},
        {"kind": "quantiles", "values": "income"},
        bend=few_women_in_d,
    ),
    *(
        case(
            f"mean and spread of {name}",
            {**AREA_SEX, "values": name, "aggfunc": ["mean", "std"], "derive": GRADED},
        )
        for name in ("age", "hours", "third", "capped_age")
    ),
    *(
        case(f"{name} of answers that few give", {**query, "derive": GRADED}, bend=hardly_full_time)
        for name, query in (
            ("mean and spread", {**AREA_SEX, "values": "answer", "aggfunc": ["mean", "std"]}),
            ("a t-test", {"kind": "test", "test": "ttest", "values": "answer", "by": "sex"}),
            ("an anova", {"kind": "test", "test": "anova", "values": "answer", "by": "area"}),
            ("a model", {"kind": "model", "formula": "answer ~ age + C(sex)"}),
            ("a model by", {"kind": "model", "formula": "income ~ answer + C(sex)"}),
            ("a poisson", {"kind": "model", "family": "poisson", "formula": "answer ~ C(sex)"}),
        )
    ),
    case(
        "chi2 of a fine classification",
        {
            "kind": "test",
            "test": "chi2",
            "by": ["area", "band"],
            "derive": {"band": "CASE WHEN hours >= 40 THEN 3 WHEN hours >= 20 THEN 2 ELSE 1 END"},
        },
        bend=hardly_full_time,
    ),
    case("a gini of a third", {"kind": "concentration", "values": "third", "by": "area", "derive": GRADED}),
    case("a herfindahl of hours", {"kind": "concentration", "values": "hours", "measures": ["herfindahl"]}),
    case(
        "three categories in a model", {"kind": "model", "formula": "income ~ C(area) + C(sex) + C(sector)"}
    ),
    case("thirds in a model", {"kind": "model", "formula": "income ~ third + C(sex)", "derive": GRADED}),
    *(
        case(f"{text} in a model", {"kind": "model", "formula": "income ~ x", "derive": {"x": text}})
        for text in (
            "hours / age",
            "age * CASE WHEN sex = 'f' THEN 1 ELSE 0 END",
            "CASE WHEN age >= 50 AND sector = 1 THEN age - 50 ELSE 0 END",
        )
    ),
    case("a model of a mean", {"kind": "model", "formula": "third ~ 1", "derive": GRADED}),
    case(
        "models that go further and further",
        *(
            {"kind": "model", "formula": f"income ~ {terms}", "derive": {"squared": "age * age"}}
            for terms in ("age", "age + squared", "age * C(sex) + squared + hours")
        ),
    ),
]
"""Questions that end in a plain pass: nobody needs to look for what is not there."""


@pytest.mark.parametrize("safe", PASSING, ids=lambda one: one.name)
def test_these_pass(safe: Case, tmp_path: Path) -> None:
    for verdict in safe.verdicts(tmp_path):
        assert verdict.outcome is Outcome.PASS, [finding.reason.en for finding in verdict.findings]


@pytest.mark.parametrize("safe", SAFE, ids=lambda one: one.name)
def test_none_is_refused(safe: Case, tmp_path: Path) -> None:
    for verdict in safe.verdicts(tmp_path):
        assert verdict.outcome is not Outcome.FAIL, [finding.reason.en for finding in verdict.findings]
