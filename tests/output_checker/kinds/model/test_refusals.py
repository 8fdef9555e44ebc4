"""What cannot be asked or estimated is refused in words, never by a traceback and never with a value."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from output_checker.engine import Engine
from output_checker.errors import DatasetError, ExpressionError, LabelError, QueryError, UnknownColumnError
from output_checker.kinds.model import plan as planning
from output_checker.kinds.model.inputs import check_cells
from output_checker.query import Query
from tests.output_checker.town import Town

FORMULA: dict[str, Any] = {"formula": "income ~ age"}


def check_refused(town: Town, error: type[Exception] = QueryError, **query: Any) -> str:
    with pytest.raises(error) as refusal:
        town.judge(kind="model", **query)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (FORMULA | {"event": "employed"}, "event"),
        (FORMULA | {"family": "cox"}, "event"),
        (FORMULA | {"q": 0.5}, "q"),
        (FORMULA | {"weights": "weight", "family": "quantreg"}, "weights"),
        (FORMULA | {"weights": "weight", "absorb": "area"}, "weights"),
        (FORMULA | {"absorb": "area", "family": "poisson"}, "absorb"),
        (FORMULA | {"absorb": "area", "cov_type": "HC1"}, "cov_type"),
        (FORMULA | {"cov_type": "HC0", "family": "quantreg"}, "cov_type"),
        ({"formula": "income ~ 1", "family": "cox", "event": "employed"}, "formula"),
        ({"formula": "income ~ 1", "absorb": "area"}, "formula"),
        ({"formula": "income ~ 0"}, "formula"),
    ],
)
def test_circumstances_that_do_not_fit_the_family(people: Town, query: dict[str, Any], field: str) -> None:
    assert check_refused(people, **query).startswith(f"{field}:")


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"formula": "income ~ person"}, ExpressionError),
        ({"formula": "person ~ income"}, ExpressionError),
        ({"formula": "income ~ C(household)"}, ExpressionError),
        ({"formula": "income ~ nobody"}, UnknownColumnError),
        ({"formula": "income ~ C(hours)"}, LabelError),
        ({"formula": "area ~ income"}, QueryError),
        ({"formula": "income ~ C(area, Treatment('z'))"}, QueryError),
        ({"formula": "income ~ C(area, Treatment('e'))"}, QueryError),
        (FORMULA | {"weights": "hours"}, QueryError),
        (FORMULA | {"weights": "w", "derive": {"w": "CASE WHEN age = 50 THEN 1 ELSE 0.001 END"}}, QueryError),
        (FORMULA | {"absorb": "nobody"}, UnknownColumnError),
        (FORMULA | {"where": "age > 1000"}, QueryError),
    ],
)
def test_variables_that_may_not_be_used_so(
    people: Town, query: dict[str, Any], error: type[Exception]
) -> None:
    check_refused(people, error, **query)


@pytest.mark.parametrize(
    "query",
    [
        {"formula": "income ~ age", "family": "logit"},
        {"formula": "income ~ age", "family": "poisson"},
        {"formula": "hours ~ age", "family": "cox", "event": "employed", "where": "hours < 9"},
        {"formula": "age ~ income", "family": "cox", "event": "hours"},
    ],
)
def test_outcomes_of_another_kind(people: Town, query: dict[str, Any]) -> None:
    assert "derive" in check_refused(people, **query)


@pytest.mark.parametrize(
    "query",
    [
        {"formula": "income ~ age + twice", "derive": {"twice": "2 * age"}},
        {"formula": "income ~ C(sex) + sex"},
        {"formula": "income ~ age + same", "derive": {"same": "3 + 0 * age"}},
        {"formula": "income ~ zero", "derive": {"zero": "0 * age"}, "absorb": "area"},
        {"formula": "income ~ C(area)", "absorb": "area"},
    ],
)
def test_terms_that_follow_from_others_are_named(people: Town, query: dict[str, Any]) -> None:
    assert "Follows entirely from the other terms: " in check_refused(people, **query)


def test_no_more_rows_than_terms(people: Town) -> None:
    ages = ("age >= 40 AND age < 41",)
    assert check_refused(people, formula="income ~ C(area) * C(sex) * C(sector)", where=ages)


def test_perfect_separation(people: Town) -> None:
    for family in ("logit", "probit"):
        said = check_refused(
            people, formula="old ~ age", family=family, derive={"old": "CASE WHEN age > 50 THEN 1 ELSE 0 END"}
        )
        assert "cannot be estimated" in said


@pytest.mark.parametrize("family", ["ols", "logit", "poisson", "negative_binomial", "quantreg"])
def test_an_outcome_without_variation(people: Town, family: str) -> None:
    derive = {"same": "0 * age"}
    assert "cannot be estimated" in check_refused(people, formula="same ~ age", family=family, derive=derive)


def test_numbers_too_large_to_find_an_estimate(people: Town) -> None:
    derive = {"huge": "hours * 1000000000000", "big": "age * 1000000000"}
    for family in ("poisson", "negative_binomial"):
        assert "cannot be estimated" in check_refused(
            people, formula="huge ~ big + hours", family=family, derive=derive
        )


def test_a_huge_interaction_is_refused_before_anything_is_fetched(
    people: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetched(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Engine, "frame", fetched)
    derive = {"a": "age", "b": "99 - age"}
    assert "too large" in check_refused(people, formula="income ~ C(a):C(b):C(area)", derive=derive)


def test_more_columns_than_can_be_judged(people: Town) -> None:
    assert "too large" in check_refused(
        people, formula="income ~ C(age):C(area):C(sex):C(sector)", where="age < 78"
    )


def test_more_rows_than_can_be_computed(people: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(planning.LARGEST, "ols", 400)
    assert "too large" in check_refused(people, **FORMULA)
    monkeypatch.setitem(planning.LARGEST, "ols", 1_000)
    assert "too large" in check_refused(people, formula="income ~ C(area) - 1")
    check_cells(1, 1)


def test_a_value_outside_the_public_list(with_people: Callable[..., Town]) -> None:
    town = with_people(area=["a"] * 200 + ["secret"] * 200)
    assert "secret" not in check_refused(town, DatasetError, formula="income ~ C(area)")


def test_nobody_with_a_value(with_people: Callable[..., Town]) -> None:
    town = with_people(income=[float("nan")] * 400)
    assert "Nobody" in check_refused(town, **FORMULA)


def test_negative_weights_count_as_missing(with_people: Callable[..., Town]) -> None:
    town = with_people(weight=[-1.0] * 30 + [0.0] * 30 + [1.0] * 340)
    verdict = town.judge(kind="model", weights="weight", **FORMULA)
    place = verdict.table.rows.index(("(left_out)",))
    assert verdict.table.cell(place, 6).value == 60


def test_the_query_in_words(people: Town) -> None:
    def words(**query: Any) -> Any:
        return Query.parse({"kind": "model", "dataset": "town", **query})

    asked = words(formula="income~sex*age", absorb="area")
    assert asked.in_words(people.metadata).en == (
        "Linear regression of income, by income ~ sex + age + sex:age; with fixed effects of area. "
        "Population: All inhabitants."
    )
    assert "kwantiel 0.5" in words(formula="income ~ age", family="quantreg").in_words(people.metadata).nl
    assert (
        "gebeurtenis: employed"
        in words(formula="income ~ age", family="cox", event="employed").in_words(people.metadata).nl
    )
    robust = words(formula="income ~ age", cov_type="HC1", weights="weight")
    assert "robust standard errors (HC1)" in robust.in_words(people.metadata).en
    assert robust.result_name == "ols_income"


def test_very_many_rows_do_not_matter_to_a_small_model(with_people: Callable[..., Town]) -> None:
    size = 50_000
    chance = np.random.default_rng(1)
    town = with_people(
        person=np.arange(size),
        household=np.arange(size),
        age=chance.integers(18, 80, size),
        sex=["f", "m"] * (size // 2),
        area=["a"] * size,
        income=chance.normal(2000, 300, size),
        employed=[True] * size,
        hours=[1] * size,
        sector=[1] * size,
        weight=[1.0] * size,
    )
    assert town.judge(kind="model", formula="income ~ age + C(sex)").outcome == "pass"
