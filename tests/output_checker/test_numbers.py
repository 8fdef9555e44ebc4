import pytest

from output_checker.numbers import is_round, spelled, stable


@pytest.mark.parametrize(
    ("number", "round_enough"), [(0, True), (1251, False), (125, True), (0.125, True), (48372.61, False)]
)
def test_round_numbers_have_three_digits(number: float, round_enough: bool) -> None:
    assert is_round(number) is round_enough


def test_more_digits_can_be_allowed() -> None:
    assert is_round(1251, digits=4)


@pytest.mark.parametrize(
    ("number", "words"), [(1e6, "1000000"), (0.50, "0.5"), (1e-7, "0.0000001"), (-3.0, "-3")]
)
def test_numbers_are_spelled_out(number: float, words: str) -> None:
    assert spelled(number) == words


def test_the_last_digits_of_a_double_are_dropped() -> None:
    assert stable(0.1 + 0.2) == 0.3
