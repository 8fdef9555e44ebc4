"""Hidden cells beside outputs that the audit cannot add up go to people."""

from collections.abc import Callable
from typing import Any

import pytest

from output_checker.judge import judge_together
from output_checker.policy import load_policy
from output_checker.query import Query
from output_checker.verdict import Outcome
from tests.output_checker.town import Town

Build = Callable[..., Town]
AREA = ["abcd"[person % 4] if person < 236 else "e" for person in range(240)]
"""Four people live in area e."""

HIDDEN = {"index": "area", "hide": [{"area": "e"}]}
SUM = {**HIDDEN, "values": "income", "aggfunc": "sum"}
COUNT = {"index": "sex", "values": "income", "aggfunc": "count"}


@pytest.fixture
def village(build: Build) -> Town:
    return build(area=AREA, household=range(240), income=[1000.0 + person % 90 for person in range(240)])


def outcome(village: Town, *queries: dict[str, Any]) -> Outcome:
    asked = [Query.parse({"dataset": "town", **query}) for query in queries]
    first = judge_together(asked, village.dataset, load_policy("essnet"))[0]
    assert all(finding.rule == "hidden_cells" for finding in first.findings)
    return first.outcome


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "model", "formula": "income ~ age"},
        {"kind": "histogram", "values": "age", "bins": [20, 50, 80]},
        COUNT,
        {"index": "sex", "weights": "weight"},
    ],
)
def test_what_may_tell_the_hidden_count(village: Town, other: dict[str, Any]) -> None:
    assert outcome(village, HIDDEN, other) is Outcome.REVIEW


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "quantiles", "values": "income"},
        {"kind": "concentration", "values": "income"},
        {"index": "sex", "values": "income", "aggfunc": "mean"},
        {"index": "sex", "values": "hours", "aggfunc": ["count", "sum", "mean"]},
    ],
)
def test_what_says_nothing_of_it(village: Town, other: dict[str, Any]) -> None:
    assert outcome(village, {**HIDDEN, "where": "hours > 0"}, {**other, "where": "hours > 0"}) in (
        Outcome.PASS,
        Outcome.REVIEW,
    )


def test_counts_of_those_with_a_value_differ_where_some_have_none(build: Build) -> None:
    some = [None if person % 3 == 0 else 1000.0 + person for person in range(240)]
    village = build(area=AREA, household=range(240), income=some)
    assert outcome(village, HIDDEN, COUNT) is Outcome.PASS


def test_weights_that_differ_are_no_counts(build: Build) -> None:
    weights = [1.0 + person % 7 for person in range(240)]
    village = build(area=AREA, household=range(240), weight=weights)
    assert outcome(village, HIDDEN, {"index": "sex", "weights": "weight"}) is Outcome.PASS


def test_medians_say_nothing(village: Town) -> None:
    assert outcome(village, HIDDEN, {"kind": "quantiles", "values": "income"}) is Outcome.PASS


def test_sums_of_another_variable_say_nothing(village: Town) -> None:
    assert outcome(village, SUM, {"index": "sex", "values": "hours", "aggfunc": "sum"}) is Outcome.PASS


def test_the_same_money_in_another_unit(village: Town) -> None:
    derive = {"monthly": "income / 12"}
    other = {"index": "sex", "values": "monthly", "aggfunc": "sum", "derive": derive}
    assert outcome(village, {**SUM, "derive": derive}, other) is Outcome.REVIEW


def test_the_spread_of_the_same_elsewhere(village: Town) -> None:
    spread = {"values": "income", "aggfunc": "std"}
    assert outcome(village, {**HIDDEN, **spread}, {"index": "sex", **spread}) is Outcome.REVIEW


def test_a_sum_divided_by_its_mean_is_a_count(village: Town) -> None:
    mean = {**SUM, "aggfunc": "mean"}
    assert outcome(village, SUM, mean) is Outcome.REVIEW
    assert outcome(village, {**SUM, "aggfunc": ["sum", "mean"]}) is Outcome.PASS


def test_with_totals_the_count_has_to_be_audited_too(village: Town) -> None:
    hide = [{"area": "e"}, {"area": "d"}]
    both = {**SUM, "hide": hide, "margins": True, "aggfunc": ["sum", "mean"]}
    assert outcome(village, both) is Outcome.REVIEW
    assert outcome(village, {**both, "aggfunc": ["count", "sum", "mean"]}) is Outcome.PASS
