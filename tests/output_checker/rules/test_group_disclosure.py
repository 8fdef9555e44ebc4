from collections.abc import Callable

import pytest

from output_checker.evidence import CellEvidence, Frame, TableEvidence
from output_checker.rules.base import ProtectionLevel
from output_checker.rules.group_disclosure import GroupDisclosure
from output_checker.text import Text
from tests.output_checker.town import SIZE, Town, failing

Build = Callable[..., Town]
AREA = ["a"] * 60 + ["b"] * 90 + ["c"] * 90


def employed(in_a: int) -> list[bool]:
    """``in_a`` of the sixty persons in area a work, and half of the others."""
    return [person < in_a if person < 60 else person % 2 == 0 for person in range(SIZE)]


def test_everybody_in_a_row_alike_is_disclosed(build: Build) -> None:
    verdict = build(area=AREA, employed=employed(60)).judge(index="area", columns="employed")
    assert failing(verdict, "group_disclosure") == {("a", "true")}


def test_ninety_percent_may_and_more_may_not(build: Build) -> None:
    assert failing(
        build(area=AREA, employed=employed(54)).judge(index="area", columns="employed"), "threshold"
    ) == {("a", "false")}
    ninety = build(area=AREA, employed=employed(54)).judge(index="area", columns="employed")
    more = build(area=AREA, employed=employed(55)).judge(index="area", columns="employed")
    assert failing(ninety, "group_disclosure") == set()
    assert failing(more, "group_disclosure") == {("a", "true")}


def test_columns_count_as_rows_do(build: Build) -> None:
    verdict = build(area=AREA, employed=employed(60)).judge(index="employed", columns="area")
    assert failing(verdict, "group_disclosure") == {("true", "a")}
    assert verdict.findings[0].reason.nl == "1 cel met meer dan 90 % van de personen van hun kolom."


def test_totals_are_judged_but_are_not_their_own_share(build: Build) -> None:
    works = [person < 230 for person in range(SIZE)]
    verdict = build(area=AREA, employed=works).judge(index="area", columns="employed", margins=True)
    assert ("All", "true") in failing(verdict, "group_disclosure")
    assert ("All", "All") not in failing(verdict, "group_disclosure")
    assert ("a", "All") not in failing(verdict, "group_disclosure")


def test_a_single_classification_has_columns_only(build: Build) -> None:
    verdict = build(employed=[person < 230 for person in range(SIZE)]).judge(index="employed", margins=True)
    assert failing(verdict, "group_disclosure") == {("true",)}
    assert verdict.findings[0].remedy.en == "Choose another grouping of employed, or drop employed."


def test_of_those_with_a_value_when_values_are_published(build: Build) -> None:
    income = [None if person < 60 and person % 2 else 5.0 for person in range(SIZE)]
    works = [person % 2 == 0 if person < 60 else person % 4 < 2 for person in range(SIZE)]
    town = build(area=AREA, employed=works, income=income)
    counted = town.judge(index="area", columns="employed")
    averaged = town.judge(index="area", columns="employed", values="income", aggfunc="mean")
    assert ("a", "true") not in failing(counted, "group_disclosure")
    assert ("a", "true") in failing(averaged, "group_disclosure")


def test_a_hidden_sum_needs_nothing_of_this_rule(build: Build) -> None:
    """Who is where is not told by a sum; for counts the doubt that is needed follows from the row and the column."""
    town = build(area=AREA, employed=employed(60))
    shown = town.judge(index="area", columns="employed", values="hours", aggfunc="sum", hide="failing")
    assert [hidden.cell for hidden in shown.hidden] == [1]


def test_the_groups_of_a_hierarchy_tell_nothing_that_its_codes_do_not(build: Build) -> None:
    """All of the south live in area c, as everybody knows; that area a is all of the north here is no secret either."""
    town = build(area=["a"] * 120 + ["c"] * 120)
    for query in ({"index": ["quarter", "area"]}, {"index": "quarter", "columns": "area"}):
        assert failing(town.judge(**query), "group_disclosure") == set()


def counted(statistic: str) -> TableEvidence:
    """A row of ninety-nine units in one column and one in the other."""
    cells = tuple(
        CellEvidence(rows=units, units=units, contributing=units, total=float(units)) for units in (99, 1)
    )
    whole = CellEvidence(rows=100, units=100, contributing=100, total=100.0)
    text = Text.same("area")
    frame = Frame(("area",), ("sex",), (("a",),), (("f",), ("m",)), margins=False)
    return TableEvidence(
        text, (), statistic, True, {"area": text, "sex": text}, frame, cells, (whole,), cells
    )


def test_only_a_hidden_count_has_to_leave_doubt_about_a_crowd() -> None:
    rule = GroupDisclosure()
    assert rule.protection(counted("count"), 0) == ProtectionLevel(lower=pytest.approx(9.9))
    assert rule.protection(counted("count"), 1) == ProtectionLevel(lower=pytest.approx(0.1))
    assert rule.protection(counted("sum"), 0) == ProtectionLevel()
