"""Attempts to read one person's or a few persons' values out of coefficients: none may pass."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from output_checker.verdict import Outcome
from tests.output_checker.kinds.model.people import SIZE, rules
from tests.output_checker.town import Town, failing

ONE = "person = 17"
FIRST = "CASE WHEN age = {age} AND hours = {hours} THEN 1 ELSE 0 END"

ATTACKS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "a dummy of a few": (
        {"formula": "income ~ age + few", "derive": {"few": "CASE WHEN age = 33 THEN 1 ELSE 0 END"}},
        {"dummies", "leverage"},
    ),
    "a dummy of all but a few": (
        {"formula": "income ~ age + most", "derive": {"most": "CASE WHEN age = 33 THEN 0 ELSE 1 END"}},
        {"dummies", "leverage"},
    ),
    "a dummy that is a yes or no": (
        {"formula": "income ~ hours + few", "derive": {"few": "age = 33"}},
        {"dummies", "leverage"},
    ),
    "a dummy dressed up as another variable": (
        {"formula": "income ~ age + odd", "derive": {"odd": "CASE WHEN age = 33 THEN age + 1 ELSE age END"}},
        {"leverage"},
    ),
    "a dummy dressed up and scaled": (
        {
            "formula": "income ~ age + odd",
            "derive": {"odd": "CASE WHEN age = 33 THEN 3 * age - 7.5 ELSE 3 * age - 7 END"},
        },
        {"leverage"},
    ),
    "a dummy with a little noise": (
        {
            "formula": "income ~ age + odd",
            "derive": {"odd": "CASE WHEN age = 33 THEN 1 ELSE hours / 1000000.0 END"},
        },
        {"leverage"},
    ),
    "a dummy spread over an interaction": (
        {"formula": "income ~ C(sex):C(age) - 1"},
        {"dummies", "threshold"},
    ),
    "a small reference": (
        {
            "formula": "income ~ C(band)",
            "derive": {"band": "CASE WHEN age = 33 THEN 0 WHEN age < 50 THEN 1 ELSE 2 END"},
        },
        {"dummies"},
    ),
    "a number for a few": (
        {"formula": "income ~ age + extra", "derive": {"extra": "CASE WHEN age = 33 THEN hours ELSE 5 END"}},
        {"dummies"},
    ),
    "a slope for a few": (
        {"formula": "income ~ age:few + hours", "derive": {"few": "age = 33"}},
        {"dummies"},
    ),
    "an outlier in a regressor": (
        {"formula": "income ~ odd", "derive": {"odd": "CASE WHEN age = 79 THEN 1000000 ELSE age END"}},
        {"leverage"},
    ),
    "a tiny subpopulation": (
        {"formula": "income ~ hours", "where": "age = 33"},
        {"degrees_of_freedom", "dummies"},
    ),
    "a mean of a few": ({"formula": "income ~ 1", "where": "age = 33"}, {"degrees_of_freedom", "threshold"}),
    "the outcome among the terms": (
        {"formula": "income ~ copy + age", "derive": {"copy": "2 * income + 1"}},
        {"saturation"},
    ),
    "quantiles of a few": (
        {"formula": "income ~ 1", "family": "quantreg", "q": 0.99},
        {"events"},
    ),
    "the highest but few of a group": (
        {"formula": "income ~ C(area)", "family": "quantreg", "q": 0.95},
        {"events"},
    ),
    "a rare outcome": (
        {
            "formula": "rare ~ income",
            "family": "logit",
            "derive": {"rare": "CASE WHEN age = 33 THEN 1 ELSE 0 END"},
        },
        {"events"},
    ),
    "a rare outcome, linearly": (
        {"formula": "rare ~ income", "derive": {"rare": "CASE WHEN age = 33 THEN 1 ELSE 0 END"}},
        {"events"},
    ),
    "a rare count": (
        {
            "formula": "rare ~ hours",
            "family": "poisson",
            "derive": {"rare": "CASE WHEN age = 33 THEN 7 ELSE 0 END"},
        },
        {"events"},
    ),
    "a rare event": (
        {
            "formula": "income ~ hours",
            "family": "cox",
            "event": "rare",
            "derive": {"rare": "age = 33"},
        },
        {"events"},
    ),
    "a hazard of a few": (
        {"formula": "income ~ few", "family": "cox", "event": "employed", "derive": {"few": "age = 60"}},
        {"dummies"},
    ),
    "fixed effects that leave a few": (
        {
            "formula": "income ~ odd",
            "absorb": "area",
            "derive": {"odd": "CASE WHEN age = 33 THEN 1 ELSE 0 END"},
        },
        {"dummies"},
    ),
    "a table of small cells": (
        {"formula": "income ~ C(band)", "derive": {"band": "age // 2 * 2"}},
        {"threshold", "dummies"},
    ),
    "a table of small cells with more": (
        {"formula": "income ~ C(age) + C(sex) - 1"},
        {"dummies"},
    ),
    "a saturated table of a share": (
        {"formula": "employed ~ C(age)", "where": "age < 30"},
        {"dummies"},
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_none_passes(people: Town, name: str) -> None:
    query, expected = ATTACKS[name]
    verdict = people.judge(kind="model", **query)
    assert verdict.outcome is Outcome.FAIL
    assert expected <= rules(verdict)


def test_every_part_of_a_finding_is_a_number_of_the_table(people: Town) -> None:
    for query, _ in ATTACKS.values():
        verdict = people.judge(kind="model", **query)
        for finding in verdict.findings:
            assert finding.cells
            assert all(verdict.table.cells[cell].value is not None for cell in finding.cells)


def test_one_person_with_an_enormous_income(with_people: Callable[..., Town]) -> None:
    chance = np.random.default_rng(2)
    income = chance.normal(2000, 100, SIZE)
    income[5] = 1e6
    age = chance.integers(18, 80, SIZE)
    age[5] = 79
    town = with_people(income=income, age=age)
    verdict = town.judge(kind="model", formula="income ~ age")
    assert "influence" in rules(verdict)
    assert ("age", "coefficient") in failing(verdict, "influence")
    total = town.judge(kind="model", formula="income ~ 1", where="age > 60")
    assert "dominance" in rules(total)


def test_one_person_with_many_rows(with_people: Callable[..., Town]) -> None:
    person = [place // 80 for place in range(SIZE)]
    verdict = with_people(person=person, document=_panel()).judge(kind="model", formula="income ~ age")
    assert {"degrees_of_freedom", "dummies"} <= rules(verdict)


def test_one_person_with_many_rows_among_others(with_people: Callable[..., Town]) -> None:
    """A category of one person's hundred rows."""
    person = [0] * 100 + list(range(1, 301))
    area = ["b"] * 100 + ["a", "c", "d"] * 100
    town = with_people(person=person, area=area, document=_panel())
    verdict = town.judge(kind="model", formula="income ~ age + C(area)")
    assert {"dummies", "leverage"} <= rules(verdict)
    assert ("C(area)[T.b]", "coefficient") in failing(verdict, "dummies")


