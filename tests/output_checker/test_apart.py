"""By how many rows conditions differ, for all pairs at once; and what that saves when much left before."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from output_checker import differences, judge
from output_checker.apart import BITS, rows_apart
from output_checker.engine import DEFAULT_LIMITS, Engine
from output_checker.judge import is_told_by_both
from output_checker.policy import load_policy
from output_checker.query import Query
from output_checker.text import Text
from tests.output_checker.town import SIZE, Town

Build = Callable[..., Town]

POLICY = load_policy("essnet")
NOTHING = differences.DifferenceEvidence(
    Text("personen", "persons"), None, cut_otherwise=False, compared=True
)


def asked(*documents: dict[str, Any]) -> list[Query]:
    return [Query.parse({"dataset": "town", **document}) for document in documents]


def test_every_pair_is_counted_also_of_more_than_one_word(build: Build) -> None:
    conditions = [*(f'"age" < {20 + age}' for age in range(BITS + 3)), "\"sex\" = 'f'", "NULL", "TRUE"]
    with Engine(build().path) as engine:
        found = rows_apart(conditions, engine)
        some = [0, 1, BITS - 1, BITS, BITS + 2, BITS + 3, BITS + 4, BITS + 5]
        for one, other in product(some, some):
            apart = f"coalesce({conditions[one]}, FALSE) <> coalesce({conditions[other]}, FALSE)"
            count = f"SELECT count(*) FROM microdata WHERE {apart}"  # noqa: S608 - of this test
            assert engine.rows(count) == [(found[one, other],)]
    assert found[BITS + 4, BITS + 5] == SIZE


def test_where_rows_are_units_no_pair_is_counted_by_itself(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(differences, "_fewest", pytest.fail)
    persons = town.dataset.metadata.model_copy(
        update={"units": {"person": town.dataset.metadata.units["person"]}}
    )
    queries = asked({"index": "sex"}, *({"index": "sex", "where": f"age < {age}"} for age in range(40, 90)))
    compared = differences.differences(
        queries, replace(town.dataset, metadata=persons), POLICY, DEFAULT_LIMITS
    )
    assert all(one.units for one in compared)


def test_what_left_about_other_rows_is_not_computed_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    examined: list[Query] = []

    def examining(query: Query, *rest: Any) -> Any:
        examined.append(query)
        return examine(query, *rest)

    examine = judge.examine
    monkeypatch.setattr(judge, "examine", examining)
    # Nothing follows from subtracting these: otherwise there was nothing left to compute.
    monkeypatch.setattr(judge, "differences", lambda queries, *_: [NOTHING] * len(queries))
    mine = asked({"index": "sex"})
    same = asked({"index": "area", "where": "age >= 0"})
    others = asked(*({"index": "area", "where": f"age < {age}"} for age in range(40, 60)))
    assert not is_told_by_both(mine, [*others, *same], town.dataset, POLICY)
    assert examined == [*mine, *same]
