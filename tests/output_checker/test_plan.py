from collections.abc import Callable
from typing import Any

import pytest

from output_checker.errors import (
    DatasetError,
    ExpressionError,
    LabelError,
    QueryError,
    TableTooLargeError,
    UnknownColumnError,
)
from output_checker.policy import load_policy
from tests.output_checker.town import SIZE, Town, failing, value

Build = Callable[..., Town]


@pytest.mark.parametrize(
    ("query", "error", "field"),
    [
        ({"dataset": "village", "index": "sex"}, QueryError, "dataset"),
        ({"index": "shoe_size"}, UnknownColumnError, "index"),
        ({"index": "sex", "columns": "shoe_size"}, UnknownColumnError, "columns"),
        ({"index": "person"}, ExpressionError, "index"),
        ({"index": "sex", "columns": "household"}, ExpressionError, "columns"),
        ({"index": "income"}, LabelError, "index"),
        ({"index": "sex", "values": "sex", "aggfunc": "sum"}, QueryError, "values"),
        ({"index": "sex", "values": "employed", "aggfunc": "mean"}, QueryError, "values"),
        ({"index": "sex", "values": "person", "aggfunc": "sum"}, ExpressionError, "values"),
        ({"index": "sex", "unit": "street"}, QueryError, "unit"),
        ({"index": "sex", "where": ["age"]}, ExpressionError, "where[0]"),
        ({"index": "sex", "where": ["age > 3", "sum(age) > 3"]}, ExpressionError, "where[1]"),
        ({"index": "sex", "where": ["employed + sex = 3"]}, ExpressionError, "where[0]"),
        ({"index": "sex", "derive": {"AGE": "1"}}, QueryError, "derive.AGE"),
        ({"index": "sex", "derive": {"quarter": "1"}}, QueryError, "derive.quarter"),
        ({"index": "sex", "derive": {"a": "1", "A": "2"}}, QueryError, "derive.A"),
        ({"index": "sex", "derive": {"unused": "getenv('HOME')"}}, ExpressionError, "derive.unused"),
        ({"index": "sex", "derive": {"unused": "employed + sex"}}, ExpressionError, "derive.unused"),
        ({"index": "own", "derive": {"own": "employed + sex"}}, ExpressionError, "derive.own"),
        ({"index": "sex", "where": ["age > 200"]}, QueryError, "where"),
    ],
)
def test_senseless_queries_are_refused_with_their_place(
    town: Town, query: dict[str, Any], error: type[QueryError], field: str
) -> None:
    with pytest.raises(error) as caught:
        town.judge(**query)
    assert caught.value.field == field
    assert caught.value.message.nl != caught.value.message.en


def test_a_value_does_not_leave_in_the_name_of_a_derived_variable(town: Town) -> None:
    with pytest.raises(QueryError, match="more than 2 digits") as caught:
        town.judge(index="income_48213", derive={"income_48213": "sex"})
    assert caught.value.field == "derive.income_48213"
    assert town.judge(index="group_12", derive={"group_12": "sex"}).table.row_names == ("group_12",)


def test_a_table_of_a_million_cells_is_refused_before_it_is_computed(town: Town) -> None:
    derived = {"next": "age // 1", "other": "age // 1 * 1"}
    with pytest.raises(TableTooLargeError) as caught:
        town.judge(index=["age", "next"], columns="other", derive=derived)
    assert caught.value.message.en == "This table can have 1,000,000 cells; at most 100,000 are allowed."
    assert "1.000.000" in caught.value.message.nl


def test_the_policy_says_how_large_a_table_may_be(town: Town) -> None:
    small = load_policy("essnet").model_copy(update={"largest_table": 9})
    with pytest.raises(TableTooLargeError):
        town.judge(policy=small, index="area", columns="sex")


def test_an_expression_that_breaks_on_the_data_is_refused_without_its_values(build: Build) -> None:
    town = build(hours=[9_000_000_000_000_000_000] * SIZE)
    with pytest.raises(Exception, match="cannot be computed") as caught:
        town.judge(index="sex", values="more", aggfunc="sum", derive={"more": "hours * 999"})
    assert "9000000000" not in str(caught.value)


def test_a_view_hides_columns(town: Town) -> None:
    town.seen_through(columns=("sex", "area"))
    assert town.judge(index="area", columns="sex").outcome == "pass"
    for hidden in ({"where": ["age > 30"]}, {"values": "income", "aggfunc": "sum"}):
        with pytest.raises(UnknownColumnError):
            town.judge(index="area", columns="sex", **hidden)


def test_a_view_hides_rows_even_by_a_hidden_column(town: Town) -> None:
    town.seen_through(columns=("sex",), row_filter="area = 'a'")
    verdict = town.judge(index="sex", margins=True)
    assert value(verdict, "All") == SIZE / 4


@pytest.mark.parametrize("row_filter", ["area = (SELECT 1)", "employed + sex", "age"])
def test_a_malformed_row_filter_hides_everything(town: Town, row_filter: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        town.seen_through(row_filter=row_filter).judge(index="sex")
    assert caught.value.field == "row_filter"


def test_values_outside_the_public_list_are_not_shown(build: Build) -> None:
    with pytest.raises(
        DatasetError, match="area has a value in the microdata outside its public list"
    ) as caught:
        build(area=["secret"] * 20 + ["a"] * 220).judge(index="area")
    assert "secret" not in str(caught.value)


def test_smuggled_labels_fail_or_are_refused(town: Town) -> None:
    assert failing(town.judge(index="sex"), "threshold") == set()
    with pytest.raises(LabelError):
        town.judge(index="own", derive={"own": "case when age = 37 then 52731 else 1 end"})
    with pytest.raises(ExpressionError):
        town.judge(
            index="own", derive={"own": "case when age = 37 then 'the mayor earns 52731' else 'f' end"}
        )
