"""What statistics by groups share: groups that never vanish, units that are never rows, names that never collide."""

from collections.abc import Callable

import pytest

from output_checker.errors import DatasetError, QueryError, TableTooLargeError
from output_checker.policy import Policy, load_policy
from output_checker.verdict import Outcome
from tests.output_checker.town import SIZE, Town, failing, value

Build = Callable[..., Town]


def median(town: Town, **more: object) -> object:
    return town.judge(kind="quantiles", values="income", **more)


def test_groups_come_in_public_order_and_missing_last(build: Build) -> None:
    town = build(area=[None if person % 5 == 0 else "ba"[person % 2] for person in range(SIZE)])
    verdict = town.judge(kind="quantiles", values="income", by="area")
    assert verdict.table.rows == (("a",), ("b",), ("(missing)",))
    assert verdict.table.labels["area"]["a"].en == "Area a"


def test_without_groups_the_measures_are_the_rows(town: Town) -> None:
    table = town.judge(kind="quantiles", values="income", q=[0.25, 0.5]).table
    assert (table.row_names, table.rows, table.columns) == (("quantile",), (("0.25",), ("0.5",)), ((),))


def test_a_group_without_any_value_is_seen_to_fail(build: Build) -> None:
    income = [None if person // 4 % 4 == 0 else float(person) for person in range(SIZE)]
    verdict = build(income=income).judge(kind="quantiles", values="income", by="area")
    assert failing(verdict, "positions") == {("a", "0.5")}
    assert value(verdict, "a", "0.5") is None


def test_a_group_called_like_the_measures_keeps_its_name(town: Town) -> None:
    verdict = town.judge(kind="quantiles", values="income", derive={"quantile": "sector"}, by="quantile")
    assert (verdict.table.row_names, verdict.table.column_names) == (("quantile",), ("quantile_",))


def test_nobody(town: Town) -> None:
    with pytest.raises(QueryError, match="Nobody satisfies"):
        median(town, where="age > 98")


def test_another_dataset(town: Town) -> None:
    with pytest.raises(QueryError, match="is not here"):
        town.judge(kind="quantiles", dataset="city", values="income")


def test_one_group_twice(town: Town) -> None:
    with pytest.raises(QueryError, match="occurs twice"):
        median(town, by=["sex", "sex"])


def test_no_number(town: Town) -> None:
    with pytest.raises(QueryError, match="is not a number"):
        town.judge(kind="quantiles", values="sex")


def test_too_large(town: Town) -> None:
    small = Policy.parse({**load_policy("essnet").model_dump(), "largest_table": 10})
    with pytest.raises(TableTooLargeError):
        town.judge(small, kind="quantiles", values="income", by="area", q=[0.25, 0.5, 0.75])


def test_a_value_outside_the_public_list(build: Build) -> None:
    with pytest.raises(DatasetError, match="area: area has a value in the microdata outside") as told:
        median(build(area=["a", "zz"] * 120), by="area")
    assert "zz" not in str(told.value)


def test_in_words(town: Town) -> None:
    verdict = town.judge(kind="quantiles", values="income", by="sex", where="age >= 20")
    assert verdict.outcome is Outcome.PASS


@pytest.mark.parametrize("kind", ["quantiles", "histogram", "density", "concentration", "survival"])
def test_the_written_query_names_its_kind(town: Town, kind: str) -> None:
    from output_checker.query import Query

    fields = {"duration": "age", "event": "employed"} if kind == "survival" else {"values": "income"}
    asked = Query.parse({"dataset": "town", "kind": kind, **fields})
    assert f'"kind":"{kind}"' in asked.canonical()
    assert Query.parse(asked.model_dump(mode="json", exclude_defaults=True)) == asked
    words = asked.in_words(town.metadata)
    assert words.nl != words.en
