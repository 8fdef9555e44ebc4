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
    "half": "CASE WHEN sector = 2 THEN 1 ELSE 0 END",
}


def rules(town: Town, **query: Any) -> set[str]:
    verdict = town.judge(index="area", derive=DERIVED, **query)
    return {finding.rule for finding in verdict.findings if finding.outcome == "review"}


@pytest.mark.parametrize("name", ["square", "mixed", "stepped", "rounded"])
@pytest.mark.parametrize("aggfunc", ["sum", "mean", "std"])
def test_what_is_composed_goes_to_people(town: Town, name: str, aggfunc: str) -> None:
    assert "composed_values" in rules(town, values=name, aggfunc=aggfunc)


@pytest.mark.parametrize("name", ["linear", "negative", "half", "income"])
def test_units_of_measure_and_yes_and_no_do_not(town: Town, name: str) -> None:
    assert "composed_values" not in rules(town, values=name, aggfunc="sum")


def test_a_composed_denominator_goes_too(town: Town) -> None:
    assert "composed_values" in rules(town, values="income", aggfunc="ratio", over="mixed")


def test_counting_values_tells_nothing_of_how_they_are_composed(town: Town) -> None:
    assert "composed_values" not in rules(town, values="mixed", aggfunc="count")
