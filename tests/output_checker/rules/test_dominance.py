from collections.abc import Callable

import pytest

from tests.output_checker.town import SIZE, Town, failing

Build = Callable[..., Town]
AREA = ["a"] * 20 + ["b"] * 120 + ["c"] * 100


def incomes(*first: float, rest: float = 1.0) -> list[float]:
    return [*first, *[rest] * (SIZE - len(first))]


@pytest.mark.parametrize("aggfunc", ["sum", "mean"])
@pytest.mark.parametrize(("largest", "fails"), [(19.0, False), (19.5, True)])
def test_more_than_half_is_too_much(build: Build, aggfunc: str, largest: float, fails: bool) -> None:
    town = build(area=AREA, income=incomes(largest))
    verdict = town.judge(index="area", values="income", aggfunc=aggfunc)
    assert failing(verdict, "dominance") == ({("a",)} if fails else set())


def test_counts_have_no_dominant_units(build: Build) -> None:
    verdict = build(area=AREA, income=incomes(1e5)).judge(index="area", values="income")
    assert verdict.findings == ()


def test_one_negative_value_does_not_switch_the_rule_off(build: Build) -> None:
    town = build(area=AREA, income=incomes(1000.0, -1000.0, -1.0))
    assert failing(town.judge(index="area", values="income", aggfunc="sum"), "dominance") == set()
    town = build(area=AREA, income=incomes(-5000.0, 1000.0))
    assert failing(town.judge(index="area", values="income", aggfunc="sum"), "dominance") == {("a",)}


def test_rows_of_one_unit_are_summed_first(build: Build) -> None:
    document = build().metadata.model_dump()
    document["units"]["person"]["one_row_per_unit"] = False
    person = [0] * 8 + list(range(8, SIZE))
    town = build(document=document, area=AREA, person=person, income=incomes(*[2.0] * 8))
    verdict = town.judge(index="area", values="income", aggfunc="sum")
    assert failing(verdict, "dominance") == {("a",)}


def test_a_household_may_dominate_where_no_person_does(build: Build) -> None:
    household = [0] * 8 + list(range(8, SIZE))
    town = build(area=AREA, household=household, income=incomes(*[2.0] * 8))
    persons = town.judge(index="area", values="income", aggfunc="sum")
    households = town.judge(index="area", values="income", aggfunc="sum", unit="household")
    assert failing(persons, "dominance") == set()
    assert failing(households, "dominance") == {("a",)}


def test_nothing_dominates_a_total_of_nothing(build: Build) -> None:
    verdict = build(area=AREA, income=incomes(rest=0.0)).judge(index="area", values="income", aggfunc="sum")
    assert failing(verdict, "dominance") == set()


def test_says_what_is_wrong(build: Build) -> None:
    verdict = build(area=AREA, income=incomes(57.0)).judge(index="area", values="income", aggfunc="sum")
    finding = next(finding for finding in verdict.findings if finding.rule == "dominance")
    assert finding.reason.nl == "1 cel waarin één van de personen meer dan 50 % van het totaal uitmaakt."
    assert finding.remedy.en == "Merge categories of area with their neighbours (3 categories now)."
    assert finding.evidence == {"largest_share": 0.5, "shares": (0.75,)}
