"""Figures are judged as the tables that they show."""

from collections.abc import Callable
from typing import Any

import pytest

from output_checker.errors import QueryError
from output_checker.kinds.figure import kind
from output_checker.query import Query
from output_checker.verdict import Outcome
from tests.output_checker.town import SIZE, Town

COUNT = {"dataset": "town", "index": "area", "columns": "sex"}


def asked(of: dict[str, Any], mark: str, **more: Any) -> Query:
    return Query.parse({"kind": "figure", "mark": mark, "of": of, **more})


@pytest.mark.parametrize(
    "of", [COUNT, {**COUNT, "index": "age"}, {"dataset": "town", "kind": "quantiles", "values": "income"}]
)
def test_the_verdict_is_that_of_the_table(town: Town, of: dict[str, Any]) -> None:
    table = town.judge(**of)
    figure = town.judge(kind="figure", of=of, mark="bar")
    assert (figure.outcome, figure.findings, figure.table) == (table.outcome, table.findings, table.table)
    assert figure.query_digest != table.query_digest


def test_groups_of_one_fail(town: Town) -> None:
    assert town.judge(kind="figure", of={**COUNT, "where": "age = 20"}, mark="bar").outcome is Outcome.FAIL


def test_the_written_query_holds_the_one_underneath() -> None:
    figure = asked({**COUNT, "unit": "household", "kind": "table"}, "bar")
    assert (figure.dataset, figure.unit) == ("town", "household")
    assert Query.parse(figure.model_dump(mode="json", exclude_defaults=True)) == figure
    deeper = asked({"dataset": "town", "kind": "quantiles", "values": "income"}, "box")
    assert '"of":{"dataset":"town","kind":"quantiles","values":"income"}' in deeper.canonical()
    assert Query.parse(deeper.model_dump(mode="json", exclude_defaults=True)) == deeper


def test_in_words(town: Town) -> None:
    words = asked({**COUNT, "where": "age > 30", "margins": True}, "bar").in_words(town.metadata)
    assert (
        words.en
        == "Bar chart: number of persons by area × sex; only where age > 30; with totals. Population: All inhabitants."
    )
    assert words.nl.startswith("Staafdiagram: aantal personen")
    assert asked(COUNT, "bar").result_name == "count"


@pytest.mark.parametrize(
    ("of", "more", "english"),
    [
        (COUNT, {"mark": "survival"}, "cannot be drawn like that.*bar, line, map"),
        (COUNT, {"mark": "pie"}, "Choose from"),
        (COUNT, {"mark": "bar", "where": "age > 3"}, "belong to the query itself"),
        (COUNT, {"mark": "bar", "dataset": "city"}, "belong to the query itself"),
        (COUNT, {"mark": "bar", "unit": "household"}, "belong to the query itself"),
        ({"kind": "figure", "mark": "bar", "of": COUNT}, {"mark": "bar"}, "cannot be drawn"),
        ({"index": "sex"}, {"mark": "bar"}, "dataset: This field is missing"),
        (7, {"mark": "bar"}, "right form"),
    ],
)
def test_what_is_refused_before_running(of: Any, more: dict[str, Any], english: str) -> None:
    with pytest.raises(QueryError, match=english):
        asked(of, **more)


def test_a_figure_needs_a_table() -> None:
    with pytest.raises(QueryError, match="missing"):
        Query.parse({"kind": "figure", "mark": "bar", "dataset": "town"})
    with pytest.raises(QueryError, match="right form"):
        kind.FigureQuery.parse([])


def test_more_than_can_be_told_apart(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "MAX_CELLS", 5)
    with pytest.raises(QueryError, match="at most 5 cells"):
        town.judge(kind="figure", of=COUNT, mark="bar")


def test_what_the_table_hides_the_figure_does_not_draw(build: Callable[..., Town]) -> None:
    town = build(area=["a"] * 7 + ["b"] * 113 + ["c"] * 120, household=range(SIZE))
    of = {"dataset": "town", "index": "area", "hide": "failing"}
    figure, table = town.judge(kind="figure", of=of, mark="bar"), town.judge(**of)
    assert figure.table == table.table
    assert "hidden" in {cell.status for cell in figure.table.cells}
    assert figure.outcome is table.outcome
