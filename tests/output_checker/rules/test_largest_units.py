from collections.abc import Callable

import pytest

from output_checker.evidence import CellEvidence, Frame, TableEvidence
from output_checker.rules.base import ProtectionLevel
from output_checker.rules.largest_units import DominanceNK, PPercent
from output_checker.text import Text
from tests.output_checker.town import SIZE, Town, failing

Build = Callable[..., Town]
AREA = ["a"] * 20 + ["b"] * 120 + ["c"] * 100


def evidence(*contributions: float, statistic: str = "sum") -> TableEvidence:
    """A table of one cell with these contributions."""
    sizes = tuple(sorted(map(abs, contributions), reverse=True))
    cell = CellEvidence(
        rows=len(sizes),
        units=len(sizes),
        contributing=len(sizes),
        total=sum(contributions),
        absolute=sum(sizes),
        largest=sizes[0],
        second=sizes[1],
        top=sizes[:5],
    )
    frame = Frame(("area",), (), (("a",),), ((),), margins=False)
    text = Text.same("area")
    return TableEvidence(text, (), statistic, True, {"area": text}, frame, (cell,), (cell,), (cell,))


@pytest.mark.parametrize(("rest", "fails"), [(10.0, False), (9.5, True), (0.0, True)])
def test_the_second_largest_may_not_know_the_largest_within_a_tenth(rest: float, fails: bool) -> None:
    assert bool(PPercent().apply(evidence(100.0, 60.0, rest))) is fails


@pytest.mark.parametrize(("rest", "fails"), [(30.0, False), (28.0, True)])
def test_the_two_largest_may_not_have_nearly_everything(rest: float, fails: bool) -> None:
    assert bool(DominanceNK().apply(evidence(85.0, 85.0, rest))) is fails


def test_negative_contributions_do_not_switch_the_rules_off() -> None:
    assert PPercent().apply(evidence(100.0, -90.0, -1.0))
    assert DominanceNK().apply(evidence(100.0, -90.0, -1.0))


def test_the_policy_says_how_many_units_and_how_much() -> None:
    four = evidence(30.0, 30.0, 30.0, 10.0)
    assert DominanceNK(units=3, largest_share=0.75).apply(four)
    assert not DominanceNK(units=3, largest_share=0.9).apply(four)
    assert PPercent(margin=2.0).apply(four)


def test_nothing_is_large_among_zeros() -> None:
    zeros = evidence(0.0, 0.0, 0.0)
    assert PPercent().apply(zeros) == DominanceNK().apply(zeros) == []


def test_a_hidden_cell_needs_what_the_handbook_says() -> None:
    found = evidence(100.0, 60.0, 5.0)
    assert PPercent().protection(found, 0) == ProtectionLevel(5.0, 5.0)
    level = 160.0 / 0.85 - 165.0
    assert DominanceNK().protection(found, 0) == ProtectionLevel(pytest.approx(level), pytest.approx(level))
    assert PPercent().protection(evidence(1.0, 1.0, 1.0), 0) == ProtectionLevel()


def test_say_what_is_wrong(build: Build) -> None:
    income = [50_000.0, 40_000.0] + [1.0 + person / 100 for person in range(SIZE - 2)]
    verdict = build(area=AREA, income=income).judge(index="area", values="income", aggfunc="mean")
    reasons = {finding.rule: finding.reason for finding in verdict.findings}
    assert (
        reasons["p_percent"].nl
        == "1 cel waarin de op één na grootste van de personen de grootste tot op 10 % kan schatten."
    )
    assert (
        reasons["dominance_nk"].en
        == "1 cell in which 2 of the persons together make up more than 85% of the total."
    )
    assert failing(verdict, "p_percent") == failing(verdict, "dominance_nk") == {("a",)}


def test_dispersion_shows_a_giant_too(build: Build) -> None:
    """Where one has nearly all, the standard deviation is about that one divided by the root of n."""
    income = [500_000.0] + [10.0 + person / 100 for person in range(SIZE - 1)]
    verdict = build(area=AREA, income=income).judge(index="area", values="income", aggfunc="std")
    assert failing(verdict, "p_percent") == failing(verdict, "dominance") == {("a",)}
