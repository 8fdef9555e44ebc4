"""The table underneath several outputs: what it holds, and when there is none."""

from collections.abc import Callable
from typing import Any

import pytest

from output_checker.crossing import is_safe_together, underlying
from output_checker.engine import DEFAULT_LIMITS
from output_checker.judge import judge_together
from output_checker.kinds.table.query import TableQuery
from output_checker.policy import load_policy
from output_checker.query import Query
from tests.output_checker.town import Town

OLD = {"old": "CASE WHEN age >= 50 THEN 1 ELSE 0 END"}


@pytest.fixture
def crossed(town: Town) -> Callable[..., TableQuery | None]:
    def found(*queries: dict[str, Any]) -> TableQuery | None:
        return underlying([TableQuery.parse({"dataset": "town", **query}) for query in queries], town.dataset)

    return found


@pytest.fixture
def safe(town: Town) -> Callable[..., bool]:
    def found(*queries: dict[str, Any]) -> bool:
        asked = [Query.parse({"dataset": "town", **query}) for query in queries]
        return is_safe_together(asked, town.dataset, load_policy("essnet"), DEFAULT_LIMITS)

    return found


def test_every_combination_of_populations_is_a_class(crossed: Callable[..., Any]) -> None:
    table = crossed({"index": "sex", "where": "age < 50"}, {"index": "area", "where": "employed"})
    assert table.index == ("sex", "area", "which")
    assert table.where == ("(age < 50) OR (employed)",)
    assert table.derive["which"] == (
        "CASE WHEN ((age < 50)) AND ((employed)) THEN 3 WHEN ((age < 50)) THEN 1 WHEN ((employed)) THEN 2 END"
    )


def test_the_name_of_that_class_is_free(crossed: Callable[..., Any]) -> None:
    both = {"index": "which", "derive": {"which": "employed"}}
    assert crossed(both, {**both, "where": "age < 50"}).index == ("which", "which_")


def test_populations_that_the_classes_tell_are_no_class(crossed: Callable[..., Any]) -> None:
    assert crossed({"index": "area", "where": "area = 'a'"}, {"index": "area"}).index == ("area",)


def test_classes_that_other_classes_tell_are_left_out(crossed: Callable[..., Any]) -> None:
    assert crossed({"index": "half", "derive": {"half": "area"}}, {"index": "area"}).index == ("area",)


def test_classes_that_unite_other_classes_are_safe_beside_them(safe: Callable[..., bool]) -> None:
    bands = {"derive": {"band": "age // 20 * 20", "wide": "age >= 40"}}
    ages: dict[str, Any] = {"kind": "histogram", "values": "age", "bins": [20, 40, 60, 99]}
    assert safe({"index": "band", **bands}, {"index": "wide", **bands})
    assert safe({"index": "band", **bands}, ages)
    assert not safe({"index": "wide", **bands}, {**ages, "bins": [20, 41, 99]})
    assert safe(ages, {"index": "busy", "derive": {"busy": "hours >= 20"}}, {"index": "wide", **bands})


def test_yes_and_no_are_classes_and_so_is_having_a_value(crossed: Callable[..., Any]) -> None:
    table = crossed(
        {"index": "area", "values": ["old", "hours"], "aggfunc": ["count", "sum", "std"], "derive": OLD}
    )
    assert table.index == ("area", "has_old", "old")
    assert table.derive["has_old"] == "CASE WHEN old IS NULL THEN 0 ELSE 1 END"
    assert table.aggfunc == {"hours": ("count", "sum", "std")}


def test_a_ratio_is_two_sums(crossed: Callable[..., Any]) -> None:
    table = crossed({"index": "area", "values": "income", "over": "hours", "aggfunc": "ratio"})
    assert table.aggfunc == {"income": ("sum",), "hours": ("sum",)}


@pytest.mark.parametrize(
    "queries",
    [
        ({"index": "x", "derive": {"x": "age > 40"}}, {"index": "x", "derive": {"x": "age > 50"}}),
        ({"index": "area"}, {"index": "area", "unit": "household"}),
        ({"index": "area"}, {"index": "area", "weights": "weight"}),
        tuple({"index": "area", "where": f"hours > {hours}"} for hours in range(4)),
        ({"index": ["area", "sex", "sector"]}, {"index": ["employed", "age", "quarter"]}),
    ],
)
def test_what_is_too_much_for_one_table(
    crossed: Callable[..., Any], queries: tuple[dict[str, Any], ...]
) -> None:
    assert crossed(*queries) is None


def test_halves_of_a_safe_table_are_safe(safe: Callable[..., bool]) -> None:
    bins = {"kind": "histogram", "values": "age", "bins": [20, 50, 80]}
    assert safe({"index": "sex", "where": "age < 50"}, {"index": "sex", "where": "age >= 50"})
    assert safe({**bins, "where": "employed"}, {**bins, "where": "NOT employed"})


@pytest.mark.parametrize(
    "other",
    [
        {"index": "sex", "where": "age >= 21"},
        {"index": "sex", "where": "age >= 50", "hide": [{"sex": "f"}]},
        {"index": "sex", "where": "hours > nobody"},
        {"kind": "quantiles", "values": "income"},
    ],
)
def test_few_between_them_or_no_table_at_all_is_not_safe(
    safe: Callable[..., bool], other: dict[str, Any]
) -> None:
    assert not safe({"index": "sex"}, other)


def test_own_variables_are_never_safe(safe: Callable[..., bool]) -> None:
    own = {"type": "boolean", "label": {"nl": "x", "en": "x"}, "code": "x", "sha256": "0" * 64}
    assert not safe({"index": "sex", "own": {"x": own}}, {"index": "sex"})


def test_values_that_few_more_have_are_not_safe(build: Callable[..., Town]) -> None:
    """Of the many that one table counts more than the other, two have an income."""
    town = build(
        income=[1000.0 + person if person % 2 == 0 or person < 4 else None for person in range(240)],
        age=[30 if person % 2 == 0 else 60 for person in range(240)],
    )
    counted = {"dataset": "town", "index": "sex", "values": "income", "aggfunc": "count"}
    asked = [Query.parse(counted), Query.parse({**counted, "where": "age < 50"})]
    verdicts = judge_together(asked, town.dataset, load_policy("essnet"))
    assert [verdict.outcome for verdict in verdicts] == ["review", "review"]
