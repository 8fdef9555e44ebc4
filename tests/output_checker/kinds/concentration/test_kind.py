"""Concentration: formulas of the textbooks, contributions per unit, and no measure of a few or of one."""

from collections.abc import Callable

import numpy as np
import pytest

from output_checker.errors import QueryError
from output_checker.query import Query
from output_checker.verdict import Outcome, Verdict
from tests.output_checker.town import SIZE, Town, failing, inhabitants, value

Build = Callable[..., Town]
ALL = ["gini", "herfindahl", "cr4", "cr10"]


def concentration(town: Town, **more: object) -> Verdict:
    return town.judge(kind="concentration", **{"values": "income", **more})


def test_equals_the_definitions(build: Build) -> None:
    verdict = concentration(build(household=range(SIZE)), measures=ALL, lorenz=[0.25, 0.5, 0.9])
    amounts = np.sort(np.array(inhabitants()["income"]))
    shares = amounts / amounts.sum()
    differences = np.abs(amounts[:, None] - amounts[None, :]).mean()
    assert value(verdict, "gini") == pytest.approx(differences / (2 * amounts.mean()), rel=1e-9)
    assert value(verdict, "herfindahl") == pytest.approx((shares**2).sum(), rel=1e-9)
    assert value(verdict, "cr10") == round(100 * shares[-10:].sum())
    assert value(verdict, "lorenz_0.25") == pytest.approx(shares[:60].sum(), rel=1e-9)
    assert verdict.outcome is Outcome.PASS


def test_what_a_unit_has_is_summed_first(town: Town) -> None:
    verdict = concentration(town, unit="household", by="sex")
    amounts = np.array(inhabitants()["income"]).reshape(-1, 2).sum(axis=1)[::2]
    differences = np.abs(amounts[:, None] - amounts[None, :]).mean()
    assert value(verdict, "f", "gini") == pytest.approx(differences / (2 * amounts.mean()), rel=1e-9)


def test_one_that_dominates(build: Build) -> None:
    town = build(income=[1.0] * 239 + [1e6], household=range(SIZE))
    assert failing(concentration(town, measures=ALL), "concentration") == {(name,) for name in ALL}


def test_one_that_dominates_with_many_rows(build: Build) -> None:
    town = build(household=[0 if person < 150 else person for person in range(SIZE)])
    assert concentration(town, unit="household", measures="herfindahl").outcome is Outcome.FAIL


@pytest.mark.parametrize("measures", ALL)
def test_a_group_of_few(build: Build, measures: str) -> None:
    town = build(area=["a"] * 9 + ["b"] * 231)
    assert ("a", measures) in failing(concentration(town, by="area", measures=measures), "concentration")


def test_negative_values_have_no_concentration(build: Build) -> None:
    verdict = concentration(build(income=[-5.0] + [100.0] * 239))
    assert verdict.outcome is Outcome.FAIL
    assert value(verdict, "gini") is None


def test_nothing_to_divide(build: Build) -> None:
    assert value(concentration(build(income=[0.0] * SIZE)), "gini") is None
    half = build(income=[None if person % 2 else 1.0 for person in range(SIZE)])
    assert concentration(half, where="sector = 2").outcome is Outcome.FAIL


@pytest.mark.parametrize("lorenz", [[0.02], [0.98], [0.5, 0.53], [0.001]])
def test_lorenz_points_set_ten_apart(town: Town, lorenz: list[float]) -> None:
    assert concentration(town, measures=[], lorenz=lorenz).outcome is Outcome.FAIL


def test_a_slice_that_one_dominates(build: Build) -> None:
    """The hundred highest, of whom one has most of what they have together, but not of the total."""
    income = [100.0 + person % 10 for person in range(239)] + [9_000.0]
    town = build(income=income, household=range(SIZE))
    assert concentration(town).outcome is Outcome.PASS
    assert failing(concentration(town, measures=[], lorenz=[0.5, 0.9]), "concentration") == {("lorenz_0.9",)}


@pytest.mark.parametrize("measures", [["cr1"], ["cr4", "cr5"]])
def test_the_share_of_one_is_for_people(build: Build, measures: list[str]) -> None:
    assert concentration(build(household=range(SIZE)), measures=measures).outcome is Outcome.REVIEW


def test_all_but_a_few_say_who_the_few_are(build: Build) -> None:
    town = build(person=range(30), household=range(30))
    assert concentration(town, measures="cr25").outcome is Outcome.FAIL


def test_few_households_are_for_people(build: Build) -> None:
    town = build(household=[person % 8 for person in range(SIZE)])
    assert concentration(town).outcome is Outcome.REVIEW


@pytest.mark.parametrize(
    ("more", "english"),
    [
        ({"measures": []}, "Name a measure"),
        ({"measures": ["gini", "gini"]}, "occurs twice"),
        ({"lorenz": [0.5, 0.2]}, "Points ascend"),
        ({"lorenz": [0.12345]}, "at most 3 decimals"),
        ({"measures": "theil"}, "Use a name"),
    ],
)
def test_malformed(town: Town, more: dict[str, object], english: str) -> None:
    with pytest.raises(QueryError, match=english):
        concentration(town, **more)


def test_in_words(town: Town) -> None:
    asked = Query.parse(
        {
            "dataset": "town",
            "kind": "concentration",
            "values": "income",
            "measures": ["gini", "cr4"],
            "lorenz": [0.5],
        }
    )
    assert asked.in_words(town.metadata).en.startswith(
        "Gini coefficient, CR4, Lorenz 0.5 of income among persons."
    )
    assert asked.result_name == "concentration_income"


def test_the_ends_of_a_lorenz_curve_are_known(town: Town) -> None:
    verdict = concentration(town, measures=[], lorenz=[0, 0.5, 1])
    assert verdict.table.rows == (("lorenz_0.5",),)


@pytest.mark.parametrize(
    ("having", "outcome"), [(3, Outcome.FAIL), (60, Outcome.PASS), (235, Outcome.FAIL), (240, Outcome.FAIL)]
)
@pytest.mark.parametrize("measure", ["gini", "herfindahl"])
def test_yes_and_no_is_a_count(build: Build, measure: str, having: int, outcome: Outcome) -> None:
    """The Gini coefficient of yes and no is the share of no."""
    town = build(household=range(SIZE), income=[float(person < having) for person in range(SIZE)])
    assert concentration(town, measures=measure).outcome is outcome


def test_few_who_have_anything(build: Build) -> None:
    town = build(
        household=range(SIZE), income=[100.0 + person if person < 9 else 0.0 for person in range(SIZE)]
    )
    assert concentration(town).outcome is Outcome.FAIL


def test_where_nobody_has_anything_there_is_nothing_to_divide(build: Build) -> None:
    verdict = concentration(build(household=range(SIZE), income=[0.0] * SIZE))
    assert value(verdict, "gini") is None
