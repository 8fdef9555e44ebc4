"""The numbers are those of statsmodels' own formula interface."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from tests.output_checker.kinds.model.people import frame, numbers
from tests.output_checker.town import Town

FIT = {
    "r_squared": "rsquared",
    "r_squared_adjusted": "rsquared_adj",
    "f": "fvalue",
    "f_p_value": "f_pvalue",
    "pseudo_r_squared": "prsquared",
    "log_likelihood": "llf",
    "aic": "aic",
    "bic": "bic",
    "df_resid": "df_resid",
    "deviance": "deviance",
}


def check_same(
    town: Town, expected: Any, names: list[str] | None = None, **query: Any
) -> dict[tuple[str, str], float]:
    found = numbers(town.judge(kind="model", **query))
    names = names or list(expected.params.index)
    interval = np.asarray(expected.conf_int())
    letter = next(statistic for _, statistic in found if statistic in ("t", "z"))
    for place, name in enumerate(names):
        wanted = {
            "coefficient": expected.params,
            "std_err": expected.bse,
            letter: expected.tvalues,
            "p_value": expected.pvalues,
            "ci_low": interval[:, 0],
            "ci_high": interval[:, 1],
        }
        for statistic, values in wanted.items():
            assert found[name, statistic] == pytest.approx(np.asarray(values)[place], rel=1e-9, abs=1e-11), (
                name,
                statistic,
            )
    for ours, theirs in FIT.items():
        if (f"({ours})", "value") in found:
            assert found[f"({ours})", "value"] == pytest.approx(getattr(expected, theirs), rel=1e-9)
    return found


FORMULAS = [
    "income ~ age",
    "income ~ age + C(sex)",
    "income ~ age * C(sex)",
    "income ~ C(sex):C(area)",
    "income ~ C(sex) * C(area) + age",
    "income ~ age:C(area) + C(sex)",
    "income ~ C(area) + age:C(area) - 1",
    "income ~ age - 1",
    "income ~ 0 + C(sex) + C(area)",
    "income ~ age + sex + area",
    "income ~ 1",
    "income ~ C(area, Treatment('c')) + age",
    "income ~ age + hours + age:hours",
    "income ~ C(sex):age:hours + C(sex):C(area)",
    "income ~ C(sector) + C(sex):C(sector):C(area)",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_ols(people: Town, formula: str) -> None:
    expected = smf.ols(formula, frame(people)).fit()
    found = numbers(people.judge(kind="model", formula=formula))
    coefficients = {term: value for (term, statistic), value in found.items() if statistic == "coefficient"}
    assert len(coefficients) == len(expected.params)
    assert found["(r_squared)", "value"] == pytest.approx(expected.rsquared, rel=1e-9, abs=1e-12)
    if "Treatment" not in formula:
        check_same(
            people,
            expected,
            [name.replace("sex[T.True]", "sex") for name in expected.params.index],
            formula=formula,
        )


def test_a_reference_of_ones_own(people: Town) -> None:
    expected = smf.ols("income ~ C(area, Treatment('c')) + age", frame(people)).fit()
    names = ["Intercept", "C(area)[T.a]", "C(area)[T.b]", "C(area)[T.d]", "age"]
    for spelling in ("'c'", 'reference="c"'):
        check_same(people, expected, names, formula=f"income ~ C(area, Treatment({spelling})) + age")


@pytest.mark.parametrize("cov_type", ["HC0", "HC1"])
def test_robust_errors(people: Town, cov_type: str) -> None:
    expected = smf.ols("income ~ age + C(sex)", frame(people)).fit(cov_type=cov_type)
    check_same(people, expected, formula="income ~ age + C(sex)", cov_type=cov_type)


def test_weighted_least_squares(people: Town) -> None:
    data = frame(people)
    expected = smf.wls("income ~ age + C(sex)", data, weights=data["weight"]).fit()
    check_same(people, expected, formula="income ~ age + C(sex)", weights="weight")


@pytest.mark.parametrize("family", ["logit", "probit"])
@pytest.mark.parametrize("formula", ["employed ~ age + C(sex)", "employed ~ age:C(sex) + C(area)"])
def test_binary_outcomes(people: Town, family: str, formula: str) -> None:
    data = frame(people).assign(employed=lambda d: d["employed"].astype(int))
    check_same(people, getattr(smf, family)(formula, data).fit(disp=0), formula=formula, family=family)


def test_counts(people: Town) -> None:
    formula = "hours ~ age + C(sex)"
    check_same(people, smf.poisson(formula, frame(people)).fit(disp=0), formula=formula, family="poisson")


def test_counts_with_more_spread(with_people: Callable[..., Town]) -> None:
    hours = np.random.default_rng(3).negative_binomial(2, 0.2, 400)
    town = with_people(hours=hours)
    expected = smf.negativebinomial("hours ~ age + C(sex)", frame(town)).fit(disp=0)
    found = check_same(town, expected, formula="hours ~ age + C(sex)", family="negative_binomial")
    assert ("alpha", "coefficient") in found


@pytest.mark.parametrize(
    ("family", "outcome", "glm"),
    [
        ("logit", "employed", sm.families.Binomial()),
        ("probit", "employed", sm.families.Binomial(sm.families.links.Probit())),
        ("poisson", "hours", sm.families.Poisson()),
    ],
)
def test_frequency_weights(people: Town, family: str, outcome: str, glm: Any) -> None:
    data = frame(people).assign(employed=lambda d: d["employed"].astype(int))
    formula = f"{outcome} ~ age + C(sex)"
    expected = smf.glm(formula, data, family=glm, freq_weights=data["weight"]).fit()
    found = numbers(people.judge(kind="model", formula=formula, family=family, weights="weight"))
    for name in expected.params.index:
        assert found[name, "coefficient"] == pytest.approx(expected.params[name], rel=1e-9)
        assert found[name, "std_err"] == pytest.approx(expected.bse[name], rel=1e-9)
    assert found["(deviance)", "value"] == pytest.approx(expected.deviance, rel=1e-9)
    assert found["(df_resid)", "value"] == len(data) - 3


def test_durations(people: Town) -> None:
    data = frame(people).assign(employed=lambda d: d["employed"].astype(int))
    expected = smf.phreg("income ~ age + C(sex)", data, status="employed").fit(disp=0)
    query: dict[str, Any] = {"formula": "income ~ age + C(sex)", "family": "cox", "event": "employed"}
    found = numbers(people.judge(kind="model", **query))
    for place, name in enumerate(expected.model.exog_names):
        assert found[name, "coefficient"] == pytest.approx(expected.params[place], rel=1e-9)
        assert found[name, "std_err"] == pytest.approx(expected.bse[place], rel=1e-9)
    assert found["(log_likelihood)", "value"] == pytest.approx(expected.llf, rel=1e-9)
    assert ("Intercept", "coefficient") not in found


def test_quantiles(people: Town) -> None:
    for q in (0.5, 0.25):
        # Numbers alone: the iterations end at 1e-6, where the order of the columns still shows in the last digits.
        expected = smf.quantreg("income ~ age + hours", frame(people)).fit(q=q)
        check_same(people, expected, formula="income ~ age + hours", family="quantreg", q=q)


@pytest.mark.parametrize("absorb", ["area", "household", "hours"])
def test_fixed_effects_equal_dummies(people: Town, absorb: str) -> None:
    data = frame(people)
    expected = smf.ols(f"income ~ age + C(sex) + C({absorb})", data).fit()
    found = numbers(people.judge(kind="model", formula="income ~ age + C(sex)", absorb=absorb))
    for name in ("age", "C(sex)[T.m]"):
        assert found[name, "coefficient"] == pytest.approx(expected.params[name], rel=1e-9)
        assert found[name, "std_err"] == pytest.approx(expected.bse[name], rel=1e-9)
        assert found[name, "p_value"] == pytest.approx(expected.pvalues[name], rel=1e-7)
    assert found["(df_resid)", "value"] == expected.df_resid
    assert {term for term, _ in found} == {
        "age",
        "C(sex)[T.m]",
        *("(n)", "(units)", "(left_out)", "(df_resid)", "(r_squared_within)"),
    }


def test_complete_cases_and_those_left_out(with_people: Callable[..., Town]) -> None:
    income = [None if person % 20 == 0 else 1000.0 + person * 7 % 300 for person in range(400)]
    income[3], income[5] = -9, float("inf")
    town = with_people(income=income)
    data = frame(town)
    kept = data[np.isfinite(data["income"]) & (data["income"] != -9)]
    found = check_same(town, smf.ols("income ~ age", kept).fit(), formula="income ~ age")
    assert found["(n)", "value"] == len(kept)
    assert found["(left_out)", "value"] == 22


def test_missing_categories_are_left_out(with_people: Callable[..., Town]) -> None:
    sex = [None if person % 10 == 0 else "fm"[person % 2] for person in range(400)]
    town = with_people(sex=sex)
    found = check_same(
        town, smf.ols("income ~ C(sex)", frame(town).dropna(subset=["sex"])).fit(), formula="income ~ C(sex)"
    )
    assert found["(left_out)", "value"] == 40


def test_derived_variables_and_groupings(people: Town) -> None:
    data = frame(people).assign(square=lambda d: d["age"] ** 2, band=lambda d: d["age"] // 20 * 20)
    expected = smf.ols("income ~ age + square + C(band)", data).fit()
    derive = {"square": "age * age", "band": "age // 20 * 20"}
    check_same(people, expected, formula="income ~ age + square + C(band)", derive=derive)
    quarter = people.judge(kind="model", formula="income ~ quarter + age")
    assert ("quarter[T.south]", "coefficient") in numbers(quarter)
    assert quarter.table.label("term", "quarter[T.south]", "nl") == "kwartier: Zuid"


def test_a_yes_or_no_is_a_category(people: Town) -> None:
    expected = smf.ols("income ~ employed", frame(people)).fit()
    check_same(people, expected, ["Intercept", "employed[T.true]"], formula="income ~ employed")


def test_combinations_that_nobody_has_get_no_column(with_people: Callable[..., Town]) -> None:
    data = pd.DataFrame({"sex": ["f", "m"] * 200, "area": ["a"] * 100 + ["b"] * 300})
    data.loc[data["area"] == "b", "sex"] = "m"
    town = with_people(sex=data["sex"], area=data["area"])
    found = numbers(town.judge(kind="model", formula="income ~ C(sex):C(area) - 1"))
    assert {term for term, _ in found if "[" in term} == {
        "C(sex)[f]:C(area)[a]",
        "C(sex)[m]:C(area)[a]",
        "C(sex)[m]:C(area)[b]",
    }
