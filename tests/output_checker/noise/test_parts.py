"""The parts that only see noisy numbers: strategy, consistency, display, intervals, quantiles, expectation."""

import math
import time
import warnings
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from output_checker.errors import EvidenceError
from output_checker.noise import consistency, scalar
from output_checker.noise.consistency import Measured, consistent, consistent_from_zero
from output_checker.noise.display import whole_and_not_negative
from output_checker.noise.errors import NoiseError
from output_checker.noise.expectation import error_by_budget, useless_share
from output_checker.noise.intervals import for_reading, quotient
from output_checker.noise.keys import Level
from output_checker.noise.laws import DiscreteGaussian, DiscreteLaplace
from output_checker.noise.manifest import uses_diffprivlib
from output_checker.noise.mechanism import with_noise
from output_checker.noise.plan import plan_of
from output_checker.noise.quantiles import read
from output_checker.noise.sensitivity import grid_of
from output_checker.noise.strategy import choose
from output_checker.query import Query
from tests.output_checker.noise.town import declared
from tests.output_checker.town import Town

INNER, OUTER = (0, 1), (0,)


def level(cells: int, parents: list[int] | None = None) -> Level:
    of_cell = np.array(parents if parents is not None else range(cells))
    _, first = np.unique(of_cell, return_index=True)
    return Level((), np.arange(len(first)), first, of_cell)


class TestStrategy:
    def test_small_tables_are_added_up(self) -> None:
        found = choose([INNER, OUTER], {INNER: 6, OUTER: 3}, adds_up=True, pure=True)
        assert found.measured == (INNER,)
        assert found.source == {INNER: INNER, OUTER: INNER}

    def test_large_ones_are_measured_at_more_levels(self) -> None:
        sizes = {(0, 1): 286_600, (0,): 342, (): 1}
        found = choose([(0, 1), (0,), ()], sizes, adds_up=True, pure=False)
        assert len(found.measured) > 1

    @pytest.mark.parametrize("pure", [True, False])
    def test_no_other_choice_has_less_noise_over_all_levels(self, pure: bool) -> None:
        sizes = {(0, 1, 2): 5 * 40 * 3, (0, 1): 5 * 40, (0,): 5, (2,): 3, (): 1}
        levels = list(sizes)

        def noise(measured: tuple[tuple[int, ...], ...]) -> float:
            nearest = [min(sizes[one] for one in measured if {*wanted} <= {*one}) for wanted in levels]
            each = sum(math.sqrt(near / sizes[wanted]) for near, wanted in zip(nearest, levels, strict=True))
            return each * (len(measured) if pure else math.sqrt(len(measured)))

        found = choose(levels, sizes, adds_up=True, pure=pure)
        others = (some for number in range(5) for some in combinations(levels[1:], number))
        assert noise(found.measured) == min(noise((levels[0], *some)) for some in others)

    def test_whoever_asks_for_every_total_does_not_keep_the_service_busy(self) -> None:
        heads = [tuple(range(length)) for length in range(6, -1, -1)]
        levels = [*((*head, 6) for head in heads), *heads]
        started = time.process_time()
        choose(levels, {one: 3 ** len(one) for one in levels}, adds_up=True, pure=True)
        assert time.process_time() - started < 0.5, "one by one it takes over a second"

    def test_what_does_not_add_up_is_measured_everywhere(self) -> None:
        found = choose([INNER, OUTER], {INNER: 6, OUTER: 3}, adds_up=False, pure=True)
        assert found.measured == (INNER, OUTER)


