"""Every mechanism spends no more than it claims, and planted faults are caught (issue 6)."""

from fractions import Fraction

import numpy as np
import pytest

from output_checker.noise.accounting import epsilon_at, gaussian_for, laplace_for
from output_checker.noise.display import whole_and_not_negative
from output_checker.noise.keys import Level
from output_checker.noise.laws import DiscreteLaplace
from output_checker.noise.mechanism import with_noise
from output_checker.noise.sampler import draw
from tests.output_checker.noise.bench import Outcomes, spent_epsilon

RUNS = 1_000_000
FEW = 10_000
ONE = Fraction(1)


def noisy(value: int, law: DiscreteLaplace, runs: int) -> Outcomes:
    return with_noise(np.full(runs, value), law)


class TestWithinTheirClaim:
    @pytest.mark.parametrize("epsilon", [Fraction(1, 4), ONE, Fraction(3)])
    def test_counts(self, epsilon: Fraction) -> None:
        spent = spent_epsilon(lambda who, runs: noisy(5 + who, laplace_for(epsilon, 1), runs), RUNS)
        assert 0.8 * epsilon < spent <= epsilon

    def test_counts_of_units_with_many_rows(self) -> None:
        """One unit with three rows moves three cells; what is seen is how far they are together."""

        def cells(who: int, runs: int) -> Outcomes:
            return sum(noisy(who, laplace_for(ONE, 3), runs) for _ in range(3))  # type: ignore[return-value]

        def many(who: int, runs: int) -> Outcomes:
            return (cells(who, runs) > 12).astype(np.int64)

        assert spent_epsilon(cells, RUNS) <= 1
        # What is far out tells the neighbours apart best.
        assert 0.5 < spent_epsilon(many, RUNS) <= 1

    def test_sums(self) -> None:
        law = laplace_for(ONE, 40)
        assert 0.8 < spent_epsilon(lambda who, runs: noisy(100 + 40 * who, law, runs), RUNS) <= 1

    def test_sums_with_noise_too_wide_for_a_table(self) -> None:
        law = laplace_for(ONE, 30_000)

        def high(who: int, runs: int) -> Outcomes:
            return (noisy(30_000 * who, law, runs) > 30_000).astype(np.int64)

        assert 0.7 < spent_epsilon(high, 4 * FEW) <= 1

    def test_gaussian_noise(self) -> None:
        rho, delta = Fraction(1, 2), 1e-3
        law = gaussian_for(rho, 1)
        claim = epsilon_at(500_000_000, delta)
        assert 1 < spent_epsilon(lambda who, runs: who + draw(law, runs), RUNS, delta) <= claim

    def test_one_number_by_diffprivlib(self) -> None:
        def one(who: int, runs: int) -> Outcomes:
            numbers = (with_noise(np.array([3 + who]), laplace_for(ONE, 1), counts=True) for _ in range(runs))
            return np.concatenate(list(numbers))

        assert 0.7 < spent_epsilon(one, FEW) <= 1

    def test_what_is_shown_is_made_of_noisy_numbers_only(self) -> None:
        """Clipping at zero and rounding act on noise: they cost nothing."""
        inner = Level((0,), np.arange(2), np.arange(2), np.arange(2))

        def shown(who: int, runs: int) -> Outcomes:
            pairs = noisy(who, laplace_for(ONE, 1), 2 * runs).reshape(runs, 2)
            pairs[:, 1] -= who
            cells = [whole_and_not_negative(pair.astype(float), [inner]) for pair in pairs]
            return np.array([10 * cell[0] + cell[1] for cell in cells])

        assert spent_epsilon(shown, FEW // 2) <= 1


class TestPlantedFaultsAreCaught:
    def test_a_wrong_sensitivity(self) -> None:
        law = laplace_for(ONE, 1)
        assert spent_epsilon(lambda who, runs: noisy(2 * who, law, runs), RUNS) > 1.5

    def test_a_unit_in_more_cells_than_declared(self) -> None:
        def cells(who: int, runs: int) -> Outcomes:
            return sum(noisy(who, laplace_for(ONE, 1), runs) for _ in range(3))  # type: ignore[return-value]

        assert spent_epsilon(cells, RUNS) > 1.1

    def test_noise_in_floating_point(self) -> None:
        """Mironov 2012: near zero, doubles are finer than one plus a double can be."""
        generator = np.random.default_rng()

        def last_bits(who: int, runs: int) -> Outcomes:
            numbers = who + generator.laplace(size=runs)
            fine = np.abs(numbers) < 0.25
            return (fine & (numbers != np.round(numbers * 2.0**53) / 2.0**53)).astype(np.int64)

        assert spent_epsilon(last_bits, RUNS) > 5

    def test_a_seed(self) -> None:
        def seeded(who: int, runs: int) -> Outcomes:
            return np.full(runs, who + np.random.default_rng(1899).geometric(0.63))

        assert spent_epsilon(seeded, FEW) > 5

    def test_a_cell_that_is_left_out_when_nobody_is_in_it(self) -> None:
        def skipped(who: int, runs: int) -> Outcomes:
            return noisy(who, laplace_for(ONE, 1), runs) if who else np.full(runs, -(10**6))

        assert spent_epsilon(skipped, FEW) > 5

    def test_a_threshold_on_true_counts(self) -> None:
        def thresholded(who: int, runs: int) -> Outcomes:
            true = 9 + who
            return noisy(true, laplace_for(ONE, 1), runs) if true >= 10 else np.full(runs, -1)

        assert spent_epsilon(thresholded, FEW) > 5

    def test_a_threshold_on_noisy_counts_is_no_fault(self) -> None:
        def thresholded(who: int, runs: int) -> Outcomes:
            found = noisy(9 + who, laplace_for(ONE, 1), runs)
            return np.where(found >= 10, found, -1)

        assert spent_epsilon(thresholded, RUNS) <= 1

    def test_truncated_noise(self) -> None:
        def truncated(who: int, runs: int) -> Outcomes:
            return who + np.clip(draw(laplace_for(ONE, 1), runs), -4, 4)

        assert spent_epsilon(truncated, RUNS) > 2