def test_persons_from_one_household_go_to_people(with_people: Callable[..., Town]) -> None:
    household = [0] * 50 + list(range(1, 351))
    area = ["b"] * 50 + ["a", "c"] * 175
    verdict = with_people(household=household, area=area).judge(
        kind="model", formula="income ~ age + C(area)"
    )
    assert verdict.outcome is Outcome.REVIEW
    assert "dummies" in rules(verdict, "review")


def _panel() -> dict[str, Any]:
    from tests.output_checker.town import metadata_document

    document = metadata_document()
    document["units"]["person"]["one_row_per_unit"] = False
    return document


def test_a_few_left_out_go_to_people(with_people: Callable[..., Town]) -> None:
    income = [None, None, None, *np.random.default_rng(1).normal(2000, 100, SIZE - 3).tolist()]
    verdict = with_people(income=income).judge(kind="model", formula="income ~ age")
    assert failing(verdict, "dummies", "review") == {("(left_out)", "value")}


def test_categories_with_few_events_go_to_people(with_people: Callable[..., Town]) -> None:
    area = ["abcd"[place % 4] for place in range(SIZE)]
    employed = [place % 3 > 0 if area[place] != "b" else place > 16 for place in range(SIZE)]
    town = with_people(employed=employed, area=area)
    verdict = town.judge(kind="model", formula="employed ~ income + C(area)", family="logit")
    assert verdict.outcome is Outcome.REVIEW
    assert ("C(area)[T.b]", "coefficient") in failing(verdict, "events", "review")


def test_the_wide_gap_of_a_regressor_goes_to_people(with_people: Callable[..., Town]) -> None:
    hours = np.random.default_rng(5).integers(1, 40, SIZE)
    hours[7] = 400
    verdict = with_people(hours=hours).judge(kind="model", formula="income ~ hours")
    assert "leverage" in rules(verdict, "review") | rules(verdict)


SAFE: dict[str, dict[str, Any]] = {
    "ols": {"formula": "income ~ age + C(sex)"},
    "interactions": {"formula": "income ~ age * C(sex) * C(area)"},
    "saturated but safe": {"formula": "income ~ C(sex) * C(area)"},
    "a mean": {"formula": "income ~ 1"},
    "an uneven dummy": {
        "formula": "income ~ C(old)",
        "derive": {"old": "age > 75"},
    },
    "polynomial": {"formula": "income ~ age + square", "derive": {"square": "age * age"}},
    "a dummy as a number": {
        "formula": "income ~ old",
        "derive": {"old": "CASE WHEN age > 60 THEN 1 ELSE 0 END"},
    },
    "weighted": {"formula": "income ~ age + C(sex)", "weights": "weight"},
    "robust": {"formula": "income ~ age + C(sex)", "cov_type": "HC1"},
    "logit": {"formula": "employed ~ age + C(sex)", "family": "logit"},
    "saturated logit": {"formula": "employed ~ C(sex)", "family": "logit"},
    "linear probability": {
        "formula": "job ~ C(sex)",
        "derive": {"job": "CASE WHEN employed THEN 1 ELSE 0 END"},
    },
    "probit": {"formula": "employed ~ age + C(area)", "family": "probit"},
    "poisson": {"formula": "hours ~ age + C(sex)", "family": "poisson"},
    "cox": {"formula": "income ~ age + C(sex)", "family": "cox", "event": "employed"},
    "median": {"formula": "income ~ C(sex) + age", "family": "quantreg"},
    "medians of groups": {"formula": "income ~ C(sex)", "family": "quantreg", "q": 0.75},
    "fixed effects": {"formula": "income ~ age", "absorb": "area"},
    "fixed effects of households": {"formula": "income ~ age", "absorb": "household"},
    "a bounded subpopulation": {"formula": "income ~ age", "where": "sex = 'f' AND age > 40"},
}


@pytest.mark.parametrize("name", SAFE)
def test_no_false_alarm(people: Town, name: str) -> None:
    verdict = people.judge(kind="model", **SAFE[name])
    assert verdict.findings == ()
    assert verdict.outcome is Outcome.PASS
