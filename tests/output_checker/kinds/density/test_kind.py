"""Densities: statsmodels' numbers, rounded so that one unit cannot be seen, and only where many are."""

from collections.abc import Callable

import numpy as np
import pytest
from statsmodels.nonparametric.bandwidths import bw_normal_reference
from statsmodels.nonparametric.kde import KDEUnivariate
from statsmodels.sandbox.nonparametric.kernels import Epanechnikov

from output_checker.errors import QueryError
from output_checker.kinds.density.kind import bandwidth
from output_checker.verdict import Outcome, Verdict
from tests.output_checker.town import SIZE, Town, failing, inhabitants

Build = Callable[..., Town]


def density(town: Town, values: str = "age", **more: object) -> Verdict:
    return town.judge(kind="density", values=values, **more)


def heights(verdict: Verdict) -> list[float | None]:
    return [cell.value for cell in verdict.table.cells]


def test_equals_statsmodels_but_for_rounding(build: Build) -> None:
    town = build(household=range(SIZE))
    ages = np.array(inhabitants()["age"], dtype=float)
    width = bw_normal_reference(ages, Epanechnikov())
    assert bandwidth(np.sort(ages)) == pytest.approx(width, rel=1e-9)
    model = KDEUnivariate(ages)
    model.fit(kernel="epa", fft=False, bw=width)
    verdict = density(town, gridsize=10)
    points = np.arange(0, 100, 11.0)
    exact = [float(np.squeeze(model.evaluate(point))) for point in points]
    step = max(0.75 / (SIZE * width), 0.01 * max(exact))
    found = [
        (height, true) for height, true in zip(heights(verdict), exact, strict=True) if height is not None
    ]
    assert len(found) >= 6
    assert all(height == pytest.approx(true, abs=step) for height, true in found)
    assert verdict.outcome is Outcome.PASS


def test_points_with_too_few_under_them_are_left_out(build: Build) -> None:
    town = build(age=[20 + person % 20 for person in range(237)] + [90, 91, 92], household=range(SIZE))
    verdict = density(town, gridsize=34)
    assert verdict.outcome is Outcome.PASS
    assert heights(verdict)[-5:] == [None] * 5


def test_one_unit_more_moves_no_point_by_more_than_a_step(build: Build) -> None:
    ages = [20 + person % 60 for person in range(SIZE)]
    with_, without = (
        density(build(age=given, household=range(SIZE), person=range(SIZE)), gridsize=10)
        for given in (ages, [*ages[:-1], 50])
    )
    known = [
        abs(a - b)
        for a, b in zip(heights(with_), heights(without), strict=True)
        if a is not None and b is not None
    ]
    assert max(known) <= 0.0005 + 1e-12


def test_a_group_of_few_fails_as_a_whole(build: Build) -> None:
    town = build(area=["a"] * 8 + ["b"] * 232, household=range(SIZE))
    verdict = density(town, by="area", gridsize=9)
    assert {labels[0] for labels in failing(verdict, "density_windows")} == {"a"}


def test_all_the_same_value_has_no_density(build: Build) -> None:
    verdict = density(build(age=[40] * SIZE), gridsize=5)
    assert verdict.outcome is Outcome.FAIL
    assert heights(verdict) == [None] * 5


def test_one_person_alone(build: Build) -> None:
    assert density(build(person=[1], household=[1]), gridsize=5).outcome is Outcome.FAIL


def test_a_window_with_nearly_everybody_fails(build: Build) -> None:
    town = build(age=[40] * 100 + [41] * 130 + [0, 99] * 5, household=range(SIZE))
    assert density(town, gridsize=12, clip=[0, 99]).outcome is Outcome.FAIL


def test_a_unit_with_most_of_the_rows_is_not_the_density(build: Build) -> None:
    household = [0 if person < 200 else person for person in range(SIZE)]
    assert density(build(household=household), unit="household", gridsize=9).outcome is Outcome.FAIL


def test_few_households_are_for_people(build: Build) -> None:
    verdict = density(build(household=[person % 8 for person in range(SIZE)]), gridsize=9)
    assert verdict.outcome is Outcome.REVIEW


@pytest.mark.parametrize(
    ("more", "english"),
    [
        ({"values": "hours"}, "no public bounds"),
        ({"clip": [3, 2]}, "ascending round"),
        ({"clip": [0, 12345]}, "ascending round"),
    ],
)
def test_what_is_refused_before_running(town: Town, more: dict[str, object], english: str) -> None:
    with pytest.raises(QueryError, match=english):
        density(town, **{"values": "age", **more})


def test_limits_of_ones_own(town: Town) -> None:
    table = density(town, "hours", clip=[0, 40], gridsize=5).table
    assert table.rows == (("0",), ("10",), ("20",), ("30",), ("40",))
