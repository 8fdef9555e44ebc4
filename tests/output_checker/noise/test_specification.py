from fractions import Fraction
from typing import Any

import pytest

from output_checker.errors import QueryError
from output_checker.query import Query


def query(**noise: Any) -> Query:
    return Query.parse({"dataset": "town", "index": "area", "noise": noise})


def test_amounts_are_exact() -> None:
    asked = query(epsilon=0.1).noise
    assert asked is not None
    assert (asked.amount, asked.pure) == (Fraction(1, 10), True)
    concentrated = query(rho=0.000001).noise
    assert concentrated is not None
    assert (concentrated.amount, concentrated.pure) == (Fraction(1, 10**6), False)


@pytest.mark.parametrize(
    "noise",
    [
        *({}, {"epsilon": 1, "rho": 1}, {"epsilon": 0}, {"epsilon": -1}, {"epsilon": 11}, {"rho": 6}),
        *({"epsilon": float("inf")}, {"epsilon": float("nan")}, {"epsilon": 1e-7}, {"epsilon": "much"}),
    ],
)
def test_amounts_that_promise_nothing_are_refused(noise: dict[str, Any]) -> None:
    with pytest.raises(QueryError) as refused:
        query(**noise)
    assert str(refused.value.field).startswith("noise")


@pytest.mark.parametrize("field", ["seed", "random_state", "bounds", "accountant", "delta"])
def test_nothing_else_can_be_chosen(field: str) -> None:
    with pytest.raises(QueryError, match="no such field"):
        query(epsilon=1, **{field: 1})


def test_noise_is_part_of_the_question() -> None:
    plain = Query.parse({"dataset": "town", "index": "area"})
    assert "noise" not in plain.canonical()
    assert len({plain.digest, query(epsilon=1).digest, query(epsilon=2).digest, query(rho=1).digest}) == 4
    assert query(epsilon=1).digest == query(epsilon=1.0).digest


def test_reviewers_read_it(town: Any) -> None:
    words = query(epsilon=0.5).in_words(town.metadata)
    assert "met ruis, epsilon 0,5" in words.nl
    assert "with noise, rho 0.5" in query(rho=0.5).in_words(town.metadata).en
