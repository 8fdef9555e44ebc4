from collections.abc import Callable

import pytest

from output_checker.verdict import Outcome
from tests.output_checker.town import SIZE, Town, failing, metadata_document

Build = Callable[..., Town]


def areas(small: int) -> list[str]:
    """Everybody in area a, except ``small`` persons in area b and sixty in c."""
    return ["b"] * small + ["c"] * 60 + ["a"] * (SIZE - small - 60)


@pytest.mark.parametrize(("persons", "fails"), [(9, True), (10, False)])
def test_ten_units_are_enough_and_nine_are_not(build: Build, persons: int, fails: bool) -> None:
    verdict = build(area=areas(persons), household=range(SIZE)).judge(index="area")
    assert failing(verdict, "threshold") == ({("b",)} if fails else set())
    assert verdict.outcome == (Outcome.FAIL if fails else Outcome.PASS)


def test_says_how_many_and_what_to_do_in_both_languages(build: Build) -> None:
    finding = build(area=areas(4)).judge(index="area", columns="sex").findings[-1]
    assert finding.reason.nl == "2 cellen met minder dan 10 personen."
    assert finding.reason.en == "2 cells with fewer than 10 persons."
    assert (
        finding.remedy.en
        == "Merge categories of area with their neighbours (3 categories now), or drop area."
    )
    assert finding.evidence == {"minimum_units": 10, "counts": (2, 2)}


def test_one_person_with_many_rows_is_one_unit(build: Build) -> None:
    document = build().metadata.model_dump()
    document["units"]["person"]["one_row_per_unit"] = False
    verdict = build(document=document, area=areas(30), person=[0] * 30 + list(range(1, SIZE - 29))).judge(
        index="area"
    )
    assert failing(verdict, "threshold") == {("b",)}


def test_few_with_a_value_in_a_large_cell(build: Build) -> None:
    income = [None] * 25 + [5.0] * (SIZE - 25)
    verdict = build(area=areas(30), income=income).judge(index="area", values="income", aggfunc="mean")
    assert failing(verdict, "threshold") == {("b",)}
    assert "with a value" in verdict.findings[-1].reason.en


def test_nobody_with_a_value_says_that_all_lack_one(build: Build) -> None:
    income = [None] * 30 + [5.0] * (SIZE - 30)
    verdict = build(area=areas(30), income=income).judge(index="area", values="income", aggfunc="sum")
    assert ("b",) in failing(verdict, "threshold")


def test_numbers_for_no_answer_are_no_values(build: Build) -> None:
    income = [-9.0] * 25 + [5.0] * (SIZE - 25)
    verdict = build(area=areas(30), income=income).judge(index="area", values="income", aggfunc="mean")
    assert failing(verdict, "threshold") == {("b",)}


def test_many_persons_of_few_households_go_to_people(build: Build) -> None:
    household = [person // 10 for person in range(30)] + list(range(100, 100 + SIZE - 30))
    verdict = build(area=areas(30), household=household).judge(index="area")
    assert failing(verdict, "threshold", "review") == {("b",)}
    assert verdict.outcome is Outcome.REVIEW
    assert verdict.findings[0].reason.en == "1 cell with enough persons, but from fewer than 10 households."


def test_households_can_be_the_unit_that_counts(build: Build) -> None:
    household = [person // 10 for person in range(30)] + list(range(100, 100 + SIZE - 30))
    verdict = build(area=areas(30), household=household).judge(index="area", unit="household")
    assert failing(verdict, "threshold") == {("b",)}


def test_a_small_missing_category_does_not_vanish(build: Build) -> None:
    verdict = build(area=[None] * 5 + ["a"] * 120 + ["b"] * 115).judge(index="area")
    assert failing(verdict, "threshold") == {("(missing)",)}


def test_margins_are_numbers_too(build: Build) -> None:
    verdict = build(area=areas(4)).judge(index="area", columns="sex", margins=True)
    assert ("b", "All") in failing(verdict, "threshold")


AREA = ["a"] * 60 + ["b"] * 90 + ["c"] * 90


@pytest.mark.parametrize("aggfunc", ["sum", "mean", "std"])
@pytest.mark.parametrize(("ill", "fails"), [(9, True), (10, False), (50, False), (51, True)])
def test_a_sum_of_yes_and_no_is_two_counts(build: Build, aggfunc: str, ill: int, fails: bool) -> None:
    sector = [2 if (person < ill if person < 60 else person % 2) else 1 for person in range(SIZE)]
    verdict = build(area=AREA, sector=sector, household=range(SIZE)).judge(
        index="area", values="sector", aggfunc=aggfunc
    )
    assert failing(verdict, "threshold") == ({("a",)} if fails else set())


def test_two_values_by_chance_go_to_people(build: Build) -> None:
    hours = [40 if person < 55 else 32 for person in range(60)] + [person % 40 for person in range(SIZE - 60)]
    verdict = build(area=AREA, hours=hours, household=range(SIZE)).judge(
        index="area", values="hours", aggfunc="mean"
    )
    assert failing(verdict, "threshold", "review") == {("a",)}
    assert verdict.outcome is Outcome.REVIEW


def test_a_sum_of_few_among_zeros_goes_to_people(build: Build) -> None:
    income = [100.0, 90.0, 80.0] + [0.0] * 57 + [1000.0 + person for person in range(SIZE - 60)]
    verdict = build(area=AREA, income=income, household=range(SIZE)).judge(
        index="area", values="income", aggfunc="sum"
    )
    assert failing(verdict, "threshold", "review") == {("a",)}
    assert "one other than zero" in verdict.findings[0].reason.en


@pytest.mark.parametrize("most_rows", [None, 5])
@pytest.mark.parametrize("ill", [3, 6])
def test_few_persons_who_are_ill_hidden_as_sums_per_household(
    build: Build, most_rows: int | None, ill: int
) -> None:
    """Sums per household have three values (2, 3 and 4), but single answers are yes and no."""
    document = metadata_document()
    document["units"]["household"]["most_rows"] = most_rows
    sector = [2 if (person < ill if person < 120 else person % 2) else 1 for person in range(SIZE)]
    town = build(document=document, area=["a"] * 120 + ["b"] * 120, sector=sector)
    verdict = town.judge(index="area", values="sector", aggfunc="sum", unit="household")
    assert ("a",) in failing(verdict, "threshold")
