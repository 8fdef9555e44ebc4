from fractions import Fraction

import pytest

from output_checker.noise.accounting import (
    NOTHING,
    Loss,
    concentrated,
    epsilon_at,
    gaussian_for,
    guarantee,
    laplace_for,
    pure,
)

# What dp-accounting 0.6.0's accountant of privacy loss distributions, the tightest there is, says of Gaussian noise of
# this rho at this delta; its Renyi accountant says a little more.
OF_GAUSSIAN = {
    (0.001, 1e-6): 0.167943,
    (0.001, 1e-9): 0.231712,
    (0.02436, 1e-6): 0.927474,
    (0.0881, 1e-6): 1.861063,
    (0.5, 1e-6): 4.886554,
    (0.5, 1e-9): 6.173935,
    (2.0, 1e-9): 13.534772,
}
# The same for so many answers of this pure epsilon at delta 1e-6.
OF_LAPLACE = {("0.1", 40): 2.732382, ("0.05", 100): 2.193280, ("0.01", 1000): 1.362924}


@pytest.mark.parametrize(("asked", "tightest"), OF_GAUSSIAN.items())
def test_never_below_the_tightest_account_and_hardly_above(
    asked: tuple[float, float], tightest: float
) -> None:
    rho, delta = asked
    assert tightest <= epsilon_at(round(rho * 1e9), delta) <= tightest * 1.12


@pytest.mark.parametrize(("asked", "tightest"), OF_LAPLACE.items())
def test_many_pure_answers_add_up_to_less_than_their_sum(asked: tuple[str, int], tightest: float) -> None:
    epsilon, times = asked
    total = sum([pure(Fraction(epsilon))] * times, NOTHING)
    assert tightest <= guarantee(total, 1e-6) < times * float(epsilon)


def test_few_large_answers_simply_add_up() -> None:
    assert guarantee(pure(Fraction(1)) + pure(Fraction(2)), 1e-6) == 3


def test_nothing_costs_nothing() -> None:
    assert guarantee(NOTHING, 1e-6) == 0
    assert epsilon_at(0, 1e-6) == 0


def test_rounding_never_favours_the_spender() -> None:
    assert pure(Fraction(1, 3)) == Loss(55_555_556, 333_333_334)
    assert concentrated(Fraction(1, 3)).nano_rho == 333_333_334


def test_one_concentrated_answer_ends_the_pure_guarantee() -> None:
    total = pure(Fraction(1)) + concentrated(Fraction(1, 2))
    assert (total.rho, total.epsilon) == (1.0, None)
    assert guarantee(total, 1e-6) == epsilon_at(10**9, 1e-6)


def test_noise_is_made_for_what_is_paid() -> None:
    assert laplace_for(Fraction(1, 2), 3).scale == 6
    assert gaussian_for(Fraction(1, 8), 9).variance == 36


def test_a_large_rho_has_a_large_epsilon() -> None:
    assert epsilon_at(5 * 10**9, 0.5) > 5
    assert epsilon_at(1, 0.99) == 0
