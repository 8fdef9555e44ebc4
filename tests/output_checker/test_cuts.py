"""What conflicts: outputs that divide the same variable in two ways of their own."""

from typing import Any

import pytest

from output_checker.cuts import cuts_of
from output_checker.query import Query
from tests.output_checker.town import Town

DERIVED = {
    "old": "age >= 60",
    "older": "age >= 60 OR hours = 7",
    "monthly": "income / 12",
    "kind": "quarter",
} | {
    "upper": "income * 1e304",
    "uppermost": "income * 1.001e304",
}


@pytest.fixture
def conflict(town: Town) -> Any:
    def conflicts(one: dict[str, Any], other: dict[str, Any]) -> bool:
        first, second = (
            cuts_of(Query.parse({"dataset": "town", "derive": DERIVED, **query}), town.dataset)
            for query in (one, other)
        )
        assert first.conflicts(second) is second.conflicts(first)
        return first.conflicts(second)

    return conflicts


def histogram(*bins: float, values: str = "age") -> dict[str, Any]:
    return {"kind": "histogram", "values": values, "bins": bins}


def quantiles(q: float, by: str = "area", values: str = "age") -> dict[str, Any]:
    return {"kind": "quantiles", "values": values, "q": q, "by": by}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"index": "old"}, {"index": "older"}),
        ({"index": "old"}, {"index": ["old", "older"]}),
        ({"index": "old"}, histogram(20, 60, 80)),
        (histogram(20, 60, 80), histogram(20, 61, 80)),
        (quantiles(0.5), quantiles(0.501)),
        (quantiles(0.5), {**quantiles(0.5), "weights": "weight"}),
        (quantiles(0.5), histogram(20, 60, 80)),
        (
            {"index": "area", "values": "upper", "aggfunc": "count"},
            {"index": "area", "values": "uppermost", "aggfunc": "count"},
        ),
        ({"index": "older"}, {"index": "age"}),
        (
            {"index": "area", "values": "older", "aggfunc": "count"},
            {"kind": "model", "formula": "income ~ age"},
        ),
        ({"index": "area", "values": "old", "aggfunc": "count"}, {"index": "older"}),
    ],
)
def test_two_ways_of_one_variable(conflict: Any, one: dict[str, Any], other: dict[str, Any]) -> None:
    assert conflict(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"index": "old"}, {"index": "old", "columns": "sex"}),
        ({"index": "old"}, {"index": "age"}),
        ({"index": "old"}, {"index": "sex"}),
        ({"index": "kind"}, {"index": "area"}),
        ({"index": "older", "columns": "age"}, {"index": "older"}),
        ({"index": "area", "values": "monthly", "aggfunc": "sum"}, {"index": "area"}),
        (histogram(20, 60, 80), histogram(0, 20_000, 900_000, values="income")),
        (quantiles(0.5), quantiles(0.25, by="sex")),
        (quantiles(0.5), quantiles(0.25, values="income")),
        ({"kind": "model", "formula": "income ~ age"}, {"index": "sex"}),
    ],
)
def test_what_cannot_be_subtracted(conflict: Any, one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not conflict(one, other)
