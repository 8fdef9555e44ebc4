"""Which numbers of units readers are told, and by how few two of them differ."""

from collections.abc import Callable
from typing import Any

import pytest

from output_checker.engine import DEFAULT_LIMITS
from output_checker.examination import examine
from output_checker.policy import load_policy
from output_checker.query import Query
from output_checker.rules.missing_values import MissingEvidence
from output_checker.told import missing_within, nearly_told
from tests.output_checker.rules.test_missing_values import lacking
from tests.output_checker.town import Town

ANSWERED: dict[str, Any] = {"index": "area", "values": "income", "aggfunc": "count"}
HOUSEHOLDS = [person // 2 for person in range(240)]


@pytest.fixture
def few(build: Callable[..., Town]) -> Town:
    """Four persons of area a have no income."""
    return build(income=lacking(4))


def within(town: Town, *, all_units: bool = False, **query: Any) -> dict[int, int] | None:
    """The differences within a table."""
    asked = Query.parse({"dataset": "town", "index": "area", **query})
    parts = examine(asked, town.dataset, load_policy("essnet"), DEFAULT_LIMITS).computed.parts
    told = [part for part in parts if not isinstance(part.evidence, MissingEvidence)]
    found = missing_within(told, all_units=all_units)
    return None if found is None else dict(found.differences)


def between(town: Town, *queries: dict[str, Any], hidden: tuple[set[int], ...] = ()) -> list[int | None]:
    """The smallest difference of each query of a request with another."""
    asked = [Query.parse({"dataset": "town", **query}) for query in queries]
    policy = load_policy("essnet")
    examinations = [examine(query, town.dataset, policy, DEFAULT_LIMITS) for query in asked]
    return nearly_told(examinations, hidden or [set()] * len(asked), town.dataset, DEFAULT_LIMITS)


@pytest.mark.parametrize(
    "query",
    [
        {"values": ["income", "hours"], "aggfunc": "count"},
        {"values": ["income", "hours"], "aggfunc": "mean"},
        {"values": ["income", "hours"], "aggfunc": "count", "weights": "weight"},
    ],
)
def test_counts_and_means_tell(few: Town, query: dict[str, Any]) -> None:
    assert within(few, **query) == {0: 4, 1: 4}


def test_weighted_means_tell_beside_the_sums(few: Town) -> None:
    both: dict[str, Any] = {"values": ["income", "hours"], "weights": "weight"}
    assert within(few, **both, aggfunc="mean") is None
    assert within(few, **both, aggfunc=["sum", "mean"]) == {2: 4, 3: 4}


@pytest.mark.parametrize(
    "query",
    [{}, {"values": "income", "aggfunc": "mean"}, {"values": ["income", "hours"], "aggfunc": "sum"}],
)
def test_one_number_or_none_tells_nothing(few: Town, query: dict[str, Any]) -> None:
    assert within(few, **query) is None


def test_who_knows_all_units_sees_who_lacks_a_value(few: Town) -> None:
    assert within(few, all_units=True, values="income", aggfunc="count") == {0: 4}
    assert within(few, all_units=True, values="income", aggfunc="sum") is None


@pytest.mark.parametrize(
    "other",
    [
        {"index": "area"},
        {"index": ["quarter", "sex"], "columns": "area"},
        {"index": "quarter"},
        {"index": "sex", "columns": "sector"},
        {"index": "area", "where": "hours >= 0"},
        {"kind": "figure", "mark": "bar", "of": {"dataset": "town", "index": "area"}},
        {"kind": "histogram", "values": "age", "bins": [20, 40, 60, 80]},
        {"kind": "test", "test": "chi2", "by": ["area", "sex"]},
    ],
)
def test_outputs_about_the_same_units_differ(few: Town, other: dict[str, Any]) -> None:
    assert between(few, ANSWERED, other) == [4, 4]


@pytest.mark.parametrize(
    "other",
    [
        {"index": "area", "where": "sex = 'f'"},
        {"index": "area", "weights": "weight"},
        {"index": "area", "values": "hours", "aggfunc": "sum"},
        {"kind": "quantiles", "values": "age"},
        {**ANSWERED, "columns": "sex"},
    ],
)
def test_other_units_and_other_numbers_do_not(few: Town, other: dict[str, Any]) -> None:
    assert between(few, ANSWERED, other) == [None, None]


def test_each_output_is_compared_with_all_others(few: Town) -> None:
    assert between(few, ANSWERED, {"index": "area", "where": "age > 40"}, {"index": "sex"}) == [4, None, 4]
    assert between(few, ANSWERED) == [None]


def test_two_histograms_have_bins_of_their_own(few: Town) -> None:
    one, other = ({"kind": "histogram", "values": "age", "bins": [20, edge, 80]} for edge in (40, 60))
    assert between(few, one, other) == [None, None]


def test_what_is_hidden_is_not_told(few: Town) -> None:
    everybody = {"index": "area", "margins": True}
    answered = {**ANSWERED, "margins": True}
    assert between(few, answered, everybody) == [4, 4]
    assert between(few, ANSWERED, {"index": "area"}, hidden=({0}, set())) == [None, None]
    assert between(few, ANSWERED, {"index": "quarter"}, hidden=({0}, set())) == [None, None]
    assert between(few, answered, everybody, hidden=({0, 4}, set())) == [None, None]
    assert between(few, ANSWERED, {"index": "area"}, hidden=({0, 1, 2, 3}, set())) == [None, None]


def test_units_in_two_cells_cannot_be_added_up(build: Callable[..., Town]) -> None:
    """Each household has a man and a woman: their number is not that of men and women together."""
    town = build(income=lacking(4), household=HOUSEHOLDS, sex=["fm"[person % 2] for person in range(240)])
    by_sex = {"index": "sex", "columns": "area", "unit": "household"}
    assert between(town, {**ANSWERED, "unit": "household"}, by_sex) == [None, None]
    assert between(town, {**ANSWERED, "unit": "household"}, {"index": "area", "unit": "household"}) == [2, 2]
