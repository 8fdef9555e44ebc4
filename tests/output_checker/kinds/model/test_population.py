from collections.abc import Callable
from typing import Any

import pytest

from output_checker.engine import Engine
from output_checker.errors import UnknownColumnError
from output_checker.kinds.model.population import differing_units
from output_checker.policy import load_policy
from output_checker.query import Query
from tests.output_checker.town import Town


def differing(town: Town, first: dict[str, Any], second: dict[str, Any], unit: str | None = None) -> int:
    queries = [Query.parse({"dataset": "town", **query}) for query in (first, second)]
    with Engine(town.path) as engine:
        return differing_units(*queries, town.dataset, engine, load_policy("essnet"), unit)


def model(formula: str = "income ~ age", **more: Any) -> dict[str, Any]:
    return {"kind": "model", "formula": formula, **more}


def test_the_same_population_differs_by_nobody(people: Town) -> None:
    assert differing(people, model(), model("income ~ C(sex)")) == 0
    assert differing(people, model(where="age > 30"), model(where="NOT age <= 30")) == 0


def test_models_that_differ_by_one_person(with_people: Callable[..., Town]) -> None:
    ages = [99] + [20 + place % 50 for place in range(399)]
    town = with_people(age=ages)
    assert differing(town, model("income ~ hours"), model("income ~ hours", where="age < 99")) == 1


def test_a_missing_value_makes_a_difference(with_people: Callable[..., Town]) -> None:
    hours: list[Any] = [None, None, None] + [place % 30 for place in range(397)]
    town = with_people(hours=hours)
    assert differing(town, model(), model("income ~ age + hours")) == 3
    assert differing(town, model(), model("income ~ age + hours"), "household") == 2


def test_a_model_and_a_table(people: Town) -> None:
    table = {"index": "sex", "where": "sex = 'f'"}
    women = differing(people, table, model(where="sex = 'f'"))
    assert women == 0
    assert differing(people, {"index": "sex"}, model(where="sex = 'f'")) > 100


def test_a_query_that_makes_no_sense_is_refused(people: Town) -> None:
    with pytest.raises(UnknownColumnError):
        differing(people, model("income ~ nobody"), model())
