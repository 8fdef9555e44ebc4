import pytest

from output_checker.rules.leverage import Influence, Leverage
from tests.output_checker.rules.inferences import model


def evidence(alone: float, few: float) -> object:
    return model(together=(alone, *[few] * 8, 1.0))


@pytest.mark.parametrize(
    ("alone", "few", "outcome"),
    [
        (0.95, 0.95, "fail"),
        (0.9, 0.9, "fail"),
        (0.6, 0.8, "review"),
        (0.2, 0.995, "fail"),
        (0.2, 0.95, "review"),
        (0.5, 0.9, None),
        (0.1, 0.6, None),
    ],
)
def test_one_alone_and_a_few_together(alone: float, few: float, outcome: str | None) -> None:
    found = Leverage().apply(evidence(alone, few))  # type: ignore[arg-type]
    assert [finding.outcome for finding in found] == ([outcome] if outcome else [])


def test_the_reason_says_whether_it_is_one_or_a_few() -> None:
    (one,) = Leverage().apply(model(together=(0.95,)))
    (few,) = Leverage().apply(model(together=(0.2, 0.995)))
    assert "one of the persons" in one.reason.en
    assert "fewer than 10 persons" in few.reason.en


def test_ten_together_are_enough() -> None:
    shares = tuple(number / 10 for number in range(1, 11))
    assert not Leverage().apply(model(together=shares))
    assert Leverage(minimum_units=11).apply(model(together=shares))


def test_nothing_measured_is_nothing_found() -> None:
    assert not Leverage().apply(model())


def test_a_coefficient_that_is_half_of_one_unit() -> None:
    (finding,) = Influence().apply(model(influence={(0, 1): 0.51, (2, 3): 0.5}))
    assert (finding.outcome, finding.cells) == ("fail", (0, 1))
    assert "50%" in finding.reason.en
    assert not Influence().apply(model(influence={(0, 1): 0.5}))
