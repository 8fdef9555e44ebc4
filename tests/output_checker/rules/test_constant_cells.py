from collections.abc import Callable

import pytest

from tests.output_checker.town import SIZE, Town, failing

Build = Callable[..., Town]
AREA = ["a"] * 60 + ["b"] * (SIZE - 60)


@pytest.mark.parametrize("number", [0.0, 1200.0, -5.0])
@pytest.mark.parametrize("weights", [None, "weight"])
def test_one_value_for_all_is_the_value_of_each(build: Build, number: float, weights: str | None) -> None:
    weight = [1.0 + person % 5 for person in range(SIZE)]
    income = [number] * 60 + [1000.0 + person for person in range(SIZE - 60)]
    town = build(area=AREA, income=income, weight=weight)
    verdict = town.judge(index="area", values="income", aggfunc="mean", weights=weights)
    assert failing(verdict, "constant_cells") == {("a",)}
    finding = next(one for one in verdict.findings if one.rule == "constant_cells")
    assert finding.reason.nl == "1 cel waarin alle personen met een waarde dezelfde waarde hebben."


def test_counting_values_tells_nothing_of_them(build: Build) -> None:
    verdict = build(area=AREA, income=[5.0] * SIZE).judge(index="area", values="income")
    assert failing(verdict, "constant_cells") == set()


def test_equal_weights_are_no_secret(build: Build) -> None:
    assert failing(build(area=AREA).judge(index="area", weights="weight"), "constant_cells") == set()
