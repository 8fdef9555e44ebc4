from collections.abc import Callable
from typing import Any

import pytest

from tests.output_checker.town import Town

DERIVED = {
    "linear": "(income - 100) / 12",
    "negative": "-income",
    "square": "income * income",
    "mixed": "income + 1000000 * hours",
    "stepped": "CASE WHEN income > 1100 THEN income ELSE 0 END",
    "rounded": "round(income)",
    "remainder": "income % 1000",
    "half": "CASE WHEN sector = 2 THEN 1 ELSE 0 END",
}


def rules(town: Town, **query: Any) -> set[str]:
    verdict = town.judge(index="area", derive=DERIVED, **query)
    return {finding.rule for finding in verdict.findings if finding.outcome == "review"}


@pytest.mark.parametrize("name", ["square", "mixed", "stepped", "remainder"])
@pytest.mark.parametrize("aggfunc", ["sum", "mean", "std"])
def test_what_is_composed_goes_to_people(town: Town, name: str, aggfunc: str) -> None:
    assert "composed_values" in rules(town, values=name, aggfunc=aggfunc)


@pytest.mark.parametrize("name", ["linear", "negative", "half", "income", "rounded"])
def test_units_of_measure_and_yes_and_no_do_not(town: Town, name: str) -> None:
    assert "composed_values" not in rules(town, values=name, aggfunc="sum")


def test_a_composed_denominator_goes_too(town: Town) -> None:
    assert "composed_values" in rules(town, values="income", aggfunc="ratio", over="mixed")


def test_counting_values_tells_nothing_of_how_they_are_composed(town: Town) -> None:
    assert "composed_values" not in rules(town, values="mixed", aggfunc="count")


SPREAD = [float(1000 + person * 37 % 4001) for person in range(240)]
ENCODED = {
    "record": "age * 1000000 + income",
    "counts": "CASE WHEN age < 24 THEN 1000000 WHEN age < 40 THEN 1000 ELSE 1 END",
    "capped": "LEAST(income, 4000)",
    "monthly": "income / 12",
    "old": "CASE WHEN age >= 50 THEN 1 ELSE 0 END",
}


@pytest.fixture
def elsewhere(build: Callable[..., Town]) -> Callable[..., bool]:
    """Whether people look at values, composed or not, of another kind of statistic than a table."""
    town = build(income=SPREAD)

    def is_composed(**query: Any) -> bool:
        verdict = town.judge(derive=ENCODED, **query)
        found = [finding for finding in verdict.findings if finding.rule == "composed_values"]
        assert all(finding.outcome == "review" and finding.cells for finding in found)
        return bool(found)

    return is_composed


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "quantiles", "values": "record", "q": [0.25, 0.5, 0.75]},
        {"kind": "concentration", "values": "counts"},
        {"kind": "concentration", "values": "counts", "measures": ["herfindahl"]},
        {"kind": "model", "family": "ols", "formula": "counts ~ C(sex)"},
        {"kind": "model", "family": "poisson", "formula": "counts ~ age"},
        {"kind": "model", "family": "quantreg", "q": 0.5, "formula": "record ~ C(sex)"},
    ],
)
def test_a_record_in_a_quantile_and_counts_in_a_mean_go_to_people(
    elsewhere: Callable[..., bool], query: dict[str, Any]
) -> None:
    assert elsewhere(**query)


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "quantiles", "values": "monthly"},
        {"kind": "quantiles", "values": "capped"},
        {"kind": "quantiles", "values": "record", "q": ["mode"]},
        {"kind": "concentration", "values": "monthly"},
        {"kind": "model", "family": "ols", "formula": "monthly ~ age"},
        {"kind": "model", "family": "logit", "formula": "old ~ C(sex)"},
        {"kind": "model", "family": "cox", "formula": "record ~ C(sex)", "event": "employed"},
    ],
)
def test_what_can_hold_one_thing_only_does_not(elsewhere: Callable[..., bool], query: dict[str, Any]) -> None:
    assert not elsewhere(**query)
