"""How many numbers an answer with noise counts for: what has to be kept, shown and released."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.budget.answering import numbers_in
from output_checker.noise.judgement import verdict_on
from output_checker.noise.plan import plan_of
from output_checker.query import Query
from output_checker.verdict import PolicyReference
from tests.output_checker.noise.town import ask
from tests.output_checker.town import Town

POLICY = PolicyReference(name="none", version="1", digest="0" * 64)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


@pytest.mark.parametrize(
    "question",
    [
        {"index": "area", "columns": "sex", "margins": True},
        {"index": ["quarter", "area"], "columns": "sex", "subtotals": True, "margins": True},
        {"index": "sex", "values": "income", "aggfunc": ["count", "sum"], "margins": True},
        {"kind": "histogram", "values": "age", "bins": [0, 50, 100], "by": "sex"},
    ],
)
def test_it_is_what_the_table_holds(town: Town, question: dict[str, Any]) -> None:
    plan = plan_of(Query.parse({"dataset": "town", "noise": {"epsilon": 1}, **question}), town.dataset)
    assert numbers_in(plan) == len(verdict_on(ask(town, **question), POLICY).table.cells)


def test_places_that_cannot_be_count_where_they_outnumber_the_numbers(town: Town) -> None:
    """An area is in one quarter, but a table of one by the other has a place for every pair."""
    question = {"index": "area", "columns": "quarter"}
    plan = plan_of(Query.parse({"dataset": "town", "noise": {"epsilon": 1}, **question}), town.dataset)
    found = ask(town, **question)
    cells = verdict_on(found, POLICY).table.cells
    assert len(found.table.lines) < numbers_in(plan) == len(cells)
    assert sum(cell.value is None for cell in cells) == len(cells) - len(found.table.lines)


def test_of_quantiles_the_narrow_bins_count(town: Town) -> None:
    question = {"kind": "quantiles", "values": "age"}
    plan = plan_of(Query.parse({"dataset": "town", "noise": {"epsilon": 1}, **question}), town.dataset)
    assert numbers_in(plan) > 100 > len(ask(town, **question).table.lines)
