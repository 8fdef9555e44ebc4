"""Cells in which all but a few have one value, or one of two extremes."""

from collections.abc import Callable
from typing import Any

import pytest

from output_checker.policy import Policy
from output_checker.verdict import ALL
from tests.output_checker.town import Town, failing

Build = Callable[..., Town]
IN_A = [person for person in range(240) if person // 4 % 4 == 0]


def incomes(*others: float, usual: float = 2_000.0) -> list[float]:
    """In area a everybody earns as usual but for these; elsewhere everybody something else."""
    found = [1000.0 + person for person in range(240)]
    for person in IN_A:
        found[person] = usual
    for person, other in zip(IN_A, others, strict=False):
        found[person] = other
    return found


def noticed(town: Town, **query: Any) -> bool:
    """Whether people look at area a, because few are unusual there."""
    verdict = town.judge(**{"index": "area", "values": "income", "aggfunc": "sum", **query})
    found = [one for one in verdict.findings if "the same (or an extreme) value" in one.reason.en]
    assert all(one.outcome == "review" and one.remedy for one in found)
    return ("a",) in failing(verdict, "threshold", "review") and bool(found)


@pytest.mark.parametrize("aggfunc", ["sum", "mean", "std"])
@pytest.mark.parametrize(
    "others", [(48_372.0, 1.0), (2_500.0, 2_600.0, 2_700.0), tuple(map(float, range(9)))]
)
def test_few_who_differ_from_all_others_are_noticed(
    build: Build, aggfunc: str, others: tuple[float, ...]
) -> None:
    assert noticed(build(income=incomes(*others)), aggfunc=aggfunc)


@pytest.mark.parametrize("number", [10, 12, 30])
def test_many_who_differ_are_not(build: Build, number: int) -> None:
    assert not noticed(build(income=incomes(*(1000.0 + other for other in range(number)))))


@pytest.mark.parametrize("least", [10, 12, 15, 20])
def test_few_who_are_noticed_are_noticed_under_each_stricter_policy(build: Build, least: int) -> None:
    """Twelve of area a earn the same and nine something else: too few to be alike, if that took as many as a cell."""
    others = [1_000.0 + person for person in range(len(IN_A))]
    town = build(
        income=incomes(*others[:9]), age=[30 if person in IN_A[:21] else 60 for person in range(240)]
    )
    policy = {"name": "strict", "version": "1", "title": {"nl": "-", "en": "-"}, "extends": "essnet"}
    strict = Policy.parse(policy | {"rules": {"threshold": {"minimum_units": least}}})
    assert noticed(town, policy=strict, where="age = 30")


def test_a_small_cell_of_all_different_values_is_not(build: Build) -> None:
    town = build()
    assert not noticed(town, where="person_or_less", derive={"person_or_less": "age <= 32"})


def test_all_alike_and_two_kinds_are_judged_as_such(build: Build) -> None:
    assert not noticed(build(income=incomes()))
    assert not noticed(build(income=incomes(*[3_000.0] * 20)))


def test_the_few_between_two_caps_are_noticed(build: Build) -> None:
    """Thirty at the floor, about thirty at the ceiling: what is left of the sum is of the few between."""
    split = incomes(*(9_000.0 + person for person in range(30)), 5_432.0, 5_678.0)
    clipped = {"clipped": "GREATEST(LEAST(income, 6000), 5000)"}
    assert noticed(build(income=split), values="clipped", derive=clipped, where="area = 'a'")


def test_units_with_many_rows_are_compared_by_their_sums(build: Build) -> None:
    """Every household earns 4,000 together but for two."""
    pairs = [2_500.0 if person % 2 else 1_500.0 for person in range(240)]
    pairs[0], pairs[2] = 8_372.0, 9_000.0
    one = {"household": [person // 2 for person in range(240)], "income": pairs}
    assert noticed(build(**one), unit="household", aggfunc="mean")


def test_totals_and_weights_are_looked_at_too(build: Build) -> None:
    town = build(income=[2_000.0] * 238 + [4_837.0, 5_000.0])
    verdict = town.judge(index="area", margins=True, values="income", aggfunc="mean", weights="weight")
    assert failing(verdict, "threshold", "review") == {("d",), (ALL,)}
