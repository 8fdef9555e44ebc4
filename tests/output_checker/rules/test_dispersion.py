from collections.abc import Callable

import pytest

from tests.output_checker.town import SIZE, Town, failing

Build = Callable[..., Town]


@pytest.mark.parametrize("aggfunc", ["std", "var"])
@pytest.mark.parametrize(("persons", "fails"), [(10, True), (11, False)])
def test_ten_degrees_of_freedom(build: Build, aggfunc: str, persons: int, fails: bool) -> None:
    area = ["a"] * persons + ["b"] * (SIZE - persons)
    verdict = build(area=area).judge(index="area", values="income", aggfunc=aggfunc)
    assert failing(verdict, "dispersion") == ({("a",)} if fails else set())


def test_means_have_none(build: Build) -> None:
    area = ["a"] * 10 + ["b"] * (SIZE - 10)
    verdict = build(area=area).judge(index="area", values="income", aggfunc="mean")
    assert failing(verdict, "dispersion") == set()