class TestConsistency:
    def test_one_level_stays_as_it_is(self) -> None:
        assert consistent([Measured(level(2), np.array([3, -1]), 1.0)]).tolist() == [3, -1]

    def test_a_total_that_differs_is_shared_out(self) -> None:
        inner = Measured(level(4), np.array([10, 20, 30, 40]), 1.0)
        total = Measured(level(4, [0, 0, 0, 0]), np.array([105]), 1.0)
        assert consistent([inner, total]) == pytest.approx(np.array([11, 21, 31, 41]))

    def test_agreement_needs_no_change(self) -> None:
        inner = Measured(level(2), np.array([1, 2]), 1.0)
        assert consistent([inner, Measured(level(2, [0, 0]), np.array([3]), 2.0)]).tolist() == [1, 2]

    def test_it_is_the_least_squares_solution(self, monkeypatch: pytest.MonkeyPatch) -> None:
        parents = [0, 0, 1, 1, 1]
        values, totals = np.array([3, 8, -2, 7, 1]), np.array([14, 3])
        monkeypatch.setattr(consistency, "PRECISION", 1e-9)
        found = consistent([Measured(level(5), values, 2.0), Measured(level(5, parents), totals, 0.5)])
        design = np.vstack([np.eye(5) / 2**0.5, np.array([[1, 1, 0, 0, 0], [0, 0, 1, 1, 1]]) / 0.5**0.5])
        wanted = np.concatenate([values / 2**0.5, totals / 0.5**0.5])
        assert found == pytest.approx(np.linalg.lstsq(design, wanted, rcond=None)[0])

    def test_it_gives_up_where_more_steps_would_not_help(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(consistency, "MOST_STEPS", 1)
        inner = Measured(level(3), np.array([1, 2, 3]), 1.0)
        assert consistent([inner, Measured(level(3, [0, 0, 1]), np.array([90, 1]), 1.0)]).sum() > 6

    def test_what_cannot_be_negative_is_nobody_and_the_rest_fits_the_total(self) -> None:
        inner = Measured(level(4), np.array([-8, 20, 30, 40]), 1.0)
        total = Measured(level(4, [0, 0, 0, 0]), np.array([90]), 1e-6)
        found = consistent_from_zero([inner, total])
        assert found == pytest.approx(np.array([0, 20, 30, 40]), abs=0.01)

    def test_a_few_rounds_are_enough(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(consistency, "MOST_ROUNDS", 1)
        inner = Measured(level(2), np.array([-8, 20]), 1.0)
        assert consistent_from_zero([inner, Measured(level(2, [0, 0]), np.array([12]), 1.0)])[0] == -8


class TestDisplay:
    def test_whole_numbers_from_zero_that_add_up(self) -> None:
        estimate = np.random.default_rng(1).normal(1, 3, 200)
        parents = np.repeat(np.arange(10), 20).tolist()
        outer, inner = level(200, parents), level(200)
        found = whole_and_not_negative(estimate, [outer, inner])
        assert found.min() >= 0
        assert found.sum() == round(estimate.sum())
        totals = outer.sums(found.astype(float))
        assert totals == pytest.approx(whole_and_not_negative(outer.sums(estimate), [level(10)]))

    def test_a_population_below_zero_is_nobody(self) -> None:
        assert whole_and_not_negative(np.array([-3.0, 1.0]), [level(2)]).tolist() == [0, 0]

    def test_what_is_good_already_stays(self) -> None:
        assert whole_and_not_negative(np.array([4.0, 0.0, 7.0]), [level(3)]).tolist() == [4, 0, 7]

    def test_the_nearest_to_what_was_estimated(self) -> None:
        assert whole_and_not_negative(np.array([10.0, -4.0, 6.0]), [level(3)]).tolist() == [8, 0, 4]


class TestIntervals:
    def test_of_a_quotient(self) -> None:
        low, high = quotient(np.array([10.0]), np.array([20.0]), (2.0, 5.0), least=1.0)
        assert (low[0], high[0]) == (8 / 25, 12 / 15)

    def test_of_a_negative_numerator(self) -> None:
        low, high = quotient(np.array([-10.0]), np.array([20.0]), (2.0, 5.0), least=1.0)
        assert (low[0], high[0]) == (-12 / 15, -8 / 25)

    def test_a_denominator_that_may_be_nobody_says_nothing(self) -> None:
        low, high = quotient(np.array([1.0]), np.array([2.0]), (1.0, 5.0), least=1.0)
        assert (low[0], high[0]) == (-np.inf, np.inf)


class TestQuantiles:
    EDGES = (0.0, 10.0, 20.0, 30.0)

    def test_within_a_bin(self) -> None:
        assert read(np.array([10.0, 20.0, 10.0]), self.EDGES, 0.5, 1.0) == (15.0, 10.0, 20.0)

    def test_a_wide_margin_takes_more_bins(self) -> None:
        assert read(np.array([10.0, 20.0, 10.0]), self.EDGES, 0.5, 15.0) == (15.0, 0.0, 30.0)

    def test_counts_below_zero_do_not_break_it(self) -> None:
        value, low, high = read(np.array([-2.0, 30.0, -3.0]), self.EDGES, 0.5, 4.0)
        assert low <= value <= high

    def test_noise_that_passes_a_rank_twice(self) -> None:
        value, _, _ = read(np.array([6.0, -4.0, 4.0]), self.EDGES, 0.5, 2.0)
        assert 0 <= value <= 30

    def test_nobody(self) -> None:
        assert read(np.array([-1.0, 0.0, -1.0]), self.EDGES, 0.5, 1.0) == (15.0, 0.0, 30.0)


class TestDiffprivlib:
    LAW = DiscreteLaplace(Fraction(2))

    def test_a_single_count_goes_through_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = []
        monkeypatch.setattr(scalar, "geometric", lambda value, _: asked.append(value) or value)
        assert with_noise(np.array([7]), self.LAW, counts=True).tolist() == [7]
        with_noise(np.array([7]), self.LAW)
        with_noise(np.array([7, 7]), self.LAW, counts=True)
        with_noise(np.array([7]), DiscreteGaussian(Fraction(2)), counts=True)
        with_noise(np.array([7]), DiscreteLaplace(Fraction(1_000)), counts=True)
        assert asked == [7]

    def test_its_generator_is_that_of_the_operating_system(self) -> None:
        np.random.seed(1)
        first = [scalar.geometric(0, self.LAW) for _ in range(40)]
        np.random.seed(1)
        assert first != [scalar.geometric(0, self.LAW) for _ in range(40)]

    @pytest.mark.parametrize(
        ("value", "law"), [(1 << 52, LAW), (-(1 << 60), LAW), (1, DiscreteLaplace(Fraction(10**6)))]
    )
    def test_it_is_not_used_where_floating_point_leaks(self, value: int, law: DiscreteLaplace) -> None:
        with pytest.raises(EvidenceError, match="not sound"):
            scalar.geometric(value, law)

    def test_a_warning_of_a_leak_is_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from diffprivlib.mechanisms import Geometric
        from diffprivlib.utils import PrivacyLeakWarning

        def leaks(self: Geometric, value: int) -> int:
            warnings.warn("bounds from the data", PrivacyLeakWarning, stacklevel=1)
            return value

        monkeypatch.setattr(Geometric, "randomise", leaks)
        with pytest.raises(EvidenceError, match="not sound"):
            scalar.geometric(1, self.LAW)

    def test_the_plan_knows_when_it_is_used(self, build: Callable[..., Town]) -> None:
        town = build(document=declared())
        query = {"dataset": "town", "index": "sex", "margins": True, "unit": "household"}
        for noise, used in (({"epsilon": 1}, True), ({"rho": 1}, False)):
            assert uses_diffprivlib(plan_of(Query.parse({**query, "noise": noise}), town.dataset)) is used


@pytest.mark.parametrize(
    ("interval", "least", "shown"),
    [
        ((-5, 15), None, (-5, 15)),
        ((-5, 15), 0, (0, 15)),
        ((-50, -30), 0, (0, 10)),
        ((30, 50), 0, (30, 50)),
    ],
)
def test_an_interval_for_reading_holds_all_of_it_that_is_possible(
    interval: tuple[int, int], least: int | None, shown: tuple[int, int]
) -> None:
    assert for_reading(*interval, least) == shown


class TestExpectation:
    def test_useless_numbers(self) -> None:
        assert useless_share([1, -2, 30], 3) == pytest.approx(2 / 3)
        assert useless_share([], 3) == 0

    @pytest.mark.parametrize(("noise", "most"), [({"epsilon": 2}, 10), ({"rho": 0.5}, 5)])
    def test_noise_narrows_as_the_budget_grows(
        self, town: Town, noise: dict[str, float], most: float
    ) -> None:
        plan = plan_of(Query.parse({"dataset": "town", "index": "sex", "noise": noise}), town.dataset)
        budgets, errors = zip(*error_by_budget(plan), strict=True)
        assert list(errors) == sorted(errors, reverse=True)
        assert errors[0] > errors[-1]
        assert next(iter(noise.values())) in budgets
        assert max(budgets) == most, "more may nobody ask"


def test_small_spans_are_divided_finely(town: Town) -> None:
    narrow = town.metadata.columns["income"].model_copy(update={"bounds": (0.0, 2.5)})
    grid = grid_of(narrow)
    assert (grid.step, grid.high) == (Fraction(1, 10_000), 25_000)


def test_bounds_that_allow_one_value_bound_nothing(town: Town) -> None:
    point = town.metadata.columns["income"].model_copy(update={"bounds": (3.0, 3.0)})
    with pytest.raises(NoiseError, match="no public bounds"):
        grid_of(point)
